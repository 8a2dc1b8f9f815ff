"""What is done now and then."""

from datetime import UTC
from pathlib import Path

from clicks.housekeeping import Housekeeping
from clicks.settings import StatsSettings
from tests.clicks.counting import NOON, Counting, Writer, table

DAY = 86_400


def keeper(counting: Counting, **settings: int) -> Housekeeping:
    forget = counting.aggregate.forget_profiles
    return Housekeeping(
        StatsSettings(**settings), UTC, counting.store, counting.salts, counting.raw, forget, lambda: counting.now
    )


def test_salts_visitors_and_months_go_in_time(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    writer.visit(7)
    writer.visit(7, address="192.0.2.9")
    writer.close()
    counting = Counting(tmp_path).run()
    house = keeper(counting)
    generation = counting.aggregate.generation
    assert house.work() is False
    assert [row[2] for row in table(tmp_path, "visitors")] == [None] * 3
    assert counting.aggregate.generation == generation

    counting.now = NOON + 2 * DAY
    while house.work():
        pass
    assert list((tmp_path / "salts").iterdir()) == []
    assert [row[2:] for row in table(tmp_path, "visitors")] == [(2, None)] * 3
    assert counting.aggregate.generation == generation + 1  # they held what was hashed with it
    assert counting.raw.months() == ["2026-03"]

    counting.now = NOON + 31 * DAY
    house.work()
    assert counting.raw.months() == ["2026-03"]  # not over for thirty days
    counting.now = NOON + 55 * DAY
    house.work()
    assert counting.raw.months() == []
    assert len(table(tmp_path, "hours")) == 3
    counting.close()


def test_charts_reach_back_as_far_as_is_set(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    for _ in range(3):
        writer.visit(7)
        writer.now += DAY
    writer.close()
    counting = Counting(tmp_path, now=writer.now - DAY).run()
    while keeper(counting, keep_days=1).work():
        pass
    for name in ("hours", "days"):
        assert len({row[0] for row in table(tmp_path, name)}) == 2
    assert {row[2] for row in table(tmp_path, "totals")} == {3}
    counting.close()
