"""A server on the loopback interface and clients in bytes, for tests that must see exactly what goes over the wire."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from server.answer import Responder
from server.app import RedirectHandler
from server.settings import ServerSettings
from server.table import Table
from tests.server.visiting import Book

NOW = 1_800_000_000_000

PATIENCE = 10.0
"""Seconds until a test gives up on a socket; none of them waits for time to pass."""


class Reply:
    """One response: ``line`` as it came, ``headers`` in order; indexing finds the one header of a name."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.line, *lines = head.decode().split("\r\n")
        self.status = int(self.line.split(" ")[1])
        self.headers = [tuple(line.split(": ", 1)) for line in lines if line]
        self.body = body

    def __getitem__(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, name
        return values[0] if values else None


class Client:
    """A connection to a server under test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def reply(self, *, head_only: bool = False) -> Reply:
        async with asyncio.timeout(PATIENCE):
            head = await self._reader.readuntil(b"\r\n\r\n")
            reply = Reply(head, b"")
            length = reply["Content-Length"]
            assert length is not None
            if not head_only:
                reply.body = await self._reader.readexactly(int(length))
        return reply

    def end(self) -> None:
        """Send nothing more."""
        self._writer.write_eof()

    async def rest(self) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


class FakeFeed:
    """``pending``: what was committed and is applied when somebody asks."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.pending: dict[bytes, bytes] = {}
        self.asked = 0

    async def moved(self) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        moved = bool(self.pending)
        for path, entry in self.pending.items():
            self._table.put(b"", path, entry)
        self.pending = {}
        return moved


class Served:
    """A server on a free port of the loopback interface, and clients that speak in bytes."""

    def __init__(self) -> None:
        self.table = Table()
        self.feed = FakeFeed(self.table)
        self.book = Book()
        self.health: Callable[[], tuple[int, Mapping[str, Any]]] = lambda: (200, {"status": "ok"})
        self.port = 0
        self._clients: list[Client] = []

    def handler(self) -> RedirectHandler:
        responder = Responder(ServerSettings(base_url="http://s.test"), "http://api.test:8081")
        return RedirectHandler(responder, self.table, self.feed, lambda: NOW, self.book.visits(), lambda: self.health())

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def ask(self, *requests: bytes) -> list[Reply]:
        """Send everything at once, read one reply for each request."""
        client = await self.connect()
        client.send(b"".join(requests))
        return [await client.reply(head_only=request.startswith(b"HEAD")) for request in requests]

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
