"""What a backlog does to those who wait: redirects and the API while the collector catches up with ten million visits.

One product with one worker, the collector and an open-loop load: redirects at a quarter of what the worker answers in a
closed loop, and a link asked for over the API. First with nothing but that load to count; then the journal of a worker
that has ended, ten million visits of ten thousand links (bench/visits.py), is there from one moment to the next, and
the rounds go on until it is counted, single visits kept, as by default. Bias: collector, admin and clients share the
cores that are not the worker's; the collector gets what they leave over, as its priority is lower.
"""

import time
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any

from bench import contestants, cores, machine, tools, traffic, verify, visits
from bench.openloop import Outcome, ask
from bench.passwords import COLUMNS as REDIRECT_COLUMNS
from bench.passwords import row as redirect_row
from bench.qr_load import API_COLUMNS, API_RATE, WARM_UP_S, api_row, calls_beside
from bench.report import Table
from clicks.answers import State
from clicks.database import FILE_NAME
from clicks.query import Statistics
from clicks.segment import DIRECTORY
from tests.flows.product import Product

VISITS = 10_000_000
LINKS = 10_000
PER_SECOND = 5_000
"""At which the backlog was made: it is of the last half hour, so that visitors are counted too."""

SHARE = 0.25
SECONDS = 5.0
ROUNDS_BEFORE = 12
MOST_ROUNDS = 200
JOURNAL_MIB = 4_096
"""Room for all of it: with the default cap visits would shrink before."""


class Rounds:
    """What was measured of the load in some rounds."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.redirects: list[Outcome] = []

    def measure(self, product: Product, program: Path, requests: Path, rate: float) -> None:
        seed = len(self.calls) + 1
        called, redirected = calls_beside(
            product, lambda: ask(program, product.port, requests, rate, SECONDS, seed=seed, naps=True), SECONDS
        )
        self.calls.append(called)
        self.redirects.append(redirected)


def state_of(product: Product) -> State:
    """How the collector is getting on."""
    with closing(Statistics(product.data / FILE_NAME, UTC)) as asked:
        return asked.state()


def put(made: Path, product: Product) -> None:
    """The segments in ``made`` into the product's journal."""
    for segment in sorted(made.iterdir()):
        segment.rename(product.data / DIRECTORY / segment.name)


def caught_up(product: Product, program: Path, requests: Path, rate: float, until: int) -> tuple[Rounds, str]:
    """Rounds until ``until`` visits are counted; and how quickly that went."""
    rounds = Rounds()
    (collector,) = product.children("collector")
    began, before, cpu = time.monotonic(), state_of(product).visits, machine.cpu_seconds([collector])
    while state_of(product).visits < until:
        if len(rounds.calls) >= MOST_ROUNDS:
            raise RuntimeError(f"the collector has not caught up: {state_of(product)}")
        rounds.measure(product, program, requests, rate)
    counted = state_of(product).visits - before
    seconds, used = time.monotonic() - began, machine.cpu_seconds([collector]) - cpu
    return rounds, (
        f"The collector counted {counted:,} visits, those of the load included, in {seconds:.0f} s: "
        f"{counted / seconds:,.0f} a second, {used / counted * 1e6:.1f} CPU µs each, {used / seconds:.0%} of a core, "
        f"{machine.pss_bytes(collector) / 1e6:.0f} MB of memory at the end."
    )


def run(directory: Path) -> list[Table]:
    """The tables of this scenario: the API's, and the redirects'."""
    titles = ("The API while the collector catches up", "Redirects while the collector catches up")
    if tools.find(tools.COMPILER) is None:
        return [Table(titles[0], f"Not measured: {tools.COMPILER} is not installed (the client is written in C).")]
    noise = machine.Noise()
    program = tools.build("openloop.c", directory)
    requests = traffic.write(directory / "usual", traffic.usual())
    made, place = directory / "made", directory / "product"
    visits.write(made, VISITS, LINKS, PER_SECOND, time.time_ns() - VISITS // PER_SECOND * 10**9)
    place.mkdir()
    product = contestants.product_of(
        place,
        traffic.SLUGS,
        command="serve",
        FINGERPOST_STATS__COLLECT="true",
        FINGERPOST_CLICKS__JOURNAL_MIB=str(JOURNAL_MIB),
    )
    with contestants.started(product):
        verify.check(product.port, traffic.all_heads())
        rate = ask(program, product.port, requests, 0, WARM_UP_S).rate * SHARE
        before = Rounds()
        for _ in range(ROUNDS_BEFORE):
            before.measure(product, program, requests, rate)
        put(made, product)
        beside, speed = caught_up(product, program, requests, rate, state_of(product).visits + VISITS)
    what = (
        f"One worker at a quarter of what it answers in a closed loop, and `GET /links/{{id}}` {API_RATE:.0f} times a "
        f"second, both open loop, rounds of {SECONDS:g} s: {len(before.calls)} without a backlog, then "
        f"{len(beside.calls)} while one of {VISITS:,} visits was counted. {cores.describe().capitalize()}. {noise}"
    )
    names = {"without a backlog": before, f"a backlog of {VISITS:,}": beside}
    return [
        Table(titles[0], what, API_COLUMNS, [api_row(name, one.calls) for name, one in names.items()], speed),
        Table(
            titles[1],
            "The same rounds.",
            REDIRECT_COLUMNS,
            [redirect_row(name, one.redirects) for name, one in names.items()],
        ),
    ]
