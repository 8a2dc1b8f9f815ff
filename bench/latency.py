"""Latency at fixed rates, open loop: our worker against nginx with a buffered access log, in turn in one run.

The rates are shares of what nginx answers in a closed loop in the same run. Besides a server that is left alone: one
whose links change meanwhile (100 creates a second and an import), one that reloads 10,000 changed links at once, and
one that holds 10,000 idle connections and 1,000 that never finish their request. nginx is measured beside the same,
with nothing of ours on its core: what is slow there too is the machine.
"""

import resource
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench import beside, contestants, cores, latency_tables, machine, tools, traffic, verify
from bench.contestants import NGINX, Running
from bench.latency_tables import Cells, Windows
from bench.openloop import Outcome, ask
from bench.report import Table
from tests.flows.product import Product

SHARES = (0.25, 0.50, 0.75)
HALF = 0.5
ROUNDS = 5
SECONDS = 2.5
HALF_ROUNDS = 40
HALF_SECONDS = 1.0
"""At half of nginx's throughput, where p99s are compared, rounds are short and many: one pause of the machine decides
a round, and the median is to be one without."""

REFERENCE_SECONDS = 1.5
REFERENCE_RUNS = 3
CREATES_A_SECOND = 100
CHANGED_LINKS = 10_000
CHANGES_SECONDS = 8.0
CHANGES_PAUSE_S = 0.5
IDLE, SLOW = 10_000, 1_000
OTHER_DESCRIPTORS = 1_000
"""Of a process that holds those connections: generously."""

NGINX_NAME, OUR_NAME = "nginx", "Fingerpost"


class Bench(msgspec.Struct):
    """What all parts of this scenario share."""

    directory: Path
    program: Path
    requests: Path
    nginx: Running
    idle: int
    """Connections that may be held."""

    rate: float = 0.0
    """nginx's in a closed loop, requests a second."""

    def ask(self, port: int, share: float, round_: int, seconds: float = 0, *, naps: bool = False) -> Outcome:
        rate = share * self.rate
        return ask(self.program, port, self.requests, rate, seconds or SECONDS, seed=round_ + 1, naps=naps)


def rounds_of(share: float, usual: int, half: int) -> list[tuple[int, float]]:
    """The number of each round at this share of nginx's throughput, and its seconds."""
    count, seconds = (half, HALF_SECONDS) if share == HALF else (usual, SECONDS)
    return [(number, seconds) for number in range(count)]


@contextmanager
def our_product(directory: Path) -> Iterator[Product]:
    """The whole product, one worker, checked; its directory is removed at the end."""
    place = directory / f"product-{time.monotonic_ns()}"
    place.mkdir()
    try:
        product = contestants.product_of(place, traffic.SLUGS, command="serve")
        with contestants.started(product):
            verify.check(product.port, traffic.all_heads())
            yield product
    finally:
        shutil.rmtree(place)


@contextmanager
def aside(product: Product) -> Iterator[None]:
    """Our worker away from the server's core, where nginx is being measured: it has work of its own to do."""
    (worker,) = product.children("worker")
    cores.pin(worker, cores.OTHERS)
    try:
        yield
    finally:
        cores.pin(worker, cores.SERVER)


def alone(bench: Bench) -> Cells:
    """(a) Nothing else happens."""
    cells = Cells()
    with our_product(bench.directory) as product:
        for share in SHARES:
            for round_, seconds in rounds_of(share, ROUNDS, HALF_ROUNDS):
                cells.add(share, NGINX_NAME, bench.ask(bench.nginx.port, share, round_, seconds))
                cells.add(share, OUR_NAME, bench.ask(product.port, share, round_, seconds))
    return cells


def while_written(bench: Bench) -> tuple[Cells, str]:
    """(b) Creates through the API and an import; a sentence on how many of them there were."""
    cells, notes = Cells(), []
    csv_file = beside.write_csv(bench.directory / "import.csv")
    for round_ in range(ROUNDS):
        with our_product(bench.directory) as product:
            began = time.monotonic()
            with (
                beside.importing(product, csv_file) as imported,
                beside.disturbed("creates", product.api_port, CREATES_A_SECOND) as created,
            ):
                for share in SHARES:
                    for part, seconds in rounds_of(share, 1, HALF_ROUNDS // ROUNDS):
                        seed = round_ * HALF_ROUNDS + part
                        with aside(product):
                            cells.add(share, NGINX_NAME, bench.ask(bench.nginx.port, share, seed, seconds, naps=True))
                        cells.add(share, OUR_NAME, bench.ask(product.port, share, seed, seconds, naps=True))
            seconds = time.monotonic() - began
            notes.append(
                f"{created['created'] / created['seconds']:.0f} creates/s (p99 {created['p99_ms']:.0f} ms, "
                f"{created['refused']} refused) and {imported['rows'] / seconds:,.0f} imported rows/s"
            )
    return cells, f"Beside it, by round: {'; '.join(notes)}."


def while_reloaded(bench: Bench) -> tuple[Windows, Windows]:
    """(c) 10,000 links change at once, several times; (ours, nginx's meanwhile)."""

    def measured(product: Product, port: int) -> Windows:
        with beside.disturbed("changes", product.data, CHANGED_LINKS, CHANGES_PAUSE_S) as changed:
            outcome = bench.ask(port, HALF, 0, CHANGES_SECONDS, naps=True)
        return Windows(outcome, [(begin, end) for begin, end in changed["windows"]])

    with our_product(bench.directory) as product:
        ours = measured(product, product.port)
        with aside(product):
            return ours, measured(product, bench.nginx.port)


def raise_limit() -> int:
    """Let this process, and those that it starts from now on, open as many files as they may; how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def while_held(bench: Bench) -> tuple[Cells, str]:
    """(d) Idle and unending connections, against none."""
    cells, idle, closed = Cells(), bench.idle, []
    with our_product(bench.directory) as product:
        for round_ in range(ROUNDS):
            for name, port in ((NGINX_NAME, bench.nginx.port), (OUR_NAME, product.port)):
                cells.add(HALF, name, bench.ask(port, HALF, round_))
                with beside.disturbed("hold", port, idle, SLOW) as held:
                    cells.add(HALF, f"{name}, {idle:,} idle and {SLOW:,} slow", bench.ask(port, HALF, round_))
                closed.append(held["slow_closed"] + held["idle_closed"])
    fewer = "" if idle == IDLE else f" More than {idle:,} idle ones are beyond this machine's limit of descriptors."
    return cells, f"Of the held connections the servers closed {sum(closed)}.{fewer}"


def closed_loop(bench: Bench) -> float:
    """nginx's requests a second when there is always one more."""
    rates = [
        ask(bench.program, bench.nginx.port, bench.requests, 0, REFERENCE_SECONDS).rate for _ in range(REFERENCE_RUNS)
    ]
    return statistics.median(rates)


def not_measured() -> str | None:
    """What is missing, as a sentence; ``None`` where nothing is."""
    needed = {tools.COMPILER: "the client is written in C", "nginx": "it is the reference, and sets the rates"}
    missing = [f"{name} is not installed ({why})" for name, why in needed.items() if tools.find(name) is None]
    return f"Not measured: {', '.join(missing)}." if missing else None


def run(directory: Path) -> list[Table]:
    """The tables of this scenario."""
    if (reason := not_measured()) is not None:
        return [Table("Latency at a fixed rate", reason)]
    place = directory / "latency"
    place.mkdir()
    noise = machine.Noise()
    idle = max(0, min(IDLE, raise_limit() - SLOW - OTHER_DESCRIPTORS))
    program = tools.build("openloop.c", place)
    requests = traffic.write(place / "usual", traffic.usual())
    with contestants.turn(NGINX, place) as nginx:
        verify.check(nginx.port, traffic.all_heads())
        bench = Bench(place, program, requests, nginx, idle)
        bench.rate = closed_loop(bench)
        parts = (alone(bench), while_written(bench), while_reloaded(bench), while_held(bench))
    return latency_tables.tables(bench.rate, *parts, f"{cores.describe().capitalize()}. {noise}")
