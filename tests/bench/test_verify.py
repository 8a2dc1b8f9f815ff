"""bench/verify.py"""

import socket
from collections.abc import Iterator

import pytest

from bench.verify import WrongAnswer, answer

GOOD = b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://example.com/\r\nContent-Length: 4\r\n\r\nbody"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(ours, the server's)."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_whole_answer(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(GOOD)
    status, headers, size = answer(ours, b"GET / HTTP/1.1\r\n\r\n")
    assert (status, headers["location"], size) == (301, "https://example.com/", len(GOOD))
    assert theirs.recv(100) == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (GOOD.replace(b"Content-Length: 4\r\n", b""), "without Content-Length"),
        (GOOD + b"H", "more than one answer"),
        (GOOD[:-1], "closed instead of kept"),
        (b"", "closed instead of kept"),
    ],
)
def test_what_is_no_answer(ends: tuple[socket.socket, socket.socket], sent: bytes, complaint: str) -> None:
    ours, theirs = ends
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(WrongAnswer, match=complaint):
        answer(ours, b"GET / HTTP/1.1\r\n\r\n")
