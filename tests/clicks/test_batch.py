"""What rows a batch becomes."""

from collections.abc import Mapping
from datetime import UTC

import numpy as np
import pytest

from clicks.aggregate import Aggregate
from clicks.batch import Rows, rows_of
from clicks.calendar_days import day_of, month_of
from clicks.caps import Caps, Stored
from clicks.classes import Kind, Outcome, Via, class_of
from clicks.classify import Classified, Facts, Place
from clicks.dimensions import EVERYBODY, Dimension, workspace_subject
from clicks.hyperloglog import count
from clicks.marks import NO_MARKS

DAY = 20_000
HOUR_NS = 3_600 * 10**9
SALT = b"s" * 32
GONE = class_of(Outcome.GONE, Via.CLICK, Kind.PERSON)


class Counted:
    """Visits of people, a batch of them."""

    def __init__(self) -> None:
        self.aggregate = Aggregate(day_of(UTC), lambda day: SALT, lambda link: False)
        self.names: list[tuple[Dimension, str]] = []

    def visit(
        self, link: int, hour: int, times: int = 1, *, class_: int = 0, language: str = "de", who: int = 1
    ) -> None:
        """``hour``: since the epoch."""
        facts = Facts(Kind.PERSON, "desktop", "b", "os", language, "", False, b"agent", ())
        visit = Classified(class_, NO_MARKS, facts, Place("DE", ""), who.to_bytes(16), 0)
        profile = self.aggregate.profile(facts)
        for n in range(times):
            assert self.aggregate.add(hour * HOUR_NS + n * 10**6, link, visit, profile)

    def rows(self, owned: Mapping[int, int]) -> Rows:
        caps = Caps(Stored(lambda day: [], lambda day, subject: []))
        return rows_of(self.aggregate, lambda ids: {i: owned[i] for i in ids if i in owned}, caps, self._name_id)

    def _name_id(self, name: tuple[Dimension, str]) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


def test_workspaces_and_everybody_are_sums() -> None:
    counted = Counted()
    for link, times in ((1, 2), (2, 3), (3, 4), (4, 5), (EVERYBODY, 100)):
        counted.visit(link, DAY * 24 + link, times, language=f"l{link % 2}", who=link)
    rows = counted.rows({1: 7, 2: 7, 3: 0})
    seven, none = workspace_subject(7), workspace_subject(0)
    expected = {seven: 5, none: 4, EVERYBODY: 114, 1: 2, 2: 3, 3: 4, 4: 5}
    assert rows.totals[:, 0].tolist() == sorted(expected)
    assert {subject: n for subject, _, n, _ in rows.totals.tolist()} == expected
    assert {subject: last for subject, *_, last in rows.totals.tolist()} == {
        subject: (DAY * 24 + hour) * 3_600_000 + n
        for subject, hour, n in (
            *((seven, 2, 2), (none, 3, 3), (EVERYBODY, 4, 4)),
            *((1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 4)),
        )
    }
    for subject, total in expected.items():
        mine = rows.hours[rows.hours[:, 1] == subject]
        assert mine[:, 4].sum() == total
        assert set(mine[:, 0].tolist()) == {DAY}
        days = rows.days[rows.days[:, 1] == subject]
        for dimension in (Dimension.COUNTRY, Dimension.AGENT, Dimension.LANGUAGE):
            assert days[days[:, 2] == dimension][:, 5].sum() == total
    of_seven = rows.days[(rows.days[:, 1] == seven) & (rows.days[:, 2] == Dimension.LANGUAGE)]
    assert {counted.names[value][1]: n for _, _, _, value, _, n in of_seven.tolist()} == {"l1": 2, "l0": 3}
    assert {subject: count(kept) for _, subject, kept in rows.visitors} == {
        seven: 2, none: 1, EVERYBODY: 5, 1: 1, 2: 1, 3: 1, 4: 1,
    }  # fmt: skip
    assert rows.activity.tolist() == [[1, 7, DAY], [2, 7, DAY], [3, 0, DAY]]


def test_an_empty_batch_has_no_rows() -> None:
    rows = Counted().rows({})
    assert [len(table) for table in rows] == [0] * 5
    assert len(rows.months(0)) == 0
    assert rows.months_of_links() == set()


def test_rows_of_hours_are_of_utc_days_and_in_order() -> None:
    counted = Counted()
    counted.visit(9, (DAY + 1) * 24, 2)
    counted.visit(9, DAY * 24 + 23, 3)
    counted.visit(9, DAY * 24 + 23, class_=GONE)
    rows = counted.rows({9: 1})
    assert rows.hours.tolist() == [
        row
        for day, hour, classes in ((DAY, 23, ((0, 3), (GONE, 1))), (DAY + 1, 0, ((0, 2),)))
        for subject in (-2, 0, 9)
        for row in ([day, subject, hour, class_, n] for class_, n in classes)
    ]
    # Of what was gone there are totals only.
    assert set(rows.days[:, 4].tolist()) == {0}
    assert rows.activity.tolist() == [[9, 1, DAY], [9, 1, DAY + 1]]


def test_who_got_no_redirect_makes_nothing_active() -> None:
    counted = Counted()
    counted.visit(9, DAY * 24, class_=GONE)
    counted.visit(8, DAY * 24, class_=class_of(Outcome.REDIRECT, Via.QR, Kind.BOT))
    counted.visit(7, DAY * 24, class_=class_of(Outcome.REDIRECT, Via.BIO, Kind.TOOL))
    assert counted.rows({7: 1, 8: 1, 9: 1}).activity.tolist() == [[7, 1, DAY]]


def test_months_are_those_of_workspaces_and_everybody() -> None:
    counted = Counted()
    counted.visit(9, DAY * 24, 2)
    counted.visit(9, (DAY + 40) * 24)
    rows = counted.rows({9: 1})
    first, second = month_of(DAY), month_of(DAY + 40)
    assert first < second
    months = rows.months(first)
    assert {(month, subject) for month, subject, *_ in months.tolist()} == {
        (month, subject) for month in (first, second) for subject in (EVERYBODY, workspace_subject(1))
    }
    assert months[:, 5].sum() == rows.days[rows.days[:, 1] <= EVERYBODY][:, 5].sum()
    assert set(rows.months(second)[:, 0].tolist()) == {second}
    assert rows.months_of_links() == {(9, first), (9, second)}


@pytest.mark.parametrize(("until", "left"), [(4, 5), (5, 2), (10**6, 2)])
def test_what_is_dropped_is_not_counted(until: int, left: int) -> None:
    """Five visits, the last of them 4 ms behind the hour; then two."""
    counted = Counted()
    counted.visit(9, DAY * 24, 5)
    counted.visit(8, DAY * 24, 1)
    counted.aggregate.drop({9: DAY * 86_400_000 + until - 1, 77: 2**62})
    counted.visit(9, DAY * 24, 2)
    rows = counted.rows({})
    left = left + 2 if until < 5 else left
    assert rows.totals[:, [0, 2]].tolist() == [[EVERYBODY, left + 1], [8, 1], [9, left]]
    assert rows.hours[rows.hours[:, 1] == 9][:, 4].tolist() == [left]
    days = rows.days[rows.days[:, 1] == 9]
    assert set(days[:, 5].tolist()) == {left}
    assert np.count_nonzero([subject == 9 for _, subject, _ in rows.visitors]) == 1
