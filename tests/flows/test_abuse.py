"""Clients that send what nobody should, or do not read: they cost little, and other clients notice nothing."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.flows.abuse import MALFORMED, MB, allow_files, connect, exchange, memory, pour, status
from tests.flows.product import Product

PLAIN = b"GET /nothing HTTP/1.1\r\nHost: s.test\r\n\r\n"
WHOLE = b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nConnection: close\r\n\r\n"

POURED = 200 * MB
"""What a client sends without reading, if the server takes it."""

KEPT = 16 * MB
"""What the buffers of one such client may take in the kernel and the worker."""

WARM_UP, MANY = 3_000, 15_000
"""Malformed requests: 15,000 left 48 MB behind where they leaked."""

LEAK = 6 * MB

LORISES, IDLE, ASKED = 1_000, 2_000, 300


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"), workers=1, FINGERPOST_SERVER__HEAD_SECONDS="1")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def worker(product: Product) -> int:
    (pid,) = product.children("worker")
    return pid


@pytest.mark.parametrize(
    "request_bytes",
    [
        PLAIN,
        b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nConnection: x\r\n\r\n",
        b"GET /nothing HTTP/1.0\r\nHost: s.test\r\nConnection: keep-alive\r\n\r\n",
        b"POST /nothing HTTP/1.1\r\nHost: s.test\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_who_pipelines_and_never_reads_costs_his_buffers(one_worker: Product, request_bytes: bytes) -> None:
    pid = worker(one_worker)
    for _ in range(20):
        exchange(one_worker.port, request_bytes * 100, end=True)  # what is allocated once
    before = memory(pid)
    with ExitStack() as stack:
        socks = [stack.enter_context(connect(one_worker.port)) for _ in range(3)]
        taken = [0] * len(socks)

        def send(index: int) -> None:
            taken[index] = pour(socks[index], request_bytes, POURED)

        threads = [threading.Thread(target=send, args=(index,)) for index in range(len(socks))]
        for thread in threads:
            thread.start()
        for _ in range(20):
            assert status(exchange(one_worker.port, WHOLE)) == 404
        for thread in threads:
            thread.join()
        assert max(taken) < KEPT
        assert memory(pid) - before < KEPT
        assert status(exchange(one_worker.port, WHOLE)) == 404
    assert worker(one_worker) == pid


def test_malformed_requests_leave_nothing_behind(one_worker: Product) -> None:
    pid = worker(one_worker)

    def ask(count: int) -> None:
        for number in range(count):
            answer = exchange(one_worker.port, MALFORMED[number % len(MALFORMED)])
            assert 400 <= status(answer) < 500

    ask(WARM_UP)
    before = memory(pid)
    ask(MANY)
    assert memory(pid) - before < LEAK
    assert "Traceback" not in one_worker.stderr
    assert worker(one_worker) == pid


def test_slow_and_idle_clients_are_not_noticed_by_others(one_worker: Product) -> None:
    allow_files(LORISES + IDLE + 500)
    assert asyncio.run(_crowd(one_worker.port)) == {404}


async def _crowd(port: int) -> set[int]:
    """The statuses that those who ask are answered."""
    statuses: set[int] = set()
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(IDLE)]
    lorises = [await asyncio.open_connection("127.0.0.1", port) for _ in range(LORISES)]
    try:
        dripping = asyncio.ensure_future(_drip([writer for _, writer in lorises]))
        for number in range(ASKED):
            reader, writer = idle[number]
            writer.write(PLAIN)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            statuses.add(status(head))
        ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in lorises)), 30)
        dripping.cancel()
        assert {status(end) for end in ends} == {408}
        # Those who were idle are still there.
        for reader, writer in idle[-ASKED:]:
            writer.write(WHOLE)
            statuses.add(status(await asyncio.wait_for(reader.read(), 30)))
        return statuses
    finally:
        for _, writer in [*idle, *lorises]:
            writer.transport.abort()
        await asyncio.sleep(0)


async def _drip(writers: list[asyncio.StreamWriter]) -> None:
    """A head that never ends, a byte at a time."""
    for byte in b"GET /nothing HTTP/1.1\r\nX: " + b"y" * 1_000:
        for writer in writers:
            if not writer.is_closing():
                writer.write(bytes([byte]))
        await asyncio.sleep(0.1)
