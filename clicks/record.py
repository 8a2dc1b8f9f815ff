"""The records of a journal segment: their layout, how they are made, how they are read.

A segment is 16 bytes of ``MAGIC`` and then records, each at a multiple of 8, up to the first that has no size:

    u32  size of the body in bytes; stored last, by one aligned store: until then there is no record
    u32  CRC-32 of the body, begun with the size
    body u32 kind, u32 rule, u64 epoch nanoseconds, u64 link id     a *bare* visit ends here
         16 bytes peer, u32 where its header section stands, then method, space and target as they were sent, and
         the header fields that only this request had, each begun by CRLF
    body u32 SECTION, then the header section                        what visits point to

Header sections stand once a segment and are pointed to: the same browser sends the same one again and again. So a visit
takes some 80 bytes instead of 800, and a segment can be read from any record on, without what stood in other segments.

All numbers are little-endian. Pure: bytes in, records out.
"""

from struct import Struct
from typing import NamedTuple
from zlib import crc32

MAGIC = b"fingerpost\x00\x00\x00\x00\x00\x01"
ALIGN = 8
PREFIX_BYTES = 8

MOST_BODY_BYTES = 65_536
"""What a body's size may be: more is no size, but something else that stands here."""

REDIRECT, GONE, NOT_FOUND, LOCKED, PAGE = 1, 2, 3, 4, 5
VISITS = frozenset({REDIRECT, GONE, NOT_FOUND, LOCKED, PAGE})
"""What was answered: a redirect, "that was here", "there is no such link", the page that asks for a password, a bio
page (whose id stands in the place of a link's; the two come from one counter)."""

NO_RULE = 0
_VARIANT_SHIFT = 16


def rule_word(rule: int, variant: int = 0) -> int:
    """What a visit's ``rule`` says: which of a link's routing rules answered, counted from 1 as they were sent, and
    which of its variants (0: it has none)."""
    return rule | variant << _VARIANT_SHIFT


def rule_of(word: int) -> tuple[int, int]:
    """(rule, variant) out of what :func:`rule_word` made; (0, 0) where none answered."""
    return word & (1 << _VARIANT_SHIFT) - 1, word >> _VARIANT_SHIFT


SECTION, LOST, END = 16, 17, 18
"""A header section; visits that could not be written (their number in the place of the link id); nothing follows."""

pack_visit = Struct("<IIQ8s16sI").pack
pack_bare = Struct("<IIQ8s").pack
pack_kind = Struct("<I").pack
_PREFIX = Struct("<II")
_KIND = Struct("<I")
_BARE = Struct("<IIQQ")
_VISIT = Struct("<IIQQ16sI")
_WHOLE_VISIT = Struct("<IIIIQQ16sI")
_BEGIN = Struct("<III")
BARE_BYTES = PREFIX_BYTES + _BARE.size
VISIT_BYTES = PREFIX_BYTES + _VISIT.size


class Section:
    """A header section that visits refer to. ``text``: what of it goes into a journal (``clicks.redact``); ``at``: its
    offset in ``segment``, once it stands there."""

    __slots__ = ("at", "segment", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.segment: object = None
        self.at = 0


class Torn(Exception):
    """What stands here is no record that was written whole. ``end``: where the next may be, 0 if that is unknown."""

    def __init__(self, message: str, end: int) -> None:
        super().__init__(message)
        self.end = end


class Record(NamedTuple):
    """One record. ``end``: the offset of the next one.

    ``time_ns``: epoch nanoseconds. ``link_id``: 0 for a 404, the number of lost visits for ``LOST``. ``peer``: the
    client's address, 16 bytes, IPv4 mapped into IPv6; empty for a bare visit. ``section``: the offset of the header
    section's record, 0 where there is none. ``text``: method, target and own fields of a visit, or a section.
    """

    end: int
    kind: int
    rule: int
    time_ns: int
    link_id: int
    peer: bytes
    section: int
    text: bytes


def room_of(size: int) -> int:
    """Bytes that a record whose body has ``size`` takes."""
    return PREFIX_BYTES + ((size + ALIGN - 1) & -ALIGN)


def frame(body: bytes) -> bytes:
    """A whole record with its prefix, padded. For who may store it in one piece; a journal may not."""
    record = _PREFIX.pack(len(body), crc32(body, len(body))) + body
    return record + bytes(-len(record) % ALIGN)


END_MARK = frame(pack_bare(END, NO_RULE, 0, bytes(8)))
"""Nothing follows, and nothing ever will."""


def end_of(data: bytes, at: int) -> int | None:
    """The offset after the record at ``data[at]``, which is not looked into; ``None`` where there is none whole."""
    if at + PREFIX_BYTES > len(data):
        return None
    size, _ = _PREFIX.unpack_from(data, at)
    end: int = at + room_of(size)
    return None if size == 0 or size > MOST_BODY_BYTES or end > len(data) else end


def reach_of(data: bytes) -> int:
    """The end of the last of the whole records that ``data`` begins with, by the steps of :func:`end_of`."""
    at, length, size_at = 0, len(data), _KIND.unpack_from
    while at + PREFIX_BYTES <= length:
        (size,) = size_at(data, at)
        end: int = at + PREFIX_BYTES + (size + ALIGN - 1 & -ALIGN)
        if size == 0 or size > MOST_BODY_BYTES or end > length:
            break
        at = end
    return at


def is_unfinished(rest: bytes) -> bool:
    """Whether ``rest``, which stands behind the last record up to the end of a segment, is a record that lacks nothing
    but its size and what is stored just before: its writer was killed between the two, and the visitor not answered.

    Where a power cut has left a hole there is no kind, or more than one record behind it.
    """
    kind = rest[PREFIX_BYTES : PREFIX_BYTES + _KIND.size]
    return not any(rest[: _KIND.size]) and any(kind) and not rest[room_of(MOST_BODY_BYTES) :].strip(b"\0")


Raw = tuple[int, int, int, int, int, bytes, int, bytes]
"""Where a visit's record begins in its segment, and the fields of :class:`Record` but for ``end``."""


def take_visits(data: bytes, at: int, stop: int, found: list[int]) -> int:
    """Put where the visits begin that stand in a row from ``data[at]`` on, whole and in full, into ``found``; where
    that row ends, ``stop`` at the latest. What is there may be anything, and is for :func:`read`, which says the same
    of visits. They are as :func:`visit_at` and ``clicks.columns`` need them: padded.

    For who reads millions. (A body is copied, as some bytes are copied sooner than a ``memoryview`` is made.)
    """
    last, begin = len(data) - room_of(_VISIT.size), _BEGIN.unpack_from
    while at < stop and at <= last:
        size, crc, kind = begin(data, at)
        end = at + PREFIX_BYTES + size
        if kind not in VISITS or not _VISIT.size <= size <= MOST_BODY_BYTES:
            break
        if crc32(data[at + PREFIX_BYTES : end], size) != crc:
            break
        found.append(at)
        at = end + ALIGN - 1 & -ALIGN
    return at


def visit_at(data: bytes, at: int, base: int = 0) -> Raw:
    """The visit at ``data[at]``, which :func:`take_visits` has found. ``base``: as of :func:`read`."""
    size, _, kind, rule, time_ns, link_id, peer, section = _WHOLE_VISIT.unpack_from(data, at)
    text = data[at + VISIT_BYTES : at + PREFIX_BYTES + size]
    return base + at, kind, rule, time_ns, link_id, peer, section, text


def read(data: bytes, at: int, base: int = 0) -> Record | None:
    """The record at ``data[at]``; ``None`` where none has been written yet or ``data`` ends before it does.

    ``base``: the offset of ``data`` in its segment; ``end`` is counted from the segment's beginning.
    Raises :class:`Torn` for what was not written whole.
    """
    if at + PREFIX_BYTES > len(data):
        return None
    size, crc = _PREFIX.unpack_from(data, at)
    start = at + PREFIX_BYTES
    if size > MOST_BODY_BYTES:
        raise Torn(f"no record has {size} bytes, at {base + at}", 0)
    if size == 0 or start + size > len(data):
        return None
    body = data[start : start + size]
    end = base + at + room_of(size)
    if crc32(body, size) != crc:
        raise Torn(f"checksum of the record at {base + at} is wrong", end)
    if size < _KIND.size:
        raise Torn(f"the record at {base + at} has no kind", end)
    (kind,) = _KIND.unpack_from(body)
    if kind == SECTION:
        return Record(end, kind, 0, 0, 0, b"", 0, body[_KIND.size :])
    if size < _BARE.size:
        raise Torn(f"the record at {base + at} is too short", end)
    if size < _VISIT.size:
        kind, rule, time_ns, link_id = _BARE.unpack_from(body)
        return Record(end, kind, rule, time_ns, link_id, b"", 0, b"")
    kind, rule, time_ns, link_id, peer, section = _VISIT.unpack_from(body)
    return Record(end, kind, rule, time_ns, link_id, peer, section, body[_VISIT.size :])
