"""Both roads, without sockets: the protocols of the fast path and of aiohttp alone, driven byte by byte.

Nothing here waits for time: what a connection was given is worked off when the event loop has turned often enough.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence

from server.app import SERVER_NAME, make_server
from server.fastpath import FastPath
from server.protocol import FastConnections
from server.slow import RedirectServer
from server.turns import Turns
from tests.server.corpus.links import put_into
from tests.server.wire import NOW, Served

Factory = FastConnections | RedirectServer

TURNS = 24
"""Of the event loop, until one request is answered that need not wait for its turn: aiohttp needs about ten."""

_DATE = re.compile(rb"\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT\r\n")
_STATUS = re.compile(rb"HTTP/[0-9]\.[0-9] ([0-9]{3}) [A-Za-z ]+\r\n")

NEXT = b"GET /next HTTP/1.1\r\nHost: s.test\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: s.test\r\nConnection: close\r\n\r\n"
"""What is asked after each request: a plain one, which shows whether the connection is kept, and one that ends it."""


def without_date(data: bytes) -> bytes:
    """``data`` with a fixed word in place of each Date that has the form of an IMF-fixdate."""
    return _DATE.sub(b"\r\nDate: *\r\n", data)


def statuses(data: bytes) -> tuple[int, ...]:
    """Of the responses in ``data``, in order. No body of ours holds a status line."""
    return tuple(int(status) for status in _STATUS.findall(data))


class Wire(asyncio.Transport):
    """A transport whose other end is the test. ``received`` is what was written to it."""

    def __init__(self, factory: Factory) -> None:
        super().__init__({"peername": ("192.0.2.1", 40000), "sockname": ("192.0.2.2", 80)})
        self.received = bytearray()
        self.closed = False
        self._pending: list[bytes] = []
        self._reading = True
        self._eof = False
        self._protocol = factory()
        self._protocol.connection_made(self)

    # The test's end

    def feed(self, data: bytes) -> None:
        """One segment arrives."""
        self._pending.append(data)
        self._deliver()

    def feed_eof(self) -> None:
        """The client says that nothing more will come."""
        self._eof = True
        self._deliver()

    def _deliver(self) -> None:
        while self._pending and self._reading and not self.closed:
            self._protocol.data_received(self._pending.pop(0))
        if self._eof and self._reading and not self.closed:
            self._eof = False
            if not self._protocol.eof_received():
                self.close()

    # The protocol's end

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self.received += data

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in list_of_data:
            self.write(data)

    def can_write_eof(self) -> bool:
        return False  # so that there is one way in which the server ends a connection

    def is_closing(self) -> bool:
        return self.closed

    def is_reading(self) -> bool:
        return self._reading and not self.closed

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        asyncio.get_running_loop().call_soon(self._deliver)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close


class Roads:
    """The same links behind both roads. To be made, and used, inside a running event loop.

    ``answered``: how many requests have been answered by the fast path.
    """

    def __init__(self) -> None:
        self.answered = 0
        self._fast = self._fast_path()
        slow = make_server(_served().handler())
        behind = make_server(_served().handler(), self._respond)
        self.factories: tuple[Factory, Factory] = (FastConnections(self._respond, behind), slow)

    def _fast_path(self) -> FastPath:
        served = _served()
        responder, name = served.handler()._responder, SERVER_NAME.encode()
        fast = FastPath(responder, served.table, lambda: True, lambda: NOW, served.book.visits(), name)
        fast.set_date(b"Sat, 21 Nov 2026 20:00:00 GMT")
        return fast

    def _respond(self, data: bytes, peer: bytes) -> bytes | None:
        response = self._fast.respond(data, peer)
        self.answered += response is not None
        return response

    async def outcomes(
        self, feeds: Sequence[Sequence[bytes]], *, at_once: bool = False, eof: bool = False
    ) -> tuple[list[bytes], list[bytes]]:
        """What comes back on the fast road and on the slow one, on a connection for each of ``feeds``.

        A feed is segments, each sent when what came before has been worked off, or all ``at_once``. Then either the
        client ends its half (``eof``), or :data:`NEXT` and :data:`LAST` are asked. A result ends with a word that says
        whether the server has closed the connection.
        """
        fast, slow = [await self._drive(factory, feeds, at_once, eof) for factory in self.factories]
        return fast, slow

    async def _drive(self, factory: Factory, feeds: Sequence[Sequence[bytes]], at_once: bool, eof: bool) -> list[bytes]:
        wires = [Wire(factory) for _ in feeds]
        turns = factory.slow.turns if isinstance(factory, FastConnections) else factory.turns
        await turn(turns)
        for step in range(max(len(feed) for feed in feeds)):
            for wire, feed in zip(wires, feeds, strict=True):
                if step < len(feed):
                    wire.feed(feed[step])
            if not at_once:
                await turn(turns)
        if eof:
            for wire in wires:
                wire.feed_eof()
        for request in () if eof else (NEXT, LAST):
            await turn(turns)
            for wire in wires:
                wire.feed(request)
        await turn(turns)
        results = [without_date(bytes(wire.received)) + (b"closed" if wire.closed else b"open") for wire in wires]
        for wire in wires:
            wire.close()
        await turn(turns)
        return results


def _served() -> Served:
    served = Served()
    put_into(served.table)
    return served


async def turn(turns: Turns | None = None) -> None:
    """Let everything that has been delivered be worked off, also what waits for one of ``turns`` on the slow road."""
    is_over = False
    while not is_over:
        is_over = not turns
        for _ in range(TURNS):
            await asyncio.sleep(0)
