"""Which answers are visits, what is kept of them, and that they are written down before anybody is answered."""

import asyncio
from collections.abc import Callable

import pytest

from clicks.record import GONE, NOT_FOUND, REDIRECT, Section
from server.answer import Answer
from server.app import make_server
from tests.server.roads import TURNS, Wire
from tests.server.test_protocol import Both
from tests.server.visiting import Book, Taken

PEER = bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
TEXT = b"\r\nHost: s.test\r\n\r\n"
SECRETS = ["Cookie", "Authorization", "Proxy-Authorization", "X-Link-Password", "COOKIE", "x-link-password"]


def answered(visit: int, link_id: int = 7) -> Answer:
    return Answer(301, (), b"", link_id, visit=visit)


@pytest.mark.parametrize("kind", [REDIRECT, GONE])
@pytest.mark.parametrize("not_found", [False, True])
def test_a_visit_is_handed_on(kind: int, not_found: bool) -> None:
    book = Book()
    book.visits(not_found=not_found).record(answered(kind), PEER, Section(TEXT), b"HEAD", b"/x?qr=1")
    assert book.taken == [Taken(kind, 7, PEER, TEXT, b"HEAD /x?qr=1")]


def test_what_was_not_found_is_a_visit_only_if_that_is_wanted() -> None:
    for wanted in (False, True):
        book = Book()
        visits = book.visits(not_found=wanted)
        visits.record(answered(NOT_FOUND, 0), PEER, Section(TEXT), b"GET", b"/none")
        visits.record_fields(answered(NOT_FOUND, 0), PEER, [(b"Host", b"s.test")], b"GET", b"/none")
        assert book.taken == [Taken(NOT_FOUND, 0, PEER, TEXT, b"GET /none")] * 2 * wanted


def test_what_is_no_visit_is_not_handed_on() -> None:
    book = Book()
    book.visits().record(answered(0), PEER, Section(TEXT), b"GET", b"/robots.txt")
    book.visits().record_fields(answered(0), PEER, [(b"Host", b"s.test")], b"GET", b"/robots.txt")
    assert book.taken == []


def test_fields_become_a_header_section() -> None:
    book = Book()
    fields = [(b"Host", b"s.test"), (b"X-Empty", b""), (b"host", b"twice"), (b"X-Bytes", b"\xe9:\xff")]
    book.visits().record_fields(answered(REDIRECT), PEER, iter(fields), b"GET", b"/x")
    (taken,) = book.taken
    assert taken.section == b"\r\nHost: s.test\r\nX-Empty: \r\nhost: twice\r\nX-Bytes: \xe9:\xff\r\n\r\n"


@pytest.mark.parametrize("name", SECRETS)
def test_fields_lose_their_secrets(name: str) -> None:
    book = Book()
    fields = [(name.encode(), b"s3cr3t: x"), (b"Host", b"s.test"), (name.lower().encode(), b"s3cr3t")]
    book.visits().record_fields(answered(REDIRECT), PEER, fields, b"GET", b"/x")
    (taken,) = book.taken
    assert b"s3cr3t" not in taken.section
    assert taken.section.lower().count(name.lower().encode()) == 2
    assert b"Host: s.test\r\n" in taken.section


# Before the answer


class Watching(Wire):
    """A transport that notes how many visits there were whenever something is written to it."""

    def __init__(self, factory: Callable[[], asyncio.Protocol], book: Book) -> None:
        self.written: list[tuple[bytes, int]] = []
        self._book = book
        super().__init__(factory)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append((bytes(data), len(self._book.taken)))
        super().write(data)


REQUESTS = {
    "the short cut": b"GET /plain HTTP/1.1\r\nHost: s.test\r\n\r\n",
    "decided": b"GET /plain?qr=1 HTTP/1.1\r\nHost: s.test\r\n\r\n",
    "head": b"HEAD /plain HTTP/1.1\r\nHost: s.test\r\n\r\n",
    "gone": b"GET /expired HTTP/1.1\r\nHost: s.test\r\n\r\n",
    "not found": b"GET /nothing HTTP/1.1\r\nHost: s.test\r\n\r\n",
    "aiohttp": b"GET /plain HTTP/1.1\r\nHost: s.test\r\nConnection: close\r\n\r\n",
    "aiohttp, gone": b"GET /expired HTTP/1.1\r\nHost: s.test\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("is_fast", [True, False])
async def test_a_visit_is_written_down_before_the_answer_goes_out(name: str, is_fast: bool) -> None:
    """Whoever was answered is counted, at whatever instruction the worker is killed."""
    both = Both()
    book = both.fast.book if is_fast else both.slow.book
    wire = Watching(both.connections if is_fast else make_server(both.slow.handler()), book)
    wire.feed(REQUESTS[name])
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert wire.written
    assert wire.written[0][0].startswith(b"HTTP/1.1 ")
    assert [visits for _, visits in wire.written] == [1] * len(wire.written)
    (taken,) = book.taken
    assert taken.peer == PEER
    assert taken.request == REQUESTS[name].split(b" HTTP/1.1")[0]
    assert taken.section == b"\r\n" + REQUESTS[name].partition(b"\r\n")[2]
    wire.close()
    for _ in range(TURNS):
        await asyncio.sleep(0)
