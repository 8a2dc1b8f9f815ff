"""How much a collector reads in a step, and how much it stores at once."""

import gc
import weakref
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clicks import collector as collector_module
from clicks.segment import DIRECTORY
from tests.clicks.counting import NOON, Counting, Writer, table
from tests.clicks.test_collector import totals


def write(directory: Path) -> None:
    """3,000 visits, in several segments that are final."""
    writer = Writer(directory / DIRECTORY, size=64 << 10)
    for n in range(3_000):
        if not writer.journal.ready:
            writer.give()
        writer.visit(n % 7 + 1)
    writer.close()


def test_a_backlog_is_taken_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector_module, "BATCH_VISITS", 100)
    write(tmp_path)
    counting = Counting(tmp_path, now=NOON + 5)
    most, lags = 0, []
    while counting.collector.step():
        # A chunk of a segment is taken whole.
        most = max(most, counting.aggregate.visits, len(counting.collector._kept))
        lags.append(counting.collector.lag)
    counting.collector.finish()
    assert counting.collector.lag == (0, 0)
    counting.close()
    records = [records for records, _ in lags]
    assert 1_000 < records[0] < 4_000  # about: some are longer
    assert records == sorted(records, reverse=True)
    assert lags[0][1] == 5_000
    assert most < 1_000
    assert sum(totals(tmp_path).values()) == 3_000
    assert table(tmp_path, "state")[0][1] >= 3  # commits


def test_a_step_is_short_and_a_batch_is_of_many_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector_module, "STEP_VISITS", 100)
    write(tmp_path)
    counting = Counting(tmp_path)
    counting._monotonic = lambda: 0.0  # type: ignore[method-assign]
    counting.collector._monotonic = counting._monotonic
    visits = [0]
    while counting.collector.step():
        visits.append(counting.aggregate.visits)
    assert len(visits) == 3
    assert all(after - before < 1_100 for before, after in pairwise(visits))  # a chunk of a segment is taken whole
    assert table(tmp_path, "state")[0][1] == 0  # commits: there was no time to wait for
    counting.collector.finish()
    assert table(tmp_path, "state")[0][1] == 1
    counting.close()
    assert sum(totals(tmp_path).values()) == 3_000


def test_behind_it_stores_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector_module, "STEP_VISITS", 1)
    writer = Writer(tmp_path / DIRECTORY, size=64 << 10)
    for _ in range(6_000):
        if not writer.journal.ready:
            writer.give()
        writer.visit(7)
    writer.close()
    counting = Counting(tmp_path)
    now = 0.0
    counting.collector._monotonic = lambda: now
    assert counting.collector.step()
    now = collector_module.COMMIT_S
    assert counting.collector.step()
    assert table(tmp_path, "state")[0][1] == 0
    now = collector_module.BEHIND_COMMIT_S
    assert counting.collector.step()
    assert table(tmp_path, "state")[0][1] == 1
    counting.close()


def test_a_segment_that_is_done_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that is behind does not look for cycles."""
    made: list[weakref.ref[collector_module.Following]] = []
    begin = collector_module.Following.__init__

    def noted(self: collector_module.Following, *arguments: Any) -> None:
        made.append(weakref.ref(self))
        begin(self, *arguments)

    monkeypatch.setattr(collector_module.Following, "__init__", noted)
    write(tmp_path)
    gc.disable()
    try:
        counting = Counting(tmp_path).run()
        assert len(made) >= 3
        assert [one() for one in made] == [None] * len(made)
        counting.close()
    finally:
        gc.enable()
