"""What has been counted, and the journal from there on: both together are everything, and nothing twice."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from clicks import database
from clicks.reader import JournalReader
from clicks.segment import DIRECTORY, Name
from fingerpost.errors import CommandError

MOST_TRIES = 100
"""The collector commits once a second, and opening a journal takes milliseconds."""

_SQL = database.load("query")


class Counted(NamedTuple):
    """``totals``: by subject and class (``clicks.classes``); the rest as ``clicks.answers.State`` has it."""

    totals: list[tuple[int, int, int]] = []
    lost: int = 0
    damaged: int = 0


def counted_and_rest(data_dir: Path) -> tuple[Counted, JournalReader]:
    """What the collector has stored, and a reader of the rest, to be closed. Raises :class:`CommandError` where they
    cannot be had of one moment, and ``StatisticsError``."""
    for _ in range(MOST_TRIES):
        commits, counted, positions = _snapshot(data_dir)
        journal = JournalReader(data_dir / DIRECTORY, positions)
        # What is removed or stored from now on is read all the same: the files are open.
        journal.open_all()
        if _snapshot(data_dir)[0] == commits:
            return counted, journal
        journal.close()
    raise CommandError("the collector stores more often than the journal can be opened; try again")


def _snapshot(data_dir: Path) -> tuple[int, Counted, dict[Name, int]]:
    connection = database.open_read_only(data_dir / database.FILE_NAME)
    if connection is None:
        return 0, Counted(), {}
    with closing(connection):
        connection.execute("BEGIN")  # all of one commit
        commits, _, lost, damaged, *_ = connection.execute(_SQL["state"]).fetchone()
        positions = {Name(boot, pid, seq): at for boot, pid, seq, at in connection.execute(_SQL["positions"])}
        return commits, Counted(connection.execute(_SQL["counted"]).fetchall(), lost, damaged), positions
