"""A connection of aiohttp's, as it is wanted here: aiohttp parses, calls the handler and writes.

What is added: plain requests between two messages go to the fast path; what is left comes in by turns
(``server.turns``); heads and bodies have a limit (``server.meter``)
and heads a time; who ends his half gets his answers; a request that is no HTTP is refused in a line and not logged.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from server.connections import FIRST_REQUEST_LOOK_SECONDS, FIRST_REQUEST_SECONDS, Connections
from server.head import are_whole
from server.meter import CLOSE, Meter
from server.peer import NO_PEER, peer_bytes
from server.refusals import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    REASONS,
    SERVER_NAME,
    TARGET_TOO_LONG,
    TIMEOUT,
    body_of,
    fields_of,
)
from server.turns import Turns

MAX_TARGET_BYTES = 8_190
"""Of a request target: more is a 414. Browsers and proxies stay far below it."""

MAX_FIELD_BYTES = 8_192
"""Of a header field's name, and of its value: more is a 431. Not the same number as for the target: it tells aiohttp's
complaints apart."""

LINGER_SECONDS = 10.0
"""How long the rest of a body is awaited after the answer, which needs none: read, so that the connection can go on, or
at least so that its end does not make the client's system throw the answer away (RFC 9112 section 9.6)."""

NEVER_SECONDS = 1e9
"""aiohttp's own timer for idle connections: ``Connections.sweep`` does its work."""

Respond = Callable[[bytes, bytes], bytes | None]
"""The fast path: the response to exactly one complete plain request of a client's address, else ``None``."""


class Connection(web.RequestHandler):
    """One connection. ``peer``: the client's address, known already where the connection is handed over; ``wire``: its
    transport."""

    __slots__ = (
        *("_all", "_answered", "_body", "_farewell", "_give_back", "_late", "_meter", "_respond", "_turns"),
        *("_is_ended", "_is_new", "_is_refused", "_is_whole"),
        *("has_asked", "peer", "seen", "wire"),
    )

    def __init__(self, manager: "RedirectServer", peer: bytes | None, **options: Any) -> None:
        super().__init__(manager, **options)
        self._all = all_ = manager.all
        self._respond = manager.respond
        self._give_back = manager.give_back
        self._turns = manager.turns
        self._late = b""
        self._meter = Meter(all_.settings.max_head_bytes, all_.settings.max_body_bytes)
        self._body: StreamReader = EMPTY_PAYLOAD
        self._answered = 0
        self._is_whole = True
        self._farewell: bytes | None = None
        self._is_ended = False
        self._is_refused = False
        self._is_new = peer is None
        self.peer = peer or NO_PEER
        self.seen = all_.now
        self.has_asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = cast(asyncio.Transport, transport)  # uvloop's are not derived from it
        super().connection_made(transport)
        if self._is_new:
            self.peer = peer_bytes(transport.get_extra_info("peername"))
            self._all.admit(self, self.wire)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._all.heads.pop(self, None)
        self._all.lost(self)
        super().connection_lost(exc)

    # What comes

    def data_received(self, data: bytes) -> None:
        """A proxy's connection serves many visitors: one odd request must not make it slow for all that follow."""
        if not data:  # aiohttp calls itself: to go on with what it has kept
            super().data_received(data)
            return
        if self._farewell is not None:
            return
        self.has_asked = True
        self.seen = self._all.now
        if self._respond is not None and self._is_between_messages():
            response = self._respond(data, self.peer)
            if response is not None and self.transport is not None:
                self.transport.write(response)
                if self._give_back is not None and not self._paused:
                    self._give_back(self)
                return
        if self._late:  # nothing comes while it waits, unless aiohttp wants to go on reading
            self._late += data
        elif self._turns.enter():
            self.take(data)
        else:
            self._late = data
            self.wire.pause_reading()
            self._turns.wait(self._take_late)

    def _take_late(self) -> None:
        data, self._late = self._late, b""
        if not data or self.transport is None or self._farewell is not None:
            return
        if not (self._reading_paused or self._buffer_paused):
            self.wire.resume_reading()
        self.take(data)

    def take(self, data: bytes) -> None:
        """Hand ``data`` to aiohttp. It is the caller's turn."""
        self.has_asked = True
        self.seen = self._all.now
        heads, was_in_body = self._meter.heads, self._meter.is_in_body
        end, stop = self._meter.feed(data)
        if self._meter.heads != heads:
            self._all.heads.pop(self, None)
        if self._meter.head_bytes:
            self._all.heads.setdefault(self, self._all.now)
        before = self._request_count
        super().data_received(data[:end])
        self._is_whole = self._is_whole and are_whole(data, self._request_count - before)
        is_new = self._request_count > before
        if is_new and was_in_body and not self._body.is_eof():
            # The body is broken. aiohttp would wait for its end until it closes, and keep those waiting who share the
            # connection; and it must not say 400: its request has its answer.
            self._messages.pop()
            self._request_count -= 1
            self._leave(b"")
            return
        if is_new:
            self._body = self._messages[-1][1]
        if stop:
            self._leave(b"" if stop == CLOSE else self._all.refusals[stop])

    def _is_between_messages(self) -> bool:
        """Whether aiohttp has answered all it got, waits for a request, and holds no part of one.

        Anything else answered now would come too early, or out of the middle of a message (request smuggling).
        """
        waiter = self._waiter
        waits = waiter is not None and not waiter.done() and not self._messages and not self._late
        return waits and self._is_whole and not (self._paused or self._upgraded or self._close or self._force_close)

    def eof_received(self) -> Any:
        """Who ends his half gets what he has asked answered. The transport stays open until then (``True``)."""
        self._take_late()
        self._is_ended = True
        if self.transport is None:  # all is said
            return False
        self._leave(b"")
        return True

    # Flow: aiohttp stops reading when some requests wait, and waits with the next one while a client does not read.

    def pause_writing(self) -> None:
        super().pause_writing()
        self._all.stuck.setdefault(self, self._all.now)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self in self._all.open:
            self._all.stuck.pop(self, None)

    # What goes

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """aiohttp's: ``resp`` is written, which answers ``request``."""
        if (request.content_length or 0) > self._all.settings.max_body_bytes:
            resp.force_close()
        outcome = await super().finish_response(request, resp, start_time)
        self._answered += 1
        self.seen = self._all.now
        if self._farewell is not None and (self._is_done() or not resp.keep_alive):
            if not resp.keep_alive:
                self._farewell = b""  # this was the last word
            self._loop.call_soon(self._say_farewell)  # comes before aiohttp's own closing
        return outcome

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The response to a request that cannot be parsed (400, 414, 431) or whose handler failed (500, logged).
        Closes."""
        if status == BAD_REQUEST:
            self.logger.debug("bad request: %r", exc)
            self._all.refused += 1
            self._farewell, self._is_refused = b"", True
            return refusal(_status_of(exc))
        response = super().handle_error(request, status, exc, message)
        response.headers["Server"] = SERVER_NAME
        return response

    # The end

    def _is_done(self) -> bool:
        """Whether all that was asked whole is answered."""
        return self._answered == self._request_count

    def _leave(self, last: bytes) -> None:
        """Read nothing more; answer what was asked, send ``last``, close."""
        if self._farewell is None:
            self._all.refused += last != b""
            self._farewell = last
            self._is_refused = last != b""
            if self._is_done():
                self._say_farewell()

    def _say_farewell(self) -> None:
        if self.transport is None:  # closed meanwhile
            return
        if self._farewell:
            self.wire.write(self._farewell)
        if self._is_refused and not self._is_ended and self.wire.can_write_eof():
            # RFC 9112 section 9.6: closed now, what the client still sends would make its system throw the refusal
            # away. It has until ``Connections`` aborts to end its half.
            self.wire.write_eof()
            self.transport = None
        self._hang_up()

    def _hang_up(self) -> None:
        self._all.heads.pop(self, None)
        self.force_close()
        if self._task_handler is not None:
            self._task_handler.cancel()  # it waits for a request, or for a body
        self._all.leaving(self)

    def close_idle(self) -> bool:
        if not self._is_done() or self._meter.head_bytes or self._meter.is_in_body or self._late:
            return False
        self._hang_up()
        return True

    def time_out(self) -> None:
        """The head took too long. 408 and not silence: who has begun to ask waits for an answer. One that has asked
        nothing gets none: browsers take a 408 on a fresh connection for the answer to their next request."""
        if self._is_done():
            self._leave(self._all.refusals[TIMEOUT])

    def abort(self) -> None:
        self.wire.abort()


class RedirectServer(web.Server):
    """aiohttp's low-level server over :class:`Connection`: called, it makes the protocol of one connection."""

    def __init__(self, handler: Any, all_: Connections, respond: Respond | None) -> None:
        super().__init__(handler)
        self.all = all_
        self.respond = respond
        self.turns = Turns(self._loop.call_soon)
        self.give_back: Callable[[Connection], None] | None = None
        """Takes a connection's transport that is between two messages: set by who made the connection."""

    def __call__(self, peer: bytes | None = None) -> Connection:
        """``peer``: the client's address, where the connection has been admitted already."""
        return Connection(
            self,
            peer,
            loop=self._loop,
            keepalive_timeout=NEVER_SECONDS,
            lingering_time=LINGER_SECONDS,
            max_line_size=MAX_TARGET_BYTES,
            max_field_size=MAX_FIELD_BYTES,
            access_log=None,
            auto_decompress=False,  # bodies are read only to be thrown away
        )

    async def drain(self, seconds: float) -> None:
        """End: answer what has been asked, and what connections that were made just now are about to ask, for at most
        ``seconds``. Nothing may accept connections for this server any more.

        aiohttp alone closes a connection that waits for a request, be it the first one.
        """
        looks = int(min(seconds, FIRST_REQUEST_SECONDS) / FIRST_REQUEST_LOOK_SECONDS)
        for _ in range(looks):
            if all(connection.has_asked for connection in self.connections if isinstance(connection, Connection)):
                break
            await asyncio.sleep(FIRST_REQUEST_LOOK_SECONDS)
        while len(self.turns):
            await asyncio.sleep(0)
        self.pre_shutdown()
        await self.shutdown(seconds)


def refusal(status: int) -> web.Response:
    """The response of ``server.refusals``, for aiohttp to send. It closes: where the next request would begin is
    anyone's guess."""
    fields = {"Connection": "close", **fields_of(status)}  # said to HTTP/1.0 too, which aiohttp takes bad requests for
    response = web.Response(status=status, reason=REASONS[status], body=body_of(status), headers=fields)
    response.force_close()
    return response


def _status_of(exc: BaseException | None) -> int:
    """What to answer where aiohttp's parser complains."""
    if not isinstance(exc, LineTooLong):
        return BAD_REQUEST
    return TARGET_TOO_LONG if exc.args[1] == MAX_TARGET_BYTES else HEAD_TOO_LARGE
