"""Bytes to bytes: what the fast path answers, and what it leaves to aiohttp."""

from collections.abc import Callable

import pytest

from clicks.record import GONE, NOT_FOUND, REDIRECT
from server.answer import Responder
from server.domains import DomainSettings
from server.entry import pack
from server.fastpath import FastPath
from server.head import MOST_BYTES
from server.settings import ServerSettings
from server.table import Table
from tests.server.asking import API_URL, NOW, make_table
from tests.server.test_head import CHROME, CURL
from tests.server.visiting import Book, Taken

PEER = bytes(10) + b"\xff\xff\xc0\x00\x02\x07"
DATE = b"Sat, 21 Nov 2026 20:00:00 GMT"


class Asked(FastPath):
    """A fast path that one client asks."""

    def respond(self, data: bytes, peer: bytes = PEER) -> bytes | None:
        return super().respond(data, peer)


def make(
    table: Table | None = None,
    is_current: Callable[[], bool] = lambda: True,
    book: Book | None = None,
    **settings: object,
) -> Asked:
    responder = Responder(ServerSettings(**{"base_url": "http://s.test", **settings}), API_URL)  # type: ignore[arg-type]
    visits = (book or Book()).visits()
    table = make_table() if table is None else table
    fast = Asked(responder, table, is_current, lambda: NOW, visits, b"fingerpost")
    fast.set_date(DATE)
    return fast


def get(path: bytes, section: bytes = CURL, method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1" + section


def status(response: bytes | None) -> int:
    assert response is not None
    return int(response.split(b" ", 2)[1])


@pytest.mark.parametrize("section", [CURL, CHROME])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_a_plain_redirect(section: bytes, method: bytes) -> None:
    assert make().respond(get(b"/plain", section, method)) == (
        b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://e.com/\r\nCache-Control: private, no-store\r\n"
        b"Content-Length: 0\r\nServer: fingerpost\r\nDate: " + DATE + b"\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/plain?qr=1", 301),
        (b"/plain?a=b&c", 301),
        (b"/plain/", 301),
        (b"/%70lain", 301),
        (b"/query?x=1", 301),
        (b"/s302", 302),
        (b"/s308", 308),
        (b"/disabled", 410),
        (b"/expired", 410),
        (b"/expires", 301),
        (b"/ungraced", 404),
        (b"/nothing", 404),
        (b"/%zz", 404),
        (b"/", 200),
        (b"/robots.txt", 200),
        (b"/api/v1/links", 404),
    ],
)
def test_everything_else_that_is_plain_is_answered_too(path: bytes, expected: int) -> None:
    assert status(make().respond(get(path))) == expected


def test_head_has_the_length_and_no_body() -> None:
    head, full = make().respond(get(b"/nothing", method=b"HEAD")), make().respond(get(b"/nothing"))
    assert head is not None
    assert full is not None
    assert head.endswith(b"\r\n\r\n")
    assert full.startswith(head)
    assert len(full) > len(head)


@pytest.mark.parametrize(
    "data",
    [
        get(b"/plain", method=b"POST"),
        get(b"/plain", method=b"get"),
        get(b"/plain", method=b"GET "),
        get(b"plain"),
        get(b"*"),
        get(b"http://s.test/plain"),
        get(b"/a b"),
        get(b"/a\tb"),
        get(b"/a\x00b"),
        get("/é".encode()),
        get(b"/plain#x"),
        get(b"/healthz"),
        get(b"/healthz?x"),
        get(b"/plain").replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(b"/plain").replace(b"HTTP/1.1", b"HTTP/2.0"),
        get(b"/plain").replace(b"HTTP/1.1", b"http/1.1"),
        get(b"/plain").replace(b" HTTP/1.1", b""),
        get(b"/plain").replace(b" HTTP/1.1", b" HTTP/1.1 "),
        get(b"/plain").replace(b"Accept: */*", b"Connection: close"),
        get(b"/plain") + b"x",
        get(b"/plain") + get(b"/plain"),
        b"\r\n" + get(b"/plain"),
        b"GET /plain\r\n\r\n",
        b"GET ",
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_declined(data: bytes) -> None:
    assert make().respond(data) is None


def test_each_prefix_is_declined() -> None:
    fast, whole = make(), get(b"/plain", CHROME)
    assert [fast.respond(whole[:end]) for end in range(len(whole))] == [None] * len(whole)


def test_a_long_head_is_declined() -> None:
    fast, room = make(), MOST_BYTES - len(get(b"/plain?"))
    assert status(fast.respond(get(b"/plain?" + b"a" * room))) == 301
    assert fast.respond(get(b"/plain?" + b"a" * (room + 1))) is None


def test_a_miss_is_a_404_only_while_nothing_has_been_committed() -> None:
    current = True
    fast = make(is_current=lambda: current)
    assert status(fast.respond(get(b"/nothing"))) == 404
    current = False
    assert fast.respond(get(b"/nothing")) is None
    assert status(fast.respond(get(b"/plain"))) == 301


def test_changes_of_the_table_show_at_once() -> None:
    table = Table()
    fast = make(table)
    assert status(fast.respond(get(b"/new"))) == 404
    table.put(b"", b"new", pack(1, b"https://new.test/"))
    table.put(b"localhost", b"new", pack(2, b"https://local.test/"))
    response = fast.respond(get(b"/new"))
    assert response is not None
    assert b"Location: https://local.test/\r\n" in response
    table.remove(b"localhost", b"new")
    assert status(fast.respond(get(b"/new"))) == 404  # the host has a table of its own


def test_settings_are_those_of_the_responder() -> None:
    fast = make(redirect_status=307, cache_seconds=60)
    response = fast.respond(get(b"/plain"))
    assert response is not None
    assert response.startswith(b"HTTP/1.1 307 Temporary Redirect\r\n")
    assert b"Cache-Control: private, max-age=60\r\n" in response
    forwarded = make(forward_query=True).respond(get(b"/plain?a=1"))
    assert forwarded is not None
    assert b"Location: https://e.com/?a=1\r\n" in forwarded


def test_strict_hosts_hold_here_too() -> None:
    fast = make(strict_hosts=True)
    assert status(fast.respond(get(b"/plain"))) == 404
    assert status(fast.respond(get(b"/plain", CURL.replace(b"localhost:8080", b"s.test")))) == 301


def test_the_date_is_renewed() -> None:
    fast = make()
    later = b"Sat, 21 Nov 2026 20:00:01 GMT"
    fast.set_date(later)
    for path in (b"/plain", b"/nothing"):
        response = fast.respond(get(path))
        assert response is not None
        assert b"Date: " + later + b"\r\n" in response


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize(
    ("path", "kind", "link_id"),
    [
        (b"/plain", REDIRECT, 1),
        (b"/plain?qr=1&x=y", REDIRECT, 1),
        (b"/%70lain/", REDIRECT, 1),
        (b"/disabled", GONE, 8),
        (b"/nothing", NOT_FOUND, 0),
    ],
)
def test_a_visit_is_recorded_as_it_was_asked(method: bytes, path: bytes, kind: int, link_id: int) -> None:
    book = Book()
    assert make(book=book).respond(get(path, CHROME, method)) is not None
    assert book.taken == [Taken(kind, link_id, PEER, CHROME, method + b" " + path)]


@pytest.mark.parametrize("path", [b"/", b"/robots.txt", b"/api/v1/links", b"/%zz", b"/admin", b"/plain+"])
def test_what_is_no_link_is_no_visit(path: bytes) -> None:
    book = Book()
    assert make(book=book).respond(get(path)) is not None
    assert book.taken == []


def test_what_is_declined_is_recorded_by_who_answers_it() -> None:
    book = Book()
    assert make(book=book, is_current=lambda: False).respond(get(b"/nothing")) is None
    assert make(book=book).respond(get(b"/plain", CURL.replace(b"Host", b"Hos"))) is None
    assert book.taken == []


def test_secrets_are_not_recorded() -> None:
    book = Book()
    section = CURL[:-2] + b"Cookie: a=geheim\r\nX-Link-Password: geheim\r\n\r\n"
    fast = make(book=book)
    for _ in range(2):
        assert fast.respond(get(b"/plain", section)) is not None
    # What comes for the second time is remembered as it is.
    assert [taken.section for taken in book.taken] == [
        b"\r\nCookie:" + CURL[:-2] + b"X-Link-Password:\r\n\r\n",
        CURL[:-2] + b"Cookie:\r\nX-Link-Password:\r\n\r\n",
    ]


def test_a_domain_with_a_status_of_its_own_answers_a_plain_link_with_it() -> None:
    table = make_table()
    fast = make(table)
    section = b"\r\nHost: own.test\r\n\r\n"
    assert status(fast.respond(get(b"/plain", section))) == 301
    table.set_domain(b"own.test", DomainSettings(302, "", "", 0, "allow"))
    answer = fast.respond(get(b"/plain", section))
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 302 Found\r\nLocation: https://own.example/\r\n")
    table.set_domain(b"own.test", DomainSettings(None, "", "", 0, "allow"))
    assert status(fast.respond(get(b"/plain", section))) == 301
    table.set_domain(b"own.test", None)
    assert b"Location: https://e.com/\r\n" in (fast.respond(get(b"/plain", section)) or b"")
