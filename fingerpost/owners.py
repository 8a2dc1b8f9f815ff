"""Whose a link or a bio page is, for the collector: read from links.db, which it never writes."""

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from links import statements
from links.errors import SchemaError

MOST_KNOWN = 200_000
"""Owners that are remembered, 20 MB. A link stays in its workspace."""

BUSY_S = 10.0

_SQL = statements.load("fingerpost", "owners")


class Owners:
    """Raises :class:`SchemaError` where there is no such database. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise SchemaError(f"{path}: {error}") from error
        self._known: dict[int, int] = {}

    def of(self, ids: Collection[int]) -> Mapping[int, int]:
        """The workspaces of links and bio pages by id; none for those that are no more."""
        known = self._known
        missing = [one for one in ids if one not in known]
        if missing:
            if len(known) + len(missing) > MOST_KNOWN:
                known.clear()
                missing = list(ids)
            asked = (msgspec.json.encode(missing).decode(),)
            for statement in ("of_links", "of_pages"):
                known.update(self._connection.execute(_SQL[statement], asked))
        return {one: known[one] for one in ids if one in known}

    def close(self) -> None:
        self._connection.close()
