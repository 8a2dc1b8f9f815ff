import sqlite3
import threading
from pathlib import Path

import pytest

from links import database
from links.database import check_schema, connect, migrate, migrations, network_file_system
from links.errors import SchemaError

PATIENCE = 10.0
Step = tuple[int, str, str]

STEPS: list[Step] = [
    (1, "first", "CREATE TABLE t (n INTEGER);\nINSERT INTO t VALUES (1);"),
    *((n, f"more_{n}", f"INSERT INTO t VALUES ({n});") for n in range(2, 7)),
]


def numbers(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]
    finally:
        connection.close()


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return database.schema_version(connection)
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "links.db"


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


# Migrating


def test_a_new_database_gets_every_migration(path: Path, backups: Path) -> None:
    assert migrate(path, backups) == len(migrations()) > 0
    check_schema(path)
    assert migrate(path, backups) == 0


def test_a_new_database_has_nothing_to_be_copied(path: Path, backups: Path) -> None:
    assert migrate(path, backups, STEPS) == 6
    assert numbers(path) == [1, 2, 3, 4, 5, 6]
    assert not backups.exists()


def test_an_upgrade_runs_what_is_missing(path: Path, backups: Path) -> None:
    migrate(path, backups, STEPS[:2])
    assert migrate(path, backups, STEPS[:3]) == 1
    assert numbers(path) == [1, 2, 3]
    assert version(path) == 3


def test_before_each_migration_a_copy_is_made_and_three_are_kept(path: Path, backups: Path) -> None:
    migrate(path, backups, STEPS[:1])
    migrate(path, backups, STEPS[:2])
    assert [copy.name for copy in backups.iterdir()] == ["links-before-0002.db"]
    migrate(path, backups, STEPS)
    copies = sorted(backups.iterdir())
    assert [copy.name for copy in copies] == [f"links-before-000{n}.db" for n in (4, 5, 6)]
    assert [numbers(copy) for copy in copies] == [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
    assert [version(copy) for copy in copies] == [3, 4, 5]
    assert backups.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE u (n INTEGER); INSERT INTO nowhere VALUES (1);",
        "CREATE TABLE u (n INTEGER); INSERT INTO t VALUES (9); oops;",
        "INSERT INTO t VALUES (9); CREATE TABLE t (n INTEGER);",
    ],
)
def test_a_migration_that_fails_leaves_everything_as_it_was(path: Path, backups: Path, sql: str) -> None:
    migrate(path, backups, STEPS[:1])
    with pytest.raises(SchemaError, match=r"links\.db: migration 0002_broken failed: "):
        migrate(path, backups, [STEPS[0], (2, "broken", sql)])
    assert (numbers(path), version(path)) == ([1], 1)
    assert numbers(backups / "links-before-0002.db") == [1]
    assert migrate(path, backups, STEPS[:2]) == 1
    assert numbers(path) == [1, 2]


def test_what_ran_before_the_failing_migration_stays(path: Path, backups: Path) -> None:
    with pytest.raises(SchemaError, match="0003_broken"):
        migrate(path, backups, [*STEPS[:2], (3, "broken", "oops;")])
    assert (numbers(path), version(path)) == ([1, 2], 2)


def test_without_a_copy_there_is_no_migration(path: Path, backups: Path) -> None:
    migrate(path, backups, STEPS[:1])
    (backups / "links-before-0002.db" / "in the way").mkdir(parents=True)
    with pytest.raises((SchemaError, OSError)):
        migrate(path, backups, STEPS[:2])
    assert (numbers(path), version(path)) == ([1], 1)


def test_a_copy_that_cannot_be_written_is_told_like_a_migration(
    path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path, backups, STEPS[:1])

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(database, "_back_up", full)
    with pytest.raises(SchemaError, match="migration 0002_more_2 failed: database or disk is full"):
        migrate(path, backups, STEPS[:2])
    assert version(path) == 1


def test_migrations_are_numbered_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "migrations"
    directory.mkdir()
    (directory / "0001_a.sql").write_text("A")
    (directory / "0002_b.sql").write_text("B")
    (directory / "notes.txt").write_text("no migration")
    monkeypatch.setattr(database, "files", lambda _: tmp_path)
    assert migrations() == [(1, "a", "A"), (2, "b", "B")]
    (directory / "0004_d.sql").write_text("D")
    with pytest.raises(SchemaError, match="without a gap"):
        migrations()


# What cannot be used


def test_a_newer_database_is_refused(path: Path, backups: Path) -> None:
    newest = len(migrations()) + 1
    steps = [*STEPS, *((number, "more", "SELECT 1;") for number in range(len(STEPS) + 1, newest + 1))]
    migrate(path, backups, steps)
    with pytest.raises(SchemaError, match=rf"made by a newer program \(schema {newest}, this program knows 2\)"):
        migrate(path, backups, STEPS[:2])
    with pytest.raises(SchemaError, match="newer program"):
        check_schema(path)
    assert numbers(path) == [1, 2, 3, 4, 5, 6]


def test_an_older_database_is_refused_where_it_must_not_be_changed(
    path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path, backups, STEPS[:1])
    monkeypatch.setattr(database, "migrations", lambda: STEPS[:2])
    with pytest.raises(SchemaError, match="schema 1, this program needs 2; start `fingerpost serve` once"):
        check_schema(path)
    assert version(path) == 1


def test_a_missing_database_is_not_made_by_a_check(path: Path) -> None:
    with pytest.raises(SchemaError, match="no database there; `fingerpost serve` makes one"):
        check_schema(path)
    assert not path.exists()


def test_what_is_no_database_stays_what_it_is(path: Path, backups: Path) -> None:
    text = b"dear diary, " * 500
    path.write_bytes(text)
    for use in (lambda: migrate(path, backups), lambda: check_schema(path)):
        with pytest.raises(SchemaError, match=r"links\.db: file is not a database"):
            use()
    assert path.read_bytes() == text


def test_a_path_that_cannot_be_opened_is_told(tmp_path: Path, backups: Path) -> None:
    with pytest.raises(SchemaError, match="unable to open"):
        migrate(tmp_path / "nowhere" / "links.db", backups)


# Connecting


async def test_every_connection_has_the_pragmas(path: Path, backups: Path) -> None:
    migrate(path, backups)
    connection = await connect(path)
    try:
        values = {}
        for name in ("journal_mode", "synchronous", "journal_size_limit", "cache_size", "temp_store", "busy_timeout"):
            values[name] = next(iter(await connection.execute_fetchall(f"PRAGMA {name}")))[0]
        assert values == {
            "journal_mode": "wal",
            "synchronous": 2,
            "journal_size_limit": 64 << 20,
            "cache_size": -65_536,
            "temp_store": 2,
            "busy_timeout": 10_000,
        }
        assert not connection.in_transaction
    finally:
        await connection.close()


async def test_a_connection_that_fails_leaves_no_thread(path: Path) -> None:
    path.write_bytes(b"dear diary, " * 500)
    before = set(threading.enumerate())
    with pytest.raises(sqlite3.DatabaseError):
        await connect(path)
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


# Where the data directory is


def mounts(*lines: tuple[str, str]) -> str:
    """The text of /proc/self/mountinfo for (mount point, type)."""
    return "".join(
        f"{n} 1 0:{n} / {point} rw,relatime shared:{n} - {kind} source rw\n" for n, (point, kind) in enumerate(lines)
    )


ROOT = ("/", "ext4")


@pytest.mark.parametrize(
    ("directory", "lines", "kind"),
    [
        ("/srv/data", [ROOT], None),
        ("/srv/data", [ROOT, ("/srv", "nfs4")], "nfs4"),
        ("/srv/data", [ROOT, ("/srv", "nfs")], "nfs"),
        ("/srv/data", [ROOT, ("/srv/data", "cifs")], "cifs"),
        ("/srv/data", [("/", "9p")], "9p"),
        ("/srv/data", [ROOT, ("/srv", "fuse.sshfs")], "fuse.sshfs"),
        ("/srv/data", [ROOT, ("/srv", "fuse.portal")], None),
        ("/srv/data", [ROOT, ("/srv", "nfsd")], None),
        # The nearest mount point decides, wherever it stands in the list.
        ("/srv/data", [ROOT, ("/srv", "nfs4"), ("/srv/data", "xfs")], None),
        ("/srv/data", [("/srv/data", "xfs"), ("/srv", "nfs4"), ROOT], None),
        # A later mount on the same point covers the earlier one.
        ("/srv/data", [ROOT, ("/srv", "xfs"), ("/srv", "nfs4")], "nfs4"),
        ("/srv/data", [ROOT, ("/srv", "nfs4"), ("/srv", "xfs")], None),
        # A path that only begins with the same letters is not inside.
        ("/srv/database", [ROOT, ("/srv/data", "nfs4")], None),
        ("/srv/my data/fp", [ROOT, (r"/srv/my\040data", "nfs4")], "nfs4"),
        ("/srv/tab\there", [ROOT, (r"/srv/tab\011here", "nfs4")], "nfs4"),
        ("/srv/line\nfeed", [ROOT, (r"/srv/line\012feed", "nfs4")], "nfs4"),
        (r"/srv/back\slash", [ROOT, (r"/srv/back\134slash", "nfs4")], "nfs4"),
        (r"/srv/no\x41escape", [ROOT, (r"/srv/no\134x41escape", "nfs4")], "nfs4"),
        ("/srv/Döner", [ROOT, ("/srv/Döner", "nfs4")], "nfs4"),
        ("/srv/\udcff", [ROOT, ("/srv/\udcff", "nfs4")], "nfs4"),
        ("/srv/one\u2028name", [ROOT, ("/srv/one\u2028name", "nfs4")], "nfs4"),
    ],
)
def test_network_file_systems(directory: str, lines: list[tuple[str, str]], kind: str | None) -> None:
    assert network_file_system(Path(directory), mounts(*lines)) == kind


def test_lines_with_more_or_fewer_optional_fields_are_read() -> None:
    text = (
        "22 1 259:2 / / rw,relatime - ext4 /dev/root rw\n"
        "90 22 0:40 /export /srv rw,nosuid shared:1 master:2 propagate_from:3 - nfs4 server:/export rw,vers=4.2\n"
        "\n"
        "broken\n"
    )
    assert network_file_system(Path("/srv/data"), text) == "nfs4"
    assert network_file_system(Path("/home"), text) is None
    assert network_file_system(Path("/home"), "") is None
