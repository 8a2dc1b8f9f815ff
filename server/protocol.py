"""The connection in front of aiohttp: answers plain requests at once, hands every other connection over.

A handed-over connection stays the same transport; ``server.app.Connection`` offers plain requests to the fast path
again whenever it is surely between two messages.
"""

import asyncio
from typing import Protocol as Interface
from typing import cast

from server.app import FIRST_REQUEST_LOOK_SECONDS, FIRST_REQUEST_SECONDS
from server.fastpath import FastPath

PAUSED_SECONDS = 10.0
"""How long a client may leave its responses unread before the connection is closed. Reading is paused meanwhile, so it
costs memory for one response and a descriptor."""


class Slow(Interface):
    """What takes over: makes aiohttp's protocol for a connection."""

    def __call__(self) -> asyncio.Protocol: ...


class FastConnections:
    """A protocol factory, and the connections it made. ``keepalive_seconds``: how long one may be idle."""

    def __init__(self, fast: FastPath, slow: Slow, keepalive_seconds: float) -> None:
        self.respond = fast.respond
        self.slow = slow
        self.open: set[FastConnection] = set()
        self.now = 0.0
        self._keepalive_seconds = keepalive_seconds

    def __call__(self) -> "FastConnection":
        return FastConnection(self)

    def sweep(self, now: float) -> None:
        """Close what is idle or does not read for too long. ``now``: seconds, monotonic."""
        self.now = now
        for connection in list(self.open):
            if connection.paused_at is not None:
                if now - connection.paused_at > PAUSED_SECONDS:
                    connection.abort()
            elif now - connection.seen > self._keepalive_seconds:
                connection.close()

    async def drain(self, seconds: float) -> None:
        """End: close what has been answered, and what is about to ask its first request once it has, for at most
        ``seconds``. Nothing may make connections any more."""
        looks = int(min(seconds, FIRST_REQUEST_SECONDS) / FIRST_REQUEST_LOOK_SECONDS)
        for _ in range(looks):
            for connection in list(self.open):
                if connection.has_asked:
                    connection.close()
            if not self.open:
                return
            await asyncio.sleep(FIRST_REQUEST_LOOK_SECONDS)
        for connection in list(self.open):
            connection.close()


class FastConnection(asyncio.Protocol):
    """One connection, as long as all that it asks is plain."""

    __slots__ = ("_all", "_respond", "_transport", "has_asked", "paused_at", "seen")

    def __init__(self, all_: FastConnections) -> None:
        self._all = all_
        self._respond = all_.respond
        self.seen = all_.now
        self.paused_at: float | None = None
        self.has_asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not derived from it
        self._all.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.open.discard(self)

    def data_received(self, data: bytes) -> None:
        response = self._respond(data)
        if response is None:
            self._hand_over(data)
            return
        self.seen = self._all.now
        self.has_asked = True
        self._transport.write(response)

    def _hand_over(self, data: bytes) -> None:
        self._all.open.discard(self)
        protocol = self._all.slow()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def pause_writing(self) -> None:
        # Whoever does not read gets nothing more to read, and nothing is handed over in the middle of it.
        self.paused_at = self._all.now
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.paused_at = None
        self.seen = self._all.now
        self._transport.resume_reading()

    def close(self) -> None:
        """After what has been written."""
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()
