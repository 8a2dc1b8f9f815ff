"""A process that writes a journal, and its other end.

As a program: ``hold DIRECTORY VISITS [MEMORY]`` makes two segments, writes so many visits, says the names and stays
until it is killed; ``fast DIRECTORY VISITS [MEMORY]`` writes as fast as it can with a keeper of its own, and says how
many were lost.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.record import REDIRECT, Section
from tests.clicks.desk import PEER, Desk

HOUSE = Path(__file__).parents[2]
TEXT = b"\r\nHost: s.test\r\nUser-Agent: writer\r\n\r\n"
CAP_BYTES = 1 << 30


@contextmanager
def writer(mode: str, directory: Path, visits: int, memory: Path | None = None) -> Iterator["subprocess.Popen[str]"]:
    """The process; it is killed at the end where it has not ended by itself."""
    command = [sys.executable, "-m", "tests.clicks.writing", mode, str(directory), str(visits)]
    command += [] if memory is None else [str(memory)]
    process = subprocess.Popen(command, cwd=HOUSE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def holding(
    directory: Path, visits: int, memory: Path | None = None
) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """A living process that has written ``visits``, and the names of its two segments. ``memory``: where they are."""
    with writer("hold", directory, visits, memory) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()


def abandoned(directory: Path, visits: int, memory: Path | None = None) -> list[str]:
    """The names of the two segments of a process that was killed after so many visits."""
    with holding(directory, visits, memory) as (_, names):
        return names


def hold(directory: Path, visits: int, memory: Path | None = None) -> None:
    desk = Desk(directory, segments=2, boot_ns=time.time_ns(), memory=memory)
    section = Section(TEXT)
    for n in range(visits):
        desk.visit(section, b"GET /%d" % n)
    print(*(segment.path.name for segment in desk.made), flush=True)
    sys.stdin.read()


def fast(directory: Path, visits: int, memory: Path | None = None) -> None:
    journal = Journal(time.time_ns)
    keeper = Keeper(journal, directory, time.time_ns(), CAP_BYTES, memory)
    keeper.start()
    section = Section(TEXT)
    visit = journal.visit
    for n in range(visits):
        visit(REDIRECT, n.to_bytes(8, "little"), PEER, section, b"GET /fast")
    keeper.stop()
    print(journal.lost, flush=True)


if __name__ == "__main__":
    mode, directory, visits, *memory = sys.argv[1:]
    {"hold": hold, "fast": fast}[mode](Path(directory), int(visits), *map(Path, memory))
