"""How long the journal holds up who writes it: visits at a fixed rate in one process, its threads on the same core.

50,000 visits a second, one each 20 µs, under 1,200 header sections; a pause is what passes between two of them, or in
one, beyond 0.1 ms. The same loop without a journal shows the machine's own pauses. Segments are written in memory and
copied to the disk (``clicks.memory_dir``), or on the disk at once (the default); with and without a process on
another core that commits to the same disk all the time, as creates and imports do. Rounds in turn; medians
(least–most). Bias: nothing else runs on the core, so the threads of the journal find time between two visits more
easily than beside requests.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from bench import cores
from bench.heads import header_sections
from bench.report import Table
from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.record import REDIRECT, Section

ROUNDS = 5
SECONDS = 5.0
EVERY_NS = 20_000
PAUSE_NS = 100_000
BEHIND_NS = 2_000_000
"""From here on the schedule starts anew: what was missed is not made up for."""

HEADS = 1_200
CAP_BYTES = 1 << 30
NS_MS = 1e6
MEMORY = Path("/dev/shm")
COMMIT_BYTES = 16_384
COMMITS = "beside commits"
KINDS = (
    "no journal",
    "journal on the disk",
    "journal in memory",
    f"no journal, {COMMITS}",
    f"journal on the disk, {COMMITS}",
    f"journal in memory, {COMMITS}",
)


def commit_for_ever(path: Path) -> None:
    """Write a little and wait until it is on the disk, again and again, as a database does."""
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(COMMIT_BYTES))
            os.fdatasync(file.fileno())


@contextmanager
def committing(path: Path) -> Iterator[None]:
    """A process that commits, on the other core."""
    command = [*cores.on(cores.OTHERS), sys.executable, "-m", "bench.journal", "commit", str(path)]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait()
        path.unlink(missing_ok=True)


def pauses(directory: Path, kind: str, seconds: float) -> list[float]:
    """The pauses of one round, in milliseconds."""
    with committing(directory / "commits") if kind.endswith(COMMITS) else nullcontext():
        if kind.startswith("no journal"):
            return write_for(None, seconds)
        journal = Journal(time.time_ns)
        memory = MEMORY if "in memory" in kind else None
        kept = Keeper(journal, directory / "journal", time.time_ns(), CAP_BYTES, memory)
        kept.start()
        try:
            return write_for(journal, seconds)
        finally:
            kept.stop()
            shutil.rmtree(directory / "journal")


def write_for(journal: Journal | None, seconds: float) -> list[float]:
    """Write a visit each 20 µs, and say what took longer than it may."""
    sections = [Section(b"\r\n" + section.encode()) for section in header_sections(HEADS)]
    random.Random(1).shuffle(sections)
    found: list[float] = []
    clock = time.perf_counter_ns
    due = last = clock()
    end = due + int(seconds * 1e9)
    visits = 0
    while (now := clock()) < end:
        if now - last > PAUSE_NS:
            found.append((now - last) / NS_MS)
        last = now
        if now < due:
            continue
        due = now if now - due > BEHIND_NS else due + EVERY_NS
        if journal is not None:
            journal.visit(REDIRECT, b"12345678", b"p" * 16, sections[visits % HEADS], b"GET /abcdefg")
        visits += 1
    if journal is not None and journal.lost:
        raise RuntimeError(f"{journal.lost} visits were not recorded")
    return found


def measure(directory: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[list[str]]:
    """The rows of the table."""
    found: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind in random.sample(KINDS, len(KINDS)):
            found[kind].append(pauses(directory, kind, seconds))

    def cell(values: list[float], digits: int) -> str:
        least, median, most = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
        return f"{median} ({least}–{most})"

    return [
        [
            kind,
            cell([len(pauses_) / seconds for pauses_ in rounds_], 1),
            cell([sum(pause > 1 for pause in pauses_) / seconds for pauses_ in rounds_], 1),
            cell([sum(pauses_) / seconds for pauses_ in rounds_], 2),
            cell([max(pauses_, default=0.0) for pauses_ in rounds_], 1),
        ]
        for kind, rounds_ in found.items()
    ]


def run(directory: Path) -> list[Table]:
    """The table of this scenario, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.journal", str(directory)], check=True, capture_output=True)
    columns = ["", "pauses > 0.1 ms a second", "> 1 ms", "ms paused a second", "longest ms"]
    rows: list[list[str]] = msgspec.json.decode(done.stdout)
    return [Table("Pauses of the journal", (__doc__ or "").strip(), columns, rows)]


if __name__ == "__main__":
    if sys.argv[1] == "commit":
        commit_for_ever(Path(sys.argv[2]))
    os.sched_setaffinity(0, cores.SERVER)
    sys.stdout.buffer.write(msgspec.json.encode(measure(Path(sys.argv[1]))))
