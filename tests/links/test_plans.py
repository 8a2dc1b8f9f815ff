"""How SQLite carries out the statements of the store: by index, wherever the number of links would show otherwise."""

import re
import sqlite3
from pathlib import Path

import pytest

from links import bio_changing, database
from links.allocation import SQL as LINKS

# Counts look at every row, and what is done once at a start; a page of a listing stops when it is full.
SCANS_LINKS = {"count_links", "bio look", "bio all_are_due"}
# What has a type is found among what has one.
INDEX = {"list_typed": "links_typed"}
SQL = LINKS | {f"bio {name}": sql for name, sql in bio_changing.SQL.items()}
STATEMENTS = sorted(name for name, sql in SQL.items() if not re.search(r"\bVALUES\b", sql))


@pytest.mark.parametrize("name", STATEMENTS)
def test_only_listings_look_at_every_row(name: str, tmp_path: Path) -> None:
    database.migrate(tmp_path / "links.db", tmp_path / "backups")
    connection = sqlite3.connect(tmp_path / "links.db")
    sql = SQL[name]
    named = dict.fromkeys(re.findall(r":(\w+)", sql), 1)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", named or (1,) * sql.count("?")).fetchall()
    connection.close()
    assert INDEX.get(name, "") in str(plan)
    scans = [row[3] for row in plan if row[3].startswith("SCAN ") and not row[3].startswith("SCAN p VIRTUAL TABLE")]
    assert bool(scans) == (name in SCANS_LINKS), plan
    # All slugs of the default domain are one value of the index's first column.
    assert not [row[3] for row in plan if row[3].endswith("codes_taken (domain=?)")], plan
