"""How SQLite carries out the statements of the store: by index, wherever the number of links would show otherwise."""

import re
import sqlite3
from pathlib import Path

import pytest

from links import database
from links.allocation import SQL

# Counts look at every row; a page of a listing stops when it is full.
SCANS_LINKS = {"count_links"}
STATEMENTS = sorted(name for name, sql in SQL.items() if not re.search(r"\bVALUES\b", sql))


@pytest.mark.parametrize("name", STATEMENTS)
def test_only_listings_look_at_every_row(name: str, tmp_path: Path) -> None:
    database.migrate(tmp_path / "links.db", tmp_path / "backups")
    connection = sqlite3.connect(tmp_path / "links.db")
    sql = SQL[name]
    named = dict.fromkeys(re.findall(r":(\w+)", sql), 1)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", named or (1,) * sql.count("?")).fetchall()
    connection.close()
    scans = [row[3] for row in plan if row[3].startswith("SCAN ") and not row[3].startswith("SCAN p VIRTUAL TABLE")]
    assert bool(scans) == (name in SCANS_LINKS), plan
    # All slugs of the default domain are one value of the index's first column.
    assert not [row[3] for row in plan if row[3].endswith("codes_taken (domain=?)")], plan
