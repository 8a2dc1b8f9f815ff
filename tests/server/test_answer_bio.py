"""Bio pages in the decision: where they stand, who gets them, and what of it is a visit."""

import gzip
from typing import Any

import pytest

from clicks.record import NOT_FOUND, PAGE
from server.answer import Answer, Responder
from server.bio_page import BioPage
from server.domains import DomainSettings
from server.entry import pack, pack_page
from server.fields import listed
from server.settings import ServerSettings
from server.table import Table
from tests.server.asking import API_URL, NOW, header

PLAIN = DomainSettings(None, "", "", 0, "allow")


def document(page_id: int, html: bytes = b"<p>me") -> BioPage:
    return BioPage(page_id, gzip.compress(html), b"t%d" % page_id, b"default-src 'none'")


def make_table(*, at_root: bool = False, published: bool = True, own: DomainSettings = PLAIN) -> Table:
    """Page 7 on the default domain, page 8 on ``own.test``."""
    table = Table()
    table.set_domain(b"own.test", own)
    for domain, page_id in ((b"", 7), (b"own.test", 8)):
        table.put(domain, b"me", pack_page(page_id))
        table.set_page(domain, page_id, document(page_id) if published else None, at_root=at_root)
    return table


def ask(
    table: Table,
    target: str,
    method: str = "GET",
    host: str = "s.test",
    fields: Any = (),
    now: int = NOW,
    **settings: Any,
) -> Answer:
    responder = Responder(ServerSettings(base_url="https://s.test", **settings), API_URL)
    found = listed((name.encode(), value.encode()) for name, value in fields)
    return responder.answer(table, method.encode(), target.encode(), host.encode(), now, fields=found)


@pytest.mark.parametrize(("host", "page"), [("s.test", 7), ("other.test", 7), ("own.test", 8)])
@pytest.mark.parametrize("target", ["/me", "/me/", "/me?bio=1", "/%6de"])
def test_a_page_is_a_visit_of_its_own_kind(target: str, host: str, page: int) -> None:
    answer = ask(make_table(), target, host=host)
    assert (answer.status, answer.body, answer.link_id, answer.visit, answer.miss) == (200, b"<p>me", page, PAGE, False)
    assert header(answer, "ETag") == f'"t{page}"'


def test_head_is_a_visit_too_and_says_what_get_would() -> None:
    full, head = ask(make_table(), "/me"), ask(make_table(), "/me", "HEAD")
    assert (head.headers, head.body, head.visit) == (full.headers, b"", PAGE)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", ["/me", "/"])
def test_who_has_a_copy_has_seen_it_all_the_same(method: str, target: str) -> None:
    answer = ask(make_table(at_root=True), target, method, fields=[("If-None-Match", '"t7"')])
    assert (answer.status, answer.body, answer.link_id, answer.visit) == (304, b"", 7, PAGE)


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("target", ["/me", "/"])
def test_a_page_is_only_read(method: str, target: str) -> None:
    answer = ask(make_table(at_root=True), target, method)
    assert (answer.status, header(answer, "Allow"), answer.visit) == (405, "GET, HEAD", 0)


def test_a_page_that_is_not_published_is_as_good_as_none() -> None:
    table = make_table(published=False)
    answer = ask(table, "/me")
    # A miss: it may have been published by an admin that does not know of this worker.
    assert (answer.status, answer.miss, answer.visit, answer.link_id) == (404, True, NOT_FOUND, 0)
    sent = ask(table, "/me", not_found_redirect="https://e.com/")
    assert (sent.status, header(sent, "Location")) == (302, "https://e.com/")


def test_an_old_name_ends() -> None:
    table = make_table()
    table.put(b"", b"old", pack_page(7, NOW))
    assert ask(table, "/old", now=NOW - 1).status == 200
    assert ask(table, "/old").status == 404


def test_a_page_at_the_root_stands_above_what_else_would() -> None:
    table = make_table(at_root=True, own=PLAIN._replace(root_redirect="https://own.example/"))
    for host, page in (("s.test", 7), ("own.test", 8)):
        answer = ask(table, "/?x", host=host, root_redirect="https://server.example/")
        assert (answer.status, answer.link_id, answer.visit) == (200, page, PAGE)
    table.set_page(b"own.test", 8, None, at_root=True)
    table.set_page(b"", 7, document(7), at_root=False)
    for host, to in (("s.test", "https://server.example/"), ("own.test", "https://own.example/")):
        answer = ask(table, "/", host=host, root_redirect="https://server.example/")
        assert (answer.status, header(answer, "Location"), answer.visit) == (302, to, 0)


def test_a_root_is_its_domains_alone() -> None:
    table = make_table()
    table.set_page(b"own.test", 8, document(8), at_root=True)
    assert (ask(table, "/", host="own.test").link_id, ask(table, "/").link_id) == (8, 0)
    assert ask(table, "//", host="own.test").link_id == 0
    assert ask(table, "/robots.txt", host="own.test").link_id == 0


def test_strict_hosts_hold_for_pages() -> None:
    table = make_table(at_root=True)
    for target in ("/me", "/"):
        assert ask(table, target, host="other.test", strict_hosts=True).status == 404
        assert ask(table, target, host="own.test", strict_hosts=True).link_id == 8


def test_links_beside_pages_are_links() -> None:
    table = make_table()
    table.put(b"", b"x", pack(7, b"https://e.com/"))
    assert ask(table, "/x").status == 301
