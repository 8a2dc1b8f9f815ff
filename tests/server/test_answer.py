from typing import Any

import pytest

from server import pages
from tests.server.asking import NOW, TO, ask, header


@pytest.mark.parametrize(
    ("target", "link_id"),
    [
        ("/plain", 1),
        ("/plain/", 1),
        ("/plain?", 1),
        ("/plain?qr=1", 1),
        ("/plain#f", 1),
        ("/pl%61in", 1),
        ("/a/b", 18),
        ("/a/b/", 18),
        ("/%F0%9F%98%80", 19),
        ("/%f0%9f%98%80%EF%B8%8F/", 19),
        ("http://s.test/plain", 1),
        ("http://other.test/plain", 1),
        ("http://own.test:99/plain", 101),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_is_a_redirect(target: str, method: str, link_id: int) -> None:
    answer = ask(target, method)
    assert (answer.status, answer.link_id, answer.body, answer.miss) == (301, link_id, b"", False)
    assert [name for name, _ in answer.headers] == [b"Location", b"Cache-Control", b"Content-Length"]
    assert header(answer, "Content-Length") == "0"
    assert header(answer, "Cache-Control") == "private, no-store"


def test_the_location_is_the_stored_bytes() -> None:
    assert header(ask("/%F0%9F%98%80"), "Location") == "https://e.com/%F0%9F%98%80?%zz=%2f'"


@pytest.mark.parametrize(
    ("host", "link_id"),
    [
        ("s.test", 1),
        ("S.TEST.:80", 1),
        ("unknown.test", 1),
        ("", 1),
        (None, 1),
        ("own.test", 101),
        ("OWN.test.:8080", 101),
    ],
)
def test_the_host_chooses_the_domain(host: str | None, link_id: int) -> None:
    assert ask("/plain", host=host).link_id == link_id


@pytest.mark.parametrize(
    ("target", "method", "settings", "status"),
    [
        ("/plain", "GET", {}, 301),
        ("/plain", "GET", {"redirect_status": 302}, 302),
        ("/plain", "GET", {"redirect_status": 308}, 308),
        ("/s301", "GET", {"redirect_status": 302}, 301),
        ("/s302", "GET", {}, 302),
        ("/s307", "HEAD", {}, 307),
        ("/s308", "GET", {}, 308),
        # Another method is for the redirects that keep it.
        ("/plain", "POST", {}, 405),
        ("/plain", "OPTIONS", {}, 405),
        ("/plain", "DELETE", {}, 405),
        ("/plain", "get", {}, 405),
        ("/plain", "POST", {"redirect_status": 307}, 307),
        ("/s301", "POST", {"redirect_status": 307}, 405),
        ("/s302", "POST", {}, 405),
        ("/s307", "POST", {}, 307),
        ("/s308", "PUT", {}, 308),
        ("/s308", "OPTIONS", {}, 308),
        ("/nothing", "POST", {}, 404),
        ("/disabled", "POST", {}, 410),
        ("/s308-disabled", "POST", {}, 410),
        ("/ungraced", "POST", {}, 404),
        ("/", "POST", {}, 405),
        ("/robots.txt", "POST", {}, 405),
        ("*", "OPTIONS", {}, 405),
    ],
)
def test_the_status_follows_link_server_and_method(
    target: str, method: str, settings: dict[str, Any], status: int
) -> None:
    answer = ask(target, method, **settings)
    assert answer.status == status
    assert header(answer, "Allow") == ("GET, HEAD" if status == 405 else None)
    assert header(answer, "Location") == (TO.decode() if status in {301, 302, 307, 308} else None)
    assert status != 405 or answer.link_id == 0


@pytest.mark.parametrize(
    ("target", "settings", "expected"),
    [
        ("/plain", {}, "private, no-store"),
        ("/plain", {"cache_seconds": 60}, "private, max-age=60"),
        ("/plain", {"cache_seconds": -1}, "private, no-store"),
        ("/cached", {}, "private, max-age=60"),
        ("/cached", {"cache_seconds": 5}, "private, max-age=60"),
        ("/uncached", {"cache_seconds": 60}, "private, no-store"),
        ("/cached-expires", {}, "private, max-age=30"),
        ("/cached-last-second", {}, "private, no-store"),
        ("/expires", {"cache_seconds": 60}, "private, no-store"),
        ("/grace", {}, "private, max-age=10"),
    ],
)
def test_a_redirect_says_how_long_it_may_be_kept(target: str, settings: dict[str, Any], expected: str) -> None:
    assert header(ask(target, **settings), "Cache-Control") == expected


@pytest.mark.parametrize(
    ("target", "settings", "location"),
    [
        ("/plain?a=1", {}, "https://e.com/"),
        ("/plain?a=1", {"forward_query": True}, "https://e.com/?a=1"),
        ("/plain?", {"forward_query": True}, "https://e.com/"),
        ("/plain/?a=1&qr=1", {"forward_query": True}, "https://e.com/?a=1"),
        ("/plain?qr=1", {"forward_query": True}, "https://e.com/"),
        ("/plain?a=1#f", {"forward_query": True}, "https://e.com/?a=1"),
        ("/noquery?a=1", {"forward_query": True}, "https://e.com/"),
        ("/query?a=1&own=2", {}, "https://e.com/p?own=1&a=1#f"),
        ("/query?é", {}, "https://e.com/p?own=1&%C3%A9#f"),
        ("http://s.test/query?a=1", {}, "https://e.com/p?own=1&a=1#f"),
    ],
)
def test_the_query_is_forwarded_where_it_is_asked_for(target: str, settings: dict[str, Any], location: str) -> None:
    assert header(ask(target, **settings), "Location") == location


@pytest.mark.parametrize(
    ("target", "status", "link_id", "body"),
    [
        ("/disabled", 410, 8, pages.GONE),
        ("/expired", 410, 9, pages.GONE),
        ("/ungraced", 404, 0, pages.NOT_FOUND),
        ("/ungraced-disabled", 404, 0, pages.NOT_FOUND),
        ("/nothing", 404, 0, pages.NOT_FOUND),
        ("/plain+", 404, 0, pages.NOT_FOUND),
        ("/%zz", 404, 0, pages.NOT_FOUND),
        ("/plain%00", 404, 0, pages.NOT_FOUND),
        ("/a%2Fb", 404, 0, pages.NOT_FOUND),
        ("//", 404, 0, pages.NOT_FOUND),
        ("/", 200, 0, pages.ROOT),
        ("/?qr=1", 200, 0, pages.ROOT),
        ("http://s.test", 200, 0, pages.ROOT),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_is_complete_and_not_kept(target: str, status: int, link_id: int, body: bytes, method: str) -> None:
    answer = ask(target, method)
    assert (answer.status, answer.link_id) == (status, link_id)
    assert answer.body == (body if method == "GET" else b"")
    assert dict(answer.headers) == {
        b"Content-Type": b"text/html; charset=utf-8",
        b"Content-Length": b"%d" % len(body),
        b"X-Content-Type-Options": b"nosniff",
        b"Cache-Control": b"no-store",
        b"Referrer-Policy": b"no-referrer",
    }


def test_a_link_expires_at_its_time_and_not_before() -> None:
    assert ask("/expires").status == 301
    assert ask("/expires", now_ms=NOW + 1).status == 410


def test_an_old_slug_is_unknown_when_its_grace_is_over() -> None:
    assert ask("/grace", now_ms=NOW + 10_998).status == 301
    assert ask("/grace", now_ms=NOW + 10_999).status == 404


@pytest.mark.parametrize(
    ("target", "miss"),
    [
        ("/nothing", True),
        ("/nothing/", True),
        ("/%F0%9F%98%81", True),
        ("/ungraced", True),  # it may have been given to a new link
        ("http://new.test/nothing", True),
        # What no commit can change.
        ("/", False),
        ("/%zz", False),
        ("/plain+", False),
        ("/api/v1/links", False),
        ("/admin", False),
        ("/robots.txt", False),
        ("/disabled", False),
        ("/expired", False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_404_for_want_of_a_slug_is_a_miss(target: str, miss: bool, method: str) -> None:
    assert ask(target, method).miss is miss
