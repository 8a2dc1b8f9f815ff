"""What a domain of its own answers differently from the server."""

from typing import Any

import pytest

from server.answer import Answer, Responder
from server.domains import DomainSettings
from server.entry import pack
from server.settings import ServerSettings
from tests.server.asking import API_URL, NOW, header, make_table

OWN = b"own.test"
PLAIN = DomainSettings(None, "", "", 0, "allow")


def ask(target: bytes, own: DomainSettings, method: bytes = b"GET", host: bytes = OWN, **settings: Any) -> Answer:
    table = make_table()
    table.set_domain(OWN, own)
    table.put(OWN, b"lower", pack(102, b"https://own.example/lower"))
    table.put(OWN, b"s308", pack(103, b"https://own.example/308", status=308))
    responder = Responder(ServerSettings(base_url="https://s.test", **settings), API_URL)
    return responder.answer(table, method, target, host, NOW)


@pytest.mark.parametrize(("status", "expected"), [(None, 301), (302, 302), (307, 307)])
def test_a_domain_has_its_own_redirect_status(status: int | None, expected: int) -> None:
    assert ask(b"/plain", PLAIN._replace(redirect_status=status)).status == expected
    assert ask(b"/plain", PLAIN._replace(redirect_status=status), host=b"s.test").status == 301


def test_a_links_own_status_stands_above_its_domains() -> None:
    assert ask(b"/s308", PLAIN._replace(redirect_status=302)).status == 308


def test_its_root_is_a_page_or_where_it_says() -> None:
    page = ask(b"/", PLAIN, root_redirect="https://server.example/")
    assert (page.status, header(page, "Location")) == (200, None)
    sent = ask(b"/", PLAIN._replace(root_redirect="https://home.example/"))
    assert (sent.status, header(sent, "Location")) == (302, "https://home.example/")
    assert ask(b"/", PLAIN._replace(root_redirect="https://home.example/"), b"POST").status == 405


def test_what_it_does_not_know_goes_where_it_says_and_is_still_a_miss() -> None:
    own = PLAIN._replace(not_found_redirect="https://own.example/404")
    answer = ask(b"/nothing", own, not_found_redirect="https://server.example/404")
    assert (answer.status, header(answer, "Location"), answer.miss) == (302, "https://own.example/404", True)
    assert ask(b"/nothing", own, b"POST").status == 404
    assert header(ask(b"/nothing", PLAIN, not_found_redirect="https://server.example/404"), "Location") == (
        "https://server.example/404"
    )


@pytest.mark.parametrize("target", [b"/lower", b"/LOWER", b"/Lower/", b"/%4cower"])
@pytest.mark.parametrize(("ignores", "host"), [(1, OWN), (0, OWN), (1, b"s.test")])
def test_case_is_ignored_where_the_domain_says_so(target: bytes, ignores: int, host: bytes) -> None:
    found = ask(target, PLAIN._replace(ignores_case=ignores), host=host).link_id == 102
    assert found == (host == OWN and (ignores == 1 or target == b"/lower"))


@pytest.mark.parametrize(("robots", "body"), [("allow", b"Disallow:\n"), ("disallow", b"Disallow: /\n")])
def test_robots_are_told_what_the_domain_says(robots: str, body: bytes) -> None:
    assert ask(b"/robots.txt", PLAIN._replace(robots=robots)).body == b"User-agent: *\n" + body
    assert ask(b"/robots.txt", PLAIN._replace(robots=robots), host=b"s.test").body.endswith(b"Disallow:\n")
