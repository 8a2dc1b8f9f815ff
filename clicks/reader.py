"""Reads journals, while they are written and afterwards, and gives each visit once.

What stands in a segment is taken only if it was there at the previous look too: on processors that reorder stores a
size may become visible before the body does, for nanoseconds; between two looks that is long over. Then a checksum that
is wrong is damage (a power cut, a disk), and is counted. A segment is final when it says so, or its writer is no more.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from clicks.record import (
    END,
    END_MARK,
    MAGIC,
    MOST_BODY_BYTES,
    SECTION,
    Raw,
    Torn,
    is_unfinished,
    reach_of,
    read,
    room_of,
    take_visits,
    visit_at,
)
from clicks.segment import Name, is_abandoned, names

_CHUNK_BYTES = 1 << 19
"""What is read at a time as a whole, more than a record of any size: thousands of usual ones, which share what is done
once for all of them. More at once would save nothing."""
_FEW_BYTES = 1 << 17
"""And one by one. Whoever wants a thousand is not to wait until all others have been made."""
_MOST_RECORD_BYTES = room_of(MOST_BODY_BYTES)


class Visit(NamedTuple):
    """One visit, or with the kind ``LOST`` the note that ``link_id`` of them are missing.

    ``segment`` and ``offset`` name the record for ever. ``kind``: one of ``record.VISITS``; ``time_ns``: epoch
    nanoseconds; ``link_id``: 0 for a 404, a bio page's id for one; ``peer``: the address of the connection, 16 bytes,
    IPv4 mapped into IPv6; ``request``: method, space, target; ``section``: the header section, from the CRLF before its
    first field to the empty line, without the values of secret fields. The last three are empty for visits written in
    short.
    """

    segment: Name
    offset: int
    kind: int
    rule: int
    time_ns: int
    link_id: int
    peer: bytes
    request: bytes
    section: bytes


class Chunk(NamedTuple):
    """A part of a segment, which begins at ``base`` there. ``starts``: where in ``data`` its visits begin; ``others``:
    what else there is to be told of (visits in short, notes of lost ones)."""

    data: bytes
    base: int
    starts: list[int]
    others: list[Raw]

    @property
    def is_empty(self) -> bool:
        return not (self.starts or self.others)

    @property
    def last(self) -> Raw:
        """The last of all of it."""
        return max(self._visits(self.starts[-1:]) + self.others[-1:])

    def records(self) -> list[Raw]:
        """All of it, in its order."""
        visits = self._visits(self.starts)
        return sorted(visits + self.others) if self.others else visits

    def _visits(self, starts: list[int]) -> list[Raw]:
        return [visit_at(self.data, at, self.base) for at in starts]


class SegmentReader:
    """Reads one segment from ``position``: the offset of a record, 0 for the beginning.

    ``torn`` counts records that were damaged; ``done``: everything has been given, and nothing more will come.
    Raises ``OSError`` where it cannot be opened.
    """

    def __init__(self, directory: Path, name: Name, position: int = 0) -> None:
        self.name = name
        self.position = max(position, len(MAGIC))
        self.torn = 0
        self.done = False
        self._seen = self._stop = self.position
        self._is_final = False
        self._sections: dict[int, bytes] = {}
        self._fd = os.open(directory / str(name), os.O_RDONLY)
        if os.pread(self._fd, len(MAGIC), 0) != MAGIC:
            self.torn += 1
            self.done = True

    @property
    def size(self) -> int:
        """Bytes of the segment, written or not."""
        return os.fstat(self._fd).st_size

    def look(self) -> None:
        """See how far the segment reaches. What it reached at the look before may be read now."""
        # Asked before looking: whatever a writer that is no more has written is there then.
        self._is_final = is_abandoned(self._fd)
        reached = self._end_from(self._seen)
        self._stop = reached if self._is_final else self._seen
        self._seen = reached

    def skip(self) -> None:
        """Leave out what is there."""
        self.look()
        self.position = self._stop = self._seen

    @property
    def left_bytes(self) -> int:
        """What stands behind ``position`` as far as the last look went."""
        return max(0, self._seen - self.position)

    def read(self) -> list[Visit]:
        """The next visits, some thousands at most; none where all have been read that may be."""
        return [self._visit(raw) for raw in self.records()]

    def records(self) -> list[Raw]:
        """As :meth:`read`, as they stand: :meth:`section` has their header sections."""
        return self._next(_FEW_BYTES).records()

    def chunk(self) -> Chunk:
        """As :meth:`records`, as a whole."""
        return self._next(_CHUNK_BYTES)

    def _next(self, most: int) -> Chunk:
        data = os.pread(self._fd, min(most, max(0, self._stop - self.position)), self.position)
        chunk = self._chunk(data)
        if self._is_final and self.position >= self._stop and not self.done:
            self.done = True
            rest = os.pread(self._fd, _CHUNK_BYTES, self.position)
            # The end mark may have been put there since the look, by a worker that tidied up (clicks.segment.tidy).
            if rest.strip(b"\0") and not is_unfinished(rest) and not rest.startswith(END_MARK):
                self.torn += 1
        return chunk

    def _end_from(self, at: int) -> int:
        """The end of the last record, from that at ``at`` on."""
        while True:
            data = os.pread(self._fd, _CHUNK_BYTES, at)
            reached = reach_of(data)
            if reached == 0:
                return at
            at += reached

    def close(self) -> None:
        os.close(self._fd)

    def _chunk(self, data: bytes) -> Chunk:
        base = at = self.position
        chunk = Chunk(data, base, [], [])
        while at < self._stop and not self.done:
            at = base + take_visits(data, at - base, self._stop - base, chunk.starts)
            if at >= self._stop:
                break
            end = self._other_record(data, at, base, chunk.others)
            if end is None:  # it ends in the next chunk
                break
            at = end
        self.position = at
        return chunk

    def _other_record(self, data: bytes, at: int, base: int, found: list[Raw]) -> int | None:
        """Take the record at ``at``, which may be anything, and give its end; ``None`` where it is not whole. What is
        to be told of it goes into ``found``."""
        try:
            record = read(data, at - base, base)
        except Torn as torn:
            self.torn += 1
            return torn.end
        if record is None:
            return None
        if record.kind == SECTION:
            self._sections[at] = record.text
        elif record.kind == END:
            self.done = True
        else:
            found.append((at, *record[1:]))
        return record.end

    def _visit(self, raw: Raw) -> Visit:
        at, kind, rule, time_ns, link_id, peer, section, text = raw
        request, crlf, fields = text.partition(b"\r\n")
        whole = crlf + fields + (self.section(section) if section else b"")
        return Visit(self.name, at, kind, rule, time_ns, link_id, peer, request, whole)

    def section(self, at: int) -> bytes:
        """The header section at ``at``, which stands in front of what is read now."""
        text = self._sections.get(at)
        if text is None:
            try:
                record = read(os.pread(self._fd, _MOST_RECORD_BYTES, at), 0, at)
            except Torn:
                record = None
            if record is None or record.kind != SECTION:
                self.torn += 1
            text = self._sections[at] = b"" if record is None else record.text
        return text


class JournalReader:
    """Reads all segments of a directory, those that come included, each from its beginning or from ``positions``.

    ``torn`` counts damaged records. Not for several threads.
    """

    def __init__(self, directory: Path, positions: Mapping[Name, int] | None = None) -> None:
        self._directory = directory
        self._positions = dict(positions or {})
        self._open: dict[Name, SegmentReader] = {}
        self._done: set[Name] = set()
        self._torn = 0

    @property
    def torn(self) -> int:
        return self._torn + sum(segment.torn for segment in self._open.values())

    def positions(self) -> dict[Name, int]:
        """Where to go on in each segment that is not done."""
        return {name: segment.position for name, segment in self._open.items()}

    def poll(self) -> Iterator[Visit]:
        """What has come since the last time, segment by segment."""
        present = names(self._directory)
        self._done.intersection_update(present)
        for name in sorted({*present, *self._open}):
            segment = self._open.get(name)
            if segment is None and name not in self._done:
                segment = self._begin(name)
            if segment is not None:
                yield from self._drain(segment)

    def open_all(self) -> None:
        """Open the segments that there are: whatever is done to the files now, they are read at the next polls."""
        for name in names(self._directory):
            if name not in self._open and name not in self._done:
                self._begin(name)

    def skip(self) -> None:
        """Leave out what has been recorded so far."""
        for name in names(self._directory):
            segment = self._begin(name)
            if segment is not None and not segment.done:
                segment.skip()

    def close(self) -> None:
        for segment in self._open.values():
            segment.close()
        self._open.clear()

    def _begin(self, name: Name) -> SegmentReader | None:
        try:
            segment = SegmentReader(self._directory, name, self._positions.get(name, 0))
        except FileNotFoundError:  # it had no visits, and its writer has just taken it away
            return None
        self._open[name] = segment
        return segment

    def _drain(self, segment: SegmentReader) -> Iterator[Visit]:
        segment.look()
        while visits := segment.read():
            yield from visits
        if segment.done:
            self._torn += segment.torn
            self._done.add(segment.name)
            self._open.pop(segment.name).close()
