"""What has been counted, and the rest of the journal: everything, and nothing twice."""

from contextlib import closing
from pathlib import Path

import pytest

from clicks.database import FILE_NAME
from clicks.reader import JournalReader
from clicks.segment import DIRECTORY
from fingerpost import counted as counted_module
from fingerpost.counted import counted_and_rest
from fingerpost.errors import CommandError
from tests.clicks.counting import Counting, Writer


def visits(directory: Path) -> tuple[int, int]:
    """(counted, in the rest of the journal) of link 7."""
    counted, journal = counted_and_rest(directory)
    with closing(journal):
        rest = [visit for _ in range(2) for visit in journal.poll()]
    return sum(count for subject, _, count in counted.totals if subject == 7), len(rest)


def test_where_a_visit_is_does_not_matter(tmp_path: Path) -> None:
    assert visits(tmp_path) == (0, 0)
    writer = Writer(tmp_path / DIRECTORY)
    for _ in range(5):
        writer.visit(7)
    assert visits(tmp_path) == (0, 5)
    counting = Counting(tmp_path).run()
    assert visits(tmp_path) == (5, 0)
    writer.visit(7)
    assert visits(tmp_path) == (5, 1)
    writer.close()
    counting.run()
    assert visits(tmp_path) == (6, 0)
    counting.close()


def test_a_collector_that_stores_and_removes_meanwhile_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path / DIRECTORY)
    for _ in range(5):
        writer.visit(7)
    counting = Counting(tmp_path)
    open_all = JournalReader.open_all

    def meanwhile(self: JournalReader) -> None:
        if writer.now:
            writer.now = 0
            writer.close()
            counting.run()
        open_all(self)

    # Between the look at what has been counted and the opening of the journal.
    monkeypatch.setattr(JournalReader, "open_all", meanwhile)
    assert visits(tmp_path) == (5, 0)
    counting.close()


def test_removed_after_it_was_opened_it_is_read_all_the_same(tmp_path: Path) -> None:
    writer = Writer(tmp_path / DIRECTORY)
    for _ in range(5):
        writer.visit(7)
    writer.close()
    counted, journal = counted_and_rest(tmp_path)
    Counting(tmp_path).run().close()
    assert list((tmp_path / DIRECTORY).iterdir()) == []
    with closing(journal):
        assert len(list(journal.poll())) == 5
    assert counted.totals == []


def test_one_that_never_stops_storing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(10_000))
    monkeypatch.setattr(counted_module, "_snapshot", lambda _: (next(numbers), counted_module.Counted(), {}))
    with pytest.raises(CommandError, match="try again"):
        counted_and_rest(tmp_path)
    assert not (tmp_path / FILE_NAME).exists()
