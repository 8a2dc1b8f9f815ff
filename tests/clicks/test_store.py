"""clicks.db: made, migrated, refused; one batch is one transaction."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from clicks import database
from clicks.batch import Rows
from clicks.dimensions import Dimension
from clicks.errors import StatisticsError
from clicks.segment import Name
from clicks.store import Notes, Position, Store
from tests.clicks.counting import table

WIDTHS = {"hours": 5, "days": 6, "totals": 4, "activity": 3}
NAME = Name(1, 2, 3)


def rows_of(visitors: Sequence[tuple[int, int, bytes]] = (), **tables: list[tuple[int, ...]]) -> Rows:
    made = {name: np.array(tables.get(name, []), np.int64).reshape(-1, width) for name, width in WIDTHS.items()}
    return Rows(visitors=list(visitors), **made)


def test_it_is_made_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / database.FILE_NAME
    assert database.open_read_only(path) is None
    for _ in range(2):
        Store.open(path).close()
    connection = database.open_read_only(path)
    assert connection is not None
    with closing(connection), pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM totals")


def test_pragmas(tmp_path: Path) -> None:
    with closing(database.open_writable(tmp_path / "x.db")) as connection:
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert found == {"journal_mode": "wal", "synchronous": 2}


def test_a_newer_or_foreign_file_is_refused(tmp_path: Path) -> None:
    newer, foreign = tmp_path / "newer.db", tmp_path / "foreign.db"
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    foreign.write_bytes(b"no database at all, but long enough" * 100)
    for path in (newer, foreign):
        for use in (Store.open, database.check, database.open_read_only):
            with pytest.raises(StatisticsError, match=str(path)):
                use(path)


def test_a_file_that_is_not_ours_to_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatisticsError):
        Store.open(tmp_path / "nowhere" / "x.db")


def test_a_migration_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = database.migrations()
    steps = [*good, (len(good) + 1, "broken", "CREATE TABLE extra (x);\nCREATE TABLE names (y);")]
    monkeypatch.setattr(database, "migrations", lambda: steps)
    with pytest.raises(StatisticsError, match=f"{len(steps):04d}_broken"):
        Store.open(tmp_path / "x.db")
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(good),)
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'extra'").fetchall() == []


def test_rows_add_up(tmp_path: Path) -> None:
    store = Store.open(tmp_path / database.FILE_NAME)
    for _ in range(2):
        rows = rows_of(hours=[(1, 2, 3, 4, 5)], totals=[(2, 4, 5, 77)], days=[(1, 2, 3, 4, 5, 6)])
        store.commit(lambda rows=rows: rows, {NAME: Position(10, False)}, [], Notes(visits=5, lost=1))
    store.close()
    assert table(tmp_path, "hours") == [(1, 2, 3, 4, 10)]
    assert table(tmp_path, "days") == [(1, 2, 3, 4, 5, 12)]
    assert table(tmp_path, "totals") == [(2, 4, 10, 77)]
    assert table(tmp_path, "state", "commits, visits, lost") == [(2, 10, 2)]


def test_the_latest_visit_counts_whatever_comes_last(tmp_path: Path) -> None:
    store = Store.open(tmp_path / database.FILE_NAME)
    for at in (7, 9, 8):
        store.commit(lambda at=at: rows_of(totals=[(2, 4, 1, at)]), {}, [], Notes())
    store.close()
    assert table(tmp_path, "totals") == [(2, 4, 3, 9)]


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path / database.FILE_NAME)

    def broken() -> Rows:
        store.name_id((Dimension.REFERRER, "a.example"))
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError):
        store.commit(broken, {NAME: Position(10, False)}, [], Notes())
    assert store.positions() == {}
    assert table(tmp_path, "names") == []
    # Its number was remembered, and is not any more.
    store.commit(lambda: rows_of(days=[(1, 2, 5, store.name_id((Dimension.REFERRER, "b")), 0, 1)]), {}, [], Notes())
    store.close()
    assert [row[1:] for row in table(tmp_path, "names")] == [(Dimension.REFERRER, "b")]


def test_visitors_are_merged_until_they_are_settled(tmp_path: Path) -> None:
    store = Store.open(tmp_path / database.FILE_NAME)
    for registers in (b"\0\0\x01", b"\0\0\x02", b"\0\x01\x01"):
        store.commit(lambda registers=registers: rows_of(visitors=[(5, 7, registers)]), {}, [], Notes())
    assert table(tmp_path, "visitors") == [(5, 7, None, b"\0\0\x02\0\x01\x01")]
    assert store.settle_visitors(5) is False
    assert store.settle_visitors(6) is True
    assert store.settle_visitors(6) is False
    assert table(tmp_path, "visitors") == [(5, 7, 2, None)]
    store.commit(lambda: rows_of(visitors=[(5, 7, b"\x03\0\x01")]), {}, [], Notes())
    assert table(tmp_path, "visitors") == [(5, 7, 2, None)]
    store.close()


def test_old_days_go_and_totals_stay(tmp_path: Path) -> None:
    store = Store.open(tmp_path / database.FILE_NAME)
    rows = rows_of(
        hours=[(day, 7, 0, 0, 1) for day in range(4)],
        days=[(day, 7, 1, 1, 0, 1) for day in range(4)],
        visitors=[(day, 7, b"\0\0\x01") for day in range(4)],
        totals=[(7, 0, 4, 1)],
        activity=[],
    )
    store.commit(lambda: rows, {}, [], Notes())
    assert store.drop(2) is True
    assert store.drop(2) is False
    store.close()
    for name in ("hours", "days", "visitors"):
        assert [row[0] for row in table(tmp_path, name)] == [2, 3]
    assert table(tmp_path, "totals") == [(7, 0, 4, 1)]
