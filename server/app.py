"""The road through aiohttp: every request that is not answered faster comes through here.

aiohttp parses, refuses what is no HTTP, and writes (``server.slow``); what is answered is decided in ``answer``. Not
known here: where links come from, and what makes the process healthy; both are passed in.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import orjson
from aiohttp import HttpVersion10, HttpVersion11, web
from multidict import CIMultiDict

from server.answer import Answer, Responder
from server.connections import Connections
from server.fields import listed
from server.images import Images
from server.passwords import Asked, Gate
from server.peer import NO_PEER
from server.proxy_watch import ProxyWatch
from server.refusals import BAD_REQUEST, SERVER_NAME
from server.settings import ServerSettings
from server.slow import Connection, RedirectServer, Respond, refusal
from server.table import Table
from server.target import BadTarget, parse_target
from server.visits import Visits

_HEALTHZ = b"/healthz"
_READS = frozenset({"GET", "HEAD"})
_VERSIONS = frozenset({HttpVersion10, HttpVersion11})


class Feed(Protocol):
    """What the handler must be able to ask of the feed of changes."""

    async def moved(self) -> bool:
        """Whether anything has been committed that the table lacked; if so it has been applied on return."""


class RedirectHandler:
    """Answers one parsed request.

    ``clock_ms`` gives epoch milliseconds; ``health`` the status and JSON of ``/healthz``; ``gate``
    lets visitors in whom a link asks for a password: without it nobody is. ``images`` answers requests for images of QR
    codes: without it there are none. ``watch`` is shown whom requests come from.
    """

    def __init__(
        self,
        responder: Responder,
        table: Table,
        feed: Feed,
        clock_ms: Callable[[], int],
        visits: Visits,
        health: Callable[[], tuple[int, Mapping[str, Any]]],
        gate: Gate | None = None,
        images: Images | None = None,
        watch: ProxyWatch | None = None,
    ) -> None:
        self._responder = responder
        self._table = table
        self._feed = feed
        self._clock_ms = clock_ms
        self._visits = visits
        self._health = health
        self._gate = gate
        self._images = images
        self._watch = watch

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version not in _VERSIONS:  # aiohttp lets HTTP/0.9 and HTTP/2.0 pass, and without Host
            return refusal(BAD_REQUEST)
        # aiohttp decodes heads as UTF-8 with surrogates for what is not: the same way back gives the client's bytes.
        target = request.raw_path.encode("utf-8", "surrogateescape")
        host = request.headers.get("Host")
        host_bytes = None if host is None else host.encode("utf-8", "surrogateescape")
        method = request.method.encode()
        if _HEALTHZ in target and _path_of(target) == _HEALTHZ:
            return self._answer_health(request.method)
        peer, fields = _peer_of(request), listed(request.raw_headers)
        if self._watch is not None and peer not in self._watch.judged:
            self._watch.look(peer, fields)
        if self._images is not None:
            image = await self._images.answer(method, target, host_bytes, fields)
            if image is not None:
                self._visits.answered[0, image.status] += 1
                return _response(image)
        decide = partial(self._responder.answer, self._table, method, target, host_bytes, peer=peer, fields=fields)
        answer = decide(self._clock_ms())
        if answer.miss and await self._feed.moved():
            answer = decide(self._clock_ms())
        if answer.locked is not None and self._gate is not None:

            def again(admitted: bool) -> Answer:
                return decide(self._clock_ms(), admitted=admitted)

            asked = Asked(request, fields, method, target, peer, answer, answer.locked, again, self._feed.moved)
            answer = await self._gate.answer(asked)
        self._visits.record_fields(answer, peer, request.raw_headers, method, target)
        return _response(answer)

    def _answer_health(self, method: str) -> web.Response:
        headers = {"Cache-Control": "no-store", "Server": SERVER_NAME}
        if method not in _READS:
            return web.Response(status=405, headers={"Allow": "GET, HEAD", **headers})
        status, state = self._health()
        return web.Response(status=status, body=orjson.dumps(state), content_type="application/json", headers=headers)


def make_server(
    handler: RedirectHandler, respond: Respond | None = None, settings: ServerSettings | None = None
) -> RedirectServer:
    """A protocol factory for ``loop.create_server``. Must be called inside a running event loop.

    ``respond``: the fast path, offered each request that comes between two messages. ``settings``: the limits.
    """
    return RedirectServer(handler, Connections(settings or ServerSettings()), respond)


def _peer_of(request: web.BaseRequest) -> bytes:
    protocol = request.protocol
    return protocol.peer if isinstance(protocol, Connection) else NO_PEER


def _path_of(target: bytes) -> bytes | None:
    try:
        return parse_target(target).path
    except BadTarget:
        return None


def _response(answer: Answer) -> web.Response:
    headers = CIMultiDict([(name.decode(), value.decode()) for name, value in answer.headers])
    headers["Server"] = SERVER_NAME
    return web.Response(status=answer.status, body=answer.body, headers=headers)
