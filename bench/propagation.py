"""From a commit to "answered by every worker": the hub and the store in this process, two workers as they are.

The clock starts when the store says that the link has been committed and stops when the hub says that every worker
answers it: what a 201 waits for beyond the disk.
The reference in the same run is a round trip of the same few bytes over a Unix socket to another asyncio process.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from bench import machine
from bench.report import Table
from fingerpost.wiring import now_ms
from links import database
from links.hub import Hub
from links.ids import RANDOM_BYTES, uuid7
from links.locks import ADMIN, DataLock
from links.model import Draft
from links.service import Drafts
from links.settings import LinkSettings
from links.store import LinkStore
from tests.flows.product import Product

LINKS = 3_000
CLIENTS = (1, 16)

ECHO = """
import asyncio, sys
async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line)
async def main():
    server = await asyncio.start_unix_server(echo, sys.argv[1])
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


async def _round_trips(directory: Path) -> list[float]:
    path = str(directory / "echo.sock")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ECHO, path, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        reader, writer = await asyncio.open_unix_connection(path)
        took = []
        for n in range(LINKS):
            before = time.perf_counter()
            writer.write(b"REV %d\n" % n)
            await reader.readline()
            took.append((time.perf_counter() - before) * 1e3)
        writer.close()
        return sorted(took)
    finally:
        process.kill()
        await process.wait()


async def _delays(product: Product, clients: int) -> list[float]:
    """Milliseconds from commit to answered, with ``clients`` creating at the same time."""
    settings = LinkSettings()
    drafts = Drafts(settings, frozenset(), os.urandom, lambda: uuid7(now_ms(), os.urandom(RANDOM_BYTES)))
    took: list[float] = []
    with DataLock(product.data) as lock:
        assert lock.take(ADMIN)
        hub = Hub(product.data, lock, time.monotonic)
        store = await LinkStore.open(product.data / database.FILE_NAME, now_ms, hub.advance)
        await hub.start(await store.rev())
        try:
            while hub.workers < 2:
                await asyncio.sleep(0.05)

            async def client(count: int) -> None:
                for _ in range(count):
                    made = (await store.create([drafts.prepare(Draft(destination="https://example.com/"))], "bench"))[0]
                    before = time.perf_counter()
                    if isinstance(made, Exception):
                        raise made
                    await hub.reached(made.rev)
                    took.append((time.perf_counter() - before) * 1e3)

            await asyncio.gather(*(client(LINKS // clients) for _ in range(clients)))
        finally:
            await hub.close()
            await store.close()
    return sorted(took)


def run(directory: Path) -> Table:
    """The table of this scenario."""
    place = directory / "propagation"
    place.mkdir()
    product = Product(place, command="server")
    product.data.mkdir(mode=0o700)
    database.migrate(product.data / database.FILE_NAME, product.data / "backups")
    contestants = {"Unix socket round trip": asyncio.run(_round_trips(directory))}
    product.start()
    try:
        for clients in CLIENTS:
            contestants[f"{clients} creating"] = asyncio.run(_delays(product, clients))
    finally:
        product.stop()
    reference = machine.quantile(contestants["Unix socket round trip"], 0.5)
    return Table(
        "From commit to answered by every worker",
        f"{LINKS:,} creates, two workers. Aim: p99 under 10 ms.",
        ["", "p50 ms", "p99 ms", "max ms", "ratio of p50"],
        [
            [
                name,
                f"{machine.quantile(took, 0.5):.2f}",
                f"{machine.quantile(took, 0.99):.2f}",
                f"{took[-1]:.2f}",
                f"{machine.quantile(took, 0.5) / reference:.1f}",
            ]
            for name, took in contestants.items()
        ],
    )
