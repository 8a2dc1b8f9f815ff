"""bench/latency_tables.py, and bench/openloop.py's reading of the client's time line."""

from collections import Counter

import pytest

from bench.histogram import Histogram
from bench.latency_tables import COLUMNS, Cells, Windows, kinds, ms, reload_table
from bench.openloop import Outcome

MS = 1_000_000
START = 500 * MS


def outcome(latency: int = MS, slots: list[int] | None = None, errors: dict[str, int] | None = None) -> Outcome:
    """A run with one answer in each slot of 10 ms, from START on."""
    return Outcome(
        latency=Histogram({(latency, latency): 100}, latency),
        late=Histogram({(1_000, 1_000): 100}, 2_000),
        rate=1_000.0,
        errors=Counter(errors or {}),
        cpu_s=0.1,
        start_ns=START,
        slot_ns=10 * MS,
        slots=slots or [],
    )


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(42_000, "0.042"), (999_400, "0.999"), (1_234_000, "1.23"), (1_234_567_000, "1,234.6")]
)
def test_milliseconds_have_three_digits(nanoseconds: int, text: str) -> None:
    assert ms(nanoseconds) == text


def test_the_p99_is_that_of_the_median_round_and_the_first_of_a_load_is_the_reference() -> None:
    cells = Cells()
    for late in (0, 0, 40):
        cells.add(0.25, "nginx", outcome(2 * MS))
        cells.add(0.25, "ours", outcome((3 + late) * MS, errors={"broken": 1}))
    cells.add(0.5, "nginx", outcome(4 * MS))
    rows = cells.rows()
    assert [row[:2] for row in rows] == [["25%", "nginx"], ["25%", "ours"], ["50%", "nginx"]]
    worst = ["43.0", "43.0"]
    p99 = "3.00 (3.00–43.0)"
    assert rows[1] == ["25%", "ours", "1,000", "3.00", p99, *worst, "1.50", "3 broken", "0.001", "0.002"]
    assert (rows[2][4], rows[2][7]) == ("4.00", "1.00")
    assert all(len(row) == len(COLUMNS) for row in rows)


@pytest.mark.parametrize(
    ("errors", "text"), [({}, "0"), ({"wrong_status": 1_200, "broken": 3}, "1,200 wrong status, 3 broken")]
)
def test_errors_are_told_by_kind(errors: dict[str, int], text: str) -> None:
    assert kinds(Counter(errors)) == text


@pytest.mark.parametrize(
    ("begin", "end", "worst"),
    [
        (START, START + 9 * MS, 1),
        (START + 10 * MS, START + 10 * MS, 2),
        (START + 5 * MS, START + 25 * MS, 3),
        (START - 100 * MS, START + MS, 1),
        (START - 100 * MS, START - 50 * MS, 0),
        (START + 400 * MS, START + 500 * MS, 0),
    ],
)
def test_the_worst_between_two_times(begin: int, end: int, worst: int) -> None:
    assert outcome(slots=[1, 2, 3]).worst_between(begin, end) == worst


@pytest.fixture
def reloads() -> Windows:
    """Warm-up (0), then two reloads, in slots 3 and 7; one before and one after what was measured."""
    slots = [0, 0, MS, 9 * MS, MS, 2 * MS, MS, 4 * MS, MS, 0]
    seen = [(START + n * 10 * MS, START + n * 10 * MS + 5 * MS) for n in (0, 3, 7, 9)]
    return Windows(outcome(slots=slots), seen)


def test_only_what_was_measured_counts(reloads: Windows) -> None:
    assert reloads.worst() == [9 * MS, 4 * MS]


def test_between_two_reloads_is_midway(reloads: Windows) -> None:
    assert reloads.worst_between() == [2 * MS]


def test_the_table_says_how_many_missed_the_aim(reloads: Windows) -> None:
    table = reload_table(reloads, reloads)
    assert table.rows[0] == ["Fingerpost", "during a reload", "2", "6.50", "9.00"]
    assert table.rows[1] == ["Fingerpost", "as long, between two", "1", "2.00", "2.00"]
    assert "there were 1." in table.remarks
    assert "A reload took 5 ms" in table.remarks


def test_a_run_without_answers_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Windows(outcome(slots=[0, 0]), []).worst()
