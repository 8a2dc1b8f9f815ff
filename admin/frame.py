"""What is true of every answer, whatever the route: a request id, the common headers, and no exception unanswered.

One middleware. It knows the dialects by the path alone, so that unknown paths are answered in the right one.
"""

import logging
from collections.abc import Iterable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from admin.auth import AuthError
from admin.cors import Cors
from admin.dialect import PLAIN, Dialect, RateLimit, Stamp, unlimited
from admin.errors import Failure, Problem, from_auth, from_link
from admin.ports import Clock, RequestIds
from admin.routing import PREFIXES, STAMP
from admin.wire_divsly import DIVSLY
from admin.wire_xqr import XQR
from links.errors import LinkError

# First segments below a prefix that are the Divsly API's, also where there is no route yet.
DIVSLY_SEGMENTS = frozenset(
    (
        "short-link",
        "shortlinks",
        "import-short-link",
        "bulk-delete",
        "qr-code",
        "qr-codes",
        "custom-domain",
        "city-analytics",
        "create-token",
    )
)

_ALWAYS = {"Server": "fingerpost", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger("fingerpost.admin")


def dialect_of(path: str) -> Dialect:
    """Whose path this is: by its first segment below a prefix; ``PLAIN`` outside of both prefixes."""
    for prefix in PREFIXES:
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
            segment = path[len(prefix) + 1 :].partition("/")[0]
            return DIVSLY if segment in DIVSLY_SEGMENTS else XQR
    return PLAIN


def make_frame(cors: Cors, request_id: RequestIds, clock: Clock) -> Middleware:
    """The middleware."""

    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        dialect = dialect_of(request.path)
        stamp = request[STAMP] = Stamp(request_id(), unlimited(clock()))
        try:
            response = await handler(request)
        except web.HTTPMethodNotAllowed as error:
            response = _wrong_method(request, dialect, stamp, allow(error.allowed_methods), cors)
        except Exception as error:  # noqa: BLE001 - this is where every error ends: in the log and in a 500
            response = _failed(request, dialect, stamp, _problem(error, request, dialect, stamp))
        headers = response.headers
        headers["X-Request-Id"] = stamp.request_id
        headers.update(_ALWAYS)
        headers.setdefault("Cache-Control", "no-store")
        if dialect is PLAIN:
            return response
        headers.update(_rate_limit(stamp.rate_limit))
        headers.update(cors.headers(request.headers.get("Origin")))
        return response

    return frame


def allow(methods: Iterable[str]) -> str:
    """The methods of a path, as ``Allow`` lists them."""
    return ", ".join(sorted({*methods, "OPTIONS"}))


def _wrong_method(request: web.Request, dialect: Dialect, stamp: Stamp, methods: str, cors: Cors) -> web.StreamResponse:
    """OPTIONS has no route: it is answered from the routes that its path has."""
    if request.method != "OPTIONS":
        return _failed(request, dialect, stamp, Problem(Failure.METHOD, allow=methods))
    headers = {"Allow": methods} if dialect is PLAIN else cors.preflight(methods, request.headers)
    return web.Response(status=204, headers=headers)


def _problem(error: Exception, request: web.Request, dialect: Dialect, stamp: Stamp) -> Problem:
    """Any exception as a problem. What is nobody's plan goes to the log, and no further."""
    match error:
        case Problem():
            return error
        case LinkError():
            return from_link(error, dialect.fields)
        case AuthError():
            return from_auth(error)
        case web.HTTPNotFound():
            return Problem(Failure.NOT_FOUND, "There is no such endpoint.")
        case ConnectionError() if request.transport is None:
            raise error  # the client went away while it was sending: aiohttp ends the connection
    log.error("%s: %s %s failed", stamp.request_id, request.method, request.rel_url.raw_path, exc_info=error)
    return Problem(Failure.INTERNAL)


def _failed(request: web.Request, dialect: Dialect, stamp: Stamp, problem: Problem) -> web.Response:
    headers = {"Content-Type": "application/json", **problem.headers()}
    body = dialect.failure(problem, stamp.request_id)
    return web.Response(status=dialect.statuses[problem.failure], body=body, headers=headers)


def _rate_limit(limit: RateLimit) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit.limit),
        "X-RateLimit-Remaining": str(limit.remaining),
        "X-RateLimit-Reset": str(limit.reset),
        "X-RateLimit-Burst-Limit": str(limit.burst_limit),
        "X-RateLimit-Burst-Remaining": str(limit.burst_remaining),
    }
