"""The connection in front of aiohttp: answers plain requests at once, hands every other connection over.

A handed-over connection stays the same transport. ``server.slow.Connection`` offers plain requests to the fast path
again whenever it is surely between two messages; after one it gives the transport back, and rests until it is needed.
"""

import asyncio
from typing import cast

from server.connections import FIRST_REQUEST_LOOK_SECONDS, FIRST_REQUEST_SECONDS, Connections
from server.peer import NO_PEER, peer_bytes
from server.slow import Connection, RedirectServer, Respond


class FastConnections:
    """A protocol factory. ``slow`` takes over, and has the count of all connections."""

    def __init__(self, respond: Respond, slow: RedirectServer) -> None:
        self.respond = respond
        self.slow = slow
        self.all: Connections = slow.all

        slow.give_back = self.take_back

    def __call__(self) -> "FastConnection":
        return FastConnection(self)

    def take_back(self, resting: Connection) -> None:
        """Have the transport of ``resting``, which is between two messages, until something comes that is not plain."""
        connection = FastConnection(self, resting)
        self.all.replace(resting, connection)
        connection.resume()

    def open(self) -> "list[FastConnection]":
        """Those that have not been handed over."""
        return [connection for connection in self.all.open if isinstance(connection, FastConnection)]

    async def drain(self, seconds: float) -> None:
        """End: close what has been answered, and what is about to ask its first request once it has, for at most
        ``seconds``. Nothing may make connections any more."""
        looks = int(min(seconds, FIRST_REQUEST_SECONDS) / FIRST_REQUEST_LOOK_SECONDS)
        for _ in range(looks):
            for connection in self.open():
                if connection.has_asked:
                    connection.close_idle()
            if not self.open():
                return
            await asyncio.sleep(FIRST_REQUEST_LOOK_SECONDS)
        for connection in self.open():
            connection.close_idle()


class FastConnection(asyncio.Protocol):
    """One connection, as long as all that it asks is plain."""

    __slots__ = ("_all", "_late", "_respond", "_resting", "_slow", "_transport", "_turns", "has_asked", "peer", "seen")

    def __init__(self, factory: FastConnections, resting: Connection | None = None) -> None:
        """``resting``: aiohttp's end of this connection, where it has had it before."""
        self._all = factory.all
        self._respond = factory.respond
        self._slow = factory.slow
        self._turns = factory.slow.turns
        self._late = b""
        self._resting = resting
        self.seen = self._all.now
        self.has_asked = resting is not None
        self.peer = NO_PEER if resting is None else resting.peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not derived from it
        self.peer = peer_bytes(transport.get_extra_info("peername"))
        self._all.admit(self, self._transport)

    def resume(self) -> None:
        """Take the transport of the connection that rests."""
        if self._resting is not None:
            self._transport = self._resting.wire
            self._transport.set_protocol(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.lost(self)
        if self._resting is not None:
            self._resting.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late:
            self._late += data
            return
        response = self._respond(data, self.peer)
        if response is None:
            self._hand_over_in_turn(data)
            return
        self.seen = self._all.now
        self.has_asked = True
        self._transport.write(response)

    def _hand_over_in_turn(self, data: bytes) -> None:
        if self._turns.enter():
            self._hand_over(data)
        else:
            self._late = data
            self._transport.pause_reading()
            self._turns.wait(self._hand_over_late)

    def _hand_over_late(self) -> None:
        data, self._late = self._late, b""
        if self in self._all.open and not self._transport.is_closing():
            self._transport.resume_reading()
            self._hand_over(data)

    def _hand_over(self, data: bytes) -> None:
        protocol = self._resting or self._slow(self.peer)
        self._all.replace(self, protocol)
        self._transport.set_protocol(protocol)
        if self._resting is None:
            protocol.connection_made(self._transport)
        protocol.take(data)

    # Who ends his half has been answered already, or is aiohttp's: the transport closes once all is written.

    def pause_writing(self) -> None:
        # Whoever does not read gets nothing more to read, and nothing is handed over in the middle of it.
        self._all.stuck.setdefault(self, self._all.now)
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self in self._all.open:  # not being closed
            self._all.stuck.pop(self, None)
            self.seen = self._all.now
            self._transport.resume_reading()

    def close_idle(self) -> bool:
        if self._late:
            return False
        self._transport.close()
        return True

    def abort(self) -> None:
        self._transport.abort()
