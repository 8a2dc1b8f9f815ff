"""What guessing at passwords does to redirects: their latency at a fixed rate, open loop, with 500 clients and without.

The rate is a quarter of what the same worker answers in a closed loop: requests that come singly cost twice as much, so
that half of it takes nine tenths of the core, where whatever is added doubles a p99. The guesses are spread over links
and addresses, so that the admin has as much to verify as its brakes allow; it has no core of its own here. Bias: the
guessing clients, the admin and the measuring client share the cores that are not the worker's. Hashing passwords reads
and writes 19 MiB for each, which whoever shares caches and memory with it feels: so redirects are also measured beside
a process that does nothing else, and what guesses add is seen against that.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import contestants, cores, machine, tools, traffic, verify
from bench.histogram import Histogram
from bench.latency_tables import ms
from bench.openloop import Outcome, ask
from bench.report import Table

LINKS = 200
CLIENTS = 500
PRODUCTS = 6
ROUNDS = 6
SECONDS = 1.0
"""Short rounds, and many of them: one pause of the machine decides a round's p99."""

LOAD = 0.25
WARM_UP_S = 1.5
"""In a closed loop, for the rate."""

COLUMNS = ["", "answers/s", "p50 ms", "p99 ms", "p99 by round, ms", "max ms", "errors", "client late p99 ms"]


@contextmanager
def beside(*module: str) -> Iterator[dict[str, Any]]:
    """A module of these benches with its arguments, at work inside on the clients' cores; on leaving, what it has done
    is in the dictionary."""
    command = [*cores.on(cores.OTHERS), sys.executable, "-m", *module]
    done: dict[str, Any] = {}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tools.HERE.parent)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{module[0]} did not begin")
        yield done
        process.terminate()
        done.update(json.loads(process.stdout.read()))
    finally:
        process.terminate()
        process.communicate()


def row(name: str, outcomes: list[Outcome]) -> list[str]:
    latency = Histogram.merged(outcome.latency for outcome in outcomes)
    rounds = sorted(outcome.latency.quantile(0.99) for outcome in outcomes)
    return [
        name,
        f"{statistics.median(outcome.rate for outcome in outcomes):,.0f}",
        ms(latency.quantile(0.5)),
        ms(latency.quantile(0.99)),
        f"{ms(rounds[0])} to {ms(rounds[-1])}, median {ms(statistics.median(rounds))}",
        ms(latency.max),
        f"{sum(sum(outcome.errors.values()) for outcome in outcomes):,}",
        ms(Histogram.merged(outcome.late for outcome in outcomes).quantile(0.99)),
    ]


def run(directory: Path) -> Table:
    """The table of this scenario."""
    title = "Redirects while passwords are guessed"
    if tools.find(tools.COMPILER) is None:
        return Table(title, f"Not measured: {tools.COMPILER} is not installed (the client is written in C).")
    noise = machine.Noise()
    program = tools.build("openloop.c", directory)
    requests = traffic.write(directory / "usual", traffic.usual())
    without: list[Outcome] = []
    hashing: list[Outcome] = []
    guessed: list[Outcome] = []
    said = []
    for number in range(PRODUCTS):
        place = directory / f"product-{time.monotonic_ns()}"
        place.mkdir()
        product = contestants.product_of(place, traffic.SLUGS, command="serve")
        with contestants.started(product):
            verify.check(product.port, traffic.all_heads())
            rate = ask(program, product.port, requests, 0, WARM_UP_S).rate * LOAD

            def rounds(number: int = number, port: int = product.port, rate: float = rate) -> Iterator[Outcome]:
                for seed in range(number * ROUNDS + 1, (number + 1) * ROUNDS + 1):
                    yield ask(program, port, requests, rate, SECONDS, seed=seed, naps=True)

            without += rounds()
            with beside("bench.hashing"):
                hashing += rounds()
            with beside("bench.attempts", *map(str, (product.port, product.api_port, LINKS, CLIENTS))) as done:
                guessed += rounds()
            answered = ", ".join(f"{times:,} × {status}" for status, times in sorted(done["statuses"].items()))
            said.append(f"{answered} in {done['seconds']:.1f} s, {done['broken']} connections broken")
    what = (
        f"One worker at {LOAD:.0%} of what it answers in a closed loop, open loop, {PRODUCTS} times {ROUNDS} "
        f"rounds of {SECONDS:g} s each. "
        f"Guesses: {CLIENTS} connections, spread over {LINKS} links and as many addresses as there are guesses. "
        f"{cores.describe().capitalize()}. {noise}"
    )
    rows = [
        row("nobody guesses", without),
        row("nobody guesses, beside a process that hashes", hashing),
        row(f"{CLIENTS} clients guess", guessed),
    ]
    return Table(title, what, COLUMNS, rows, f"Answers to guesses, by round: {'; '.join(said)}.")
