"""What must never stand in a journal: the values of header fields that identify or authenticate somebody.

Pure: a header section in, one without secrets out.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

MOST_TEXT_BYTES = 16_384
"""Of a header section in the journal; what is longer is cut. Browsers send a tenth of it, and a megabyte of headers
must not take a sixteenth of a segment."""

_SECRET = rb"cookie|auth|token|secret|passw|session|credential|jwt|oidc|api-?key"
_gives_away = re.compile(_SECRET).search
_value = re.compile(rb"(\n[^:\r\n]*?(?:" + _SECRET + rb")[^:\r\n]*:)[^\r\n]*", re.IGNORECASE)


@lru_cache(4_096)
def is_secret(name: bytes) -> bool:
    """Whether the value of the header field ``name`` (lower case) may be a secret: Cookie, Authorization,
    Proxy-Authorization, X-Link-Password, and every other whose name says so."""
    return _gives_away(name) is not None


def redacted(section: bytes, names: Iterable[bytes]) -> bytes:
    """``section``, each of its fields begun by a line feed, without the values of secret ones; their names stay.

    ``names``: those of all its fields, in lower case.
    """
    if any(map(is_secret, names)):
        section = _value.sub(rb"\1", section)
    return section[:MOST_TEXT_BYTES]
