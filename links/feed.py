"""The feed: codes changed after a rev, read in order of rev. What a redirect worker follows.

Runs on the standard library's sqlite3 in the worker: reads go through a thread, the look at ``data_version`` (2 µs)
does not. Knows nothing of sockets or of the table that the rows go into.
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from links import statements
from links.errors import SchemaError

PAGE = 5_000
"""Rows of one read, each its own transaction: a long reader keeps the WAL from being cut and makes it grow."""

_FEED_PAGE = statements.load("links", "links")["feed_page"]


class Row(NamedTuple):
    """One code as it is now. Text is UTF-8 bytes; times are epoch ms; ``None`` means the server's setting.

    ``state`` is ``live``, ``grace`` (answers until ``until``), ``gone`` or ``kept`` (both answer 404).
    ``location`` is ``None`` once the link has been deleted.
    """

    rev: int
    domain: bytes
    slug: bytes
    state: bytes
    until: int | None
    link: int
    location: bytes | None
    status: int | None
    enabled: int | None
    expires_at: int | None
    cache_seconds: int | None
    forward_query: int | None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = bytes
    connection.execute("PRAGMA query_only = ON")
    return connection


class FeedReader:
    """Reads the feed of the database at ``path``.

    Raises :class:`SchemaError` where there is no such database. :meth:`read` may run in another thread, one call at
    a time; :meth:`version` has a connection of its own and stays with the event loop.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._pages = _connect(path)
            self._version = _connect(path)
        except sqlite3.Error as error:
            raise SchemaError(f"{path}: {error}") from error

    def read(self, after: int, limit: int = PAGE) -> list[tuple[object, ...]]:
        """Up to ``limit`` rows (fields as in :class:`Row`) with a rev above ``after``, in order of rev."""
        return self._pages.execute(_FEED_PAGE, {"after": after, "limit": limit}).fetchall()

    def version(self) -> int:
        """A number that changes whenever another connection commits (SQLite's ``PRAGMA data_version``)."""
        return int(self._version.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._pages.close()
        self._version.close()
