"""The two threads beside a journal: segments ahead, full ones put away, an orderly end."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from clicks import keeper as module
from clicks.journal import Journal
from clicks.keeper import AHEAD, MOST_SEGMENT_BYTES, Keeper
from clicks.memory_segment import memory_for
from clicks.record import END, LOST, REDIRECT, Section
from clicks.segment import SLICE_BYTES, Name, alone_in, beside, is_abandoned, names, used_bytes
from tests.clicks.desk import BOOT, PEER, SIZE, read_all, records
from tests.clicks.writing import abandoned

LIMIT_S = 30.0
"""What takes so long does not come any more."""

LOOK_S = 0.005
MIB = 1 << 20
CAP = 16 * MIB
"""The least that makes a segment: of one slice."""

FEW = b"GET /" + b"f" * 1_000


class Kept:
    """A journal with its keeper in ``directory``. Visits are numbered from 1: link id and time."""

    def __init__(self, directory: Path, cap: int = CAP, boot_ns: int = BOOT, memory: Path | None = None) -> None:
        self.directory = directory
        self.time = 0
        self._numbers = count(1)
        self.journal = Journal(lambda: self.time)
        self.keeper = Keeper(self.journal, directory, boot_ns, cap, memory)
        self.section = Section(b"\r\nHost: s.test\r\n\r\n")
        self.threads = set(threading.enumerate())

    def visit(self, request: bytes = FEW) -> int:
        self.time = number = next(self._numbers)
        self.journal.visit(REDIRECT, number.to_bytes(8, "little"), PEER, self.section, request)
        return number

    def fill(self, segments: int) -> int:
        """Visit until so many more segments are full, waiting for the keeper; the last number."""
        number = 0
        for _ in range(segments):
            until(lambda: len(self.journal.ready) == AHEAD, "segments are ready")
            before = self.journal.segment
            number = self.visit()
            before = before or self.journal.segment
            while self.journal.segment is before:
                number = self.visit()
        return number

    def own_threads(self) -> list[str]:
        return sorted(thread.name for thread in threading.enumerate() if thread not in self.threads)


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting until {what}"
        time.sleep(0.001)


def sizes(directory: Path) -> dict[Name, int]:
    return {name: (directory / str(name)).stat().st_size for name in names(directory)}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks often; how often is not what is tested."""
    monkeypatch.setattr(module, "LOOK_S", LOOK_S)
    monkeypatch.setattr(module, "SYNC_S", LOOK_S)


@pytest.fixture
def kept(tmp_path: Path, memory: Path | None) -> Iterator[Kept]:
    kept = Kept(tmp_path / "journal", memory=memory)
    kept.keeper.start()
    yield kept
    kept.keeper.stop()


@pytest.mark.parametrize(
    ("mib", "size"), [(16, SLICE_BYTES), (31, SLICE_BYTES), (64, MIB), (1_024, 16 * MIB), (2_048, 16 * MIB)]
)
def test_segments_are_ready_when_it_has_started(tmp_path: Path, mib: int, size: int) -> None:
    kept = Kept(tmp_path / "journal", mib * MIB)
    kept.keeper.start()
    try:
        assert [segment.size for segment in kept.journal.ready] == [size] * AHEAD
        assert list(sizes(kept.directory)) == [Name(BOOT, os.getpid(), seq) for seq in range(AHEAD)]
        assert size <= MOST_SEGMENT_BYTES
        kept.visit()
        assert kept.journal.lost == 0
    finally:
        kept.keeper.stop()
    assert len(read_all(kept.directory)) == 1


def test_a_segment_that_is_taken_is_replaced(kept: Kept) -> None:
    assert kept.own_threads() == ["journal", "journal-sync"]
    for taken in range(1, 4):
        kept.fill(1)
        until(lambda: len(kept.journal.ready) == AHEAD, "two are ready again")
        assert kept.journal.ready[-1].path.name == str(Name(BOOT, os.getpid(), taken + AHEAD))
    assert kept.journal.lost == 0
    assert kept.keeper.complaint == ""


def test_a_full_segment_is_synchronised_unmapped_and_closed(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    synchronised: list[str] = []
    original = os.fdatasync

    def fdatasync(fd: int) -> None:
        synchronised.append(os.readlink(f"/proc/self/fd/{fd}"))
        original(fd)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    kept.fill(3)
    full = list(names(kept.directory))[:3]
    for name in full:
        path = kept.directory / str(name)
        until(lambda path=path: path.stat().st_size < SLICE_BYTES, "its rest is given back")
        assert [record.kind for record in records(path)].index(END) == len(records(path)) - 1
        assert {str(path), str(beside(path))} & set(synchronised)
        assert str(path) not in Path("/proc/self/maps").read_text()
        fd = os.open(path, os.O_RDONLY)
        until(lambda fd=fd: is_abandoned(fd), "its lock is given back")
        os.close(fd)
    assert not kept.journal.retired


def test_the_present_segment_is_synchronised_when_something_was_written(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    original = os.fdatasync

    def fdatasync(fd: int) -> None:
        original(fd)
        calls.append(fd)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    kept.visit()
    until(lambda: calls, "it is synchronised")
    written = len(calls)
    kept.visit()
    until(lambda: len(calls) > written, "it is synchronised again")
    assert len(set(calls)) == 1


def test_the_end_gives_back_what_was_reserved_and_ends_the_threads(kept: Kept) -> None:
    last = kept.fill(2)
    assert any(size == SLICE_BYTES for size in sizes(kept.directory).values())
    kept.keeper.stop()
    assert kept.own_threads() == []
    left = sizes(kept.directory)
    assert len(left) == 3
    assert all(records(kept.directory / str(name))[-1].end == size for name, size in left.items())
    assert all(records(kept.directory / str(name))[-1].kind == END for name in left)
    assert str(kept.directory) not in Path("/proc/self/maps").read_text()
    assert [visit.link_id for visit in read_all(kept.directory)] == list(range(1, last + 1))


def test_an_end_without_visits_leaves_nothing(kept: Kept) -> None:
    kept.keeper.stop()
    assert os.listdir(kept.directory) == []


def test_the_end_comes_before_the_beginning(tmp_path: Path) -> None:
    """A worker that is told to end while it loads."""
    kept = Kept(tmp_path / "journal")
    kept.keeper.stop()
    assert not kept.directory.exists()
    assert kept.own_threads() == []


def test_it_may_be_ended_twice(kept: Kept) -> None:
    kept.visit()
    kept.keeper.stop()
    before = sizes(kept.directory)
    kept.keeper.stop()
    assert sizes(kept.directory) == before


def test_everything_is_on_the_disk_at_the_end(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.fill(1)
    at_last: list[str] = []
    kept.keeper._stopping.set()  # the threads stand still: only the end itself synchronises
    for thread in kept.keeper._threads:
        thread.join()
    original = os.fdatasync

    def fdatasync(fd: int) -> None:
        at_last.append(os.path.basename(os.readlink(f"/proc/self/fd/{fd}")))
        original(fd)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    present = kept.journal.segment
    assert present is not None
    kept.keeper.stop()
    assert {present.path.name, beside(present.path).name} & set(at_last)


def test_what_dead_processes_left_is_tidied_first(tmp_path: Path) -> None:
    used, unused = abandoned(tmp_path, 5)
    assert (tmp_path / used).stat().st_size == SIZE
    kept = Kept(tmp_path, boot_ns=time.time_ns())
    kept.keeper.start()
    try:
        until(lambda: (tmp_path / used).stat().st_size < SIZE, "the rest is given back")
        until(lambda: not (tmp_path / unused).exists(), "the empty one is gone")
        assert len(kept.journal.ready) == AHEAD
    finally:
        kept.keeper.stop()
    assert os.listdir(tmp_path) == [used]


def test_how_many_were_lost_is_logged(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    kept.journal.lost = 17
    until(lambda: "journal: 17 visits were not recorded" in caplog.text, "it is logged")
    kept.journal.lost = 20
    until(lambda: "journal: 3 visits were not recorded" in caplog.text, "the others are logged")
    assert caplog.text.count("were not recorded") == 2


def test_a_disk_that_does_not_write_is_told_of_but_not_each_time(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def fdatasync(fd: int) -> None:
        asked.append(fd)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fdatasync)
        kept.visit()
        until(lambda: len(asked) > 2, "it has tried three times")
    until(lambda: "visits are on the disk again" in caplog.text, "it says when it is over")
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert said == [
        f"journal: {kept.directory}: visits may not survive a power cut: Input/output error",
        "journal: visits are on the disk again",
    ]


def test_lost_visits_are_told_in_the_journal(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.visit()
    kept.visit()
    assert kept.journal.lost == 2
    kept.keeper.start()
    kept.visit()
    kept.keeper.stop()
    assert [(visit.kind, visit.link_id) for visit in read_all(tmp_path)] == [(LOST, 2), (REDIRECT, 3)]
    assert used_bytes(tmp_path) < SLICE_BYTES


# Memory


def test_without_room_in_memory_visits_go_to_the_disk_until_there_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parent = tmp_path / "memory"
    kept = Kept(tmp_path / "journal", memory=parent)
    kept.keeper.start()
    try:
        kept.fill(1)
        until(lambda: len(kept.journal.ready) == AHEAD, "two are ready")
        assert [segment.path.is_symlink() for segment in kept.journal.ready] == [False] * AHEAD
        parent.mkdir()
        last = kept.fill(AHEAD + 1)
        until(lambda: len(kept.journal.ready) == AHEAD, "two are ready again")
        assert [segment.path.is_symlink() for segment in kept.journal.ready] == [True] * AHEAD
    finally:
        kept.keeper.stop()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"journal: {parent}: No such file or directory: visits are written to the disk at once",
        "journal: visits are written to memory first again",
    ]
    assert [visit.link_id for visit in read_all(kept.directory)] == list(range(1, last + 1))
    assert kept.journal.lost == 0


def test_memory_of_dead_processes_is_tidied_too(tmp_path: Path, memory: Path | None) -> None:
    directory = tmp_path / "journal"
    with alone_in(directory):
        within = None if memory is None else memory_for(directory, memory)
    used, _ = abandoned(directory, 5, within)
    if within is not None:
        (within / "1-2-3").write_bytes(b"of a segment that was never linked to")
    kept = Kept(directory, boot_ns=time.time_ns(), memory=memory)
    kept.keeper.start()
    try:
        until(lambda: not (directory / used).is_symlink() and (directory / used).stat().st_size < SIZE, "it is tidied")
        until(lambda: within is None or not (within / "1-2-3").exists(), "what nobody has is gone")
    finally:
        kept.keeper.stop()
    assert os.listdir(directory) == [used]
    assert memory is None or os.listdir(memory) == []


def test_the_last_one_takes_the_directory_in_memory_away(tmp_path: Path) -> None:
    parent = tmp_path / "memory"
    parent.mkdir()
    one, other = (Kept(tmp_path / "journal", boot_ns=BOOT + n, memory=parent) for n in range(2))
    one.keeper.start()
    other.keeper.start()
    one.keeper.stop()
    (within,) = parent.iterdir()
    assert len(os.listdir(within)) == AHEAD
    other.keeper.stop()
    assert os.listdir(parent) == []
