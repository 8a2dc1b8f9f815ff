"""The road through aiohttp: every request that is not answered faster comes through here.

aiohttp parses, refuses what is no HTTP, and writes; what is answered is decided in ``answer``. Not known here: where
links come from, and what makes the process healthy; both are passed in.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson
from aiohttp import HttpVersion10, HttpVersion11, web
from multidict import CIMultiDict

from server.answer import Answer, Responder
from server.head import are_whole
from server.pages import BAD_REQUEST
from server.table import Table
from server.target import BadTarget, parse_target

SERVER_NAME = "fingerpost"
"""The Server header: no version, and no word of what it is built on."""

KEEPALIVE_SECONDS = 75.0
"""How long an idle connection, or one that sends its request too slowly, stays open. Browsers come back within a
minute, nginx keeps its upstream connections for 60 s and must not be the later one to close; aiohttp's 3,630 s would
let anyone hold a file descriptor for an hour."""

FIRST_REQUEST_SECONDS = 1.0
"""How long a connection without a request yet is left open when a worker ends. Its visitor's request is on its way, and
would meet a closed connection; after a second it is one that a browser opened in advance."""

FIRST_REQUEST_LOOK_SECONDS = 0.02

MAX_LINE_BYTES = 8190
"""Of a request target, of a header's name and of its value: more is a 400. Browsers and proxies stay far below it."""

_BAD_REQUEST = 400
_HEALTHZ = b"/healthz"
_READS = frozenset({"GET", "HEAD"})
_VERSIONS = frozenset({HttpVersion10, HttpVersion11})


Respond = Callable[[bytes], bytes | None]
"""The fast path: the response to exactly one complete plain request, ``None`` for anything else."""


class Feed(Protocol):
    """What the handler must be able to ask of the feed of changes."""

    async def moved(self) -> bool:
        """Whether anything has been committed that the table lacked; if so it has been applied on return."""


class RedirectHandler:
    """Answers one parsed request.

    ``clock_ms`` gives epoch milliseconds; ``health`` the status and JSON of ``/healthz``.
    """

    def __init__(
        self,
        responder: Responder,
        table: Table,
        feed: Feed,
        clock_ms: Callable[[], int],
        health: Callable[[], tuple[int, Mapping[str, Any]]],
    ) -> None:
        self._responder = responder
        self._table = table
        self._feed = feed
        self._clock_ms = clock_ms
        self._health = health

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version not in _VERSIONS:  # aiohttp lets HTTP/0.9 and HTTP/2.0 pass, and without Host
            return _bad_request()
        # aiohttp decodes heads as UTF-8 with surrogates for what is not: the same way back gives the client's bytes.
        target = request.raw_path.encode("utf-8", "surrogateescape")
        host = request.headers.get("Host")
        host_bytes = None if host is None else host.encode("utf-8", "surrogateescape")
        method = request.method.encode()
        if _HEALTHZ in target and _path_of(target) == _HEALTHZ:
            return self._answer_health(request.method)
        answer = self._responder.answer(self._table, method, target, host_bytes, self._clock_ms())
        if answer.miss and await self._feed.moved():
            answer = self._responder.answer(self._table, method, target, host_bytes, self._clock_ms())
        return _response(answer)

    def _answer_health(self, method: str) -> web.Response:
        headers = {"Cache-Control": "no-store", "Server": SERVER_NAME}
        if method not in _READS:
            return web.Response(status=405, headers={"Allow": "GET, HEAD", **headers})
        status, state = self._health()
        return web.Response(status=status, body=orjson.dumps(state), content_type="application/json", headers=headers)


class Connection(web.RequestHandler):
    """aiohttp's connection, which says less when a request is no HTTP.

    aiohttp answers such a request with what its parser thought of it and logs a traceback for each: anyone could fill
    a disk with them.
    """

    __slots__ = ("_is_whole", "_respond", "has_asked")

    def __init__(self, manager: web.Server, respond: Respond | None, **options: Any) -> None:
        super().__init__(manager, **options)
        self._respond = respond
        self._is_whole = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.has_asked = False
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """A proxy's connection serves many visitors: one odd request must not make it slow for all that follow."""
        self.has_asked = True
        if self._respond is not None and self._is_between_messages():
            response = self._respond(data)
            if response is not None and self.transport is not None:
                self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
                self.transport.write(response)
                return
        before = self._request_count
        super().data_received(data)
        self._is_whole = self._is_whole and are_whole(data, self._request_count - before)

    def _is_between_messages(self) -> bool:
        """Whether aiohttp has answered all it got, waits for a request, and holds no part of one.

        Anything else answered now would come too early, or out of the middle of a message (request smuggling).
        """
        waiter = self._waiter
        waits = waiter is not None and not waiter.done() and not self._messages
        return waits and self._is_whole and not (self._paused or self._upgraded or self._close or self._force_close)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The response to a request that cannot be parsed (400) or whose handler failed (500, logged). Closes."""
        if status == _BAD_REQUEST:
            self.logger.debug("bad request: %r", exc)
            return _bad_request()
        response = super().handle_error(request, status, exc, message)
        response.headers["Server"] = SERVER_NAME
        return response


class RedirectServer(web.Server):
    """aiohttp's low-level server over :class:`Connection`: called, it makes the protocol of one connection."""

    def __init__(self, handler: RedirectHandler, respond: Respond | None, **options: Any) -> None:
        super().__init__(handler)
        self._respond = respond
        self._options = options

    def __call__(self) -> Connection:
        return Connection(self, self._respond, loop=self._loop, **self._options)

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
        self.pre_shutdown()
        await self.shutdown(seconds)


def make_server(
    handler: RedirectHandler, respond: Respond | None = None, *, keepalive_seconds: float = KEEPALIVE_SECONDS
) -> RedirectServer:
    """A protocol factory for ``loop.create_server``. Must be called inside a running event loop.

    ``respond``: the fast path, offered each request that comes between two messages.
    """
    return RedirectServer(
        handler,
        respond,
        keepalive_timeout=keepalive_seconds,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
        access_log=None,
        auto_decompress=False,  # bodies are read only to be thrown away
    )


def _path_of(target: bytes) -> bytes | None:
    try:
        return parse_target(target).path
    except BadTarget:
        return None


def _bad_request() -> web.Response:
    headers = {"Cache-Control": "no-store", "Server": SERVER_NAME}
    response = web.Response(status=_BAD_REQUEST, body=BAD_REQUEST, content_type="text/plain", headers=headers)
    response.force_close()  # where the next request would begin is anyone's guess
    return response


def _response(answer: Answer) -> web.Response:
    headers = CIMultiDict([(name.decode(), value.decode()) for name, value in answer.headers])
    headers["Server"] = SERVER_NAME
    return web.Response(status=answer.status, body=answer.body, headers=headers)
