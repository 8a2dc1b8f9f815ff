"""clicks.db as the collector uses it: rollups and journal positions in one transaction.

Whatever happens between two commits has not happened: what was read after the last one is read again.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from clicks import database
from clicks.bulk import Bulk
from clicks.calendar_days import first_of, month_of
from clicks.caps import Stored
from clicks.dimensions import FREE, Dimension
from clicks.segment import Name

log = logging.getLogger(__name__)

MOST_NAMES = 200_000
"""Texts whose numbers are remembered: 30 MB."""

if TYPE_CHECKING:  # numpy is the collector's only
    from clicks.batch import Rows

SLICE_ROWS = 5_000
"""Rows that are dropped or settled in one transaction: some 20 ms."""

HEAVY_VISITS = 50_000
"""Visits since ever from which months of a link are summed up: of fewer, a year's days are read in 20 ms."""

_STATEMENTS = database.load("store")
_ADD_HOURS, _ADD_DAYS, _ADD_MONTHS, _ADD_TOTALS, _SET_ACTIVITY = (
    Bulk(_STATEMENTS[name]) for name in ("add_hours", "add_days", "add_months", "add_totals", "set_activity")
)
_FREE = msgspec.json.encode(sorted(FREE)).decode()


class Position(NamedTuple):
    """How far a segment is in the rollups. ``done``: to its end; the file may go."""

    position: int
    done: bool


class Notes(NamedTuple):
    """What is noted with a batch: visits in it, visits that workers lost, damaged records; when it is written (epoch
    milliseconds), and how far behind the journal that leaves us."""

    visits: int = 0
    lost: int = 0
    damaged: int = 0
    at: int = 0
    lag_records: int = 0
    lag_ms: int = 0


class Erasure(NamedTuple):
    """Visits of a link up to ``until_ms`` are not to be counted."""

    id: int
    subject: int
    until_ms: int


LinkMonth = tuple[int, int]
"""A link and a month (``clicks.calendar_days.month_of``)."""


class Store:
    """The collector's clicks.db; for one thread. Raises ``sqlite3.Error`` where it cannot be written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[tuple[Dimension, str], int] = {}
        self._commits = self.commits()
        self.stored = Stored(self._free_counts, self._free_values)
        self._summed = self._read_summed()
        self._to_sum: list[LinkMonth] = []
        self._sums_as_of = -1

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Raises ``StatisticsError``."""
        return cls(database.open_writable(path))

    def close(self) -> None:
        self._connection.close()

    def commits(self) -> int:
        """Batches that have been written since ever."""
        return int(self._connection.execute(_STATEMENTS["state"]).fetchone()[0])

    def positions(self) -> dict[Name, Position]:
        """How far each segment of the journal has been read."""
        rows = self._connection.execute(_STATEMENTS["positions"])
        return {Name(boot, pid, seq): Position(at, bool(done)) for boot, pid, seq, at, done in rows}

    def erasures(self, after: int = 0) -> list[Erasure]:
        """Those with a higher id than ``after``."""
        return [Erasure(*row) for row in self._connection.execute(_STATEMENTS["erasures"], (after,))]

    def commit(
        self,
        rows: "Callable[[], Rows]",
        positions: Mapping[Name, Position],
        forgotten: Iterable[Name],
        notes: Notes,
    ) -> None:
        """Write a batch. ``rows`` is called inside the transaction and may ask this store.

        ``positions``: of the segments that have been read from; ``forgotten``: segments whose files are gone.
        After an error it may be called again with the same batch: it is written once, even where the error came after
        it had been.
        """
        execute = self._connection.execute
        if self._connection.in_transaction:  # a commit that failed may leave it open
            execute("ROLLBACK")
        execute("BEGIN IMMEDIATE")
        try:
            if self.commits() == self._commits:
                self._write(rows(), positions, forgotten, notes)
            execute("COMMIT")
        except BaseException:
            self._names.clear()
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        self._commits += 1

    def _write(self, rows: "Rows", positions: Mapping[Name, Position], forgotten: Iterable[Name], notes: Notes) -> None:
        connection, many = self._connection, self._connection.executemany
        (months_from,) = connection.execute(_STATEMENTS["months_from"]).fetchone()
        tables = (
            (_ADD_HOURS, rows.hours),
            (_ADD_DAYS, rows.days),
            (_ADD_MONTHS, rows.months(months_from)),
            (_ADD_TOTALS, rows.totals),
            (_SET_ACTIVITY, rows.activity),
        )
        for bulk, table in tables:
            bulk.add_table(connection, table)
        if self._summed:
            forget_sums(connection, rows.months_of_links() & self._summed)
        many(_STATEMENTS["add_visitors"], rows.visitors)
        many(_STATEMENTS["set_position"], [(*name, at.position, at.done) for name, at in positions.items()])
        many(_STATEMENTS["forget_segment"], forgotten)
        connection.execute(_STATEMENTS["advance"], notes._asdict())

    def name_id(self, name: tuple[Dimension, str]) -> int:
        """The number of a text, inside a transaction: it is added if it is new."""
        found = self._names.get(name)
        if found is None:
            if len(self._names) > MOST_NAMES:
                self._names.clear()
            row = self._connection.execute(_STATEMENTS["name_id"], name).fetchone()
            if row is None:
                row = self._connection.execute(_STATEMENTS["add_name"], name).fetchone()
            found = self._names[name] = int(row[0])
        return found

    def _free_counts(self, day: int) -> Iterable[tuple[int, int]]:
        return self._connection.execute(_STATEMENTS["free_counts"], {"day": day, "free": _FREE})

    def _free_values(self, day: int, subject: int) -> Iterable[tuple[int, str]]:
        parameters = {"day": day, "subject": subject, "free": _FREE}
        return self._connection.execute(_STATEMENTS["free_values"], parameters)

    # What is done now and then

    def sum_month(self, today: int) -> bool:
        """Sum up a month of a link with many visits that is over, at the day ``today``; whether there was one. Those
        whose days have changed since have their turn on the next day."""
        if today != self._sums_as_of:
            self._summed = self._read_summed()
            self._to_sum = self._months_to_sum(month_of(today - 1))  # a day later, when most visits have been counted
            self._sums_as_of = today
        if not self._to_sum:
            return False
        subject, month = self._to_sum[-1]
        parameters = {"subject": subject, "month": month, "first": first_of(month), "last": first_of(month + 1) - 1}
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            execute(_STATEMENTS["sum_month"], parameters)
            execute(_STATEMENTS["set_summed"], parameters)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise
        self._summed.add(self._to_sum.pop())
        return True

    def _read_summed(self) -> set[LinkMonth]:
        """What is summed up. Others may take something out meanwhile, but only we add to it: there is never too little
        in this, and what is too much does no harm."""
        return set(self._connection.execute(_STATEMENTS["summed"]))

    def _months_to_sum(self, end: int) -> list[LinkMonth]:
        """Those of before the month ``end``."""
        execute = self._connection.execute
        (first,) = execute(_STATEMENTS["first_day"]).fetchone()
        if first is None:
            return []
        (since,) = execute(_STATEMENTS["months_from"]).fetchone()
        links = [link for (link,) in execute(_STATEMENTS["many_visits"], {"visits": HEAVY_VISITS})]
        months = range(max(since, month_of(first)), end)
        return [(link, month) for month in months for link in links if (link, month) not in self._summed]

    def settle_visitors(self, before: int) -> bool:
        """Replace what is kept of visitors of days before ``before`` by their number; whether there was any."""
        if self._connection.execute(_STATEMENTS["settled"]).fetchone()[0] >= before:
            return False
        if self._some("settle_visitors", before):
            return True
        self._connection.execute(_STATEMENTS["set_settled"], {"before": before})
        return False

    def drop(self, before: int) -> bool:
        """Drop rollups of days before ``before``, but for totals; whether there were any."""
        # Sums of a month go with its first day: charts add up the days that are left.
        month = month_of(before)
        month += first_of(month) < before
        self._connection.execute(_STATEMENTS["set_months_from"], {"month": month})
        self._connection.execute(_STATEMENTS["drop_summed"])
        tables = ("drop_months", "drop_hours", "drop_days", "drop_visitors")
        dropped = [self._some(name, before) for name in tables]
        return any(dropped)

    def forget_erasures(self, before_ms: int) -> None:
        """Those of visits that nobody will find in a journal any more."""
        self._connection.execute(_STATEMENTS["forget_erasures"], (before_ms,))

    def _some(self, name: str, before: int) -> bool:
        changed = self._connection.execute(_STATEMENTS[name], {"before": before, "most": SLICE_ROWS})
        return changed.rowcount > 0


def forget_sums(connection: sqlite3.Connection, months: Collection[LinkMonth]) -> None:
    """Of months of links whose days have changed; inside the transaction that changes them."""
    connection.executemany(_STATEMENTS["forget_sums"], months)
    connection.executemany(_STATEMENTS["forget_summed"], months)
