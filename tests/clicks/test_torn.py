"""A process that writes as fast as it can, and one that reads without pause: nothing is torn, lost or told twice."""

from pathlib import Path

from clicks.reader import JournalReader, Visit
from clicks.record import LOST, REDIRECT
from clicks.segment import Name, names
from tests.clicks.desk import PEER
from tests.clicks.writing import TEXT, writer

VISITS = 1_000_000
"""Some seconds of one processor's time, and more than the reader keeps up with."""


class Reading:
    """Checks each visit as it comes. They are numbered from 0, and in the order of their numbers within a segment."""

    def __init__(self) -> None:
        self.found = bytearray(VISITS)
        self.told = 0
        self._last: dict[Name, int] = {}

    def take(self, visit: Visit) -> None:
        if visit.kind == LOST:
            self.told += visit.link_id
            return
        assert not self.found[visit.link_id], f"{visit} once more"
        assert visit.link_id > self._last.get(visit.segment, -1), f"{visit} too late"
        self.found[visit.link_id] = 1
        self._last[visit.segment] = visit.link_id
        assert (visit.kind, visit.peer, visit.request, visit.section) == (REDIRECT, PEER, b"GET /fast", TEXT)


def test_nothing_is_torn_between_two_processes(tmp_path: Path) -> None:
    reading = Reading()
    reader = JournalReader(tmp_path)
    polls = 0
    with writer("fast", tmp_path, VISITS) as process:
        while process.poll() is None:
            present = names(tmp_path)
            for visit in reader.poll():
                reading.take(visit)
            polls += 1
            for name in set(present) - reader.positions().keys():  # read to the end: the disk need not hold them all
                (tmp_path / str(name)).unlink(missing_ok=True)
        assert process.stdout is not None
        lost = int(process.stdout.read())
    assert process.returncode == 0
    for visit in reader.poll():
        reading.take(visit)
    assert reader.torn == 0
    assert reader.positions() == {}
    reader.close()
    assert polls > 10
    assert reading.found.count(1) == VISITS - lost
    # Those that are lost at the very end have no segment after them that could say so.
    assert reading.told + len(reading.found) - len(reading.found.rstrip(b"\0")) == lost
