"""What is answered where no link is: settings that send elsewhere, reserved paths, strict hosts, refusals."""

from typing import Any

import orjson
import pytest

from links.slug import RESERVED
from server import pages
from server.answer import Responder
from server.settings import ServerSettings
from tests.server.asking import API_URL, ask, header


@pytest.mark.parametrize(
    ("target", "settings", "status", "location"),
    [
        ("/", {"root_redirect": "https://e.com/home"}, 302, "https://e.com/home"),
        ("/nothing", {"not_found_redirect": "https://e.com/404"}, 302, "https://e.com/404"),
        ("/%zz", {"not_found_redirect": "https://e.com/404"}, 302, "https://e.com/404"),
        ("/disabled", {"gone_redirect": "https://e.com/410"}, 302, "https://e.com/410"),
        ("/disabled", {"not_found_redirect": "https://e.com/404"}, 410, None),
        ("/nothing", {"gone_redirect": "https://e.com/410"}, 404, None),
        ("/.well-known/security.txt", {"not_found_redirect": "https://e.com/404"}, 404, None),
        ("/api/v1/links", {"not_found_redirect": "https://e.com/404"}, 404, None),
    ],
)
def test_a_setting_sends_elsewhere(target: str, settings: dict[str, Any], status: int, location: str | None) -> None:
    answer = ask(target, **settings)
    assert (answer.status, header(answer, "Location")) == (status, location)
    assert header(answer, "Cache-Control") == "no-store"
    assert header(answer, "Content-Length") == str(len(answer.body))


@pytest.mark.parametrize(
    ("target", "status", "settings"),
    [
        ("/nothing", 404, {"not_found_redirect": "https://e.com/404"}),
        ("/disabled", 410, {"gone_redirect": "https://e.com/410"}),
        ("/", 405, {"root_redirect": "https://e.com/"}),
    ],
)
def test_another_method_is_not_sent_elsewhere(target: str, status: int, settings: dict[str, Any]) -> None:
    assert ask(target, "POST", **settings).status == status


def test_a_visit_sent_elsewhere_is_still_the_links_and_a_miss_still_a_miss() -> None:
    assert ask("/disabled", gone_redirect="https://e.com/410").link_id == 8
    assert ask("/nothing", not_found_redirect="https://e.com/404").miss


@pytest.mark.parametrize("target", ["/api", "/api/v1/links", "/v1/links?x=1", "/v2", "/v3/a/b", "/rest/", "/API/v1"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_api_path_is_told_where_the_api_is(target: str, method: str) -> None:
    answer = ask(target, method)
    assert answer.status == 404
    assert header(answer, "Content-Type") == "application/json"
    assert header(answer, "Cache-Control") == "no-store"
    assert orjson.loads(answer.body)["api_url"] == API_URL


@pytest.mark.parametrize("segment", sorted(RESERVED - {"robots.txt", "favicon.ico"}))
def test_reserved_paths_are_not_found_and_never_a_miss(segment: str) -> None:
    for target in (f"/{segment}", f"/{segment}/x", f"/{segment.upper()}", f"/%{ord(segment[0]):02x}{segment[1:]}/"):
        answer = ask(target)
        assert (answer.status, answer.miss) == (404, False)


@pytest.mark.parametrize(
    ("target", "content_type", "body"),
    [
        ("/robots.txt", "text/plain; charset=utf-8", pages.ROBOTS),
        ("/favicon.ico", "image/svg+xml", pages.FAVICON),
        ("/favicon.ico?v=2", "image/svg+xml", pages.FAVICON),
    ],
)
@pytest.mark.parametrize("host", ["s.test", "own.test", "unknown.test"])
def test_robots_and_the_icon_are_there_on_every_host(target: str, host: str, content_type: str, body: bytes) -> None:
    answer = ask(target, host=host)
    assert (answer.status, answer.body) == (200, body)
    assert header(answer, "Content-Type") == content_type
    assert header(answer, "Referrer-Policy") is None


def test_below_robots_there_is_nothing() -> None:
    assert ask("/robots.txt/x").status == 404


def test_the_root_of_another_domain_is_not_found() -> None:
    answer = ask("/", host="own.test", root_redirect="https://e.com/")
    assert (answer.status, answer.miss) == (404, False)
    assert ask("/", host="unknown.test").status == 200


@pytest.mark.parametrize(
    ("host", "target", "status", "miss"),
    [
        ("s.test", "/plain", 301, False),
        ("S.Test.:8080", "/plain", 301, False),
        ("own.test", "/plain", 301, False),
        ("unknown.test", "http://own.test/plain", 301, False),
        ("unknown.test", "/plain", 404, True),
        ("unknown.test", "/%zz", 404, False),
        ("unknown.test", "/", 404, False),
        ("own.test", "http://unknown.test/plain", 404, True),
        (None, "/plain", 404, True),
        ("", "/plain", 404, True),
    ],
)
def test_strict_hosts_know_the_own_domains_alone(host: str | None, target: str, status: int, miss: bool) -> None:
    answer = ask(target, host=host, strict_hosts=True, not_found_redirect="https://e.com/404")
    assert (answer.status, answer.miss) == (status, miss)


@pytest.mark.parametrize("base_url", ["http://[::1]:8080", "https://BÜCHER.example", "http://s.test.:80"])
def test_strict_hosts_know_every_spelling_of_base_url(base_url: str) -> None:
    host = base_url.partition("//")[2]
    assert ask("/plain", host=host, base_url=base_url, strict_hosts=True).status == 301


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/plain", "a b"),
        ("/plain", "x@s.test"),
        ("http://own.test/plain", "a b"),
        ("http://x@s.test/plain", "s.test"),
        ("ftp://s.test/plain", "s.test"),
        ("s.test:443", "s.test"),
        ("http:///plain", "s.test"),
    ],
)
def test_what_names_no_resource_is_a_bad_request(target: str, host: str) -> None:
    answer = ask(target, host=host)
    assert (answer.status, answer.body, answer.miss) == (400, pages.BAD_REQUEST, False)
    assert header(answer, "Cache-Control") == "no-store"


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("redirect_status", {"redirect_status": 303}),
        ("root_redirect", {"root_redirect": "https://e.com/\r\nX: y"}),
        ("not_found_redirect", {"not_found_redirect": "https://é.com/"}),
        ("gone_redirect", {"gone_redirect": "https://e.com/a b"}),
        ("base_url", {"base_url": ""}),
        ("base_url", {"base_url": "/s"}),
        ("base_url", {"base_url": "s.test"}),
        ("base_url", {"base_url": "https://a b/"}),
    ],
)
def test_settings_that_cannot_be_served_are_refused_by_name(key: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^server.{key}: "):
        Responder(ServerSettings(**{"base_url": "https://s.test", **settings}), API_URL)
