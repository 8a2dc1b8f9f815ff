"""A database of the third schema gets bio pages: nothing that is in it changes."""

import sqlite3
from pathlib import Path

from links import database

_LINK = """
INSERT INTO links (id, uuid, workspace, domain, slug, destination, destination_hash, location, status, cache_seconds,
                   forward_query, enabled, labels, title, rules, program, password, utm, extras, expires_at, edits, rev,
                   created_at, updated_at)
VALUES (1, 'u1', 1, '', 'a', 'https://example.com/', 1, NULL, NULL, NULL, NULL, 1, '[]', 'T', '[]', NULL, NULL, '{}',
        '{}', NULL, 0, 1, 5, 6)
"""
_PAGE = """
INSERT INTO bio_pages (id, public_id, workspace, domain, slug, is_published, published_at, at_root, due_at, removed,
                       rev, created_at, updated_at, etag, policy, title, description, page_data, document)
VALUES (?, ?, 1, '', 'p', ?, NULL, ?, NULL, 0, ?, 5, 5, '', '', '', '', '{}', NULL)
"""


def test_what_was_there_stays_and_its_changes_reach_pages(tmp_path: Path) -> None:
    path, backups = tmp_path / "links.db", tmp_path / "backups"
    steps = database.migrations()
    assert database.migrate(path, backups, steps[:3]) == 3
    connection = sqlite3.connect(path)
    connection.execute(_LINK)
    connection.execute("INSERT INTO codes (domain, slug, link, state, until, rev) VALUES ('', 'a', 1, 'live', NULL, 1)")
    connection.execute("UPDATE workspaces SET used_bio_pages = 0, most_bio_pages = 2")
    connection.commit()
    before = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("links", "codes", "workspaces")]
    connection.close()

    assert database.migrate(path, backups, steps[:4]) == 1
    assert "links-before-0004.db" in [copy.name for copy in backups.iterdir()]
    connection = sqlite3.connect(path)
    assert before == [
        connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("links", "codes", "workspaces")
    ]
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    for number, (published, at_root) in enumerate([(1, 1), (0, 0), (1, 0)], 2):
        connection.execute(_PAGE, (number, f"bio_{number}", published, at_root, number))
        linked = 1 if number < 4 else None
        connection.execute(
            "INSERT INTO bio_buttons VALUES (?, 0, ?, '', '', '', 1, NULL, NULL, '{}')", (number, linked)
        )
    connection.execute("UPDATE links SET edits = 1 WHERE id = 1")
    due = "SELECT id, due_at FROM bio_pages WHERE due_at IS NOT NULL"
    assert connection.execute(due).fetchall() == []  # that shows on no page
    connection.execute("UPDATE links SET enabled = 0 WHERE id = 1")
    assert connection.execute(due).fetchall() == [(2, 0)]
    connection.execute("UPDATE bio_pages SET due_at = NULL")
    connection.execute("DELETE FROM links WHERE id = 1")
    assert connection.execute(due).fetchall() == [(2, 0)]
    connection.close()
