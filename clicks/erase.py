"""Taking things out of the statistics again: all of a link's visits, or all that is old."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from clicks import database
from clicks.calendar_days import DAY_S, number_of
from clicks.raw import RawVisits
from clicks.store import Store, forget_sums

_SQL = database.load("store")
MS = 1_000


def erase_link(data_dir: Path, link_id: int, until_ms: int) -> None:
    """Erase what has been counted of a link, or bio page, up to epoch milliseconds, which should be now: from rollups,
    totals and single visits. Its part in the sums of its workspace stays: it names no link and nobody.

    Visits that the collector has read and not stored, or not read yet, are not counted either.
    Raises ``StatisticsError`` or ``sqlite3.Error``.
    """
    with closing(database.open_writable(data_dir / database.FILE_NAME)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _erase(connection, link_id, until_ms)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    with closing(RawVisits(data_dir)) as raw:
        raw.erase(link_id, until_ms)


def _erase(connection: sqlite3.Connection, link_id: int, until_ms: int) -> None:
    subject = {"subject": link_id}
    connection.execute(_SQL["note_erasure"], subject | {"until_at": until_ms})
    (first,), (last,) = (
        connection.execute(_SQL["first_day"]).fetchone(),
        connection.execute(_SQL["last_day"]).fetchone(),
    )
    if first is not None:
        for day in range(first, last + 1):
            for table in ("hours", "days", "visitors"):
                connection.execute(_SQL[f"erase_{table}_of_day"], subject | {"day": day})
    forget_sums(connection, connection.execute(_SQL["summed_of"], subject).fetchall())
    connection.execute(_SQL["erase_totals"], subject)
    connection.execute(_SQL["erase_activity"], subject)


def erase_before(data_dir: Path, day: date) -> None:
    """Erase what is of before ``day``: rollups by hour and day, and single visits; totals are kept.

    Raises ``StatisticsError`` or ``sqlite3.Error``.
    """
    number = number_of(day)
    with closing(Store.open(data_dir / database.FILE_NAME)) as store:
        while store.drop(number):
            pass
    with closing(RawVisits(data_dir)) as raw:
        raw.erase_before(number * DAY_S * MS)
