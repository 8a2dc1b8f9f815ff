"""What the redirect path's choices cost beside what was not chosen: parsing, remembering, entries, shards, the journal.

Each measurement runs in a process of its own, alternatives in turn, best of several rounds: what is compared is Python
work without a network, so noise only ever adds. Bias: everything is hot here, as it is under load and not otherwise.
"""

import gc
import inspect
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httptools

from bench import contestants, machine, tools, traffic
from bench.contestants import Contestant, Running
from bench.heads import header_sections
from bench.report import HERE, Table
from bench.wrk import drive
from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.record import REDIRECT, Section, frame, pack_visit
from clicks.redact import redacted
from server.entry import HEAD_BYTES, pack_head
from server.head import PlainSection, Sections, check
from tests.flows import million
from tests.flows.product import free_ports

HEADS = 1_200
ROUNDS = 7
REQUESTS = 20_000
LINKS = 200_000
GROWN = 3_000_000
JOURNAL_BYTES = 1 << 30
VISITS, BURST, BURST_PAUSE_S = 2_000_000, 2_000, 0.015
RECEIVING_ROUNDS = 5
RECEIVING_SECONDS = 3
PEER = bytes(16)


class Row(NamedTuple):
    """One alternative: what it is, and its figures in the order of the table's columns."""

    what: str
    figures: list[str]


def best_us(works: Sequence[Callable[[], object]], times: int) -> list[float]:
    """Microseconds of one of the ``times`` things that each of ``works`` does: the best of some rounds, in turn."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for index, work in enumerate(works):
            before = time.perf_counter()
            work()
            best[index] = min(best[index], (time.perf_counter() - before) / times * 1e6)
    return best


def ratios(names: Sequence[str], figures: Sequence[float]) -> list[Row]:
    """Rows with each figure and its ratio to the first."""
    return [Row(name, [f"{us:.2f}", f"{us / figures[0]:.2f}"]) for name, us in zip(names, figures, strict=True)]


def requests(rng: random.Random) -> list[bytes]:
    sections = [section.encode() for section in header_sections(HEADS)]
    slugs = [million.location(rng.randint(1, LINKS))[0] for _ in range(REQUESTS)]
    return [f"GET /{slug} HTTP/1.1\r\n".encode() + rng.choice(sections) for slug in slugs]


class _Url:
    """httptools' least: the target and the end of the message."""

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_message_complete(self) -> None: ...


class _Headers(_Url):
    """What would be needed to decide from its callbacks alone."""

    def on_header(self, name: bytes, value: bytes) -> None: ...


def parser() -> list[Row]:
    """Is this one whole plain request, and for which host?"""
    heads = requests(random.Random(1))
    split = [(head, head.find(b"\r\n")) for head in heads]
    sections = Sections()

    def remembered() -> None:
        known, look = sections.known, sections.look
        for head in heads:
            _, _, fields = head.partition(b"\r\n")
            known.get(fields) or look(fields)

    def checked() -> None:
        for head, end in split:
            check(head[end:])

    def parsed(callbacks: type) -> Callable[[], None]:
        def work() -> None:
            for head in heads:
                httptools.HttpRequestParser(callbacks()).feed_data(head)

        return work

    names = [
        f"strict check, remembered ({HEADS:,} distinct sections)",
        "strict check each time",
        "httptools, target only (accepts what aiohttp refuses)",
        "httptools, all headers",
    ]
    return ratios(names, best_us([remembered, checked, parsed(_Url), parsed(_Headers)], REQUESTS))


def memory_of_sections() -> list[Row]:
    """How often a section is known, by how many different ones there are."""
    rng = random.Random(2)
    found = []
    for distinct in (100, 1_000, 4_000, 8_000):
        sections = Sections()
        pool = [b"Host: a.example\r\nUser-Agent: %d\r\n\r\n" % n for n in range(distinct)]
        for _ in range(100_000):
            section = rng.choice(pool)
            sections.known.get(section) or sections.look(section)
        found.append(
            Row(f"{distinct:,} distinct sections, equally frequent", [f"{1 - sections.checked / 100_000:.1%}"])
        )
    return found


class _Slots:
    __slots__ = ("link_id", "location")

    def __init__(self, link_id: int, location: bytes) -> None:
        self.link_id = link_id
        self.location = location


def entries() -> list[Row]:
    """An entry of the table: its memory beside the key, and what a redirect pays for taking it apart."""
    names = [million.location(n) for n in range(1, LINKS + 1)]
    keys = [slug.encode() for slug, _ in names]
    layouts: list[tuple[str, Callable[[int, bytes], Any], Callable[[Any], object]]] = [
        ("one bytes: id and location", lambda n, to: pack_head(n) + to, lambda e: (e[:HEAD_BYTES], e[HEAD_BYTES:])),
        ("a tuple", lambda n, to: (n, to), lambda e: (pack_head(e[0]), e[1])),
        ("an object with slots", lambda n, to: _Slots(n, to), lambda e: (pack_head(e.link_id), e.location)),
        (
            "the rendered response and the id",
            lambda n, to: (n, b"HTTP/1.1 301 Moved Permanently\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"),
            lambda e: (pack_head(e[0]), e[1]),
        ),
    ]
    rng = random.Random(3)
    asked = [rng.choice(keys) for _ in range(REQUESTS)]
    rows = []
    for name, make, take in layouts:
        tracemalloc.start()
        table = {key: make(n, to.encode()) for n, (key, (_, to)) in enumerate(zip(keys, names, strict=True), 1)}
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        def work(table: dict[bytes, Any] = table, take: Callable[[Any], object] = take) -> None:
            for key in asked:
                take(table[key])

        (us,) = best_us([work], REQUESTS)
        rows.append(Row(name, [f"{size / LINKS:.0f}", f"{us:.2f}"]))
    return rows


def shards() -> list[Row]:
    """The longest that one link takes to be put into a table that grows to three million."""
    rows = []
    gc.disable()
    for count in (1, 256):
        table: list[dict[bytes, int]] = [{} for _ in range(count)]
        worst = 0
        for n in range(GROWN):
            path = b"%08x" % n
            before = time.perf_counter_ns()
            table[hash(path) % count][path] = n
            worst = max(worst, time.perf_counter_ns() - before)
        rows.append(Row(f"{count} dict{'s' if count > 1 else ''}", [f"{worst / 1e6:.1f}"]))
    return rows


def journal() -> list[Row]:
    """Recording one visit, by what is written of its header section."""
    sections = [section.encode() for section in header_sections(HEADS)]
    rng = random.Random(4)
    plain = [PlainSection(b"", redacted(b"\r\n" + section, ())) for section in sections]
    visits = [(rng.choice(plain), f"GET /{million.location(n)[0]}".encode()) for n in range(1, REQUESTS + 1)]
    link = pack_head(1)
    with tempfile.TemporaryDirectory() as place:
        ours = Journal(time.time_ns)
        keeper = Keeper(ours, Path(place), 1, JOURNAL_BYTES)
        keeper.start()
        offset = [0]
        buffer = bytearray(32 << 20)

        def pointed() -> None:
            for section, request in visits:
                ours.visit(REDIRECT, link, PEER, section, request)

        def whole() -> None:
            at = 0
            for section, request in visits:
                body = pack_visit(REDIRECT, 0, time.time_ns(), link, PEER, 0) + request + section.text
                buffer[at + 8 : at + 8 + len(body)] = body
                zlib.crc32(body, len(body))
                at += len(body) + 8
            offset[0] = at

        us = best_us([pointed, whole], REQUESTS)
        keeper.stop()
        written = sum(path.stat().st_size for path in Path(place).iterdir())
    texts = statistics.fmean(len(frame(pack_visit(1, 0, 0, link, PEER, 0) + request)) for _, request in visits)
    assert ours.lost == 0
    return [
        Row("sections once a segment, visits point to them", [f"{us[0]:.2f}", f"{written / REQUESTS / ROUNDS:.0f}"]),
        Row("each visit with its section", [f"{us[1]:.2f}", f"{offset[0] / REQUESTS:.0f}"]),
        Row("(a visit without any section)", ["", f"{texts:.0f}"]),
    ]


@contextmanager
def _receiving(directory: Path, _: int, *, kind: str) -> Iterator[Running]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "bench.protocol_reference", kind, str(port)]
    with contestants._running(command, port, directory) as running:
        yield running


def receiving(directory: Path) -> Table:
    """asyncio's two ways of receiving, by whole processes that write a constant; in turn, medians of some rounds."""
    if tools.find("wrk") is None:
        return Table("Receiving", "Not measured: wrk is not installed (Debian: wrk).")
    file = traffic.write(directory / "usual", traffic.usual())
    script = directory / "usual.lua"
    traffic.write_wrk_script(script, file)
    names = {"protocol": "asyncio.Protocol", "buffered": "asyncio.BufferedProtocol, one buffer for all"}
    costs: dict[str, list[float]] = {kind: [] for kind in names}
    for _ in range(RECEIVING_ROUNDS):
        for kind, own in costs.items():
            with contestants.turn(Contestant(kind, partial(_receiving, kind=kind)), directory) as running:
                drive(script, running.port, 1)
                before = machine.cpu_seconds(running.pids)
                driven = drive(script, running.port, RECEIVING_SECONDS)
                own.append((machine.cpu_seconds(running.pids) - before) / driven.count * 1e6)
    reference = statistics.median(costs["protocol"])
    rows = [
        [
            names[kind],
            f"{statistics.median(own):.2f} ({min(own):.2f}–{max(own):.2f})",
            f"{statistics.median(own) / reference:.2f}",
        ]
        for kind, own in costs.items()
    ]
    return Table("Receiving", (receiving.__doc__ or "").strip(), ["", "CPU µs a request", "ratio"], rows)


def segments() -> list[Row]:
    """The longest that one visit takes while segments are filled, changed, made and synchronised: two million visits,
    some thousand at a time and then a pause, as an event loop gets them. Beside it, the same loop without visits."""
    section = PlainSection(b"", b"\r\nHost: a.example\r\n\r\n")
    link = pack_head(1)
    with tempfile.TemporaryDirectory(dir=HERE / "scratch") as place:
        ours = Journal(time.time_ns)
        keeper = Keeper(ours, Path(place), 1, JOURNAL_BYTES)
        keeper.start()
        rows = []
        for name, visit in (("nothing", _nothing), ("visits", ours.visit)):
            took = []
            for _ in range(VISITS // BURST):
                for _ in range(BURST):
                    before = time.perf_counter_ns()
                    visit(REDIRECT, link, PEER, section, b"GET /m0000001")
                    took.append(time.perf_counter_ns() - before)
                time.sleep(BURST_PAUSE_S)
            took.sort()
            rare = took[int(len(took) * 0.9999)]
            rows.append(Row(name, [f"{rare / 1e6:.3f}", f"{took[-1] / 1e6:.2f}"]))
        keeper.stop()
        used = len(list(Path(place).iterdir()))
    return [*rows, Row(f"({used} segments, {ours.lost} visits lost)", ["", ""])]


def _nothing(kind: int, link: bytes, peer: bytes, section: Section, request: bytes) -> None: ...


MEASURED: dict[str, tuple[Callable[[], list[Row]], str, list[str]]] = {
    "parser": (parser, "The check in front of aiohttp", ["µs a head", "ratio"]),
    "sections": (memory_of_sections, "Remembered header sections", ["known"]),
    "entries": (entries, "Entries of the table", ["bytes a link, key and dict counted", "µs a look-up"]),
    "shards": (shards, "Growing to 3,000,000 links", ["longest insertion, ms"]),
    "journal": (journal, "Recording a visit", ["µs a visit", "bytes a visit"]),
    "segments": (segments, "The longest visits", ["1 of 10,000 takes longer, ms", "longest, ms"]),
}


def run(directory: Path) -> list[Table]:
    """The tables of this scenario."""
    tables = [receiving(directory)]
    for name, (measure, title, columns) in MEASURED.items():
        done = subprocess.run([sys.executable, "-m", "bench.choices", name], check=True, capture_output=True, text=True)
        rows = [[what, *figures] for what, figures in json.loads(done.stdout)]
        tables.append(Table(title, inspect.cleandoc(measure.__doc__ or "").replace("\n", " "), ["", *columns], rows))
    return tables


if __name__ == "__main__":
    print(json.dumps(MEASURED[sys.argv[1]][0]()))
