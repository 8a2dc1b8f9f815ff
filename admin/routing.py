"""What a route is: a handler together with everything that is said about it, and how it is put on aiohttp.

What is documented is what is enforced: the models of a route parse its requests, its scope lets callers in, and its
list of failures is what the document shows. A handler sees a :class:`Call` and answers a ``Reply``; it knows no HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from pydantic import BaseModel

from admin.auth import AuthCode, AuthError, Key, bearer_token
from admin.body import Upload, expect_nothing, read_object, single_values, upload_of
from admin.dialect import PLAIN, Binary, Dialect, Reply, Stamp, Stream
from admin.errors import Failure, Problem
from admin.guests import address_of
from admin.ports import Keys
from admin.streaming import Chunks
from admin.validation import Context, validated
from links.model import NOBODY

PREFIXES = ("/api/v1", "/v1")
"""Both base paths of the APIs. The first one is the one that is documented."""

STAMP = web.RequestKey("stamp", Stamp)
"""Where the request's :class:`Stamp` is."""

# What a scope implies: a key that may be refused, and a store behind it that may be busy.
_GUARDED = (Failure.INVALID_KEY, Failure.REVOKED_KEY, Failure.EXPIRED_KEY, Failure.SCOPE, Failure.UNAVAILABLE)
_BODY = (Failure.VALIDATION, Failure.TOO_LARGE, Failure.MEDIA_TYPE)


_METHODS = {"GET": ("GET", "HEAD")}


class Call(msgspec.Struct, frozen=True):
    """A request that was let in and parsed: ``body`` and ``query`` are instances of the route's models, ``path`` has
    the variable parts of the path. ``address`` is whom a request without a key counts for. ``if_none_match``,
    ``last_event_id``: the headers of these names; ``upload``: the body of a route that takes one as it comes."""

    key: Key | None
    path: Mapping[str, str]
    body: Any = None
    query: Any = None
    address: str = ""
    if_none_match: str = ""
    upload: Upload | None = None
    last_event_id: str = ""

    @property
    def who(self) -> str:
        """The caller, as the history of a link names it."""
        return f"key:{self.key.id}" if self.key else "anonymous"

    @property
    def workspace(self) -> int:
        """Whose links the caller may see and change; ``NOBODY`` for a caller without a key."""
        return self.key.workspace if self.key else NOBODY


Handler = Callable[[Call], Awaitable[Reply | Binary | Stream]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint. ``path`` is below the prefixes, variable parts in braces; ``scope`` is what the caller's key
    needs (``None``: no key); ``raises`` are the failures of the handler itself, those that the route implies are
    added by ``failures``. ``path_help`` describes the
    variable parts of the path; ``for_guests``: whether callers without a key are let in where the operator wants that
    and the body says ``"public": true``; ``also`` other statuses that the response model is answered with, and what
    they mean. ``media``: the content types that it answers instead of a model; ``takes_upload``: whether its body is a
    file, which is not read before the handler does."""

    method: str
    path: str
    handler: Handler
    dialect: Dialect
    operation_id: str
    tag: str
    summary: str
    description: str
    scope: str | None
    response: type[BaseModel] | None
    request: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    raises: tuple[Failure, ...] = ()
    path_help: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[int, str] = field(default_factory=dict)
    for_guests: bool = False
    media: tuple[str, ...] = ()
    takes_upload: bool = False

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for an endpoint that is not documented."""
        said = (self.operation_id, self.tag, self.summary, self.description, *self.path_help.values())
        if not all(text.strip() for text in said):
            raise ValueError(f"{self.method} {self.path} is not documented")
        if set(self.path_help) != set(self.variables):
            raise ValueError(f"{self.method} {self.path}: every variable part of the path needs its description")

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variable parts of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The base paths that the route answers under."""
        return ("",) if self.dialect is PLAIN else PREFIXES

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure that the route can answer, in the order of :class:`Failure`."""
        possible = {*self.raises, Failure.INTERNAL}
        possible.update(_GUARDED if self.scope else ())
        possible.update(_BODY if self.request else ())
        possible.update((Failure.VALIDATION,) if self.query else ())
        return tuple(failure for failure in Failure if failure in possible)


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands in front of every handler. ``max_body_bytes`` bounds what is read; ``welcomes_guests``: whether
    there is anything to be had without a key."""

    keys: Keys
    context: Context
    max_body_bytes: int
    welcomes_guests: bool = False

    async def admit(self, request: web.Request, scope: str) -> Key:
        """The caller's key. Raises ``AuthError``, or :class:`Problem` ``SCOPE`` if it has not ``scope``."""
        key = await self.keys.authenticate(bearer_token(request.headers.getall("Authorization", [])))
        if not key.allows(scope):
            raise Problem(Failure.SCOPE, f"This endpoint requires the {scope} scope.")
        return key

    async def parse(self, request: web.Request, route: Route) -> Call:
        """The request as ``route`` takes it. Who calls is asked first, so that strangers learn nothing else."""
        is_guest = route.for_guests and self.welcomes_guests and "Authorization" not in request.headers
        key = await self.admit(request, route.scope) if route.scope and not is_guest else None
        body = query = None
        if route.request:
            data = await read_object(request, self.max_body_bytes)
            if is_guest and data.get("public") is not True:
                raise AuthError(AuthCode.INVALID)
            body = validated(route.request, data, self.context)
        if route.query:
            query = validated(route.query, single_values(request.query), self.context, "parameter")
        address = address_of(request.remote or "", request.headers.getall("X-Forwarded-For", [])) if is_guest else ""
        known = ", ".join(request.headers.getall("If-None-Match", ()))
        upload = upload_of(request) if route.takes_upload else None
        last = request.headers.get("Last-Event-ID", "")
        return Call(key, request.match_info, body, query, address, known, upload, last)


def register(app: web.Application, routes: tuple[Route, ...], gate: Gate) -> None:
    """Put ``routes`` on ``app``, under every prefix; HEAD works where GET does."""
    paths = dict.fromkeys(prefix + route.path for route in routes for prefix in route.prefixes)
    resources = {path: app.router.add_resource(path) for path in paths}
    for route in routes:
        endpoint = _endpoint(route, gate)
        for prefix in route.prefixes:
            for method in _METHODS.get(route.method, (route.method,)):
                resources[prefix + route.path].add_route(method, endpoint, expect_handler=expect_nothing)


def _endpoint(route: Route, gate: Gate) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The route as aiohttp calls it: parse, call, render."""
    headers = {"Content-Type": "application/json"}

    async def endpoint(request: web.Request) -> web.StreamResponse:
        reply = await route.handler(await gate.parse(request, route))
        if isinstance(reply, Binary):
            return web.Response(body=reply.body, status=reply.status, headers=reply.headers)
        if isinstance(reply, Stream):
            return web.Response(body=Chunks(reply.chunks), status=route.status, headers=reply.headers)
        if route.response is None:
            return web.Response(status=route.status)
        body = route.dialect.success(reply, request[STAMP])
        return web.Response(body=body, status=reply.status or route.status, headers=headers)

    return endpoint
