"""The response headers of the APIs, as the OpenAPI document describes them."""

from collections.abc import Mapping
from typing import Any

from admin.errors import Failure


def _header(kind: str, description: str, example: object) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind, "examples": [example]}}


COMPONENTS: dict[str, Any] = {
    "X-Request-Id": _header("string", "Finds the request in the server's log.", "req_8f3a2b1c4d5e6f70"),
    "X-RateLimit-Limit": _header("integer", "Calls allowed in the window; 2147483647 without a limit.", 2147483647),
    "X-RateLimit-Remaining": _header("integer", "Calls left in the window.", 2147483647),
    "X-RateLimit-Reset": _header("integer", "When the window ends, in unix seconds.", 1742572800),
    "X-RateLimit-Burst-Limit": _header("integer", "Calls allowed in a second.", 2147483647),
    "X-RateLimit-Burst-Remaining": _header("integer", "Calls left in this second.", 2147483647),
    "Retry-After": _header("integer", "Seconds to wait before the next try.", 1),
    "WWW-Authenticate": _header("string", "How to authenticate.", "Bearer"),
}

PLAIN_HEADERS = ("X-Request-Id",)
RESPONSE_HEADERS = tuple(name for name in COMPONENTS if name.startswith("X-"))

ERROR_HEADERS: Mapping[Failure, tuple[str, ...]] = {
    Failure.INVALID_KEY: ("WWW-Authenticate",),
    Failure.REVOKED_KEY: ("WWW-Authenticate",),
    Failure.EXPIRED_KEY: ("WWW-Authenticate",),
    Failure.TOO_MANY: ("Retry-After",),
    Failure.UNAVAILABLE: ("Retry-After",),
}
