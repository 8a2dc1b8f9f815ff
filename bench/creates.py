"""Creates per second, durable and answered by every worker, with 1, 16 and 64 clients.

Closed loop: each client sends its next request when the last one was answered, so waiting hides no arrivals, but the
p99 is that of clients that wait. Client, admin and two workers share the machine's cores.
The reference in the same run is SQLite itself: one connection, one INSERT of the same bytes and its commit in a loop.
"""

import asyncio
import sqlite3
import time
from pathlib import Path

from bench import machine
from bench.report import Table
from tests.flows.product import KEY, Client, Product

CLIENTS = (1, 16, 64)
CREATES = {1: 1_000, 16: 10_000, 64: 20_000}
REFERENCE_COMMITS = 1_000
WARM_UP = 200


async def _client(port: int, count: int, took: list[float]) -> None:
    client = Client(port, KEY)
    for n in range(count):
        before = time.perf_counter()
        status, _, body = await client.request("POST", "/api/v1/links", {"url": f"https://example.com/path/{n}"})
        took.append((time.perf_counter() - before) * 1e3)
        if status != 201:
            raise RuntimeError(f"{status}: {body!r}")
    client.close()


async def _load(port: int, clients: int, creates: int) -> tuple[float, list[float]]:
    """(seconds, sorted milliseconds of each create)."""
    took: list[float] = []
    before = time.perf_counter()
    await asyncio.gather(*(_client(port, creates // clients, took) for _ in range(clients)))
    return time.perf_counter() - before, sorted(took)


def reference(directory: Path) -> list[str]:
    """Bare SQLite with the same pragmas."""
    connection = sqlite3.connect(directory / "reference.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE links (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, destination TEXT)")
    took = []
    cpu, start = machine.own_cpu_seconds(), time.perf_counter()
    for n in range(REFERENCE_COMMITS):
        before = time.perf_counter()
        connection.execute("INSERT INTO links (slug, destination) VALUES (?, ?)", (f"s{n}", "https://example.com/"))
        took.append((time.perf_counter() - before) * 1e3)
    seconds, cpu = time.perf_counter() - start, machine.own_cpu_seconds() - cpu
    connection.close()
    return _row("bare SQLite, a commit each", REFERENCE_COMMITS, seconds, sorted(took), cpu, None)


def _row(
    name: str, count: int, seconds: float, took: list[float], cpu: float, reference_rate: float | None
) -> list[str]:
    rate = count / seconds
    return [
        name,
        f"{rate:,.0f}",
        f"{machine.quantile(took, 0.5):.2f}",
        f"{machine.quantile(took, 0.99):.2f}",
        f"{cpu / count * 1e6:,.0f}",
        "1" if reference_rate is None else f"{rate / reference_rate:.2f}",
    ]


def run(directory: Path) -> Table:
    """The table of this scenario."""
    rows = [reference(directory)]
    reference_rate = float(rows[0][1].replace(",", ""))
    for clients in CLIENTS:
        place = directory / f"creates{clients}"
        place.mkdir()
        product = Product(place)
        product.start()
        try:
            asyncio.run(_load(product.api_port, 1, WARM_UP))
            pids = product.children()
            cpu = machine.cpu_seconds(pids)
            seconds, took = asyncio.run(_load(product.api_port, clients, CREATES[clients]))
            cpu = machine.cpu_seconds(pids) - cpu
        finally:
            product.stop()
        rows.append(
            _row(f"{clients} client{'s' if clients > 1 else ''}", len(took), seconds, took, cpu, reference_rate)
        )
    syncs = machine.fdatasync_us(directory)
    return Table(
        "Creating links",
        "`POST /api/v1/links`, durable (`synchronous=FULL`) and answered by both workers before the 201; closed loop.",
        ["", "creates/s", "p50 ms", "p99 ms", "CPU µs a create (admin and both workers)", "ratio to bare SQLite"],
        rows,
        f"fdatasync after 4 KiB on this disk: p50 {machine.quantile(syncs, 0.5):.0f} µs, "
        f"p99 {machine.quantile(syncs, 0.99):.0f} µs.",
    )
