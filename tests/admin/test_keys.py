import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from admin import keys as keys_module
from admin.auth import SCOPES, AuthCode, AuthError
from admin.keys import USED_EVERY_MS, KeyRow, KeyStore, key_id, new_key
from links.errors import Code, LinkError
from links.store import LinkStore
from tests.links.storing import make_database

NOW = 1_800_000_000_000
ONE = "fp_pk_0123abcd." + "k" * 64
TWO = "fp_pk_89abcdef." + "-_" * 32


class Kept:
    """Keys in a database of their own, their clock, and the keys that were used for the first time."""

    def __init__(self) -> None:
        self.now = NOW
        self.first_used: list[str] = []
        self.committed: list[int] = []
        self.store: LinkStore
        self.keys: KeyStore

    async def open(self, directory: Path) -> None:
        make_database(directory / "links.db")
        self.store = await LinkStore.open(directory / "links.db", lambda: self.now, self.committed.append)
        self.keys = self.again()

    def again(self) -> KeyStore:
        """The keys as another process sees them."""
        return KeyStore(self.store, lambda: self.now, self.first_used.append)

    async def refusal(self, token: str) -> AuthCode:
        with pytest.raises(AuthError) as caught:
            await self.keys.authenticate(token)
        return caught.value.code

    async def last_used(self) -> int | None:
        return (await self.keys.all())[0].last_used_at


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept()
    await kept.open(tmp_path)
    yield kept
    await kept.store.close()


# What a key is


def test_a_new_key_is_made_of_what_chance_gives() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    key = new_key(random)
    assert key == "fp_pk_00010203.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
    assert sorted(asked) == [4, 48]
    assert key_id(key) == "fp_pk_00010203"
    assert new_key(lambda count: b"\xff" * count).endswith("_" * 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fp_pk_0123abcd",
        "fp_pk_0123abcd.",
        "fp_pk_0123abcd." + "k" * 63,
        "fp_pk_0123abcd." + "k" * 65,
        "fp_pk_0123ABCD." + "k" * 64,
        "fp_pk_0123abc." + "k" * 64,
        "xqr_pk_0123abcd." + "k" * 64,
        "fp_pk_0123abcd." + "k" * 63 + "+",
        "fp_pk_0123abcd." + "k" * 63 + "ü",
        ONE + "\n",
        " " + ONE,
    ],
)
async def test_what_is_no_key(kept: Kept, text: str) -> None:
    with pytest.raises(ValueError, match="a key is fp_pk_"):
        key_id(text)
    assert await kept.refusal(text) is AuthCode.INVALID
    with pytest.raises(ValueError, match="a key is fp_pk_"):
        await kept.keys.add(text, "x", ("*",))


# Storing


async def test_a_key_is_kept_as_a_hash(kept: Kept, tmp_path: Path) -> None:
    await kept.keys.add(ONE, "shop", ("links:read", "links:write"))
    key = await kept.keys.authenticate(ONE)
    assert (key.id, key.name, key.scopes) == ("fp_pk_0123abcd", "shop", {"links:read", "links:write"})
    ((hash_,),) = await kept.store.read("SELECT hash FROM api_keys")
    assert hash_ == hashlib.sha256(ONE.encode()).digest()
    secret = ONE.partition(".")[2].encode()
    assert not any(secret in file.read_bytes() for file in tmp_path.glob("links.db*"))
    assert kept.committed == []  # no worker has to know


@pytest.mark.parametrize("scope", SCOPES)
async def test_every_scope_can_be_given(kept: Kept, scope: str) -> None:
    await kept.keys.add(ONE, "x", (scope,))
    assert (await kept.keys.authenticate(ONE)).scopes == {scope}


@pytest.mark.parametrize(
    ("scopes", "message"),
    [((), "a key needs a scope"), (("links",), "unknown scope 'links'"), (("*", "root"), "unknown scope 'root'")],
)
async def test_a_wrong_scope_is_refused(kept: Kept, scopes: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        await kept.keys.add(ONE, "x", scopes)
    assert await kept.keys.count() == 0


async def test_an_id_is_given_once(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    with pytest.raises(ValueError, match="there is a key fp_pk_0123abcd already"):
        await kept.keys.add("fp_pk_0123abcd." + "z" * 64, "y", ("*",))
    assert (await kept.keys.authenticate(ONE)).name == "x"
    assert await kept.keys.count() == 1


async def test_the_list(kept: Kept) -> None:
    assert await kept.keys.all() == []
    await kept.keys.add(TWO, "Zoë", ("links:read",), NOW + 5)
    kept.now += 1
    await kept.keys.add(ONE, "shop", ("*",))
    assert await kept.keys.all() == [
        KeyRow("fp_pk_89abcdef", "Zoë", ("links:read",), NOW, NOW + 5, None, None),
        KeyRow("fp_pk_0123abcd", "shop", ("*",), NOW + 1, None, None, None),
    ]
    assert await kept.keys.count() == 2


# Authentication


async def test_unknown_keys_and_wrong_secrets_look_the_same(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    assert await kept.refusal(TWO) is AuthCode.INVALID
    assert await kept.refusal(ONE[:-1] + "x") is AuthCode.INVALID
    assert await kept.last_used() is None
    assert kept.first_used == []


async def test_a_key_ends_at_its_time(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",), NOW + 10)
    kept.now = NOW + 9
    await kept.keys.authenticate(ONE)
    kept.now = NOW + 10
    assert await kept.refusal(ONE) is AuthCode.EXPIRED
    # Only who knows the whole key learns that it has ended.
    assert await kept.refusal(ONE[:-1] + "x") is AuthCode.INVALID


async def test_a_revoked_key_lets_nobody_in_wherever_it_was_revoked(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",), NOW + 10)
    await kept.keys.authenticate(ONE)
    assert await kept.again().revoke("fp_pk_0123abcd") is True
    assert await kept.refusal(ONE) is AuthCode.REVOKED
    kept.now += 1_000
    assert await kept.refusal(ONE) is AuthCode.REVOKED
    assert await kept.keys.revoke("fp_pk_0123abcd") is False
    assert (await kept.keys.all())[0].revoked_at == NOW


@pytest.mark.parametrize("id_", ["fp_pk_00000000", "", ONE])
async def test_revoking_what_is_not_there(kept: Kept, id_: str) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    assert await kept.keys.revoke(id_) is False
    await kept.keys.authenticate(ONE)


# Noting the use


async def test_the_use_is_noted_once_a_minute(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    await kept.keys.authenticate(ONE)
    assert await kept.last_used() == NOW
    kept.now = NOW + USED_EVERY_MS - 1
    await kept.keys.authenticate(ONE)
    assert await kept.last_used() == NOW
    kept.now = NOW + USED_EVERY_MS
    await kept.keys.authenticate(ONE)
    assert await kept.last_used() == NOW + USED_EVERY_MS


async def test_the_first_use_in_a_process_is_told(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    await kept.keys.add(TWO, "y", ("*",))
    for token in (ONE, ONE, TWO, ONE):
        await kept.keys.authenticate(token)
    assert kept.first_used == ["fp_pk_0123abcd", "fp_pk_89abcdef"]
    await kept.again().authenticate(ONE)
    assert kept.first_used == ["fp_pk_0123abcd", "fp_pk_89abcdef", "fp_pk_0123abcd"]


async def test_a_key_lets_in_though_its_use_cannot_be_noted(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await kept.keys.add(ONE, "x", ("*",))

    async def full(_: Any) -> None:
        raise LinkError(Code.UNAVAILABLE, "the database cannot be written at the moment")

    monkeypatch.setattr(kept.store.writer, "submit", full)
    assert (await kept.keys.authenticate(ONE)).name == "x"
    assert await kept.last_used() is None
    assert "the use of fp_pk_0123abcd could not be noted" in caplog.text
    assert "kkk" not in caplog.text


async def test_many_at_once(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("*",))
    found = await asyncio.gather(*(kept.keys.authenticate(ONE) for _ in range(20)))
    assert {key.id for key in found} == {"fp_pk_0123abcd"}
    assert kept.first_used == ["fp_pk_0123abcd"]


async def test_scopes_are_stored_as_json(kept: Kept) -> None:
    await kept.keys.add(ONE, "x", ("links:read", "qr:read"))
    ((scopes,),) = await kept.store.read("SELECT scopes FROM api_keys")
    assert json.loads(scopes) == ["links:read", "qr:read"]
    assert set(keys_module.SQL) == {"insert", "find", "all", "count", "revoke", "used"}
