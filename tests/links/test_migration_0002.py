"""A database of the first schema becomes one of the second, with everything that is in it."""

import sqlite3
from pathlib import Path

from links import database

_LINK = """
INSERT INTO links (id, uuid, domain, slug, destination, destination_hash, location, status, cache_seconds,
                   forward_query, enabled, labels, title, rules, utm, extras, expires_at, edits, rev,
                   created_at, updated_at)
VALUES (?, ?, '', ?, 'https://example.com/', 1, NULL, ?, NULL, NULL, 1, '["a"]', 'T', '[]',
        '{"source": "x"}', '{}', NULL, ?, ?, 5, 6)
"""


def test_links_stay_as_they_are_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "links.db"
    steps = database.migrations()
    assert database.migrate(path, tmp_path / "backups", steps[:1]) == 1
    with sqlite3.connect(path) as connection:
        connection.execute(_LINK, (1, "u1", "plain", None, 0, 1))
        connection.execute(_LINK, (7, "u7", "set", 308, 3, 2))
        connection.execute(
            "INSERT INTO codes (domain, slug, link, state, until, rev) VALUES ('', 'set', 7, 'live', NULL, 2)"
        )
        connection.execute(
            "INSERT INTO api_keys (id, hash, name, scopes, created_at) VALUES ('fp_pk_00000000', x'00', 'k', '*', 1)"
        )
    connection.close()

    assert database.migrate(path, tmp_path / "backups", steps[:2]) == 1
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT id, uuid, workspace, slug, labels, utm, edits, settings FROM links ORDER BY id")
    assert rows.fetchall() == [
        (1, "u1", 1, "plain", '["a"]', '{"source": "x"}', 0, None),
        (7, "u7", 1, "set", '["a"]', '{"source": "x"}', 3, "[1,308,null,null,null,null,null]"),
    ]
    assert connection.execute("SELECT name, used_links, used_edits, most_links FROM workspaces").fetchall() == [
        ("default", 2, 3, None)
    ]
    assert connection.execute("SELECT workspace FROM api_keys").fetchall() == [(1,)]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert [copy.name for copy in (tmp_path / "backups").iterdir()] == ["links-before-0002.db"]
