"""bench/disturb.py: what it does to the database is what a worker follows."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.disturb import CHANGE
from links import database
from links.feed import FeedReader
from tests.flows import million


def test_a_change_of_many_links_is_in_the_feed(tmp_path: Path) -> None:
    million.fill(tmp_path / "data", 5)
    path = tmp_path / "data" / database.FILE_NAME
    with closing(FeedReader(path)) as feed, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for _ in range(2):
            before = feed.rev()
            connection.execute("BEGIN IMMEDIATE")
            for statement in CHANGE:
                connection.execute(statement, {"rev": before, "count": 3})
            connection.execute("COMMIT")
            rows = feed.read(before)
            assert [(rev, link, location) for rev, _, _, link, location, _, _ in rows] == [
                (before + link, link, b"https://example.org/changed/%d" % link) for link in (1, 2, 3)
            ]
            assert feed.rev() == before + 3
