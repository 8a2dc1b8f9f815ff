"""Opening links.db: pragmas, migrations, and the checks that stop a start.

Two kinds of user: the admin and the command line open it through aiosqlite (:func:`connect`), the feed through
the standard library (``links.feed``). Both use the pragmas that stand here.
"""

import re
import sqlite3
from importlib.resources import files
from pathlib import Path

import aiosqlite

from links.errors import SchemaError

FILE_NAME = "links.db"

BUSY_MS = 10_000
"""How long a statement waits for another process's lock, in milliseconds. Locks are held for some 20 ms."""

KEPT_BACKUPS = 3

PRAGMAS = (
    # Readers go on while a writer commits.
    "PRAGMA journal_mode = WAL",
    # FULL: a commit is on the disk when it returns; NORMAL could lose acknowledged links at a power cut.
    "PRAGMA synchronous = FULL",
    # The WAL is cut back to this after a checkpoint, so that one burst does not keep its size for ever.
    "PRAGMA journal_size_limit = 67108864",
    # 64 MB of page cache (KiB when negative): random slugs touch the whole index of codes.
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)

BULK_PRAGMAS = (
    # For a process that writes much and waits for nobody: pages that many transactions change are written to the
    # database once in 32 MB of WAL instead of once in 4, and 256 MB of the indexes on random values stay in memory.
    "PRAGMA wal_autocheckpoint = 8000",
    "PRAGMA cache_size = -262144",
)

_NETWORK_FILE_SYSTEMS = re.compile(
    r"^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|beegfs|ocfs2|gfs2|gpfs|"
    r"fuse\.(sshfs|glusterfs|s3fs|rclone|ceph|davfs2?))$"
)


def migrations() -> list[tuple[int, str, str]]:
    """The numbered migrations as (version, name, SQL), in order, from 1 without a gap."""
    found = []
    for entry in files("links").joinpath("migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name)
        if match:
            found.append((int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    found.sort()
    if [version for version, _, _ in found] != list(range(1, len(found) + 1)):
        raise SchemaError("migrations are not numbered from 1 without a gap")
    return found


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    except sqlite3.OperationalError as error:  # not ours to read, or no file
        raise SchemaError(f"{path}: {error}") from error
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise SchemaError(f"{path}: {error}") from error
    return connection


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that was applied; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check_not_newer(path: Path, version: int, newest: int) -> None:
    if version > newest:
        raise SchemaError(f"{path}: made by a newer program (schema {version}, this program knows {newest})")


def check_schema(path: Path) -> None:
    """Raise :class:`SchemaError` unless ``path`` is a database with exactly this program's schema."""
    if not path.exists():
        raise SchemaError(f"{path}: no database there; `fingerpost serve` makes one")
    newest = len(migrations())
    connection = _open(path)
    try:
        version = schema_version(connection)
    finally:
        connection.close()
    _check_not_newer(path, version, newest)
    if version < newest:
        raise SchemaError(f"{path}: schema {version}, this program needs {newest}; start `fingerpost serve` once")


def _back_up(connection: sqlite3.Connection, directory: Path, version: int) -> None:
    """A copy of the database before migration ``version + 1``; the last three copies are kept."""
    directory.mkdir(mode=0o700, exist_ok=True)
    copy = directory / f"links-before-{version + 1:04d}.db"
    copy.unlink(missing_ok=True)
    # VACUUM INTO takes a read transaction and writes a complete, compact file.
    connection.execute("VACUUM INTO ?", (str(copy),))
    for old in sorted(directory.glob("links-before-*.db"))[:-KEPT_BACKUPS]:
        old.unlink()


def migrate(path: Path, backups: Path, steps: list[tuple[int, str, str]] | None = None) -> int:
    """Create or upgrade the database; returns how many migrations ran.

    Each migration is one transaction; before each one of an existing database a copy goes to ``backups``.
    The caller holds the admin's lock: two programs never migrate at once.
    Raises :class:`SchemaError` for a database that is newer than the program, or none at all.
    """
    steps = migrations() if steps is None else steps
    connection = _open(path)
    try:
        version = schema_version(connection)
        _check_not_newer(path, version, len(steps))
        for number, name, sql in steps[version:]:
            try:
                if version:
                    _back_up(connection, backups, number - 1)
                connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
            except sqlite3.Error as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise SchemaError(f"{path}: migration {number:04d}_{name} failed: {error}") from error
        return len(steps) - version
    finally:
        connection.close()


async def connect(path: Path, *, bulk: bool = False) -> aiosqlite.Connection:
    """An aiosqlite connection in autocommit mode with this room's pragmas, and those for much writing if ``bulk``.

    Its thread is not a daemon: whoever opens one closes it, or the process never ends.
    """
    connection = await aiosqlite.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        for pragma in (*PRAGMAS, *BULK_PRAGMAS) if bulk else PRAGMAS:
            await connection.execute(pragma)
    except BaseException:
        await connection.close()
        raise
    return connection


def network_file_system(directory: Path, mountinfo: str) -> str | None:
    """The type of the network file system that ``directory`` (absolute, resolved) is on, or ``None``.

    ``mountinfo`` is the text of /proc/self/mountinfo (proc(5)). SQLite's WAL needs shared memory and locks that
    such file systems do not give.
    """
    best, kind = "", ""
    for line in mountinfo.split("\n"):
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) <= 4 or not right:
            continue
        # Space, tab, line feed and backslash are written as three octal digits.
        mount = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        inside = str(directory) == mount or str(directory).startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, right.split(" ")[0]
    return kind if _NETWORK_FILE_SYSTEMS.match(kind) else None
