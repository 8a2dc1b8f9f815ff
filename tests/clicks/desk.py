"""A journal with real segments and no threads: the test does what a keeper would do."""

from itertools import count
from pathlib import Path

from clicks.journal import Journal
from clicks.memory_segment import MemorySegment
from clicks.reader import JournalReader, Visit
from clicks.record import MAGIC, REDIRECT, Record, Section, read
from clicks.segment import Name, Segment

SIZE = 128 << 10
BOOT = 1_800_000_000_000_000_000
PEER = bytes(10) + b"\xff\xff\xc0\x00\x02\x07"
PID = 4_000_000
"""A process id that Linux gives nobody, unless it is told to."""


class Desk:
    """``journal``, and its segments in ``directory``; ``wakes`` counts how often it asked for its keeper.

    Visits are numbered: link id and time are the number. ``memory``: where segments are written first.
    """

    def __init__(
        self,
        directory: Path,
        *,
        segments: int = 1,
        size: int = SIZE,
        boot_ns: int = BOOT,
        memory: Path | None = None,
    ) -> None:
        self.directory = directory
        self._memory = memory
        self.size = size
        self.made: list[Segment] = []
        self.wakes = 0
        self._boot_ns = boot_ns
        self._numbers = count(1)
        self._time = 0
        self.journal = Journal(lambda: self._time)
        self.journal.wake = self._woken
        self.give(segments)

    def _woken(self) -> None:
        self.wakes += 1

    def give(self, segments: int = 1, size: int = 0) -> None:
        """Make segments and have the journal use them when it needs them."""
        for _ in range(segments):
            name = Name(self._boot_ns, PID, len(self.made))
            if self._memory is None:
                segment = Segment(self.directory, name, size or self.size)
            else:
                segment = MemorySegment(self.directory, name, size or self.size, self._memory)
            self.made.append(segment)
            self.journal.ready.append(segment)

    def visit(self, section: Section, request: bytes = b"GET /x", kind: int = REDIRECT) -> int:
        """One visit; its number."""
        number = self._time = next(self._numbers)
        self.journal.visit(kind, number.to_bytes(8, "little"), PEER, section, request)
        return number

    def put_away(self) -> None:
        """What the keeper does with segments that are full."""
        while self.journal.retired:
            segment = self.journal.retired.popleft()
            segment.unmap()
            segment.close()

    def close(self) -> None:
        """The end of the process: nothing is written any more and all locks are given back."""
        self.journal.close()
        self.put_away()

    def visits(self) -> list[Visit]:
        """What a reader finds when the writer has ended."""
        self.close()
        return read_all(self.directory)


def read_all(directory: Path, torn: int = 0) -> list[Visit]:
    """All visits of a journal whose writers have ended, in one poll. It must be torn in as many places as said."""
    reader = JournalReader(directory)
    visits = list(reader.poll())
    assert reader.torn == torn
    assert reader.positions() == {}
    reader.close()
    return visits


def records(path: Path) -> list[Record]:
    """The records of a segment up to where nothing was written, the end mark and sections included."""
    data = path.read_bytes()
    assert data.startswith(MAGIC)
    found = []
    at = len(MAGIC)
    while (record := read(data, at)) is not None:
        found.append(record)
        at = record.end
    return found
