"""How long creates take: the times of a histogram, and the middleware that takes them."""

from bisect import bisect_left
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from admin.routing import PREFIXES

BOUNDS_S = (0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets. A create takes some milliseconds; 10 s is how long it waits for a worker."""

_CREATES = ("/links", "/links/bulk", "/short-link", "/import-short-link", "/qr-code")
PATHS = frozenset(prefix + path for prefix in PREFIXES for path in _CREATES)
"""What makes links by POST, in both APIs."""

_FIRST_ERROR = 400


class CreateTimes:
    """``monotonic`` gives seconds. ``sum_s``: seconds of all creates."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """A create took so long."""
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """How many took at most each bound, the last one all."""
        found: list[tuple[str, float]] = []
        total = 0
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), self._counts, strict=True):
            total += count
            found.append((bound, total))
        return found


def make_timing(times: CreateTimes) -> Middleware:
    """The middleware, to be the outermost one: from the request's head to its answer. Those that made nothing are left
    out: they would hide how long the others take."""

    @web.middleware
    async def timing(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "POST" or request.path not in PATHS:
            return await handler(request)
        began = times.monotonic()
        response = await handler(request)
        if response.status < _FIRST_ERROR:
            times.add(times.monotonic() - began)
        return response

    return timing
