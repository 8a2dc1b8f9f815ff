"""Which pages of other origins may call the API from a browser: the Fetch standard's CORS headers.

Credentials are never allowed: keys are sent by scripts, cookies mean nothing here.
"""

import re
from collections.abc import Mapping

ANY = "*"

# Seconds that a browser may remember a preflight: a day, which is more than browsers honour.
MAX_AGE = 86_400

EXPOSED = (
    "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    "X-RateLimit-Burst-Limit, X-RateLimit-Burst-Remaining, Retry-After"
)
_ALLOWED_HEADERS = "Authorization, Content-Type, X-Request-Id"

# A list of header names (RFC 9110 §5.6.2): what is echoed is checked to be no more than that.
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_MAX_HEADER_NAMES = 1_024  # characters


_FOR_ANY = {"Access-Control-Allow-Origin": ANY, "Access-Control-Expose-Headers": EXPOSED}


class Cors:
    """``origins``: origins that may call, exactly as browsers send them (``https://app.example.com``), or ``*``."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._any = ANY in origins
        self._origins = frozenset(origins)

    def headers(self, origin: str | None) -> Mapping[str, str]:
        """For every answer to a request that carries this ``Origin``, or none."""
        if self._any:
            return _FOR_ANY
        if origin not in self._origins or origin is None:
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
            "Vary": "Origin",
        }

    def preflight(self, methods: str, request: Mapping[str, str]) -> dict[str, str]:
        """More for the answer to a preflight. ``methods``: those of the path, as in ``Allow``; ``request``: its
        headers."""
        asked = request.get("Access-Control-Request-Headers", "")
        echo = len(asked) <= _MAX_HEADER_NAMES and _HEADER_NAMES.fullmatch(asked)
        # No Vary for what is echoed: answers to OPTIONS are in no shared cache (RFC 9110 §9.3.7).
        return {
            "Allow": methods,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": asked if echo else _ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(MAX_AGE),
        }
