"""fingerpost/stats.py: the chart, and what strangers' texts become in it. tests/flows/test_stats.py runs it."""

from datetime import date

import pytest

from fingerpost.stats import LABEL, ROWS, chart, lines


@pytest.mark.parametrize(
    ("counts", "column"),
    [
        ([48], ["█"] * ROWS),
        ([0], [" "] * ROWS),
        ([48, 1], [" "] * (ROWS - 1) + ["▁"]),
        ([48, 24], [" "] * 3 + ["█"] * 3),
        ([48, 29], [" "] * 2 + ["▅"] + ["█"] * 3),
        ([1_000_000, 1], [" "] * (ROWS - 1) + ["▁"]),
    ],
)
def test_a_column_is_as_high_as_its_count(counts: list[int], column: list[str]) -> None:
    rows = [line.ljust(LABEL + 1 + 2 * len(counts)) for line in chart(counts)]
    assert [row[LABEL + 1 + 2 * (len(counts) - 1)] for row in rows] == column
    assert rows[0].startswith(f"{max(counts) or 1:>{LABEL},} ")
    assert rows[-1].startswith(f"{0:>{LABEL}} ")


FOUND = {
    "from": date(2026, 11, 20),
    "to": date(2026, 11, 22),
    "visits": 1_203,
    "before": 802,
    "visitors_today": 7,
    "days": [1, 2, 1_200],
    "countries": [("DE", 1_200), ("", 3)],
    "referrers": [("", 5), ("a\x1b[2Jb\n" + "c" * 40, 2)],
    "devices": [],
    "browsers": [("Chrome", 1_203)],
}


def test_the_report() -> None:
    first, _, *rest = lines(FOUND)
    assert first == "1,203 visits in 3 days, +50% against the 3 days before; about 7 visitors today"
    assert rest[ROWS].split() == ["2026-11-20", "2026-11-22"]
    assert rest[ROWS + 1 :] == [
        " countries  DE 1,200  (unknown) 3",
        " referrers  (direct) 5  a?[2Jb?ccccccccccccccccc 2",
        "  browsers  Chrome 1,203",
    ]


def test_where_there_was_nothing_before_nothing_is_compared() -> None:
    assert next(lines({**FOUND, "before": 0})) == "1,203 visits in 3 days; about 7 visitors today"
    one = {**FOUND, "before": 0, "visits": 1, "visitors_today": 1, "days": [1]}
    assert next(lines(one)) == "1 visit in 1 day; about 1 visitor today"
