"""Is this the header section of a plain request? The check in front of aiohttp's parser.

Whatever is not surely plain is declined, and aiohttp decides: nothing may be answered here that it would refuse. So the
grammar is that of RFC 9112 without its exceptions, and every header that changes how a message is framed or answered
(Content-Length, Transfer-Encoding, Expect, Upgrade, Proxy-Connection, a Connection other than keep-alive) declines.

The header section of a request is all of it after the first line. The same browser sends the same one again and again,
so the verdict on each is kept: see :class:`Sections`. Pure: bytes in, a verdict out.
"""

import re

from server.target import BadTarget, host_key

MOST_BYTES = 8_190
"""Of a whole head. aiohttp's limit for one line: a head that is shorter has no longer line."""

MOST_FIELDS = 100
"""Header fields. aiohttp refuses more than 128; browsers send some 20."""

KEPT_SECTIONS = 4_096
KEPT_BYTES = 2_048
"""Header sections whose verdict is kept, and the longest such: 8 MB a worker at most. Longer ones hold cookies, which
nobody else sends."""

# field-name ":" OWS field-value OWS CRLF (RFC 9112 section 5), at least one, then the empty line. Possessive: a byte
# that does not fit ends the match at once.
_SECTION = re.compile(rb"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+)++\r\n\r\n").fullmatch
_TELLING = re.compile(
    rb"\n(host|connection|content-length|transfer-encoding|expect|upgrade|proxy-connection|http2-settings):"
    rb"[ \t]*([^\r\n]*)",
    re.IGNORECASE,
).findall
VISIBLE = re.compile(rb"[!-~]+").fullmatch
"""What may stand in a target: no spaces, controls or bytes beyond ASCII (RFC 9112 section 3.2)."""

VERSION = b" HTTP/1.1"


def host_of(section: bytes) -> bytes | None:
    """The key of the one Host of a plain header section (which begins with the first line's CRLF), else ``None``."""
    if not _SECTION(section) or section.count(b"\n") - 2 > MOST_FIELDS:
        return None
    names = _NAMES(section.lower())
    if len(set(names)) != len(names):  # aiohttp refuses some fields that stand twice, and takes others: its decision
        return None
    host = None
    for name, value in _TELLING(section):
        lower = name.lower()
        if lower == b"host" and host is None:
            host = value.rstrip(b" \t")
        elif lower != b"connection" or value.strip(b" \t").lower() != b"keep-alive":
            return None
    if host is None:
        return None
    try:
        return host_key(host)
    except BadTarget:
        return None


_NAMES = re.compile(rb"\n([^:\r\n]+):").findall
_FRAMED = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE).findall


def are_whole(data: bytes, messages: int) -> bool:
    """Whether ``data``, in which a parser that began it anew found ``messages`` messages, ends with the last of them.

    Never true of anything else; false also for some that do end so (bodies but for one of known length).
    """
    framed = _FRAMED(data)
    if not framed:
        return data.endswith(b"\r\n\r\n") and data.count(b"\r\n\r\n") == messages
    head, _, body = data.partition(b"\r\n\r\n")
    ((name, value), *more) = framed
    if messages != 1 or more or name.lower() != b"content-length" or not _FRAMED(head) or not value.strip().isdigit():
        return False
    return int(value) == len(body)


class Sections:
    """Remembers the verdict on header sections. ``hits`` and ``misses`` count what the memory is good for."""

    def __init__(self) -> None:
        self._hosts: dict[bytes, bytes | None] = {}
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._hosts)

    def host(self, section: bytes) -> bytes | None:
        """As :func:`host_of`, remembered."""
        try:
            host = self._hosts[section]
        except KeyError:
            self.misses += 1
            host = host_of(section)
            if len(section) <= KEPT_BYTES:
                if len(self._hosts) >= KEPT_SECTIONS:
                    # All at once: what is used comes back within some requests, and nothing has to be kept in order.
                    self._hosts.clear()
                self._hosts[section] = host
        else:
            self.hits += 1
        return host
