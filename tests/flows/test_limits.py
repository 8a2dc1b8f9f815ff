"""The limits of the redirect server, in real processes: what a client gets that goes beyond one."""

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.abuse import connect, exchange, rest, status
from tests.flows.processes import wait_until
from tests.flows.product import Product, parse_response

ASK = b"GET /nothing HTTP/1.1\r\nHost: s.test\r\n\r\n"
PART = b"GET /nothing HTTP/1.1\r\nHost: s.test\r\n"
WHOLE = PART + b"Connection: close\r\n\r\n"
MOST = 16

ProductAt = Callable[..., Product]


@pytest.fixture
def start(product_at: ProductAt) -> Iterator[Callable[..., Product]]:
    """Starts a product of one worker with some of its limits set."""
    started: list[Product] = []

    def start(**limits: object) -> Product:
        product = product_at(workers=1, **{f"FINGERPOST_SERVER__{key.upper()}": str(limits[key]) for key in limits})
        product.start()
        started.append(product)
        return product

    yield start
    for product in started:
        assert product.stop() == 0, product.stderr


def worker(product: Product) -> int:
    (pid,) = product.children("worker")
    return pid


@pytest.fixture
def open_() -> Iterator[Callable[..., socket.socket]]:
    """Makes connections, and closes those that a test leaves."""
    with ExitStack() as stack:
        yield lambda *address: stack.enter_context(connect(*address))


Open = Callable[..., socket.socket]


@pytest.mark.parametrize("fast", ["true", "false"])
def test_time_is_limited_for_heads_and_for_doing_nothing(start: Callable[..., Product], fast: str) -> None:
    product = start(head_seconds=1, keepalive_seconds=1, fast_path=fast)
    with connect(product.port) as slow, connect(product.port) as idle, connect(product.port) as fresh:
        slow.sendall(PART)
        idle.sendall(ASK)
        assert status(idle.recv(65_536)) == 404
        assert status(rest(slow)) == 408
        assert status(rest(idle)) == 0
        assert rest(fresh) == b""


@pytest.mark.parametrize("fast", ["true", "false"])
def test_a_head_is_limited_and_a_half_closed_connection_answered(start: Callable[..., Product], fast: str) -> None:
    product = start(max_head_bytes=8_192, max_body_bytes=1_024, fast_path=fast)
    long = PART + b"X: " + b"x" * 5_000 + b"\r\nY: " + b"y" * 5_000
    assert status(exchange(product.port, long)) == 431
    assert status(exchange(product.port, b"GET /" + b"x" * 8_192)) == 414
    assert status(exchange(product.port, ASK, end=True)) == 404
    assert exchange(product.port, ASK * 3 + PART, end=True).count(b"HTTP/1.1 404 ") == 3
    assert exchange(product.port, PART, end=True) == b""
    body = b"POST /nothing HTTP/1.1\r\nHost: s.test\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2_000
    assert status(exchange(product.port, body)) == 404


def test_one_connection_too_many_is_told_when_to_come_back(start: Callable[..., Product], open_: Open) -> None:
    product = start(max_connections=MOST, head_seconds=600)
    wait_until(lambda: open_connections(product) == 0, "those who asked for its health are gone")
    held = [open_(product.port) for _ in range(MOST)]
    for sock in held:
        sock.sendall(PART)  # who is asking is not sent away
    data = exchange(product.port, WHOLE)
    code, headers, _ = parse_response(data)
    assert (code, headers["retry-after"], headers["connection"]) == (503, "10", "close")
    for sock in held:
        sock.sendall(b"\r\n")
        assert status(sock.recv(65_536)) == 404
    # Now they are idle, and after a while one of them makes room.
    wait_until(lambda: status(exchange(product.port, WHOLE)) == 404, "there is room")
    wait_until(lambda: "server.max_connections is reached" in product.stderr, "it is logged")


def open_connections(product: Product) -> int:
    """Established connections of the worker's port, as the kernel has them."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(1 for line in lines if f":{product.port:04X}" in line.split()[1] and line.split()[3] == "01")


def test_connections_of_one_address_are_limited(start: Callable[..., Product], open_: Open) -> None:
    product = start(max_connections_per_address=3, trusted_proxies="[]")
    wait_until(lambda: open_connections(product) == 0, "those who asked for its health are gone")
    held = [open_(product.port, "127.0.0.2") for _ in range(3)]
    for sock in held:
        sock.sendall(ASK)
        assert status(sock.recv(65_536)) == 404
    code, headers, _ = parse_response(exchange(product.port, WHOLE, "127.0.0.2"))
    assert (code, headers["retry-after"], headers["connection"]) == (429, "10", "close")
    assert status(exchange(product.port, WHOLE, "127.0.0.3")) == 404
    held.pop().close()
    wait_until(lambda: status(exchange(product.port, WHOLE, "127.0.0.2")) == 404, "the closed one does not count")


def test_proxies_are_not_limited(start: Callable[..., Product], open_: Open) -> None:
    product = start(max_connections_per_address=1)
    held = [open_(product.port, "127.0.0.2") for _ in range(5)]
    for sock in held:
        sock.sendall(ASK)
        assert status(sock.recv(65_536)) == 404


@pytest.fixture
def few_files() -> Iterator[None]:
    """What is started meanwhile may open 256 files, and more if it asks."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("few_files")
def test_a_worker_asks_for_as_many_files_as_it_needs(start: Callable[..., Product]) -> None:
    product = start(max_connections=300)
    assert resource.prlimit(worker(product), resource.RLIMIT_NOFILE)[0] == 300 + 128


def test_without_a_free_descriptor_a_worker_turns_connections_away_and_rests(
    start: Callable[..., Product], open_: Open
) -> None:
    product = start()
    pid = worker(product)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    taken = max(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()) + 1
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (taken + 5, before[1]))
    clients = [open_(product.port) for _ in range(60)]
    ends = [_end(sock) for sock in clients]
    assert ends.count(404) >= 3
    assert ends.count(0) > 30  # closed without an answer: there was no descriptor to answer on
    # A loop that spins on the queue would take the whole processor.
    used = cpu_ticks(pid)
    time.sleep(1)
    assert cpu_ticks(pid) - used < os.sysconf("SC_CLK_TCK") // 2
    assert _end(clients[ends.index(404)]) == 404
    for sock in clients:
        sock.close()
    wait_until(lambda: status(exchange(product.port, WHOLE)) == 404, "there are descriptors again")


def _end(sock: socket.socket) -> int:
    """The status that this connection gets; 0 where it is closed."""
    try:
        sock.sendall(ASK)
        return status(sock.recv(65_536))
    except ConnectionError:
        return 0


def cpu_ticks(pid: int) -> int:
    """What proc(5) calls utime and stime."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
