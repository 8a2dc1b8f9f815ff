"""Files of assets, over a real store and a real directory."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from admin import asset_files
from admin.asset_files import AssetFiles, type_of
from links.assets import CONFIRM_MS, UPLOAD_MS, AssetStore
from links.errors import Code, LinkError
from tests.links.storing import Opened

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 90


class Room:
    def __init__(self, opened: Opened, directory: Path) -> None:
        numbers = count(1)
        self.opened = opened
        self.directory = directory
        self.store = AssetStore(
            opened.store, lambda: opened.now, lambda size: next(numbers).to_bytes(size, "big"), 1 << 20
        )
        self.files = AssetFiles(directory, self.store, os.urandom)
        self.files.prepare()

    async def announce(self, size: int = len(PNG), kind: str = "image/png") -> tuple[str, str]:
        """(id, token)"""
        asset, token = await self.store.announce(1, "a.png", kind, size)
        return asset.id, token

    async def send(self, token: str, *chunks: bytes, size: int | None = None) -> None:
        await self.files.receive(token, size, each(chunks))

    def names(self) -> set[str]:
        return {path.name for path in self.directory.iterdir()}


async def each(chunks: tuple[bytes, ...]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    opened = Opened(tmp_path / "links.db")
    await opened.open()
    yield Room(opened, tmp_path / "assets")
    await opened.store.close()


async def refused(call: object) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await call  # type: ignore[misc]
    return caught.value


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"GIF87a..", "image/gif"),
        (b"RIFF\1\2\3\4WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\1\2\3\4WAVEfmt ", "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "application/octet-stream"),
        (b"<!DOCTYPE html>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_what_a_file_is_by_its_bytes(start: bytes, kind: str) -> None:
    assert type_of(start) == kind


@pytest.mark.parametrize("chunks", [(PNG,), (PNG[:3], PNG[3:]), tuple(bytes([byte]) for byte in PNG)])
async def test_what_was_sent_is_there(room: Room, chunks: tuple[bytes, ...]) -> None:
    id_, token = await room.announce()
    await room.send(token, *chunks, size=len(PNG))
    path = room.files.path(id_)
    assert path.read_bytes() == PNG
    assert path.stat().st_mode & 0o777 == 0o600
    assert room.directory.stat().st_mode & 0o777 == 0o700
    assert room.names() == {id_}
    assert (await room.store.get(id_, 1)).is_uploaded


async def test_the_bytes_say_what_it_is(room: Room) -> None:
    id_, token = await room.announce(kind="text/html")
    await room.send(token, PNG)
    assert (await room.store.get(id_, 1)).mime_type == "image/png"
    id_, token = await room.announce(size=6, kind="text/html")
    await room.send(token, b"<html>")
    assert (await room.store.get(id_, 1)).mime_type == "application/octet-stream"


async def test_a_picture_that_is_none_is_refused(room: Room) -> None:
    _, token = await room.announce(size=6)
    error = await refused(room.send(token, b"<html>"))
    assert (error.code, error.message) == (Code.INVALID, "is no image/png, which was announced")
    assert room.names() == set()


@pytest.mark.parametrize(
    ("chunks", "size"),
    [
        ((PNG[:-1],), None),
        ((PNG, b"x"), None),
        ((), None),
        ((PNG,), len(PNG) + 1),
        ((PNG,), 0),
    ],
)
async def test_other_sizes_than_announced_are_refused_and_can_be_tried_again(
    room: Room, chunks: tuple[bytes, ...], size: int | None
) -> None:
    _, token = await room.announce()
    error = await refused(room.send(token, *chunks, size=size))
    assert error.message == f"must have the {len(PNG)} bytes that were announced"
    assert room.names() == set()
    await room.send(token, PNG)


async def test_too_much_is_not_even_read(room: Room) -> None:
    _, token = await room.announce(size=4, kind="a/b")
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"xxx"

    await refused(room.files.receive(token, None, endless()))
    assert taken == 2


async def test_a_token_is_good_once(room: Room) -> None:
    id_, token = await room.announce()
    await room.send(token, PNG)
    assert (await refused(room.send(token, b"y" * len(PNG)))).code is Code.NOT_FOUND
    assert room.files.path(id_).read_bytes() == PNG


async def test_two_at_once_are_one_and_a_refusal(room: Room) -> None:
    id_, token = await room.announce()
    going = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        await going.wait()
        yield PNG

    first = asyncio.ensure_future(room.files.receive(token, None, slow()))
    while not room.names():
        await asyncio.sleep(0)
    assert (await refused(room.send(token, PNG))).message == "is being uploaded already"
    going.set()
    await first
    assert room.names() == {id_}


async def test_only_so_many_are_taken_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_files, "MOST_UPLOADS", 1)
    (_, one), (_, two) = await room.announce(), await room.announce()
    going = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        await going.wait()
        yield PNG

    first = asyncio.ensure_future(room.files.receive(one, None, slow()))
    while not room.names():
        await asyncio.sleep(0)
    assert (await refused(room.send(two, PNG))).code is Code.UNAVAILABLE
    going.set()
    await first
    await room.send(two, PNG)


@pytest.mark.parametrize("limit", ["STALL_S", "UPLOAD_S"])
async def test_who_stands_still_is_sent_away(room: Room, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(asset_files, limit, 0.01)
    _, token = await room.announce()

    async def stalled() -> AsyncIterator[bytes]:
        yield PNG[:3]
        await asyncio.Event().wait()

    assert (await refused(room.files.receive(token, None, stalled()))).message == "took too long to come"
    assert room.names() == set()


async def test_a_full_disk_is_told_and_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = await room.announce()

    def full(fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(asset_files, "_write_all", full)
        assert (await refused(room.send(token, PNG))).code is Code.UNAVAILABLE
    assert room.names() == set()
    await room.send(token, PNG)


async def test_a_directory_that_is_gone_is_told(room: Room) -> None:
    _, token = await room.announce()
    room.directory.rmdir()
    assert (await refused(room.send(token, PNG))).code is Code.UNAVAILABLE


async def test_what_is_deleted_while_it_comes_leaves_nothing(room: Room) -> None:
    id_, token = await room.announce()

    async def deleting() -> AsyncIterator[bytes]:
        yield PNG
        await room.files.delete(id_, 1)

    assert (await refused(room.files.receive(token, None, deleting()))).code is Code.NOT_FOUND
    assert room.names() == set()


async def test_what_is_deleted_takes_its_bytes_along(room: Room) -> None:
    id_, token = await room.announce()
    await room.send(token, PNG)
    assert (await refused(room.files.delete(id_, 2))).code is Code.NOT_FOUND
    assert room.names() == {id_}
    await room.files.delete(id_, 1)
    assert room.names() == set()


async def test_a_logo_is_a_confirmed_picture_of_the_workspace(room: Room) -> None:
    id_, token = await room.announce()
    await room.send(token, PNG)
    assert await room.files.logo_path(id_, 1) == ""
    await room.store.confirm(id_, 1)
    assert await room.files.logo_path(id_, 1) == str(room.files.path(id_))
    assert await room.files.logo_path(id_, 2) == ""
    assert await room.files.logo_path("ast_" + "0" * 32, 1) == ""
    other, token = await room.announce(size=5, kind="application/pdf")
    await room.send(token, b"%PDF-")
    await room.store.confirm(other, 1)
    assert await room.files.logo_path(other, 1) == ""


async def test_what_nobody_confirmed_is_swept_out(room: Room) -> None:
    left, token = await room.announce()
    await room.send(token, PNG)
    kept, token = await room.announce()
    await room.send(token, PNG)
    await room.store.confirm(kept, 1)
    room.opened.now += UPLOAD_MS + CONFIRM_MS
    assert await room.files.sweep() == 1
    assert room.names() == {kept}
    assert (await refused(room.store.get(left, 1))).code is Code.NOT_FOUND
    assert await room.files.sweep() == 0


async def test_halves_are_tidied_away_and_strangers_are_only_named(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    kept, token = await room.announce()
    await room.send(token, PNG)
    (room.directory / f"{kept}.00.part").write_bytes(b"half")
    stranger = "ast_" + "0" * 32
    (room.directory / stranger).write_bytes(b"whose?")
    assert await room.files.tidy() == 1
    assert room.names() == {kept, stranger}
    assert "1 files belong to no asset" in caplog.text
