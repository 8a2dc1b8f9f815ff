"""Where heads and bodies end, however the bytes come: each stream whole and cut at each byte."""

import pytest

from server.meter import CLOSE, HEAD_TOO_LARGE, TARGET_TOO_LONG, Meter

MOST_HEAD, MOST_BODY = 100, 40
GET = b"GET / HTTP/1.1\r\nHost: s.test\r\n\r\n"


def post(body: bytes, field: bytes = b"Content-Length: %d") -> bytes:
    return b"POST / HTTP/1.1\r\n" + (field % len(body) if b"%" in field else field) + b"\r\n\r\n" + body


def chunked(*lines: bytes) -> bytes:
    return post(b"".join(line + b"\r\n" for line in lines), b"Transfer-Encoding: chunked")


def head_of(size: int) -> bytes:
    head = b"GET / HTTP/1.1\r\nX: " + b"x" * (size - 23) + b"\r\n\r\n"
    assert len(head) == size
    return head


def run(*pieces: bytes) -> tuple[int, int, int, int]:
    """(bytes passed on, why no more, whole heads, bytes of a head that has begun)."""
    meter = Meter(MOST_HEAD, MOST_BODY)
    passed = 0
    for piece in pieces:
        end, stop = meter.feed(piece)
        passed += end
        if stop:
            return passed, stop, meter.heads, meter.head_bytes
        assert end == len(piece)
    return passed, 0, meter.heads, meter.head_bytes


def cuts(data: bytes) -> list[list[bytes]]:
    return [[data], [data[n : n + 1] for n in range(len(data))], *([data[:n], data[n:]] for n in range(1, len(data)))]


@pytest.mark.parametrize(
    ("data", "heads", "left"),
    [
        (GET, 1, 0),
        (GET * 3, 3, 0),
        (GET + b"GE", 1, 2),
        (b"\r\n\r\n" + GET, 1, 0),
        (b"\r\n\r", 0, 3),
        (post(b"hello") + GET, 2, 0),
        (post(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n") + GET, 2, 0),
        (post(b"") + GET, 2, 0),
        (post(b"hello", b"content-LENGTH:\t5 ") + GET, 2, 0),
        (post(b"", b"Content-Length: x") + GET, 2, 0),
        (chunked(b"5", b"hello", b"0", b"") + GET, 2, 0),
        (chunked(b"5;ext=1", b"hel\r\n", b"A", b"0\r\n\r\n01234", b"0", b"") + GET, 2, 0),
        (chunked(b"0", b"T: x", b"U: y", b"") + GET + b"G", 2, 1),
        (chunked(b"0", b"") + GET, 2, 0),
        (head_of(MOST_HEAD), 1, 0),
        (head_of(MOST_HEAD) * 2 + head_of(MOST_HEAD)[:-1], 2, MOST_HEAD - 1),
    ],
)
def test_heads_are_told_from_what_is_none(data: bytes, heads: int, left: int) -> None:
    for pieces in cuts(data):
        assert run(*pieces) == (len(data), 0, heads, left), pieces


@pytest.mark.parametrize(
    ("data", "stop", "heads"),
    [
        (head_of(MOST_HEAD + 1), HEAD_TOO_LARGE, 0),
        (GET + head_of(MOST_HEAD + 1), HEAD_TOO_LARGE, 1),
        (post(b"hello") + head_of(500), HEAD_TOO_LARGE, 1),
        (b"GET / HTTP/1.1\r\nX:" + b" " * 500, HEAD_TOO_LARGE, 0),
        (b"\r\n" * 60, TARGET_TOO_LONG, 0),
        (b"GET /" + b"x" * MOST_HEAD, TARGET_TOO_LONG, 0),
        (GET + b"GET /" + b"x" * MOST_HEAD + b" HTTP/1.1\r\n\r\n", TARGET_TOO_LONG, 1),
        (post(b"x" * (MOST_BODY + 1)) + GET, CLOSE, 1),
        (chunked(*[b"1", b"x"] * 20), CLOSE, 1),
        (chunked(b"0", *[b"A: b"] * 20), CLOSE, 1),
        (chunked(b"1;" + b"x" * 50), CLOSE, 1),
        (chunked(b"1;" + b"x" * 300), CLOSE, 1),
        (chunked(b"Z", b"x"), CLOSE, 1),
        (chunked(b"", b"x"), CLOSE, 1),
        (chunked(b"-1", b"x"), CLOSE, 1),
        (chunked(b"f" * 21, b"x"), CLOSE, 1),
    ],
)
def test_what_is_too_much_is_stopped_wherever_it_is_cut(data: bytes, stop: int, heads: int) -> None:
    for pieces in cuts(data):
        passed, why, whole, _ = run(*pieces)
        assert (why, whole) == (stop, heads), pieces
        assert passed <= len(data)


def test_what_is_refused_is_not_passed_on_and_what_stood_before_it_is() -> None:
    assert run(GET + head_of(MOST_HEAD + 1))[0] == len(GET)
    assert run(GET, head_of(MOST_HEAD + 1))[0] == len(GET)


def test_a_body_is_passed_on_up_to_its_end_or_a_read_beyond_the_limit() -> None:
    body = post(b"x" * 1_000)
    assert run(body[:60], body[60:])[0] == len(body)
    assert run(*(body[n : n + 1] for n in range(len(body))))[0] == len(body) - 1_000 + MOST_BODY + 1


def test_it_says_whether_it_is_in_a_body() -> None:
    meter = Meter(MOST_HEAD, MOST_BODY)
    for data, is_in_body in ((GET, False), (b"GET", False), (post(b"he")[:-1], True), (b"e", False)):
        meter.feed(b" / HTTP/1.1\r\n\r\n" + data if data.startswith(b"POST") else data)
        assert meter.is_in_body is is_in_body
