"""Is this the header section of a plain request? The check in front of aiohttp's parser.

Whatever is not surely plain is declined, and aiohttp decides: nothing may be answered here that it would refuse. So the
grammar is that of RFC 9112 without its exceptions, and every header that changes how a message is framed or answered
(Content-Length, Transfer-Encoding, Expect, Upgrade, Proxy-Connection, a Connection other than keep-alive) declines.

The header section of a request is all of it after the first line. The same browser sends the same one again and again,
so the verdict on each is kept: see :class:`Sections`. Pure: bytes in, a verdict out.
"""

import re

from clicks.record import Section
from clicks.redact import redacted
from server.target import BadTarget, host_key

MOST_BYTES = 8_190
"""Of a whole head. aiohttp's limit for one line: a head that is shorter has no longer line."""

MOST_FIELDS = 100
"""Header fields. aiohttp refuses more than 128; browsers send some 20."""

KEPT_SECTIONS = 4_096
KEPT_BYTES = 2_048
"""Header sections of a generation, and the longest that is kept: 16 MB a worker at most, 6 MB as browsers send them.
Longer ones hold cookies, which nobody else sends."""

# field-name ":" OWS field-value OWS CRLF (RFC 9112 section 5), at least one, then the empty line. Possessive: a byte
# that does not fit ends the match at once. Not the repetition of the group, though: Python 3.11.2, Debian 12's, matches
# nothing at all then.
_SECTION = re.compile(rb"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+)+\r\n\r\n").fullmatch
_NAMES = re.compile(rb"\n([^:\r\n]+):").findall
_DECLINED = frozenset(
    (b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"proxy-connection", b"http2-settings")
)
# Fields of one visitor or one request, which a proxy adds to what thousands send alike; cookies; and the tag of a page
# that a browser has a copy of. With the rest of the line up to its end, in any case. The first letters stand apart
# because the expression is three times as fast so.
_PASSING = re.compile(
    rb"\r\n(?:([XxFfCcTtIi](?i:-forwarded-for|-real-ip|-request-id|orwarded|f-connecting-ip|f-ray|raceparent"
    rb"|rue-client-ip|-amzn-trace-id|f-none-match):[\t\x20-\x7e\x80-\xff]*+)|[Cc](?i:ookie):[\t\x20-\x7e\x80-\xff]*+)(?=\r\n)"
).split
_COOKIE = b"Cookie:"
"""What remains of cookies: that there were some."""

_TELLING_BYTES = 5
"""So much of their names tells these fields apart."""

_CRLF = b"\r\n"
_END = b"\r\n\r\n"
VISIBLE = re.compile(rb"[!-~]+").fullmatch
"""What may stand in a target: no spaces, controls or bytes beyond ASCII (RFC 9112 section 3.2)."""

VERSION = b" HTTP/1.1"


class PlainSection(Section):
    """A plain header section. ``host``: the key of its one Host."""

    __slots__ = ("host",)

    def __init__(self, host: bytes, text: bytes) -> None:
        super().__init__(text)
        self.host = host


def check(section: bytes) -> PlainSection | None:
    """What is to be known of a plain header section (which begins with the first line's CRLF), else ``None``."""
    if not _SECTION(section):
        return None
    lower = section.lower()
    names = _NAMES(lower)
    distinct = set(names)
    # aiohttp refuses some fields that stand twice, and takes others: its decision.
    if len(distinct) != len(names) or len(names) > MOST_FIELDS or not distinct.isdisjoint(_DECLINED):
        return None
    if b"host" not in distinct:
        return None
    if b"connection" in distinct and _value(lower, b"\nconnection:") != b"keep-alive":
        return None
    try:
        return PlainSection(host_key(_value(lower, b"\nhost:")), redacted(section, distinct))
    except BadTarget:
        return None


def parted(section: bytes) -> tuple[bytes, bytes]:
    """A header section without the fields that are of one request only; and these, each begun by CRLF, without secrets.

    Where one of them stands twice, or anything follows the section, none is taken out: that is aiohttp's.
    """
    pieces = _PASSING(section)
    if len(pieces) == 1 or section.find(_END) != len(section) - len(_END):
        return section, b""
    fields = [field or _COOKIE for field in pieces[1::2]]
    if len({field[:_TELLING_BYTES].lower() for field in fields}) != len(fields):
        return section, b""
    return b"".join(pieces[::2]), _CRLF + _CRLF.join(fields)


def _value(section: bytes, beginning: bytes) -> bytes:
    """The value of the field whose line begins so; there must be one."""
    start = section.find(beginning) + len(beginning)
    return section[start : section.find(b"\r", start)].strip(b" \t")


FRAMED = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE).findall


def are_whole(data: bytes, messages: int) -> bool:
    """Whether ``data``, in which a parser that began it anew found ``messages`` messages, ends with the last of them.

    Never true of anything else; false also for some that do end so (bodies but for one of known length).
    """
    framed = FRAMED(data)
    if not framed:
        return data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == messages
    head, _, body = data.partition(b"\r\n\r\n")
    ((name, value), *more) = framed
    if messages != 1 or more or name.lower() != b"content-length" or not FRAMED(head) or not value.strip().isdigit():
        return False
    return int(value) == len(body)


class Sections:
    """Remembers the verdicts on header sections, in two generations: what was asked for lately outlives the others.

    ``known``: the younger ones that are plain, by their fields, which are all after the first line's CRLF: to be asked
    first; whatever is not among them goes to :meth:`look`. ``checked`` counts what the memory was no good for.
    """

    def __init__(self) -> None:
        self.known: dict[bytes, PlainSection] = {}
        self._older: dict[bytes, PlainSection] = {}
        self._parted: set[int] = set()  # hashes of sections that were taken apart
        self.checked = 0

    def look(self, fields: bytes) -> tuple[PlainSection | None, bytes]:
        """As :func:`check` of the section that consists of ``fields``, and what of them stands in this one only (see
        :func:`parted`).

        Plain ones are remembered. Behind a proxy no two sections are the same, and their rest is: therefore without
        that, until it turns out that this one comes again.
        """
        rest, passing = fields, b""
        plain = self._older.get(fields)
        if plain is None:
            rest, passing = self._parted_once(fields)
            plain = self.known.get(rest) or self._older.get(rest)
        if plain is None:
            self.checked += 1
            plain = check(_CRLF + rest)
        if plain is not None and len(rest) <= KEPT_BYTES:
            if len(self.known) >= KEPT_SECTIONS:
                # In place: whoever looks up at every request holds on to ``known``.
                self._older = self.known.copy()
                self.known.clear()
            self.known[rest] = plain
        return plain, passing

    def _parted_once(self, fields: bytes) -> tuple[bytes, bytes]:
        """As :func:`parted`, and whole where that was done to them before."""
        section, passing = parted(_CRLF + fields)
        if not passing:
            return fields, passing
        key = hash(fields)
        if key in self._parted:
            return fields, b""
        if len(self._parted) >= KEPT_SECTIONS:
            self._parted.clear()
        self._parted.add(key)
        return section[len(_CRLF) :], passing
