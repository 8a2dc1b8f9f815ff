"""Real argon2id; what is stored and the clock are the test's."""

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from argon2 import extract_parameters

from admin import passwords as module
from admin.passwords import Passwords, is_allowed
from links.checking import Outcome, Question, Verdict
from links.errors import Code, LinkError

ADDRESS = bytes(16)


class Room:
    def __init__(self) -> None:
        self.hashes: dict[int, str] = {}
        self.now = 0.0
        self.passwords = Passwords(self.stored, lambda: self.now, os.urandom)
        self.verified: list[str] = []

    async def stored(self, link: int) -> str | None:
        return self.hashes.get(link)

    async def try_(self, password: bytes, link: int = 1, address: bytes = ADDRESS) -> Verdict:
        return await self.passwords.check(Question(link, address, password))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    yield room
    room.passwords.close()


async def test_a_hash_is_argon2id_with_the_parameters_that_were_chosen(room: Room) -> None:
    made = await room.passwords.hash("pässword")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert extract_parameters(made).hash_len == 32
    assert await room.passwords.hash("pässword") != made
    assert re.search(r"[A-Za-z0-9+/]{11}\Z", made)


async def test_right_and_wrong(room: Room) -> None:
    room.hashes[1] = await room.passwords.hash("pässword")
    assert await room.try_("pässword".encode()) == Verdict(Outcome.RIGHT, mark=room.hashes[1][-11:].encode())
    for wrong in (b"password", b"p\xc3\xa4ssword ", "pa\u0308ssword".encode(), b"\xff"):
        assert await room.try_(wrong) == Verdict(Outcome.WRONG)


async def test_where_there_is_no_password_as_much_is_computed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.hashes[1] = await room.passwords.hash("x")
    verified: list[str] = []
    is_right = room.passwords._is_right

    def counting(stored: str, password: bytes) -> bool:
        verified.append(stored)
        return is_right(stored, password)

    monkeypatch.setattr(room.passwords, "_is_right", counting)
    assert await room.try_(b"y") == Verdict(Outcome.WRONG)
    assert await room.try_(b"y", link=2) == Verdict(Outcome.NONE)
    wrong, none = map(extract_parameters, verified)
    assert wrong == none
    assert len(verified) == 2


async def test_a_broken_hash_is_nobodys_password(room: Room) -> None:
    room.hashes[1] = "not a hash at all"
    assert await room.try_(b"not a hash at all") == Verdict(Outcome.WRONG)


async def test_attempts_are_limited_also_where_there_is_no_password(room: Room) -> None:
    for _ in range(5):
        assert await room.try_(b"y") == Verdict(Outcome.NONE)
    assert await room.try_(b"y") == Verdict(Outcome.WAIT, seconds=1)
    room.now += 1
    assert await room.try_(b"y") == Verdict(Outcome.NONE)


async def test_the_right_password_is_not_looked_at_while_one_has_to_wait(room: Room) -> None:
    room.hashes[1] = await room.passwords.hash("x")
    for _ in range(5):
        await room.try_(b"y")
    assert await room.try_(b"x") == Verdict(Outcome.WAIT, seconds=1)
    room.now += 1
    assert (await room.try_(b"x")).outcome is Outcome.RIGHT
    assert [(await room.try_(b"y")).outcome for _ in range(5)] == [Outcome.WRONG] * 5


async def test_many_at_once_are_no_way_around(room: Room) -> None:
    outcomes = [verdict.outcome for verdict in await asyncio.gather(*[room.try_(b"y") for _ in range(50)])]
    assert outcomes == [Outcome.NONE] * 5 + [Outcome.WAIT] * 45


async def test_the_queue_has_an_end_and_each_kind_its_own(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    held, go = threading.Event(), threading.Event()

    def hold(*_: Any) -> bool:
        held.set()
        return go.wait(10)

    monkeypatch.setattr(room.passwords, "_is_right", hold)
    waiting = [asyncio.ensure_future(room.try_(b"y", link)) for link in (1, 2)]
    while not held.is_set():
        await asyncio.sleep(0)
    assert await room.try_(b"y", 3) == Verdict(Outcome.BUSY)
    making = [asyncio.ensure_future(room.passwords.hash("x")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(LinkError) as caught:
        await room.passwords.hash("x")
    assert caught.value.code is Code.UNAVAILABLE
    go.set()
    assert {verdict.outcome for verdict in await asyncio.gather(*waiting)} == {Outcome.NONE}
    await asyncio.gather(*making)
    for _ in range(5):  # being busy was no attempt
        assert (await room.try_(b"y", 3)).outcome is Outcome.NONE


async def test_a_database_that_is_away_is_no_attempt(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(link: int) -> str | None:
        raise LinkError(Code.UNAVAILABLE, "busy")

    monkeypatch.setattr(room.passwords, "_stored", away)
    for _ in range(10):
        assert await room.try_(b"y") == Verdict(Outcome.BUSY)


@pytest.mark.parametrize(
    ("password", "allowed"),
    [("", False), ("x", True), (" ", True), ("\0", True), ("x" * 1_024, True), ("é" * 513, False), ("\ud800", False)],
)
def test_what_may_be_a_password(password: str, allowed: bool) -> None:
    assert is_allowed(password) is allowed
