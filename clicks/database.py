"""Opening clicks.db: pragmas, migrations, statements, and the checks that stop a start.

A file of its own, so that statistics never wait for links or links for statistics.
"""

import re
import sqlite3
from importlib.resources import files
from pathlib import Path

from clicks import hyperloglog
from clicks.errors import StatisticsError, StatisticsUnavailable

FILE_NAME = "clicks.db"

BUSY_MS = 10_000
"""How long a statement waits for another process's lock. The collector holds it for some 2 s at most."""

PRAGMAS = (
    # Charts are read while the collector commits.
    "PRAGMA journal_mode = WAL",
    # FULL: a commit is on the disk when it returns. Segments of the journal are deleted after that; with NORMAL a power
    # cut could take the commit and leave nothing to count again. One sync a second.
    "PRAGMA synchronous = FULL",
    # The WAL is cut back to this after a checkpoint.
    "PRAGMA journal_size_limit = 67108864",
    # What is deleted (an erased link) is gone from the file, too.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)

WRITER_PRAGMAS = (
    # 64 MB of pages: today's part of the tables stays in memory.
    "PRAGMA cache_size = -65536",
    # Pages that many commits change are written to the database once in 32 MB of WAL instead of once in 4.
    "PRAGMA wal_autocheckpoint = 8000",
)

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\s*$", re.MULTILINE | re.DOTALL)


def load(name: str) -> dict[str, str]:
    """The statements of ``clicks/sql/<name>.sql`` by name, each begun by ``-- name: x`` and ended by ``;``."""
    text = files("clicks").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return {key: body.strip() for key, body in _NAMED.findall(text)}


def migrations() -> list[tuple[int, str, str]]:
    """The numbered migrations as (version, name, SQL), in order, from 1."""
    found = []
    for entry in files("clicks").joinpath("migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name)
        if match:
            found.append((int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    return sorted(found)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, for one thread at a time. Raises :class:`StatisticsError`."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
            uri=True,
            timeout=BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        for pragma in PRAGMAS[-1:] if read_only else (*PRAGMAS, *WRITER_PRAGMAS):
            connection.execute(pragma)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    connection.create_function("hll_merged", 2, hyperloglog.merged, deterministic=True)
    connection.create_function("hll_count", 1, hyperloglog.count, deterministic=True)
    return connection


def open_writable(path: Path) -> sqlite3.Connection:
    """The database, made or brought up to date. Raises :class:`StatisticsError`."""
    steps = migrations()
    connection = connect(path)
    try:
        version = _version(path, connection, len(steps))
        for number, name, sql in steps[version:]:
            try:
                # Asked again under the lock: two programs may be about to migrate.
                connection.execute("BEGIN IMMEDIATE")
                if _version(path, connection, len(steps)) >= number:
                    connection.execute("ROLLBACK")
                    continue
                for statement in _statements(sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise _unusable(path, error, f"migration {number:04d}_{name} failed: ") from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_read_only(path: Path) -> sqlite3.Connection | None:
    """The database to be read; ``None`` where there is none yet. Raises :class:`StatisticsError`."""
    if not path.exists():
        return None
    connection = connect(path, read_only=True)
    try:
        newest = len(migrations())
        if _version(path, connection, newest) < newest:  # being made, or of before an upgrade
            connection.close()
            return None
    except BaseException:
        connection.close()
        raise
    return connection


def check(path: Path) -> None:
    """Raise :class:`StatisticsError` for a database that this program cannot use; there may be none yet."""
    if path.exists():
        connection = connect(path)
        try:
            _version(path, connection, len(migrations()))
        finally:
            connection.close()


def _unusable(path: Path, error: sqlite3.Error, what: str = "") -> StatisticsError:
    """SQLite's operational errors are those that may pass."""
    kind = StatisticsUnavailable if isinstance(error, sqlite3.OperationalError) else StatisticsError
    return kind(f"{path}: {what}{error}")


def _version(path: Path, connection: sqlite3.Connection, newest: int) -> int:
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    if version > newest:
        raise StatisticsError(f"{path}: made by a newer program (schema {version}, this program knows {newest})")
    return version


def _statements(sql: str) -> list[str]:
    """The statements of a migration: none has a semicolon inside it but at a line's end."""
    plain = re.sub(r"--[^\n]*", "", sql)
    return [statement for part in plain.split(";") if (statement := part.strip())]
