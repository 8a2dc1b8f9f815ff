"""Where a redirect worker writes its visits: two stores into mapped memory, no system call, no waiting.

What is written survives the death of the process at any instruction, because the kernel owns the pages; a power cut may
take what the keeper (``clicks.keeper``), which makes the segments and synchronises them, had not synchronised yet. The
two meet in three places only, each of which either side may touch at any time: ``ready`` (segments to write into),
``retired`` (segments written to the end) and ``wake``.

Knows no files: segments are handed in.
"""

from collections import deque
from collections.abc import Callable
from zlib import crc32

from clicks.record import (
    ALIGN,
    BARE_BYTES,
    END_MARK,
    LOST,
    NO_RULE,
    PREFIX_BYTES,
    SECTION,
    VISIT_BYTES,
    Section,
    pack_bare,
    pack_kind,
    pack_visit,
    room_of,
)
from clicks.redact import MOST_TEXT_BYTES
from clicks.segment import SLICE_BYTES, Segment

NO_LINK = bytes(8)
_WORD_SHIFT = 2


class Journal:
    """Takes visits. ``clock_ns``: epoch nanoseconds.

    ``lost``: visits that could not be written since the start; ``bare``: whether only time and link are, to save
    space; ``shortened``: visits of which only these were written. Not for several threads, but for what the keeper
    does.
    """

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self.ready: deque[Segment] = deque()
        self.retired: deque[Segment] = deque()
        self.wake: Callable[[], None] = _nobody
        self.lost = 0
        self.shortened = 0
        self.bare = False
        self.segment: Segment | None = None
        self._began_ns = 0
        self._told = 0  # how many of the lost ones the journal says
        # The quick way's own: where the next record goes, up to where it may go without anything else to be done.
        self._at = 0
        self._limit = 0

    @property
    def offset(self) -> int:
        """Where the next record goes in the present segment."""
        return self._at

    def visit(self, kind: int, link: bytes, peer: bytes, section: Section, request: bytes, rule: int = NO_RULE) -> None:
        """Write a visit down, or count it as lost. Call it before the response is sent.

        ``kind``: one of ``clicks.record.VISITS``; ``link``: the link's id in 8 bytes, little-endian;
        ``peer``: the client's address in 16 bytes; ``request``: method, space, target, and each header field that is
        not in ``section``, begun by CRLF. ``rule``: which routing rule and variant answered (``clicks.record``).
        """
        segment = self.segment
        if section.segment is not segment or segment is None:
            self._visit_slowly(kind, link, peer, section, request, rule)
            return
        body = pack_visit(kind, rule, self._clock_ns(), link, peer, section.at) + request
        size = len(body)
        at = self._at
        start = at + PREFIX_BYTES
        end = start + ((size + ALIGN - 1) & -ALIGN)
        if end > self._limit:
            self._visit_slowly(kind, link, peer, section, request, rule)
            return
        # The body, then its checksum, then the size: whoever reads a size reads what belongs to it.
        segment.data[start : start + size] = body
        word = at >> _WORD_SHIFT
        segment.words[word + 1] = crc32(body, size)
        segment.words[word] = size
        self._at = end

    def end_old(self, age_ns: int) -> None:
        """End the present segment where its first visit is older than ``age_ns``. For the thread that visits."""
        if self.segment is not None and self._clock_ns() - self._began_ns > age_ns:
            self._retire()

    def close(self) -> None:
        """Nothing more is written: the segments are handed back."""
        self._retire()
        self.retired.extend(self.ready)
        self.ready.clear()

    def _visit_slowly(self, kind: int, link: bytes, peer: bytes, section: Section, request: bytes, rule: int) -> None:
        """The whole of it: sections, ends of segments and slices, shortage of space."""
        request = request[:MOST_TEXT_BYTES]
        bare = self.bare  # the keeper may change it meanwhile, and the room is for one of the two
        room = BARE_BYTES if bare else VISIT_BYTES + len(request) + VISIT_BYTES + len(section.text)
        segment = self._segment_with(room)
        if segment is None:
            self.lost += 1
            return
        if bare:
            self._append(segment, pack_bare(kind, rule, self._clock_ns(), link))
            self.shortened += 1
            self._limit = 0  # the quick way writes more than this
            return
        if section.segment is not segment:
            section.at = self._append(segment, pack_kind(SECTION) + section.text)
            section.segment = segment
        self._append(segment, pack_visit(kind, rule, self._clock_ns(), link, peer, section.at) + request)
        self._next_slice(segment)

    def _next_slice(self, segment: Segment) -> None:
        """Let the quick way go on to the next slice's end, where it looks whether visits are to be bare."""
        self._limit = min((self._at // SLICE_BYTES + 1) * SLICE_BYTES, segment.size - len(END_MARK))

    def _segment_with(self, room: int) -> Segment | None:
        """A segment that has ``room`` bytes left beside its end mark: the present one or the next."""
        if self.segment is not None:
            if self._at + room + len(END_MARK) <= self.segment.size:
                return self.segment
            self._retire()
        if not self.ready:
            self.wake()
            return None
        self.segment = segment = self.ready.popleft()
        self._began_ns = self._clock_ns()
        self._at = segment.end
        self._limit = 0
        if self.lost > self._told:
            number = (self.lost - self._told).to_bytes(8, "little")
            self._append(segment, pack_bare(LOST, NO_RULE, self._clock_ns(), number))
            self._told = self.lost
        self.wake()
        return segment

    def _append(self, segment: Segment, body: bytes) -> int:
        """Write one record; its offset."""
        at, size = self._at, len(body)
        start = at + PREFIX_BYTES
        segment.data[start : start + size] = body
        word = at >> _WORD_SHIFT
        segment.words[word + 1] = crc32(body, size)
        segment.words[word] = size
        self._at = at + room_of(size)
        return at

    def _retire(self) -> None:
        if self.segment is not None:
            segment, self.segment = self.segment, None
            self._append(segment, END_MARK[PREFIX_BYTES:])
            segment.end = self._at
            self.retired.append(segment)
            self.wake()


def _nobody() -> None: ...
