"""What drawing QR codes does to others: the API's latency and the redirects', with 50 clients that render and without.

Redirects are asked for at half of what the same worker answers in a closed loop, open loop. The API is asked for a
link, API_RATE times a second, open loop too: a call that waits for a connection has its time counted from when it was
due. Each render holds another text, so that none comes out of the cache, and is a PNG, which costs the most. Bias: the
process that draws, the admin, the clients of both and the rendering ones share the cores that are not the worker's.
"""

import asyncio
import json
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import contestants, cores, machine, tools, traffic, verify
from bench.openloop import Outcome, ask
from bench.passwords import COLUMNS as REDIRECT_COLUMNS
from bench.passwords import row as redirect_row
from bench.report import Table
from tests.flows.product import KEY, Client, Product

RENDERERS = 50
ROUNDS = 6
SECONDS = 3.0
WARM_UP_S = 1.5
API_RATE = 100.0
API_CONNECTIONS = 16

API_COLUMNS = ["", "calls", "p50 ms", "p99 ms", "p99 by round, ms", "max ms", "errors"]


async def calls(port: int, seconds: float) -> dict[str, Any]:
    """The milliseconds of each call of the API, sorted, and how many failed."""
    link = Client(port, KEY)
    _, _, body = await link.request("POST", "/api/v1/links", {"url": "https://example.com/"})
    link.close()
    path = f"/api/v1/links/{json.loads(body)['data']['id']}"
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(API_CONNECTIONS):
        free.put_nowait(Client(port, KEY))
    took: list[float] = []
    errors = 0

    async def call(due: float) -> None:
        nonlocal errors
        client = await free.get()
        status, _, _ = await client.request("GET", path)
        free.put_nowait(client)
        took.append((time.perf_counter() - due) * 1e3)
        errors += status != 200

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * API_RATE)):
            due = start + number / API_RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(call(due))
    return {"took": sorted(took), "errors": errors}


async def renders(port: int) -> dict[str, Any]:
    """``RENDERERS`` clients that ask for one picture after another, until SIGTERM: answers by status, and seconds."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    statuses: Counter[int] = Counter()

    async def render(number: int) -> None:
        client, count = Client(port, KEY), 0
        while not ended.is_set():
            count += 1
            text = f"https://example.com/{number}/{count}/{time.monotonic_ns()}"
            status, _, _ = await client.request("GET", f"/api/v1/qr/render?format=png&data={text}")
            statuses[status] += 1
        client.close()

    first = Client(port, KEY)
    await first.request("GET", "/api/v1/qr/render?data=first")  # the process that draws is there
    first.close()
    print("ready", flush=True)
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(RENDERERS):
            group.create_task(render(number))
    return {"statuses": statuses, "seconds": time.perf_counter() - start}


def main(what: str, port: str, *arguments: str) -> None:
    work = calls(int(port), float(arguments[0])) if what == "calls" else renders(int(port))
    print(json.dumps(asyncio.run(work)), flush=True)


def _started(what: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [*cores.on(cores.OTHERS), sys.executable, "-m", "bench.qr_load", what, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tools.HERE.parent)


@contextmanager
def rendering(product: Product) -> Iterator[dict[str, Any]]:
    """The renderers at work inside; on leaving, what they have done is in the dictionary."""
    done: dict[str, Any] = {}
    process = _started("renders", product.api_port)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the rendering did not begin")
        yield done
        process.terminate()
        done.update(json.loads(process.stdout.read()))
    finally:
        process.terminate()
        process.communicate()


def measure(product: Product, program: Path, requests: Path, rate: float, seed: int) -> tuple[dict[str, Any], Outcome]:
    """The API's calls and the redirects of the same seconds."""
    return calls_beside(product, lambda: ask(program, product.port, requests, rate, SECONDS, seed=seed, naps=True))


def calls_beside(
    product: Product, redirecting: Callable[[], Outcome], seconds: float = SECONDS
) -> tuple[dict[str, Any], Outcome]:
    """What became of the API's calls, for ``seconds``, and of what ``redirecting`` did meanwhile."""
    process = _started("calls", product.api_port, seconds)
    try:
        redirects = redirecting()
        assert process.stdout is not None
        return json.loads(process.stdout.read()), redirects
    finally:
        process.terminate()
        process.communicate()


def api_row(name: str, rounds: list[dict[str, Any]]) -> list[str]:
    took = sorted(value for one in rounds for value in one["took"])
    each = sorted(machine.quantile(one["took"], 0.99) for one in rounds)
    return [
        name,
        f"{len(took):,}",
        f"{machine.quantile(took, 0.5):.2f}",
        f"{machine.quantile(took, 0.99):.2f}",
        f"{each[0]:.2f} to {each[-1]:.2f}, median {statistics.median(each):.2f}",
        f"{took[-1]:.2f}",
        f"{sum(one['errors'] for one in rounds):,}",
    ]


def run(directory: Path) -> list[Table]:
    """The tables of this scenario: the API's, and the redirects'."""
    titles = ("The API while QR codes are drawn", "Redirects while QR codes are drawn")
    if tools.find(tools.COMPILER) is None:
        return [Table(titles[0], f"Not measured: {tools.COMPILER} is not installed (the client is written in C).")]
    noise = machine.Noise()
    program = tools.build("openloop.c", directory)
    requests = traffic.write(directory / "usual", traffic.usual())
    api: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    redirects: dict[bool, list[Outcome]] = {False: [], True: []}
    drawn = []
    for number in range(ROUNDS):
        place = directory / f"product-{time.monotonic_ns()}"
        place.mkdir()
        product = contestants.product_of(place, traffic.SLUGS, command="serve")
        with contestants.started(product):
            verify.check(product.port, traffic.all_heads())
            rate = ask(program, product.port, requests, 0, WARM_UP_S).rate / 2
            alone = measure(product, program, requests, rate, number + 1)
            with rendering(product) as done:
                beside = measure(product, program, requests, rate, number + 1)
            for is_beside, (called, redirected) in ((False, alone), (True, beside)):
                api[is_beside].append(called)
                redirects[is_beside].append(redirected)
            statuses = ", ".join(f"{times:,} × {status}" for status, times in sorted(done["statuses"].items()))
            drawn.append(f"{statuses} in {done['seconds']:.1f} s")
    what = (
        f"One worker at half of what it answers in a closed loop, and `GET /links/{{id}}` {API_RATE:.0f} times a "
        f"second, both open loop, {ROUNDS} rounds of {SECONDS:g} s each, without and with {RENDERERS} clients that "
        f"have PNGs drawn one after another. {cores.describe().capitalize()}. {noise}"
    )
    names = {False: "nobody renders", True: f"{RENDERERS} clients render"}
    remark = f"Answers to renders, by round: {'; '.join(drawn)}."
    return [
        Table(titles[0], what, API_COLUMNS, [api_row(names[kind], api[kind]) for kind in api], remark),
        Table(
            titles[1],
            "The same rounds.",
            REDIRECT_COLUMNS,
            [redirect_row(names[kind], redirects[kind]) for kind in redirects],
        ),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
