"""A database with many links, made by SQL in seconds."""

import sqlite3
from pathlib import Path

from links import database

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) "
_TIME = 1_700_000_000_000

_STATEMENTS = (
    """
    INSERT INTO links (id, uuid, workspace, domain, slug, destination, destination_hash, location, status,
                       cache_seconds, forward_query, enabled, labels, title, rules, utm, extras, expires_at, edits, rev,
                       created_at, updated_at)
    {numbers} SELECT n, printf('00000000-0000-4000-8000-%012x', n), 1, '', printf('m%07d', n),
                     'https://example.com/m/' || n, n, NULL, NULL, NULL, NULL, 1, '[]', '', '[]', '{{}}', '{{}}', NULL,
                     0, n, :time, :time FROM numbers
    """,
    """
    INSERT INTO codes (domain, slug, link, state, until, rev)
    {numbers} SELECT '', printf('m%07d', n), n, 'live', NULL, n FROM numbers
    """,
    """
    INSERT INTO link_changes (rev, link, at, who, action, before)
    {numbers} SELECT n, n, :time, 'test', 'create', NULL FROM numbers
    """,
    "UPDATE workspaces SET used_links = :count",
    "UPDATE counters SET rev = :count, link = :count",
)


def location(n: int) -> tuple[str, str]:
    """Slug and destination of link ``n``, from 1."""
    return f"m{n:07d}", f"https://example.com/m/{n}"


def fill(data_dir: Path, count: int) -> None:
    """Make the database of ``data_dir`` with ``count`` links in it, as if each had been created by itself."""
    data_dir.mkdir(mode=0o700)
    path = data_dir / database.FILE_NAME
    database.migrate(path, data_dir / "backups")
    connection = sqlite3.connect(path, isolation_level=None)
    # Nobody else is there and a failure ends the test: no journal, and no waiting for the disk.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("BEGIN")
    for statement in _STATEMENTS:
        connection.execute(statement.format(numbers=_NUMBERS), {"count": count, "time": _TIME})
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
