"""What a visit costs the collector: CPU microseconds of its process, from the journal to the rollups on the disk.

A backlog of a million visits (bench/visits.py) is counted at once, by a process of its own for each row; where
something is committed, each batch has a sync. The best of several rounds in turn. The floor is a loop that reads them
and counts how often each link, address and header section came, three dictionaries and nothing else: a processor and
caches that others use as well take up to twice as long for the same from one hour to the next, for the floor as for the
rest. The reference is the collector's own long way, which takes visits one by one; what piles up is counted and stored
in the same way after it. Of more links the visits of a batch share fewer rows; that is measured too. Bias: a backlog is
the cheapest case, as batches are full: at 1,000 visits a second a batch has as many. That is measured last; a fifth of
it is what each user agent and address costs the first time.
"""

import gc
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import msgspec

from bench import visits
from bench.report import Table
from clicks import collector as collector_module
from clicks import reader as reader_module
from clicks import tally as tally_module
from clicks.addresses import Networks
from clicks.agent_kinds import AgentKinds
from clicks.aggregate import Aggregate
from clicks.calendar_days import day_of
from clicks.classify import Classifier
from clicks.collector import Collector
from clicks.country import Countries
from clicks.database import FILE_NAME
from clicks.raw import RawVisits
from clicks.reader import Chunk, SegmentReader
from clicks.salts import Salts
from clicks.segment import DIRECTORY, names
from clicks.store import Store

VISITS = 1_000_000
LINKS, MANY_LINKS = 10_000, 100_000
ROUNDS = 3
FEW = 1_000
FEW_VISITS = 100_000
OWNERS = 40


class Bench:
    """A collector over ``directory``, as fingerpost/collecting.py makes it."""

    def __init__(self, directory: Path, *, raw: bool) -> None:
        self.directory = directory
        self.store = Store.open(directory / FILE_NAME)
        self.raw = RawVisits(directory)
        countries = Countries.open()
        self.classifier = Classifier(
            AgentKinds().kind_of,
            lambda address: (countries.country_of(address), ""),
            Networks(("127.0.0.0/8", "::1")),
            "X-Forwarded-For",
        )
        salts = Salts(directory / "salts", UTC, lambda: visits.BEGIN_NS / 10**9)
        self.aggregate = Aggregate(day_of(UTC), salts.salt_of, lambda link: False)
        self.collector = Collector(
            directory / DIRECTORY,
            self.store,
            self.classifier,
            self.aggregate,
            lambda ids: {link: link % OWNERS + 1 for link in ids},
            self.raw if raw else None,
            time.time_ns,
            time.monotonic,
        )

    def chunks(self) -> Iterator[Chunk]:
        for name in names(self.directory / DIRECTORY):
            reader = SegmentReader(self.directory / DIRECTORY, name)
            reader.look()
            while not (chunk := reader.chunk()).is_empty:
                yield chunk
            reader.close()

    def read(self) -> int:
        """The visits alone; how many."""
        return sum(len(chunk.starts) for chunk in self.chunks())

    def floor(self) -> int:
        """Read, and counted by what stands there."""
        links, peers, sections = Counter[int](), Counter[bytes](), Counter[int]()
        for chunk in self.chunks():
            for _, _, _, _, link, peer, section, _ in chunk.records():
                links[link] += 1
                peers[peer] += 1
                sections[section] += 1
        return links.total()

    def count(self) -> int:
        """All of it."""
        while self.collector.step():
            pass
        self.collector.finish()
        assert names(self.directory / DIRECTORY) == []
        return self.collector.visits

    def count_one_by_one(self) -> int:
        """All of it, by the long way."""
        tally_module.FEW = VISITS
        return self.count()


FLOOR = "read, and counted by three things: the floor"
WORKS: dict[str, tuple[bool, Callable[[Bench], int]]] = {
    "read from the journal": (False, Bench.read),
    FLOOR: (False, Bench.floor),
    "single visits kept, counted one by one": (True, Bench.count_one_by_one),
    "counted, rollups committed": (False, Bench.count),
    "and single visits kept (the default)": (True, Bench.count),
}


def measure(directory: Path, work: str, most: int) -> dict[str, float]:
    """In this process: CPU µs a visit, wall µs, resident MB."""
    raw, function = WORKS[work]
    if most:
        collector_module.BATCH_VISITS = most
        reader_module._CHUNK_BYTES = most * collector_module.RECORD_BYTES  # a chunk is taken whole
    bench = Bench(directory, raw=raw)
    gc.disable()
    gc.collect()
    gc.freeze()
    before, began = time.process_time(), time.perf_counter()
    count = function(bench)
    cpu, wall = time.process_time() - before, time.perf_counter() - began
    bench.store.close()  # which brings the WAL into the file
    size = sum(path.stat().st_size for path in directory.glob("clicks.db"))
    return {
        "cpu": cpu / count * 1e6,
        "wall": wall / count * 1e6,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "size": size / count,
    }


def _measured(source: Path, scratch: Path, work: str, most: int = 0) -> dict[str, float]:
    """In a process of its own, on a copy of the journal."""
    shutil.copytree(source, scratch / DIRECTORY)
    try:
        command = [sys.executable, "-m", "bench.collector", str(scratch), work, str(most)]
        done = subprocess.run(command, check=True, capture_output=True)
        figures: dict[str, float] = msgspec.json.decode(done.stdout)
        return figures
    finally:
        shutil.rmtree(scratch)


def run(directory: Path) -> Table:
    """The table of this scenario."""
    some, many, few = directory / "some", directory / "many", directory / "few"
    visits.write(some, VISITS, LINKS)
    visits.write(many, VISITS, MANY_LINKS)
    visits.write(few, FEW_VISITS, LINKS)
    bytes_each = sum(path.stat().st_size for path in some.iterdir()) / VISITS
    *_, counted, default = WORKS
    todo = {work: (some, work, 0) for work in WORKS}
    todo[f"counted, {MANY_LINKS:,} links"] = (many, counted, 0)
    todo[f"the default, {MANY_LINKS:,} links"] = (many, default, 0)
    todo[f"the default, batches of {FEW}"] = (few, default, FEW)
    best: dict[str, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for name, (source, work, most) in todo.items():
            found = _measured(source, directory / "scratch", work, most)
            if name not in best or found["cpu"] < best[name]["cpu"]:
                best[name] = found
    rows = [
        [
            name,
            f"{found['cpu']:.1f}",
            f"{found['cpu'] / best[FLOOR]['cpu']:.1f}",
            f"{1e6 / found['wall']:,.0f}",
            f"{found['rss']:.0f}",
        ]
        for name, found in best.items()
    ]
    return Table(
        "Counting visits",
        (__doc__ or "").strip(),
        ["", "CPU µs a visit", "times the floor", "visits a second", "resident MB"],
        rows,
        f"{VISITS:,} visits of {LINKS:,} links, {bytes_each:.0f} bytes each in the journal; clicks.db has "
        f"{best[counted]['size']:.0f} bytes a visit afterwards. Aim: 5 µs, at most 10.",
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
