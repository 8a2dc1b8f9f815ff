"""What happens to a server while its latency is measured; each is a process of its own, which SIGTERM ends.

    python -m bench.disturb creates PORT RATE       links made through the API at PORT, RATE a second
    python -m bench.disturb changes DATA COUNT PAUSE  COUNT links changed at once, again and again, PAUSE seconds apart
    python -m bench.disturb hold PORT IDLE SLOW     IDLE connections that do nothing, SLOW that send a byte a second

It prints a line once it is at work and, when it has been ended, one line of JSON with what it has done.
"""

import asyncio
import json
import select
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import machine
from bench.heads import HOST
from links import database
from links.hub import nudge
from tests.flows.product import KEY, Client

API_CONNECTIONS = 16
CHANGE = (
    "UPDATE links SET location = 'https://example.org/changed/' || id, edits = edits + 1, rev = :rev + id "
    "WHERE id <= :count",
    "UPDATE codes SET rev = :rev + link WHERE link <= :count AND state = 'live'",
    "INSERT INTO link_changes (rev, link, at, who, action, before) "
    "SELECT rev, id, updated_at, 'bench', 'edit', '{}' FROM links WHERE id <= :count",
    "UPDATE counters SET rev = :rev + :count",
)
"""As many edits, in one transaction: more at once than the API and the importer make."""

SECTION = f"Host: {HOST}\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n"
REQUEST = f"GET /m0000001 HTTP/1.1\r\n{SECTION}\r\n".encode()
UNENDING = f"GET /m0000001 HTTP/1.1\r\n{SECTION}X-Slow: {'a' * 2_000}".encode()
"""A head of which a byte a second is sent, and which never ends."""


def _until_sigterm() -> Callable[[], bool]:
    """Whether SIGTERM has come."""
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    return lambda: bool(came)


def _say(line: object) -> None:
    print(line, flush=True)


async def creates(port: int, rate: float) -> dict[str, Any]:
    """Open loop: a create that waits for a free connection has its time counted from when it was due."""
    ended = _until_sigterm()
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(API_CONNECTIONS):
        free.put_nowait(Client(port, KEY))
    took: list[float] = []
    refused: list[int] = []

    async def create(due: float) -> None:
        client = await free.get()
        status, _, _ = await client.request("POST", "/api/v1/links", {"url": "https://example.com/made/beside"})
        free.put_nowait(client)
        if status == 201:
            took.append((time.perf_counter() - due) * 1e3)
        else:
            refused.append(status)

    await create(time.perf_counter())
    _say("ready")
    start, count = time.perf_counter(), 0
    async with asyncio.TaskGroup() as group:
        while not ended():
            due = start + count / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(create(due))
            count += 1
    seconds = time.perf_counter() - start
    took.sort()
    return {"created": len(took), "refused": len(refused), "seconds": seconds, "p99_ms": machine.quantile(took, 0.99)}


async def changes(data_dir: Path, count: int, pause: float) -> dict[str, Any]:
    """When each reload began (the commit) and ended (every worker answers it): CLOCK_MONOTONIC, ns."""
    ended = _until_sigterm()
    connection = sqlite3.connect(data_dir / database.FILE_NAME, isolation_level=None, timeout=10)
    windows = []
    _say("ready")
    while not ended():
        connection.execute("BEGIN IMMEDIATE")
        (rev,) = connection.execute("SELECT rev FROM counters").fetchone()
        for statement in CHANGE:
            connection.execute(statement, {"rev": rev, "count": count})
        connection.execute("COMMIT")
        committed = time.monotonic_ns()
        if not await nudge(data_dir, rev + count):
            raise RuntimeError("no admin runs")
        windows.append([committed, time.monotonic_ns()])
        await asyncio.sleep(pause)
    connection.close()
    return {"windows": windows}


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other end has closed; nothing else can have come."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def hold(port: int, idle: int, slow: int) -> dict[str, Any]:
    """Idle ones have been answered once, as a browser's are; slow ones that are closed are opened again."""
    ended = _until_sigterm()
    idlers = [_connect(port) for _ in range(idle)]
    for connection in idlers:
        connection.sendall(REQUEST)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 301 ")
    drippers = [_connect(port) for _ in range(slow)]
    sent = [0] * slow
    closed = 0
    _say("ready")
    start, turn = time.monotonic(), 0
    while not ended():
        time.sleep(max(0.0, start + turn / slow - time.monotonic()))
        n = turn % slow
        if _is_closed(drippers[n]):
            closed += 1
            drippers[n].close()
            drippers[n], sent[n] = _connect(port), 0
        drippers[n].sendall(UNENDING[sent[n] : sent[n] + 1])
        sent[n] += 1
        turn += 1
    return {"slow_closed": closed, "idle_closed": sum(map(_is_closed, idlers)), "bytes": turn}


def main(what: str, *arguments: str) -> None:
    if what == "creates":
        done = asyncio.run(creates(int(arguments[0]), float(arguments[1])))
    elif what == "changes":
        done = asyncio.run(changes(Path(arguments[0]), int(arguments[1]), float(arguments[2])))
    else:
        done = hold(*map(int, arguments))
    _say(json.dumps(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
