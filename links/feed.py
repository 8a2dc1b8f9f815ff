"""The feed: codes changed after a rev, read in order of rev. What a redirect worker follows.

Runs on the standard library's sqlite3 in the worker. Everything is read in a thread once, at the start; what changes
later is read by the event loop itself, in pages that take no longer than a few requests. Knows nothing of sockets or of
the table that the rows go into.
"""

import sqlite3
from pathlib import Path

from links import statements
from links.errors import SchemaError
from links.model import RawFeedRow

PAGE = 5_000
"""Rows of one read, each its own transaction: a long reader keeps the WAL from being cut and makes it grow."""

FOLLOW_PAGE = 32
"""Rows of one read while requests are answered: 50 to 80 µs, and as much to apply them. 10,000 of them take as long as
in larger pages, and 6 to 12 µs each of which is for the read itself."""

_SQL = statements.load("links", "links")
_DATA_VERSION = "PRAGMA data_version"


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise SchemaError(f"{path}: {error}") from error
    connection.text_factory = bytes
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute(_DATA_VERSION)  # what is no database shows only when it is read
    except sqlite3.Error as error:
        connection.close()
        raise SchemaError(f"{path}: {error}") from error
    return connection


class FeedReader:
    """Reads the feed of the database at ``path``.

    Raises :class:`SchemaError` where there is no such database. One call at a time, whichever thread it is from.
    """

    def __init__(self, path: Path) -> None:
        self._pages = _connect(path)
        self._version = _connect(path)

    def read(self, after: int, limit: int = PAGE) -> list[RawFeedRow]:
        """Up to ``limit`` rows with a rev above ``after``, in order of rev; see ``links.model.FeedRow``."""
        return self._pages.execute(_SQL["feed_page"], {"after": after, "limit": limit}).fetchall()

    def scan(self, after: int, limit: int = PAGE) -> list[RawFeedRow]:
        """Up to ``limit`` rows of all there are, for loading. Their first field is no rev but a position: they come in
        order of it, from above ``after``. What has changed since :meth:`rev` is to be read after them."""
        return self._pages.execute(_SQL["feed_scan"], {"after": after, "limit": limit}).fetchall()

    def domains(self, after: int, limit: int = PAGE) -> list[RawFeedRow]:
        """Up to ``limit`` rows of the domains that there are, in order of rev; see ``links.model.FeedRow``."""
        return self._pages.execute(_SQL["feed_domains"], {"after": after, "limit": limit}).fetchall()

    def bio_pages(self, after: int, limit: int = PAGE) -> list[RawFeedRow]:
        """Up to ``limit`` rows of the bio pages that are published, in order of rev; see ``links.model.FeedRow``."""
        return self._pages.execute(_SQL["feed_bio_pages"], {"after": after, "limit": limit}).fetchall()

    def rev(self) -> int:
        """The number of the last change."""
        return int(self._pages.execute(_SQL["current_rev"]).fetchone()[0])

    def version(self) -> int:
        """A number that changes whenever another connection commits (SQLite's ``PRAGMA data_version``)."""
        return int(self._version.execute(_DATA_VERSION).fetchone()[0])

    def close(self) -> None:
        self._pages.close()
        self._version.close()
