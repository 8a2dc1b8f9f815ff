"""bench/floor.c: an answer for each head, however it comes."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import verify
from bench.contestants import CONSTANT
from tests.flows.processes import is_free, wait_until
from tests.flows.product import free_ports

REQUEST = b"GET /m0000001 HTTP/1.1\r\nHost: example.com\r\n\r\n"


@pytest.fixture(scope="module")
def port(compiled: Callable[[str], Path]) -> Iterator[int]:
    program = compiled("floor.c")
    (port,) = free_ports(1)
    process = subprocess.Popen([program, str(port)])
    try:
        wait_until(lambda: process.poll() is not None or not is_free(port), "the floor listens")
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as made:
        yield made


@pytest.fixture
def answer(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as made:
        made.sendall(REQUEST)
        return made.recv(65_536)


def read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := connection.recv(65_536)):
        data += more
    return data


def test_it_answers_with_a_constant(port: int) -> None:
    assert verify.check(port, [(REQUEST, CONSTANT)] * 3) > 0


def test_a_wrong_location_is_noticed(port: int) -> None:
    with pytest.raises(verify.WrongAnswer, match=f"301 to {CONSTANT} instead of 301 to https://example.org/"):
        verify.check(port, [(REQUEST, CONSTANT), (REQUEST, "https://example.org/")])


def test_who_has_no_table_is_noticed(port: int) -> None:
    with pytest.raises(verify.WrongAnswer, match="301 instead of 404"):
        verify.check_unknown(port, REQUEST)


@pytest.mark.parametrize("count", [2, 64, 65, 1_000])
def test_pipelined_requests_are_counted(connection: socket.socket, answer: bytes, count: int) -> None:
    connection.sendall(REQUEST * count)
    assert read(connection, count * len(answer)) == answer * count
    # Nothing comes after them: the next answer is that of the next request.
    assert verify.answer(connection, REQUEST)[0] == verify.STATUS


@pytest.mark.parametrize("cut", range(1, len(REQUEST)))
def test_a_head_in_two_pieces_is_one_head(connection: socket.socket, answer: bytes, cut: int) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(REQUEST[:cut])
    connection.sendall(REQUEST[cut:] + REQUEST)
    assert read(connection, 2 * len(answer)) == answer * 2
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(100) == b""


def test_an_end_may_begin_twice(connection: socket.socket, answer: bytes) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nX: a\r\r\n\r\n" + REQUEST)
    assert read(connection, 2 * len(answer)) == answer * 2


def test_a_head_that_does_not_end_is_not_answered(connection: socket.socket) -> None:
    connection.sendall(REQUEST[:-1])
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(100) == b""
