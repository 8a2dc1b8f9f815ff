"""Questions and answers: what a visitor did is what a chart shows."""

import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clicks import database
from clicks.answers import By, Comparison, Counts, Which, of_links, of_workspace
from clicks.calendar_days import month_of
from clicks.classes import Kind, Outcome, Via
from clicks.database import FILE_NAME
from clicks.dimensions import EVERYBODY, workspace_subject
from clicks.erase import erase_before
from clicks.periods import Interval, Period
from clicks.query import Statistics
from clicks.record import GONE, NOT_FOUND, PAGE, rule_word
from tests.clicks.counting import CURL, FIREFOX, GOOGLEBOT, IPHONE, NOON, Writer, count_all, table

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 3, 10)
DAY_S = 86_400
PLACES = {b"\xc6\x33\x64\x07": ("DE", "Köln"), b"\xc0\x00\x02\x09": ("FR", "")}


def place_of(address: bytes) -> tuple[str, str]:
    return PLACES.get(address[-4:], ("", ""))


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "journal")


def counted(writer: Writer, directory: Path, zone: ZoneInfo | None = None) -> Statistics:
    writer.close()
    owners = {7: 1, 8: 1, 9: 2}
    count_all(directory, zone=zone or UTC, now=writer.now, place_of=place_of, owners=lambda ids: owners)
    return Statistics(directory / FILE_NAME, zone or UTC)


def a_week(writer: Writer) -> None:
    """From six days ago until today, one visit more each day, of link 7; on the last day others too."""
    writer.now = NOON - 6 * DAY_S
    for day in range(7):
        for _ in range(day + 1):
            writer.visit(7)
        writer.now += DAY_S
    writer.now -= DAY_S
    writer.visit(7, request="GET /x?qr=1", agent=IPHONE, headers=["Referer: https://a.example/"])
    writer.visit(7, request="GET /x?bio=1", address="192.0.2.9", rule=rule_word(2))
    writer.visit(7, agent=CURL)
    writer.visit(7, agent=GOOGLEBOT)
    writer.visit(7, request="HEAD /x")
    writer.visit(7, kind=GONE)
    writer.visit(8)
    writer.visit(9)
    writer.visit(11, kind=PAGE)
    writer.visit(0, kind=NOT_FOUND, request="GET /wp-admin")


def test_before_anything_was_counted_everything_is_nothing(tmp_path: Path) -> None:
    statistics = Statistics(tmp_path / FILE_NAME)
    period = Period(TODAY, TODAY)
    assert statistics.counts_of([7]) == {7: Counts()}
    assert statistics.count(period, of_links([7])) == 0
    assert [point.visits for point in statistics.series(period, Interval.HOUR, of_links([7]))] == [0] * 24
    assert statistics.top(period, By.COUNTRY, of_links([7])) == []
    assert statistics.visitors(period, 7).by_day == {}
    assert statistics.everything(TODAY) == Period(TODAY, TODAY)
    assert statistics.active_links(1, TODAY) == 0
    assert statistics.state().visits == 0
    statistics.close()


def test_it_finds_a_database_that_is_made_later(writer: Writer, tmp_path: Path) -> None:
    statistics = Statistics(tmp_path / FILE_NAME)
    assert statistics.counts_of([7]) == {7: Counts()}
    writer.visit(7)
    counted(writer, tmp_path).close()
    assert statistics.counts_of([7])[7].total == 1
    statistics.close()


def test_counts_of_many_links(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    noon = NOON * 1_000
    assert statistics.counts_of([7, 8, 99, 11]) == {
        7: Counts(29, 1, 1, 0, noon),
        8: Counts(1, 0, 0, 0, noon),
        99: Counts(),
        11: Counts(0, 0, 0, 1, noon),
    }
    assert statistics.counts_of([7])[7].total == 31
    assert statistics.total(of_links([7])) == 31
    assert statistics.total(of_links([7], kinds=frozenset({Kind.BOT}))) == 1
    assert statistics.total(of_links([7], outcome=Outcome.GONE)) == 1
    assert statistics.total(of_workspace(1)) == 32
    assert statistics.total(Which((EVERYBODY,), outcome=Outcome.NOT_FOUND)) == 1
    assert statistics.active_links(1, TODAY) == 2
    assert statistics.active_links(1, date(2026, 3, 11)) == 0
    people = Statistics(tmp_path / FILE_NAME, counted=[Kind.PERSON])
    assert people.counts_of([7])[7] == Counts(28, 1, 1, 0, noon)
    people.close()
    statistics.close()


def test_periods_and_comparison(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    last_three = Period(date(2026, 3, 8), TODAY)
    assert statistics.count(last_three, of_links([7])) == 5 + 6 + 7 + 3
    assert statistics.count(last_three, of_links([7, 8])) == 22
    assert statistics.count(last_three, of_workspace(2)) == 1
    assert statistics.count(last_three, of_links([7], vias=frozenset({Via.QR, Via.BIO}))) == 2
    assert statistics.compare(last_three, of_links([7])) == Comparison(21, 2 + 3 + 4)
    assert Comparison(3, 2).change == 0.5
    assert Comparison(3, 0).change is None
    assert statistics.everything(TODAY) == Period(date(2026, 3, 3), TODAY)
    assert statistics.count(statistics.everything(TODAY), of_links([7])) == 31
    by_class = statistics.by_class(Period(TODAY, TODAY), [7])
    assert by_class == {
        (Outcome.REDIRECT, Via.CLICK, Kind.PERSON): 7,
        (Outcome.REDIRECT, Via.CLICK, Kind.TOOL): 1,
        (Outcome.REDIRECT, Via.CLICK, Kind.BOT): 1,
        (Outcome.REDIRECT, Via.CLICK, Kind.HEAD): 1,
        (Outcome.REDIRECT, Via.QR, Kind.PERSON): 1,
        (Outcome.REDIRECT, Via.BIO, Kind.PERSON): 1,
        (Outcome.GONE, Via.CLICK, Kind.PERSON): 1,
    }
    statistics.close()


def test_series_have_their_empty_buckets(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    period = Period(date(2026, 3, 2), TODAY)
    days = statistics.series(period, Interval.DAY, of_links([7]))
    assert [point.visits for point in days] == [0, 0, 1, 2, 3, 4, 5, 6, 10]
    assert days[0].start == datetime(2026, 3, 2, tzinfo=UTC)
    weeks = statistics.series(period, Interval.WEEK, of_links([7]))
    assert [(f"{point.start:%m-%d}", point.visits) for point in weeks] == [("03-02", 15), ("03-09", 16)]
    months = statistics.series(Period(date(2026, 2, 1), TODAY), Interval.MONTH, of_links([7]))
    assert [point.visits for point in months] == [0, 31]
    hours = statistics.series(Period(TODAY, TODAY), Interval.HOUR, of_links([7]))
    assert [point.visits for point in hours] == [0] * 12 + [10] + [0] * 11
    statistics.close()


def test_top_values(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    period, which = Period(TODAY, TODAY), of_links([7])
    assert statistics.top(period, By.COUNTRY, which) == [("DE", 9), ("FR", 1)]
    assert statistics.top(period, By.CITY, which) == [("DE\nKöln", 9)]
    assert statistics.top(period, By.DEVICE, which) == [("desktop", 9), ("mobile", 1)]
    assert statistics.top(period, By.BROWSER, which) == [("Firefox", 8), ("Other", 1), ("Safari", 1)]
    assert statistics.top(period, By.BROWSER, which, 1) == [("Firefox", 8)]
    assert statistics.top(period, By.OS, which) == [("Linux", 8), ("Other", 1), ("iOS", 1)]
    assert statistics.top(period, By.REFERRER, which) == [("", 9), ("a.example", 1)]
    assert statistics.top(period, By.RULE, which) == [("2\n0", 1)]
    qr = of_links([7], vias=frozenset({Via.QR}))
    assert statistics.top(period, By.DEVICE, qr) == [("mobile", 1)]
    everywhere = Which((EVERYBODY,), outcome=Outcome.NOT_FOUND)
    assert statistics.top(period, By.PATH, everywhere) == [("/wp-admin", 1)]
    assert statistics.top(Period(date(2026, 1, 1), TODAY), By.COUNTRY, of_workspace(1)) == [("DE", 31), ("FR", 1)]
    statistics.close()


def test_visitors_by_day(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    found = statistics.visitors(Period(date(2026, 3, 8), TODAY), 7)
    # The collector came to it on the last day only: the salts of others would have been gone, but for yesterday's.
    assert found.by_day == {date(2026, 3, 9): 1, TODAY: 3}
    assert found.visitor_days == 4
    assert statistics.visitors(Period(TODAY, TODAY), workspace_subject(1)).by_day == {TODAY: 3}
    statistics.close()


def test_heat_map(writer: Writer, tmp_path: Path) -> None:
    a_week(writer)
    statistics = counted(writer, tmp_path)
    found = statistics.heat_map(Period(date(2026, 3, 4), TODAY), of_links([7]))
    assert [row[12] for row in found] == [6, 10, 1, 2, 3, 4, 5]  # Monday, Tuesday: today
    assert sum(map(sum, found)) == 31
    shifted = statistics.heat_map(Period(date(2026, 3, 4), TODAY), of_links([7]), BERLIN)
    assert [row[13] for row in shifted] == [row[12] for row in found]
    statistics.close()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 4, 5)])
def test_days_on_which_clocks_change(writer: Writer, tmp_path: Path, zone: str, day: date) -> None:
    """Visits all around such a day, counted by hand in the zone and by the rollups."""
    where = ZoneInfo(zone)
    rng = random.Random(1)
    expected: Counter[str] = Counter()
    middle = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    for at in sorted(middle + rng.randrange(-2 * DAY_S, 2 * DAY_S) for _ in range(300)):
        writer.now = at
        writer.visit(7)
        expected[datetime.fromtimestamp(at, where).date().isoformat()] += 1
    statistics = counted(writer, tmp_path, where)
    period = Period(date.fromisoformat(min(expected)), date.fromisoformat(max(expected)))
    series = statistics.series(period, Interval.DAY, of_links([7]))
    assert {f"{point.start:%Y-%m-%d}": point.visits for point in series} == expected
    for date_, visits in expected.items():
        one = Period(date.fromisoformat(date_), date.fromisoformat(date_))
        assert statistics.count(one, of_links([7])) == visits
        assert sum(point.visits for point in statistics.series(one, Interval.HOUR, of_links([7]))) == visits
        # What is told apart by values is counted by the zone's days as well.
        assert sum(visits for _, visits in statistics.top(one, By.DEVICE, of_links([7]))) == visits
    statistics.close()


def test_in_half_hour_zones_the_first_half_hour_is_the_day_before(writer: Writer, tmp_path: Path) -> None:
    writer.now = datetime(2026, 3, 9, 18, 29, tzinfo=UTC).timestamp()  # 23:59 in India
    writer.visit(7)
    writer.now = datetime(2026, 3, 9, 18, 31, tzinfo=UTC).timestamp()  # 00:01
    writer.visit(7)
    writer.now = datetime(2026, 3, 9, 19, 0, tzinfo=UTC).timestamp()  # 00:30
    writer.visit(7)
    india = ZoneInfo("Asia/Kolkata")
    statistics = counted(writer, tmp_path, india)
    days = statistics.series(Period(date(2026, 3, 9), TODAY), Interval.DAY, of_links([7]))
    assert [point.visits for point in days] == [2, 1]
    # Days of values are exact: they are the collector's.
    assert statistics.top(Period(TODAY, TODAY), By.DEVICE, of_links([7])) == [("desktop", 2)]
    statistics.close()


def test_a_workspace_has_the_values_of_its_links_in_any_period(writer: Writer, tmp_path: Path) -> None:
    """Months are added up as a whole where they can be: also the present one, of which no more has been counted."""
    rng = random.Random(2)
    begin = int(datetime(2026, 1, 20, tzinfo=UTC).timestamp())
    for at in sorted(begin + rng.randrange(50 * DAY_S) for _ in range(400)):
        writer.now = at
        writer.visit(rng.choice((7, 8)), headers=rng.choice(((), ("Referer: https://a.example/",))))
    statistics = counted(writer, tmp_path)
    newest = datetime.fromtimestamp(writer.now, UTC).date()
    assert newest.day < 28
    for first in (date(2026, 1, 1), date(2026, 1, 25), date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 5)):
        for last in (date(2026, 2, 28), newest - timedelta(1), newest, newest + timedelta(1), date(2026, 4, 2)):
            period = Period(first, last)
            for by in (By.REFERRER, By.DEVICE):
                assert statistics.top(period, by, of_workspace(1)) == statistics.top(period, by, of_links([7, 8]))
    statistics.close()


def test_the_state_of_the_collector(writer: Writer, tmp_path: Path) -> None:
    for _ in range(3):
        writer.visit(7, agent=FIREFOX)
    statistics = counted(writer, tmp_path)
    state = statistics.state()
    assert (state.visits, state.lost, state.damaged, state.at) == (3, 0, 0, NOON * 1_000)
    assert (state.lag_records, state.lag_ms) == (0, 0)
    statistics.close()


def test_no_question_costs_more_than_there_is_to_count(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far a client says that its period reaches."""
    writer.visit(7)
    statistics = counted(writer, tmp_path)
    asked: list[dict[str, Any]] = []
    rows = statistics._rows

    def noted(name: str, **parameters: Any) -> list[Any]:
        asked.append(parameters)
        return rows(name, **parameters)

    monkeypatch.setattr(statistics, "_rows", noted)
    for first, last, found in (
        (date.min, date.max, 1),
        (date.min, date(1999, 1, 1), 0),
        (date(2099, 1, 1), date.max, 0),
    ):
        period = Period(first, last)
        for which in (of_links([7]), of_workspace(1)):
            assert statistics.top(period, By.COUNTRY, which) == [("DE", 1)][:found]
        assert statistics.visitors(period, 7).visitor_days == found
    period = Period(date(1, 1, 2), date(9999, 12, 30))
    assert statistics.count(period, of_links([7])) == 1
    lists = [
        len(json.loads(parameters[name])) for parameters in asked for name in ("days", "months") if name in parameters
    ]
    spans = [parameters["last"] - parameters["first"] for parameters in asked if "last" in parameters]
    assert max(lists) <= 3
    assert max(spans) <= 3
    statistics.close()


# Months, of workspaces and everybody


def by_days(directory: Path, subject: int) -> dict[tuple[Any, ...], int]:
    """The sums of days that months should be."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for day, of, dimension, value, class_, count in table(directory, "days"):
        if of == subject:
            sums[month_of(day), dimension, value, class_] += count
    return dict(sums)


def test_months_are_the_sums_of_days(writer: Writer, tmp_path: Path) -> None:
    for _ in range(12):
        writer.visit(7, headers=["Referer: https://a.example/"])
        writer.visit(8, agent=CURL)
        writer.now += 8 * 86_400
    statistics = counted(writer, tmp_path)
    months = table(tmp_path, "months")
    assert {row[1] for row in months} == {EVERYBODY, workspace_subject(1)}
    for subject in (EVERYBODY, workspace_subject(1)):
        assert {(row[0], *row[2:5]): row[5] for row in months if row[1] == subject} == by_days(tmp_path, subject)
    for first, last in ((date(2026, 3, 1), date(2026, 5, 31)), (date(2026, 3, 15), date(2026, 5, 30))):
        period = Period(first, last)
        for by in (By.COUNTRY, By.BROWSER, By.REFERRER):
            assert statistics.top(period, by, of_workspace(1)) == statistics.top(period, by, of_links([7, 8]))
    statistics.close()


def test_a_month_of_which_days_were_dropped_is_the_sum_of_the_others(writer: Writer, tmp_path: Path) -> None:
    for _ in range(50):
        writer.visit(7)
        writer.now += 86_400
    writer.close()
    count_all(tmp_path, now=writer.now)
    erase_before(tmp_path, date(2026, 4, 3))
    late = Writer(tmp_path / "journal", boot_ns=2, now=datetime(2026, 4, 20, tzinfo=UTC).timestamp())
    late.visit(7)
    late.close()
    count_all(tmp_path, now=late.now)
    statistics = Statistics(tmp_path / FILE_NAME, UTC)
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    for which in (of_workspace(1), of_links([7])):
        assert statistics.top(april, By.COUNTRY, which) == [("DE", 27)]
    assert table(tmp_path, "months") == []
    statistics.close()


def test_months_of_before_there_were_any(writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made of the days that a database has when it is brought up to date."""
    steps = database.migrations()
    writer.visit(7)
    writer.now += 40 * 86_400
    writer.visit(7)
    writer.close()
    count_all(tmp_path, now=writer.now)
    expected = table(tmp_path, "months")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("DROP TABLE summed")
        connection.execute("DROP TABLE months")
        connection.execute("ALTER TABLE state DROP COLUMN months_from")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    database.open_writable(tmp_path / FILE_NAME).close()
    assert len(steps) > 1
    assert table(tmp_path, "months") == expected


def test_answers_of_a_snapshot_add_up_while_visits_are_counted(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7)
    with closing(counted(writer, tmp_path)) as statistics:
        period, which = Period(TODAY, TODAY), of_links([7])
        with statistics.snapshot():
            assert statistics.count(period, which) == 1
            more = Writer(tmp_path / "journal", boot_ns=2)
            more.visit(7, headers=["Referer: https://a.example/"])
            more.close()
            count_all(tmp_path, now=writer.now)
            assert statistics.count(period, which) == 1
            assert statistics.top(period, By.REFERRER, which) == [("", 1)]
        assert statistics.count(period, which) == 2
        assert statistics.top(period, By.REFERRER, which) == [("", 1), ("a.example", 1)]


def test_a_snapshot_ends_whatever_happens_in_it(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7)
    with closing(counted(writer, tmp_path)) as statistics:
        for error in (ValueError, sqlite3.OperationalError):
            with pytest.raises(error), statistics.snapshot():
                statistics.state()
                raise error
        with statistics.snapshot():
            assert statistics.state().visits == 1


def test_a_snapshot_of_nothing(tmp_path: Path) -> None:
    with closing(Statistics(tmp_path / FILE_NAME)) as statistics, statistics.snapshot():
        assert statistics.counts_of([7])[7] == Counts()
