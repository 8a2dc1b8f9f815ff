"""A data directory with a journal, the command that counts it, and what it has counted.

As a program: ``DIRECTORY VISITS`` writes so many visits into a journal, as a worker does, of links 1 to ``LINKS`` in
turn, and says how many were lost.
"""

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from clicks.database import FILE_NAME
from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.record import REDIRECT, Section
from clicks.segment import DIRECTORY
from links import database
from tests.flows.product import FINGERPOST
from tests.links.storing import make_database

HOUSE = Path(__file__).parents[2]
LINKS = 40
CAP_BYTES = 1 << 30
PORTION = 50
PAUSE_S = 0.015
SECTION = (
    b"\r\nHost: s.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\r\n"
)
PEER = bytes(10) + b"\xff\xff\xc6\x33\x64"


def prepared(directory: Path) -> Path:
    """A data directory with a database of links, and a configuration beside it; the configuration's path."""
    data = directory / "data"
    data.mkdir(mode=0o700)
    make_database(data / database.FILE_NAME)
    config = directory / "config.toml"
    config.write_text('data_dir = "data"\n')
    return config


def collector(config: Path) -> "subprocess.Popen[str]":
    """``fingerpost collector``, just started. Whoever starts it ends it."""
    command = [*FINGERPOST, "--config", str(config), "collector"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def writing(data: Path, visits: int) -> Iterator["subprocess.Popen[str]"]:
    """A process that writes visits; it is killed at the end where it has not ended by itself."""
    command = [sys.executable, "-m", "tests.flows.collected", str(data / DIRECTORY), str(visits)]
    process = subprocess.Popen(command, cwd=HOUSE, text=True, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def rows(data: Path, query: str) -> list[tuple[int, ...]]:
    """Of clicks.db; none where it is not there yet."""
    if not (data / FILE_NAME).exists():
        return []
    with closing(sqlite3.connect(data / FILE_NAME, timeout=30)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            assert "no such table" in str(error), error
            return []


def totals(data: Path) -> Counter[int]:
    """Visits by link."""
    return Counter(dict(rows(data, "SELECT subject, SUM(n) FROM totals WHERE subject > 0 GROUP BY subject")))


def write(directory: Path, visits: int) -> int:
    journal = Journal(time.time_ns)
    keeper = Keeper(journal, directory, time.time_ns(), CAP_BYTES)
    keeper.start()
    section = Section(SECTION)
    for n in range(visits):
        journal.visit(REDIRECT, (n % LINKS + 1).to_bytes(8, "little"), PEER + bytes([n % 251]), section, b"GET /x")
        if n % PORTION == 0:
            time.sleep(PAUSE_S)
    keeper.stop()
    return journal.lost


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2])), flush=True)
