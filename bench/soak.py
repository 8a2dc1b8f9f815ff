"""``make soak REQUESTS=10000000``: does memory stay flat under a long, unkind load?

Of the requests 80 % are visits on kept connections, 10 % are malformed, 10 % are connections that break off: in the
middle of a head, before the answer, after half of a body. Several client processes, one product, all on the loopback
interface. It ends by itself: after so many requests, or after ``MOST_SECONDS``.
"""

import argparse
import itertools
import multiprocessing
import shutil
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from bench import machine
from bench.heads import header_sections
from bench.report import HERE, RESULTS, Table
from tests.flows.abuse import MALFORMED, exchange, memory, status
from tests.flows.million import fill, location
from tests.flows.product import Product

REQUESTS = 300_000
CLIENTS = 2
WORKERS = 1
SLUGS = 10_000
HEADS = 1_200

ROUND = 100
"""Requests of each client between two looks at the clock: 80 visits, 10 malformed, 10 broken off."""

MALFORMED_OF, BROKEN_OF = 10, 10
KEPT_CONNECTIONS = 20
ROWS = 20
MOST_SECONDS = 6 * 3_600
PATIENCE_S = 30.0

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""

WARM_ROWS = 4
"""Rows until memory counts: by then each kind of request has been seen often, and what is kept of heads is full."""

BROKEN = (
    b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nX: ",
    b"GET /nothing HTTP/1.1\r\nHost: s.test\r\n\r\n",
    b"POST /nothing HTTP/1.1\r\nHost: s.test\r\nContent-Length: 1000\r\n\r\nhalf",
    b"POST /nothing HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
    b"",
)


def visits() -> Iterator[bytes]:
    """Requests for the slugs, under heads of browsers, for ever."""
    sections = header_sections(HEADS)
    for n in itertools.count():
        yield f"GET /{location(n % SLUGS + 1)[0]} HTTP/1.1\r\n{sections[n * 7 % len(sections)]}".encode()


def client(port: int, rounds: int, deadline: float, done: "Synchronized[int]") -> None:
    """One client process. Adds to ``done`` what it has asked; ends with an error at any answer that is wrong."""
    asked = visits()
    with ExitStack() as stack:
        socks = [stack.enter_context(connect(port)) for _ in range(KEPT_CONNECTIONS)]
        for round_ in range(rounds):
            for _ in range((ROUND - MALFORMED_OF - BROKEN_OF) // KEPT_CONNECTIONS):
                for sock in socks:
                    sock.sendall(next(asked))
                for sock in socks:
                    answer = sock.recv(65_536)
                    if status(answer) != 301:
                        raise RuntimeError(f"a visit was answered {answer!r}")
            for n in range(MALFORMED_OF):
                answer = exchange(port, MALFORMED[(round_ + n) % len(MALFORMED)])
                if not 400 <= status(answer) < 500:
                    raise RuntimeError(f"a malformed request was answered {answer!r}")
            for n in range(BROKEN_OF):
                break_off(port, BROKEN[(round_ + n) % len(BROKEN)])
            with done.get_lock():
                done.value += ROUND
            if time.monotonic() > deadline:
                return


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)


def break_off(port: int, data: bytes) -> None:
    """Send, and reset the connection."""
    with connect(port) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.sendall(data)


def soak(directory: Path, requests: int) -> Table:
    """Run it; the table of memory by requests."""
    product = Product(directory, workers=WORKERS)
    fill(product.data, SLUGS)
    product.start()
    try:
        return watch(product, requests)
    finally:
        product.kill_all()


def watch(product: Product, requests: int) -> Table:
    pids = {"worker": product.children("worker")[0], "admin": product.children("admin")[0]}
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    deadline = time.monotonic() + MOST_SECONDS
    rounds = max(1, requests // ROUND // CLIENTS)
    arguments = (product.port, rounds, deadline, done)
    clients = [context.Process(target=client, args=arguments) for _ in range(CLIENTS)]
    before = time.monotonic()
    rows, own = [], []
    for each in clients:
        each.start()
    try:
        for row in range(ROWS + 1):
            while done.value < row * rounds * CLIENTS * ROUND // ROWS and any(each.is_alive() for each in clients):
                time.sleep(0.05)
            own.append(memory(pids["worker"]))
            pss = [machine.pss_bytes(pid) for pid in pids.values()]
            rows.append([f"{done.value:,}", f"{time.monotonic() - before:,.0f}", mb(own[-1]), *map(mb, pss)])
            print("  ".join(rows[-1]), file=sys.stderr, flush=True)
        for each in clients:
            each.join(PATIENCE_S)
    finally:
        for each in clients:
            each.kill()
    if [each.exitcode for each in clients] != [0] * CLIENTS or product.children("worker")[0] != pids["worker"]:
        raise RuntimeError(f"a client or the worker failed: {product.stderr[-2_000:]}")
    return Table(
        "Soak",
        f"{done.value:,} requests by {CLIENTS} clients to {WORKERS} worker with {SLUGS:,} links: 80 % visits under "
        f"{HEADS:,} heads, recorded; 10 % malformed; 10 % connections that break off. Memory in MB: the worker's own "
        "pages, then PSS, in which the journal's mapped segments count.",
        ["requests", "seconds", "worker's own", "worker PSS", "admin PSS"],
        rows,
        f"From the row of {rows[WARM_ROWS][0]} requests to the last the worker's own memory changed by "
        f"{(own[-1] - own[WARM_ROWS]) / 1e6:+.1f} MB.",
    )


def mb(count: int) -> str:
    return f"{count / 1e6:.1f}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("requests", nargs="?", type=int, default=REQUESTS)
    requests = parser.parse_args(arguments).requests
    (HERE / "scratch").mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(dir=HERE / "scratch"))
    try:
        table = soak(directory, requests)
    finally:
        shutil.rmtree(directory)
    day = datetime.now(UTC)
    path = HERE / RESULTS / f"{day:%Y-%m-%d}-soak.md"
    path.write_text(f"# Soak\n\nMeasured {day:%Y-%m-%d} on: {machine.describe()}\n\n{table.markdown()}")
    print(table.markdown())
    print(f"written to {path.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
