"""A hub on a directory of its own, and peers that speak its protocol by hand."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from links.hub import Hub
from links.locks import WORKERS, DataLock
from links.socketpath import FILE_NAME, short
from tests.links.storing import PATIENCE, until

FIRST = WORKERS.start


class Peer:
    """One connection to the hub, in lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def say(self, line: bytes) -> None:
        self.writer.write(line + b"\n")

    async def hear(self) -> bytes:
        """The next line; empty where the hub has dropped the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return (await self._reader.readline()).rstrip(b"\n")
            except ConnectionError:
                return b""

    def end(self) -> None:
        self.writer.close()


class Running:
    """A hub on a directory of its own, its clock, and its peers."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.now = 100.0
        self.lock = DataLock(data_dir)
        self.hub = Hub(data_dir, self.lock, lambda: self.now)
        self.peers: list[Peer] = []

    async def connect(self) -> Peer:
        with short(self.data_dir / FILE_NAME) as path:
            self.peers.append(Peer(*await asyncio.open_unix_connection(path)))
        return self.peers[-1]

    async def worker(self, slot: int, at: int) -> Peer:
        """A worker that the hub waits for."""
        peer = await self.connect()
        peer.say(b"READY %d %d" % (slot, at))
        assert await peer.hear() == b"GO %d" % self.hub.rev
        return peer

    async def close(self) -> None:
        await self.hub.close()
        await until(lambda: not self.hub._streams)
        for peer in self.peers:
            peer.end()
        self.lock.close()


def waiting(what: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.ensure_future(what)


async def within_patience(what: Coroutine[Any, Any, Any]) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await what
