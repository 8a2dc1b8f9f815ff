"""How much a connection sends: where heads and bodies begin and end in its bytes, and when one grows too long.

aiohttp limits single lines and the number of header fields, but neither a whole head (which could hold a megabyte, or
spaces without end before a value) nor a body that is thrown away. This looks at the same bytes in front of it. It
decides nothing but when to stop: what the bytes mean is aiohttp's business, which gets all that came before, unchanged.
Pure: bytes in, numbers out.
"""

import re
from collections.abc import Callable

from server.head import FRAMED

CLOSE = 1
"""Nothing is wrong with what was asked, but nothing more is read."""

TARGET_TOO_LONG = 414
HEAD_TOO_LARGE = 431

_END = b"\r\n\r\n"
_LINE = b"\r\n"
_OVERLAP = len(_END) - 1
_HEX = 16
_LONGEST_SIZE = 20
"""Digits of a length or a chunk's size that are read: more is no number of bytes that anybody sends."""

_LONGEST_LINE = 256
"""Of a chunk's size with its extensions, which nobody sends: it is kept until it is whole."""

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,%d})[ \t]*(?:;.*)?\r" % _LONGEST_SIZE, re.DOTALL).fullmatch


class Meter:
    """Follows one connection.

    ``heads`` counts the whole heads so far. ``head_bytes`` is the length of one that has begun, ``body_bytes`` that of
    the last body, framing included.
    """

    __slots__ = ("_left", "_most_body", "_most_head", "_part", "_step", "body_bytes", "head_bytes", "heads")

    def __init__(self, most_head: int, most_body: int) -> None:
        self._most_head = most_head
        self._most_body = most_body
        self._step: Callable[[bytes, int], tuple[int, int]] = self._head
        self._part = b""
        self._left = 0
        self.heads = 0
        self.head_bytes = 0
        self.body_bytes = 0

    @property
    def is_in_body(self) -> bool:
        return self._step != self._head

    def feed(self, data: bytes) -> tuple[int, int]:
        """Take in ``data``: how many of its bytes may be passed on, and why no more of them: 0 where all may,
        :data:`CLOSE`, or the status to refuse with. After anything but 0 it must not be fed again."""
        at, stop = 0, 0
        while at < len(data) and not stop:
            at, stop = self._step(data, at)
        return at, stop

    def _head(self, data: bytes, at: int) -> tuple[int, int]:
        start = at
        if not self._part:
            while at < len(data) and data[at] in _LINE:  # RFC 9112 section 2.2: blank lines before a head are none
                at += 1
        part = self._part + data[at : at + self._most_head + 1]
        end = part.find(_END, max(0, len(self._part) - _OVERLAP))
        used = len(part) - len(self._part) if end < 0 else end + len(_END) - len(self._part)
        self.head_bytes += at - start + used
        if self.head_bytes > self._most_head:
            return start, HEAD_TOO_LARGE if _LINE in part[: self._most_head] else TARGET_TOO_LONG
        if end < 0:
            self._part = part
            return at + used, 0
        self._begin_body(part[: end + len(_END)])
        return at + used, 0

    def _begin_body(self, head: bytes) -> None:
        """What follows ``head`` (RFC 9112 section 6.3). Where aiohttp refuses the head, nothing does."""
        self.heads += 1
        self.head_bytes = self.body_bytes = 0
        self._part = b""
        for name, value in FRAMED(head):
            if name[:1] in b"tT":
                self._step = self._size
                return
            digits = value.strip()
            if digits.isdigit() and int(digits[:_LONGEST_SIZE]):
                self._left = int(digits[:_LONGEST_SIZE])
                self._step = self._content

    def _count(self, start: int, end: int) -> tuple[int, int]:
        """Bytes of a body from ``start`` to ``end`` came."""
        self.body_bytes += end - start
        return end, CLOSE if self.body_bytes > self._most_body else 0

    def _content(self, data: bytes, at: int) -> tuple[int, int]:
        taken = min(self._left, len(data) - at)
        self._left -= taken
        if not self._left:
            self._step = self._head
        return self._count(at, at + taken)

    # RFC 9112 section 7.1: a size in hexadecimal, CRLF, so many bytes, CRLF; after the size 0 come trailer fields.

    def _size(self, data: bytes, at: int) -> tuple[int, int]:
        end = data.find(b"\n", at)
        self._part += data[at : at + _LONGEST_LINE] if end < 0 else data[at:end]
        if len(self._part) > _LONGEST_LINE:
            return at, CLOSE
        if end < 0:
            return self._count(at, len(data))
        size = _SIZE(self._part)
        if size is None:
            return at, CLOSE  # aiohttp refuses it, or understands what this does not
        self._left = int(size[1], _HEX) + len(_LINE)
        self._part = b""
        if self._left == len(_LINE):
            self._part, self._step = _LINE, self._trailer
        else:
            self._step = self._chunk
        return self._count(at, end + 1)

    def _chunk(self, data: bytes, at: int) -> tuple[int, int]:
        taken = min(self._left, len(data) - at)
        self._left -= taken
        if not self._left:
            self._step = self._size
        return self._count(at, at + taken)

    def _trailer(self, data: bytes, at: int) -> tuple[int, int]:
        part = self._part + data[at:]
        end = part.find(_END)
        if end < 0:
            self._part = part[-_OVERLAP:]
            return self._count(at, len(data))
        used = end + len(_END) - len(self._part)
        self._part = b""
        self._step = self._head
        return self._count(at, at + used)
