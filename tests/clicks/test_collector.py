"""The collector: everything once, whatever happens between two of its steps."""

import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from clicks import collector as collector_module
from clicks.database import FILE_NAME
from clicks.dimensions import EVERYBODY
from clicks.record import Section
from clicks.segment import DIRECTORY, names
from clicks.store import Position, Store
from tests.clicks.counting import NOON, Counting, Writer, count_all, everything, table
from tests.clicks.writing import holding


def totals(directory: Path) -> Counter[int]:
    """Visits by link."""
    found: Counter[int] = Counter()
    for link, _, visits, _ in table(directory, "totals"):
        if link > 0:
            found[link] += visits
    return found


def lost_and_damaged(directory: Path) -> tuple[int, int]:
    ((_, _, _, lost, damaged, *_),) = table(directory, "state")
    return lost, damaged


# What is read


def test_a_living_writer_is_read_at_the_second_look_and_its_segment_stays(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY)
    counting = Counting(tmp_path)
    writer.visit(7)
    counting.collector.step()
    assert totals(tmp_path) == {}
    counting.run()
    assert totals(tmp_path) == {7: 1}
    writer.visit(7)
    counting.run()
    assert totals(tmp_path) == {7: 2}
    assert len(names(tmp_path / DIRECTORY)) == 1
    writer.close()
    counting.run()
    assert names(tmp_path / DIRECTORY) == []
    assert totals(tmp_path) == {7: 2}
    counting.close()


def test_segments_of_ended_writers_are_counted_and_removed(tmp_path: Path) -> None:
    for boot in range(3):
        writer = Writer(tmp_path / DIRECTORY, boot_ns=1 + boot)
        writer.visit(boot + 1)
        writer.close()
    count_all(tmp_path)
    assert totals(tmp_path) == {1: 1, 2: 1, 3: 1}
    assert names(tmp_path / DIRECTORY) == []
    # Their positions go once it is seen that their files have gone.
    writer = Writer(tmp_path / DIRECTORY, boot_ns=9)
    writer.visit(9)
    writer.close()
    count_all(tmp_path)
    assert [row[0] for row in table(tmp_path, "segments")] == [9]


def test_a_killed_writer_is_counted_to_its_last_record(tmp_path: Path) -> None:
    (tmp_path / DIRECTORY).mkdir()
    with holding(tmp_path / DIRECTORY, 50):
        counting = Counting(tmp_path)
        counting.run()
        # Without keeper nobody tells the time but the number of a visit, which is its link as well.
        assert sum(totals(tmp_path).values()) == 50
        assert len(names(tmp_path / DIRECTORY)) == 2
    counting.run()
    counting.close()
    assert sum(totals(tmp_path).values()) == 50
    assert names(tmp_path / DIRECTORY) == []


def test_loss_and_damage_are_counted(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY, size=4_096)
    while not writer.journal.lost:
        writer.visit(7)
    for _ in range(4):
        writer.visit(7)
    writer.give()
    recorded = 10
    for _ in range(recorded):
        writer.visit(8)
    writer.close()
    (path,) = [path for path in (tmp_path / DIRECTORY).iterdir() if path.name.endswith("-1")]
    data = bytearray(path.read_bytes())
    data[-60] ^= 1  # in the last visit, in front of the end mark
    path.write_bytes(data)
    count_all(tmp_path)
    assert lost_and_damaged(tmp_path) == (5, 1)
    assert totals(tmp_path)[8] == recorded - 1
    assert names(tmp_path / DIRECTORY) == []


def test_what_is_no_segment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / DIRECTORY).mkdir()
    (tmp_path / DIRECTORY / "notes.txt").write_text("mine")
    count_all(tmp_path)
    assert (tmp_path / DIRECTORY / "notes.txt").read_text() == "mine"


def test_without_a_journal_there_is_nothing_to_do(tmp_path: Path) -> None:
    count_all(tmp_path)
    assert table(tmp_path, "totals") == []


# When it dies


def test_killed_anywhere_it_counts_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that is gone after any number of steps, with or without what it was about to store."""
    monkeypatch.setattr(collector_module, "BATCH_VISITS", 40)
    monkeypatch.setattr(collector_module, "RAW_VISITS", 15)
    rng = random.Random(5)
    expected: Counter[int] = Counter()
    writer = Writer(tmp_path / DIRECTORY, size=32 << 10)
    boot = 1
    for _ in range(40):
        for _ in range(rng.randrange(60)):
            link = rng.randrange(1, 5)
            expected[link] += 1
            if not writer.journal.ready:
                writer.give()
            writer.visit(link)
        if rng.random() < 0.3:
            writer.close()
            boot += 1
            writer = Writer(tmp_path / DIRECTORY, boot_ns=NOON * 10**9 + boot, size=32 << 10)
        counting = Counting(tmp_path)
        for _ in range(rng.randrange(6)):
            counting.collector.step()
        counting.close()
    writer.close()
    count_all(tmp_path)
    assert totals(tmp_path) == expected
    assert names(tmp_path / DIRECTORY) == []
    rollups = everything(tmp_path)
    by_hour = Counter[int]()
    for _, subject, _, _, visits in rollups["hours"]:
        by_hour[subject] += visits
    assert {subject: visits for subject, visits in by_hour.items() if subject > 0} == expected
    assert by_hour[EVERYBODY] == expected.total()
    ((in_raw,),) = sqlite3.connect(tmp_path / "clicks-2026-03.db").execute("SELECT COUNT(*) FROM visits").fetchall()
    assert in_raw == expected.total()


def test_killed_between_commit_and_removal_nothing_is_counted_again(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY)
    writer.visit(7)
    writer.close()
    (path,) = (tmp_path / DIRECTORY).iterdir()
    kept = path.read_bytes()
    count_all(tmp_path)
    path.write_bytes(kept)
    count_all(tmp_path)
    assert totals(tmp_path) == {7: 1}
    assert names(tmp_path / DIRECTORY) == []


# When it cannot store


class Failing(Store):
    """A store on a disk that is full, ``times`` times; ``after``: whether it is written all the same."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.times = 0
        self.after = False

    def commit(self, *arguments: object) -> None:  # type: ignore[override]
        if self.times:
            self.times -= 1
            if self.after:
                commits = self._commits
                super().commit(*arguments)  # type: ignore[arg-type]
                self._commits = commits
            raise sqlite3.OperationalError("database or disk is full")
        super().commit(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("after", [False, True])
def test_what_could_not_be_stored_is_stored_later_and_once(tmp_path: Path, after: bool) -> None:
    store = Failing.open(tmp_path / FILE_NAME)
    assert isinstance(store, Failing)
    store.times, store.after = 3, after
    writer = Writer(tmp_path / DIRECTORY)
    for _ in range(9):
        writer.visit(7)
    writer.close()
    counting = Counting(tmp_path, store=store)
    counting.collector.step()
    assert counting.collector.complaint == "visits cannot be counted at the moment: database or disk is full"
    assert len(names(tmp_path / DIRECTORY)) == 1
    for _ in range(5):
        counting.collector.step()
    assert counting.collector.complaint == ""
    counting.close()
    assert totals(tmp_path) == {7: 9}
    assert names(tmp_path / DIRECTORY) == []


@pytest.mark.parametrize("count", [9, 900])
def test_single_visits_that_cannot_be_written_stop_reading_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(collector_module, "RAW_VISITS", 3)
    writer = Writer(tmp_path / DIRECTORY)
    for _ in range(count):
        writer.visit(7)
    writer.close()
    second = Writer(tmp_path / DIRECTORY, boot_ns=NOON * 10**9 + 1)
    second.visit(7)
    second.close()
    counting = Counting(tmp_path)
    written = counting.raw.write

    def full(few: object, many: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(counting.raw, "write", full)
    counting.collector.step()
    assert counting.collector.complaint == "visits cannot be counted at the moment: database or disk is full"
    assert counting.aggregate.visits == count
    monkeypatch.setattr(counting.raw, "write", written)
    counting.run()
    counting.close()
    assert totals(tmp_path) == {7: count + 1}
    ((in_raw,),) = sqlite3.connect(tmp_path / "clicks-2026-03.db").execute("SELECT COUNT(*) FROM visits").fetchall()
    assert in_raw == count + 1


def test_meanwhile_nothing_more_is_read(tmp_path: Path) -> None:
    store = Failing.open(tmp_path / FILE_NAME)
    assert isinstance(store, Failing)
    store.times = 10
    writer = Writer(tmp_path / DIRECTORY)
    writer.visit(7)
    counting = Counting(tmp_path, store=store)
    counting.run()
    for _ in range(100):
        writer.visit(7)
        counting.collector.step()
    assert counting.aggregate.visits <= 101
    counting.run()
    counting.close()
    writer.close()
    count_all(tmp_path)
    assert totals(tmp_path) == {7: 101}


def test_a_position_is_kept_of_each_segment(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY)
    writer.visit(7)
    counting = Counting(tmp_path).run()
    counting.close()
    ((name, position),) = Store.open(tmp_path / FILE_NAME).positions().items()
    assert [name] == names(tmp_path / DIRECTORY)
    assert position == Position(writer.journal.offset, False)
    writer.close()


def test_records_that_make_no_sense_stop_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY, now=0)
    writer.visit(7)  # at the epoch
    writer.journal.visit(1, b"\xff" * 8, bytes(16), Section(b"\r\nUser-Agent: \xff\xfe\r\n\r\n"), b"")
    writer.journal.visit(99, bytes(8), bytes(16), Section(b""), b"GET")
    writer.now = NOON
    writer.visit(7, request="\x00?%%%&utm_source=%", headers=["Referer: ://", "Accept-Language: ;;;"])
    writer.close()
    count_all(tmp_path)
    assert totals(tmp_path) == {7: 2}
    assert lost_and_damaged(tmp_path) == (0, 1)
