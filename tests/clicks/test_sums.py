"""Months of links with many visits, summed up when they are over: what a chart shows is the same with them."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clicks import store as store_module
from clicks.answers import By, of_links
from clicks.calendar_days import month_of, number_of
from clicks.classes import Kind
from clicks.database import FILE_NAME
from clicks.erase import erase_before, erase_link
from clicks.periods import Period
from clicks.reclassify import Agent, reclassify
from tests.clicks.counting import CURL, Counting, Writer, table
from tests.clicks.test_housekeeping import keeper

JANUARY, FEBRUARY, MARCH = (2026 * 12 + month for month in range(3))
TODAY = date(2026, 3, 10)
PERIODS = (
    Period(date(2026, 1, 1), date(2026, 12, 31)),
    Period(date(2026, 1, 20), date(2026, 3, 5)),
    Period(date(2026, 2, 1), date(2026, 2, 28)),
)
BUSY, QUIET = 7, 8
EVERY_S = 3 * 86_400


def noon(day: date) -> float:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "HEAVY_VISITS", 20)


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    """From the first of January, each third day: two visits of a busy link, and now and then one of a quiet one."""
    writer = Writer(tmp_path / "journal", now=noon(date(2026, 1, 1)))
    number = 0
    while writer.now < noon(TODAY):
        writer.visit(BUSY, headers=[f"Referer: https://r{number % 3}.example/"])
        writer.visit(BUSY, agent=CURL)
        if number % 5 == 0:
            writer.visit(QUIET)
        writer.now += EVERY_S
        number += 1
    writer.close()
    counting = Counting(tmp_path, now=noon(TODAY)).run()
    yield counting
    counting.close()


def sum_up(counting: Counting, today: date = TODAY) -> None:
    while counting.store.sum_month(number_of(today)):
        pass


def summed(counting: Counting) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(counting.directory / FILE_NAME)) as connection:
        return connection.execute("SELECT subject, month FROM summed ORDER BY 1, 2").fetchall()


def sums(counting: Counting) -> dict[tuple[Any, ...], int]:
    """What the table of months has of links."""
    return {row[:5]: row[5] for row in table(counting.directory, "months") if row[1] > 0}


def of_days(counting: Counting, months: Collection[tuple[int, int]]) -> dict[tuple[Any, ...], int]:
    """What it is to have."""
    found: Counter[tuple[Any, ...]] = Counter()
    for day, subject, dimension, value, class_, count in table(counting.directory, "days"):
        if (subject, month_of(day)) in months:
            found[month_of(day), subject, dimension, value, class_] += count
    return dict(found)


def answers(counting: Counting) -> list[Any]:
    """What charts show of the links, each and both."""
    with closing(counting.statistics()) as statistics:
        return [
            statistics.top(period, by, of_links(links))
            for period in PERIODS
            for by in (By.COUNTRY, By.BROWSER, By.REFERRER)
            for links in ([BUSY], [QUIET], [BUSY, QUIET])
        ]


def visit_late(counting: Counting, day: date) -> None:
    writer = Writer(counting.directory / "journal", boot_ns=2, now=noon(day))
    writer.visit(BUSY, headers=["Referer: https://late.example/"])
    writer.close()
    counting.run()


def test_months_that_are_over_are_summed_of_links_with_many_visits(counting: Counting) -> None:
    before = answers(counting)
    assert before[0] == [("DE", 46)]
    sum_up(counting)
    assert summed(counting) == [(BUSY, JANUARY), (BUSY, FEBRUARY)]
    assert sums(counting) == of_days(counting, summed(counting))
    assert answers(counting) == before


def test_charts_are_drawn_of_the_sums_and_of_the_days_that_are_left(counting: Counting) -> None:
    before = answers(counting)
    sum_up(counting)
    with closing(sqlite3.connect(counting.directory / FILE_NAME)) as connection:
        # Not read, where the whole month is asked for: so not missed.
        connection.execute("DELETE FROM days WHERE subject = ? AND day BETWEEN ? AND ?", (BUSY, *february()))
        connection.commit()
    assert answers(counting) == before


def february() -> tuple[int, int]:
    return number_of(date(2026, 2, 1)), number_of(date(2026, 2, 28))


def test_a_month_is_summed_a_day_after_its_end(counting: Counting) -> None:
    sum_up(counting, date(2026, 3, 1))
    assert summed(counting) == [(BUSY, JANUARY)]
    sum_up(counting, date(2026, 3, 2))
    assert summed(counting) == [(BUSY, JANUARY), (BUSY, FEBRUARY)]


def test_a_late_visit_counts_and_its_month_is_summed_anew(counting: Counting) -> None:
    sum_up(counting)
    visit_late(counting, date(2026, 2, 7))
    assert summed(counting) == [(BUSY, JANUARY)]
    found = answers(counting)
    assert found[0] == [("DE", 47)]
    sum_up(counting)
    assert summed(counting) == [(BUSY, JANUARY)]  # not at once: more may come
    sum_up(counting, date(2026, 3, 11))
    assert summed(counting) == [(BUSY, JANUARY), (BUSY, FEBRUARY)]
    assert sums(counting) == of_days(counting, summed(counting))
    assert answers(counting) == found


def test_a_late_visit_is_noticed_after_a_restart_too(counting: Counting) -> None:
    sum_up(counting)
    counting.close()
    again = Counting(counting.directory, now=counting.now)
    visit_late(again, date(2026, 1, 7))
    assert summed(again) == [(BUSY, FEBRUARY)]
    assert sums(again) == of_days(again, summed(again))
    assert answers(again)[0] == [("DE", 47)]
    again.close()


def test_what_is_erased_is_in_no_sum(counting: Counting) -> None:
    sum_up(counting)
    erase_link(counting.directory, BUSY, int(noon(TODAY) * 1_000))
    assert (summed(counting), sums(counting)) == ([], {})
    assert answers(counting)[0] == []
    visit_late(counting, date(2026, 3, 11))
    assert answers(counting)[0] == [("DE", 1)]


def test_sums_go_with_the_first_of_their_days(counting: Counting) -> None:
    sum_up(counting)
    erase_before(counting.directory, date(2026, 1, 10))
    assert summed(counting) == [(BUSY, FEBRUARY)]
    assert sums(counting) == of_days(counting, summed(counting))
    sum_up(counting, date(2026, 3, 12))
    assert summed(counting) == [(BUSY, FEBRUARY)]
    assert answers(counting)[0] == [("DE", 40)]


def test_what_is_classified_anew_is_summed_anew(counting: Counting) -> None:
    sum_up(counting)

    def classify(user_agent: bytes) -> Agent:
        kind = Kind.BOT if user_agent.startswith(b"curl") else Kind.PERSON
        return Agent(kind, "desktop\nFirefox\nLinux")

    reclassify(counting.directory, classify, lambda ids: dict.fromkeys(ids, 1), UTC, lambda month, moved: None)
    assert (summed(counting), sums(counting)) == ([], {})
    found = answers(counting)
    assert found[0] == [("DE", 23)]  # bots are not shown
    sum_up(counting, date(2026, 3, 11))
    assert summed(counting) == [(BUSY, JANUARY), (BUSY, FEBRUARY)]
    assert sums(counting) == of_days(counting, summed(counting))
    assert answers(counting) == found


def test_housekeeping_sums_a_month_at_a_time(counting: Counting) -> None:
    house = keeper(counting)
    found = [0]
    while house.work():
        found.append(len(summed(counting)))
    assert all(after - before in (0, 1) for before, after in pairwise(found))
    assert summed(counting) == [(BUSY, JANUARY), (BUSY, FEBRUARY)]


def test_a_sum_that_cannot_be_written_is_written_later(counting: Counting) -> None:
    assert counting.store.sum_month(number_of(TODAY))
    (done,) = summed(counting)
    (other,) = {(BUSY, JANUARY), (BUSY, FEBRUARY)} - {done}
    with closing(sqlite3.connect(counting.directory / FILE_NAME)) as connection:
        connection.execute("INSERT INTO summed VALUES (?, ?)", other)
        connection.commit()
        with pytest.raises(sqlite3.IntegrityError):
            counting.store.sum_month(number_of(TODAY))
        assert sums(counting) == of_days(counting, [done])
        connection.execute("DELETE FROM summed WHERE month = ?", other[1:])
        connection.commit()
    sum_up(counting)
    assert sums(counting) == of_days(counting, [done, other])


def test_where_sums_cannot_be_written_what_is_old_goes_all_the_same(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.raw.months() == ["2026-01", "2026-02", "2026-03"]

    def full(today: int) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(counting.store, "sum_month", full)
    with pytest.raises(sqlite3.OperationalError):
        keeper(counting).work()
    assert counting.raw.months() == ["2026-02", "2026-03"]
