"""What must never stand in a journal: the values of header fields that identify or authenticate somebody.

Pure: a header section in, one without secrets out.
"""

import re
from collections.abc import Iterable

MOST_TEXT_BYTES = 16_384
"""Of a header section in the journal; what is longer is cut. Browsers send a tenth of it, and a megabyte of headers
must not take a sixteenth of a segment."""

_HARMLESS = frozenset(
    b"host connection user-agent accept accept-encoding accept-language accept-charset referer origin via forwarded "
    b"cache-control pragma dnt te from range if-modified-since if-none-match upgrade-insecure-requests priority "
    b"sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user "
    b"sec-gpc sec-purpose purpose x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-real-ip "
    b"x-request-id cf-connecting-ip cf-ipcountry cf-ray cf-visitor cdn-loop".split()
)
"""What most requests consist of, so that their other names alone are looked at."""

_gives_away = re.compile(rb"cookie|auth|token|secret|passw|session|credential|jwt|oidc|api-?key").search


def is_secret(name: bytes) -> bool:
    """Whether the value of the header field ``name`` (lower case) may be a secret: Cookie, Authorization,
    Proxy-Authorization, X-Link-Password, and every other whose name says so."""
    return name not in _HARMLESS and _gives_away(name) is not None


def redacted(section: bytes, names: Iterable[bytes]) -> bytes:
    """``section``, each of its fields begun by a line feed, without the values of secret ones; their names stay.

    ``names``: those of all its fields, in lower case.
    """
    if not _HARMLESS.issuperset(names):
        for name in names:
            if is_secret(name):
                section = _without(section, b"\n" + name + b":")
    return section[:MOST_TEXT_BYTES]


def _without(section: bytes, beginning: bytes) -> bytes:
    """``section`` without what follows ``beginning``, in lower case, on any line."""
    lower = section.lower()
    pieces = []
    kept = 0
    while (at := lower.find(beginning, kept)) >= 0:
        at += len(beginning)
        pieces.append(section[kept:at])
        kept = lower.find(b"\r", at)
        if kept < 0:
            return b"".join(pieces)
    return b"".join([*pieces, section[kept:]])
