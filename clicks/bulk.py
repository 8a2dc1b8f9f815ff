"""Adding thousands of rows: many with one execution of a statement.

An execution costs more than a row: SQLite begins and ends it, checks the schema, opens the table, and looks for the
row's place from the root on. Rows of one execution that come in the order of the key go beside each other.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the collector's only
    import numpy as np
    from numpy.typing import NDArray

ROWS = 128
"""Of an execution. More of them save little more, and what is left over is added one by one."""

_ROW = re.compile(r"\(\?(?:, \?)*\)")

Row = Sequence[object]


class Bulk:
    """``sql``: a statement that inserts one row, with one list ``(?, ?, …)``; ``rows``: as many are added at a time.

    Raises ``ValueError`` for another statement.
    """

    def __init__(self, sql: str, rows: int = ROWS) -> None:
        found = _ROW.findall(sql)
        if len(found) != 1:
            raise ValueError(f"not one row of values: {sql}")
        self._one = sql
        self._many = sql.replace(found[0], ", ".join(found * rows))
        self._rows = rows

    def add(self, connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Insert rows, in their order, inside the caller's transaction. Raises ``sqlite3.Error``.

        ``rows`` may use the connection while it is iterated over.
        """
        left = iter(rows)
        while len(some := list(islice(left, self._rows))) == self._rows:
            connection.execute(self._many, list(chain.from_iterable(some)))
        connection.executemany(self._one, some)

    def add_table(self, connection: sqlite3.Connection, table: "NDArray[np.int64]") -> None:
        """As :meth:`add`, of whole numbers in columns."""
        whole = len(table) // self._rows * self._rows
        for at in range(0, whole, self._rows):
            connection.execute(self._many, table[at : at + self._rows].ravel().tolist())
        connection.executemany(self._one, table[whole:].tolist())
