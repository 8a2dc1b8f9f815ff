"""Many rows with one execution of a statement: each arrives, once, whatever their number."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from clicks.bulk import ROWS, Bulk

TABLE = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, n INTEGER NOT NULL)"
ADD = "INSERT INTO t (a, b, n) VALUES (?, ?, ?) ON CONFLICT (a) DO UPDATE SET n = n + excluded.n"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(TABLE)
        yield connection


@pytest.mark.parametrize("count", [0, 1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 3 * ROWS + 5])
def test_each_row_arrives(connection: sqlite3.Connection, count: int) -> None:
    rows = [(number, f"'{number}'", 1) for number in range(count)]
    Bulk(ADD).add(connection, iter(rows))
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == rows


@pytest.mark.parametrize("count", [0, 1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 3 * ROWS + 5])
def test_each_row_of_a_table_arrives(connection: sqlite3.Connection, count: int) -> None:
    numbers = np.arange(count)
    Bulk(ADD).add_table(connection, np.column_stack((numbers, 2 * numbers, numbers + 2**40)))
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == [
        (number, str(2 * number), number + 2**40) for number in range(count)
    ]


def test_rows_that_meet_in_one_execution_are_added_up(connection: sqlite3.Connection) -> None:
    Bulk(ADD, 3).add(connection, [(1, "first", 1), (2, "", 10), (1, "second", 2), (1, "third", 3)])
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == [(1, "first", 6), (2, "", 10)]


def test_rows_may_ask_the_database_while_they_are_made(connection: sqlite3.Connection) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for number in range(7):
            (before,) = connection.execute("SELECT COUNT(*) FROM t").fetchone()
            yield number, None, before

    Bulk(ADD, 3).add(connection, rows())
    assert [n for (n,) in connection.execute("SELECT n FROM t ORDER BY a")] == [0, 0, 0, 3, 3, 3, 6]


def test_an_error_is_the_callers(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        Bulk(ADD, 2).add(connection, [(1, "", 1), (2, "", None)])
    with pytest.raises(ValueError, match="not one row of values: SELECT 1"):
        Bulk("SELECT 1")
    with pytest.raises(ValueError, match="not one row of values"):
        Bulk("VALUES (?, ?), (?, ?)")
