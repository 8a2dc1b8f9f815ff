"""The processes of ``serve`` start again, stand in for each other, and end together."""

import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from links import database
from tests.flows.processes import is_free, owners, state, wait_until
from tests.flows.product import Product, parse_response

CONNECTIONS = 64
"""That all of them meet the same one of two workers has a chance of 2 in 10^19."""


@contextmanager
def kept_open(product: Product, slug: str, count: int = CONNECTIONS) -> Iterator[list[socket.socket]]:
    """Connections over each of which ``slug`` has been visited once."""
    with ExitStack() as stack:
        yield [stack.enter_context(_visited(product, slug)) for _ in range(count)]


def _visited(product: Product, slug: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", product.port), timeout=30)
    connection.sendall(f"GET /{slug} HTTP/1.1\r\nHost: localhost:{product.port}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        more = connection.recv(65536)
        assert more, answer
        answer += more
    assert parse_response(answer)[0] == 301
    return connection


@contextmanager
def in_the_background(function: Callable[..., Any], *arguments: Any) -> Iterator[list[Any]]:
    """Runs ``function`` in a thread; on leaving, its result is the list's only item."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()
    try:
        yield results
    finally:
        thread.join()


def is_stored(product: Product, slug: str) -> bool:
    """Whether a link has been committed."""
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        return bool(connection.execute("SELECT 1 FROM codes WHERE slug = ?", (slug,)).fetchall())


def test_both_workers_get_connections(product: Product) -> None:
    product.create(custom_slug="both")
    workers = product.children("worker")
    with kept_open(product, "both") as connections:
        assert set(owners(connections, workers)) == set(workers)


def test_a_worker_that_is_killed_is_started_again(product: Product) -> None:
    product.create(custom_slug="before")
    killed, other = product.children("worker")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not state(killed) and len(product.children("worker")) == 2, "there are two workers again")
    product.wait_healthy()
    assert other in product.children("worker")
    assert [product.follow("before")[0] for _ in range(20)] == [301] * 20


def test_an_admin_that_is_killed_is_started_again(product: Product) -> None:
    (killed,) = product.children("admin")
    os.kill(killed, signal.SIGKILL)
    product.create(custom_slug="after")  # the socket outlives the process: the request waits in it
    product.wait_healthy()
    assert killed not in product.children("admin")
    assert product.follow("after")[0] == 301


def test_the_connections_of_a_worker_that_stands_still_are_answered_by_the_other_one(product: Product) -> None:
    product.create(custom_slug="still")
    said = len(product.stderr)
    stopped, survivor = product.children("worker")
    os.kill(stopped, signal.SIGSTOP)
    with kept_open(product, "still", 24) as connections:
        assert owners(connections, [survivor]) == [survivor] * 24
    product.create(custom_slug="waited")  # acknowledged when the one that stands still has been killed
    assert state(stopped) != "T"  # it may still be on its way out, its connections closed
    wait_until(lambda: not state(stopped), "it has ended")
    assert [product.follow("waited")[0] for _ in range(20)] == [301] * 20
    product.wait_healthy()
    assert survivor in product.children("worker")
    log = product.stderr[said:]
    assert 0 < log.index("accepts its connections") < log.index("has made no progress") < log.index("(killed by")


def test_everything_ends_with_the_supervisor(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    product.create(custom_slug="kept")
    children = product.children()
    assert len(children) == 3
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    wait_until(lambda: not any(map(state, children)), "the children have ended")
    assert is_free(product.port)
    assert is_free(product.api_port)
    product.start()
    assert product.follow("kept")[0] == 301
    assert product.stop() == 0


def test_a_create_under_way_is_acknowledged_before_the_end(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    # The worker that stands still keeps the create waiting, but for two seconds only: then it is killed.
    os.kill(product.children("worker")[0], signal.SIGSTOP)
    create = product.api, "POST", "/api/v1/links", {"url": "https://example.com/", "custom_slug": "under-way"}
    with in_the_background(*create) as answers:
        wait_until(lambda: is_stored(product, "under-way"), "the link is stored")
        assert not answers
        assert product.stop() == 0
    assert answers[0][0] == 201
    product.start()
    assert product.follow("under-way")[0] == 301
    assert product.stop() == 0


def test_what_is_connected_does_not_hold_up_the_end(product_at: Callable[..., Product]) -> None:
    """Idle connections, of browsers that keep them or open them in advance, are closed."""
    product = product_at()
    product.start()
    product.create(custom_slug="kept")
    with kept_open(product, "kept", 4) as connections, ExitStack() as stack:
        for port in (product.port, product.api_port):
            connections.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
        assert product.stop() == 0
        assert [connection.recv(1) for connection in connections] == [b""] * 6
    assert "is killed" not in product.stderr
