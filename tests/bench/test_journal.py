"""bench/journal.py: a short round of each kind."""

import time
from pathlib import Path

import pytest

from bench import journal
from clicks.journal import Journal


def test_each_kind_is_measured(tmp_path: Path) -> None:
    rows = journal.measure(tmp_path, rounds=1, seconds=0.05)
    assert [row[0] for row in rows] == list(journal.KINDS)
    assert all(len(row) == 5 for row in rows)
    assert not list(tmp_path.iterdir())


def test_a_lost_visit_ends_it() -> None:
    with pytest.raises(RuntimeError, match="were not recorded"):
        journal.write_for(Journal(time.time_ns), 0.01)  # nobody makes segments for it
