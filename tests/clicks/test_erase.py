"""Taking things out again."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clicks import collector
from clicks.calendar_days import number_of
from clicks.dimensions import EVERYBODY, workspace_subject
from clicks.erase import erase_before, erase_link
from clicks.raw import RawVisits
from tests.clicks.counting import NOON, Counting, Writer, count_all, everything, table

DAY_S = 86_400
TODAY = number_of(datetime.fromtimestamp(NOON, UTC).date())


def raw_links(directory: Path) -> list[int]:
    with closing(sqlite3.connect(directory / "clicks-2026-03.db")) as connection:
        return [link for (link,) in connection.execute("SELECT link FROM visits ORDER BY at, link")]


def test_a_link_goes_from_everything_and_its_workspaces_sums_stay(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    for _ in range(3):
        writer.visit(7)
        writer.visit(8)
        writer.now += DAY_S
    writer.close()
    count_all(tmp_path, now=writer.now)
    erase_link(tmp_path, 7, int(writer.now) * 1_000)
    found = everything(tmp_path)
    for name in ("hours", "days", "visitors"):
        assert {row[1] for row in found[name]} == {8, EVERYBODY, workspace_subject(1)}
    assert {row[0]: row[2] for row in found["totals"]} == {8: 3, EVERYBODY: 6, workspace_subject(1): 6}
    assert [row[0] for row in table(tmp_path, "activity", "link, workspace, day")] == [8]
    assert raw_links(tmp_path) == [8, 8, 8]


@pytest.mark.parametrize("times", [1, 100])
def test_what_the_collector_holds_of_it_is_not_stored_either(tmp_path: Path, times: int) -> None:
    writer = Writer(tmp_path / "journal")
    for _ in range(times):
        writer.visit(7)
        writer.visit(8)
    counting = Counting(tmp_path)
    for _ in range(2):
        counting.collector._read()  # read, and not stored
    assert counting.aggregate.visits == 2 * times
    erase_link(tmp_path, 7, NOON * 1_000)
    writer.visit(7)  # in the same second: recorded before
    writer.now += 1
    writer.visit(7)  # a link that was erased may go on
    writer.close()
    counting.run()
    counting.close()
    assert {row[0]: row[2] for row in everything(tmp_path)["totals"] if row[0] > 0} == {7: 1, 8: times}
    assert raw_links(tmp_path) == [8] * times + [7]


@pytest.mark.parametrize("times", [1, 100])
def test_nor_is_what_was_written_of_it_ahead_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(collector, "RAW_VISITS", 1)
    writer = Writer(tmp_path / "journal")
    for _ in range(times):
        writer.visit(7)
        writer.visit(8)
    counting = Counting(tmp_path)
    for _ in range(2):
        counting.collector._read()
    assert raw_links(tmp_path) == [7] * times + [8] * times
    with monkeypatch.context() as patch:  # its part in the single visits is the collector's to erase
        patch.setattr(RawVisits, "erase", lambda *_: 0)
        erase_link(tmp_path, 7, NOON * 1_000)
    writer.close()
    counting.run()
    counting.close()
    assert {row[0]: row[2] for row in everything(tmp_path)["totals"] if row[0] > 0} == {8: times}
    assert raw_links(tmp_path) == [8] * times


def test_a_day_goes_and_totals_stay(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    for _ in range(3):
        writer.visit(7)
        writer.now += DAY_S
    writer.close()
    count_all(tmp_path, now=writer.now)
    erase_before(tmp_path, date(2026, 3, 12))
    found = everything(tmp_path)
    assert {row[0] for row in found["hours"]} == {row[0] for row in found["days"]} == {TODAY + 2}
    assert {row[2] for row in found["totals"]} == {3}
    assert raw_links(tmp_path) == [7]
