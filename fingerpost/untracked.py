"""Links whose visits are not counted, for the collector: read from links.db, which it never writes."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from links import statements
from links.errors import SchemaError

LOOK_S = 0.5
"""Between two looks whether something has been committed. The collector asks once a link and commit, so that a change
holds a second later at most."""

BUSY_S = 10.0

_SQL = statements.load("fingerpost", "owners")


class Untracked:
    """All of them are held in memory, 100 bytes each: few links are. ``monotonic``: seconds.

    Raises :class:`SchemaError` where there is no such database. For one thread at a time.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise SchemaError(f"{path}: {error}") from error
        self._version = -1
        self._look_at = 0.0
        self._ids: frozenset[int] = frozenset()

    def has(self, link: int) -> bool:
        """Whether nothing is counted of a link. Raises ``sqlite3.Error``."""
        now = self._monotonic()
        if self._version < 0 or now >= self._look_at:
            self._look_at = now + LOOK_S
            self._look()
        return link in self._ids

    def ids(self) -> frozenset[int]:
        """All of them, as of now. Raises ``sqlite3.Error``."""
        self._look()
        return self._ids

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> None:
        # It changes when another connection has committed (sqlite.org/pragma.html#pragma_data_version). Asked before
        # the rows are read: what is committed in between is seen at the next look.
        ((version,),) = self._connection.execute("PRAGMA data_version")
        if version != self._version:
            self._ids = frozenset(link for (link,) in self._connection.execute(_SQL["untracked"]))
            self._version = version
