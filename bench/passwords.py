"""What guessing at passwords does to redirects: their latency at a fixed rate, open loop, with 500 clients and without.

The rate is half of what the same worker answers in a closed loop. The guesses are spread over links and addresses, so
that the admin has as much to verify as its brakes allow; it has no core of its own here. Bias: the guessing clients,
the admin and the measuring client share the cores that are not the worker's.
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
from tests.flows.product import Product

LINKS = 200
CLIENTS = 500
ROUNDS = 6
SECONDS = 3.0
WARM_UP_S = 1.5
"""In a closed loop, for the rate."""

COLUMNS = ["", "answers/s", "p50 ms", "p99 ms", "p99 by round, ms", "max ms", "errors", "client late p99 ms"]


@contextmanager
def guessing(product: Product) -> Iterator[dict[str, Any]]:
    """``bench.attempts`` at work inside; on leaving, what it has done is in the dictionary."""
    numbers = map(str, (product.port, product.api_port, LINKS, CLIENTS))
    command = [*cores.on(cores.OTHERS), sys.executable, "-m", "bench.attempts", *numbers]
    done: dict[str, Any] = {}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tools.HERE.parent)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the guessing did not begin")
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
    beside: list[Outcome] = []
    said = []
    for number in range(ROUNDS):
        place = directory / f"product-{time.monotonic_ns()}"
        place.mkdir()
        product = contestants.product_of(place, traffic.SLUGS, command="serve")
        with contestants.started(product):
            verify.check(product.port, traffic.all_heads())
            rate = ask(program, product.port, requests, 0, WARM_UP_S).rate / 2
            without.append(ask(program, product.port, requests, rate, SECONDS, seed=number + 1, naps=True))
            with guessing(product) as done:
                beside.append(ask(program, product.port, requests, rate, SECONDS, seed=number + 1, naps=True))
            answered = ", ".join(f"{times:,} × {status}" for status, times in sorted(done["statuses"].items()))
            said.append(f"{answered} in {done['seconds']:.1f} s, {done['broken']} connections broken")
    what = (
        f"One worker at half of what it answers in a closed loop, open loop, {ROUNDS} rounds of {SECONDS:g} s each. "
        f"Guesses: {CLIENTS} connections, spread over {LINKS} links and as many addresses as there are guesses. "
        f"{cores.describe().capitalize()}. {noise}"
    )
    rows = [row("nobody guesses", without), row(f"{CLIENTS} clients guess", beside)]
    return Table(title, what, COLUMNS, rows, f"Answers to guesses, by round: {'; '.join(said)}.")
