"""A bio page as visitors get it: its document in two forms, and which of them, or neither, a request is answered with.

What a form needs is made at its first request: a worker loads thousands of pages, most of which nobody asks it for, and
nearly everybody who does takes gzip. Pure: knows neither paths nor tables.
"""

import gzip
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from server.fields import Fields

Headers = tuple[tuple[bytes, bytes], ...]

OK = 200
NOT_MODIFIED = 304

KEPT_PREFERENCES = 256
KEPT_BYTES = 128
"""Values of Accept-Encoding that are remembered, some ten of which are in use, and the longest that is."""

_GZIP = frozenset({b"gzip", b"x-gzip"})  # RFC 9110 section 8.4.1.3
_IDENTITY = b"identity"
_ANY = b"*"
_ONE = 1000  # weights are counted in thousandths
_MOST_DIGITS = 3
_OWS = b" \t"

# Every answer but a 304 has them. No page shows up in another site's frame, unless its policy says where: browsers that
# know frame-ancestors go by that.
_ALWAYS = (
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"strict-origin-when-cross-origin"),
    (b"X-Frame-Options", b"DENY"),
)
# Whoever keeps a copy asks before it is shown again: a change shows at once, and every view is one here.
_RENEWED = ((b"Vary", b"Accept-Encoding"), (b"Cache-Control", b"no-cache"))


class Sent(NamedTuple):
    """One answer. ``lines``: its header fields as they are written; for whoever writes them himself."""

    status: int
    headers: Headers
    lines: bytes
    body: bytes


class Form(NamedTuple):
    """A document in one content coding: its entity tag, and the answers for those who have it not and who have it."""

    etag: bytes
    whole: Sent
    unchanged: Sent


class BioPage:
    """A published page. ``packed``: its document, compressed by gzip; ``tag``: changes with the document and its
    ``policy`` (Content-Security-Policy; empty for none)."""

    __slots__ = ("_gzip", "_identity", "_packed", "_policy", "_tag", "id")

    def __init__(self, id_: int, packed: bytes, tag: bytes, policy: bytes) -> None:
        self.id = id_
        self._packed = packed
        self._tag = tag
        self._policy = policy
        self._gzip: Form | None = None
        self._identity: Form | None = None

    def choose(self, fields: Fields) -> Sent:
        """The answer to a GET with these header fields."""
        form = self._zipped() if takes_gzip(fields(b"accept-encoding")) else self._plain()
        known = fields(b"if-none-match")
        return form.unchanged if known and is_known(form.etag, known) else form.whole

    def _zipped(self) -> Form:
        if self._gzip is None:
            # Two forms, two strong tags (RFC 9110 section 8.8.3.3).
            self._gzip = self._form(b'"%b-gzip"' % self._tag, self._packed, ((b"Content-Encoding", b"gzip"),))
        return self._gzip

    def _plain(self) -> Form:
        if self._identity is None:
            self._identity = self._form(b'"%b"' % self._tag, gzip.decompress(self._packed), ())
        return self._identity

    def _form(self, etag: bytes, body: bytes, coding: Headers) -> Form:
        renewed = ((b"ETag", etag), *_RENEWED)
        policy = ((b"Content-Security-Policy", self._policy),) if self._policy else ()
        type_ = (b"Content-Type", b"text/html; charset=utf-8")
        length = (b"Content-Length", b"%d" % len(body))
        whole = _sent(OK, (type_, length, *coding, *renewed, *policy, *_ALWAYS), body)
        return Form(etag, whole, _sent(NOT_MODIFIED, renewed, b""))


def _sent(status: int, headers: Headers, body: bytes) -> Sent:
    return Sent(status, headers, lines_of(headers), body)


def lines_of(headers: Headers) -> bytes:
    """Header fields as they are written."""
    return b"".join([b"%s: %s\r\n" % field for field in headers])


def takes_gzip(values: tuple[bytes, ...]) -> bool:
    """Whether gzip is to be sent to who says so in Accept-Encoding (RFC 9110 section 12.5.3): it is acceptable, and at
    least as welcome as no coding at all. Who says nothing gets no coding: it may be a program that knows none.

    No coding is sent also to who refuses that and gzip: better a page than a 406.
    """
    if not values:
        return False
    value = b",".join(values)
    return _prefers_gzip(value) if len(value) <= KEPT_BYTES else _prefers_gzip.__wrapped__(value)


@lru_cache(KEPT_PREFERENCES)
def _prefers_gzip(value: bytes) -> bool:
    weights: dict[bytes, int] = {}
    for member in value.lower().split(b","):
        coding, mark, parameter = member.partition(b";")
        weight = _weight(parameter.strip(_OWS)) if mark else _ONE
        if weight is not None:  # else it is malformed, and means nothing
            weights.setdefault(coding.strip(_OWS), weight)
    others = weights.get(_ANY, 0)
    zipped = max((weights[name] for name in _GZIP if name in weights), default=others)
    return zipped > 0 and zipped >= weights.get(_IDENTITY, others)


def _weight(parameter: bytes) -> int | None:
    """Thousandths, of ``q=`` and a number from 0 to 1 with three decimals at most (RFC 9110 section 12.4.2); ``None``
    for anything else."""
    name, _, number = parameter.partition(b"=")
    whole, _, decimals = number.partition(b".")
    if (
        name != b"q"
        or whole not in (b"0", b"1")
        or len(decimals) > _MOST_DIGITS
        or (decimals and not decimals.isdigit())
    ):
        return None
    weight = int(whole) * _ONE + int(decimals.ljust(_MOST_DIGITS, b"0"))
    return weight if weight <= _ONE else None


def is_known(etag: bytes, values: Iterable[bytes]) -> bool:
    """Whether If-None-Match names ``etag``, by weak comparison (RFC 9110 section 13.1.2). No tag of ours has a
    comma."""
    for value in values:
        if value == _ANY:
            return True
        if etag in value and etag in [tag.strip(_OWS).removeprefix(b"W/") for tag in value.split(b",")]:
            return True
    return False
