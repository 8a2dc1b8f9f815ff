"""Who is taken for a proxy that nobody listed; that both roads look."""

import pytest

from server.answer import Responder
from server.fastpath import FastPath
from server.fields import listed
from server.peer import Networks, peer_bytes
from server.proxy_watch import MOST_JUDGED, ProxyWatch
from server.settings import ServerSettings
from server.table import Table
from tests.server.visiting import Book

TRUSTED = Networks(("127.0.0.0/8", "::1", "10.1.0.0/16"))
FORWARDED = listed([(b"x-forwarded-for", b"203.0.113.9")])
NONE = listed([(b"Host", b"s.test")])


def address(text: str) -> bytes:
    return peer_bytes((text, 0))


def watching(header: str = "X-Forwarded-For") -> tuple[ProxyWatch, list[str]]:
    told: list[str] = []
    return ProxyWatch(TRUSTED, header, told.append), told


@pytest.mark.parametrize("peer", ["172.18.0.2", "10.2.0.1", "192.168.1.1", "fd00::2", "fe80::1", "100.64.0.1"])
def test_a_private_address_that_names_visitors_is_told_of_once(peer: str) -> None:
    watch, told = watching()
    for _ in range(3):
        watch.look(address(peer), FORWARDED)
    watch.look(address("172.19.0.9"), FORWARDED)
    assert told == watch.warnings == [f"all visitors look like {peer}; add it to server.trusted_proxies"]
    assert watch.address == peer
    assert address(peer) in watch.judged


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "198.51.100.7", "2001:db8::1"])
def test_trusted_and_public_addresses_are_not(peer: str) -> None:
    watch, told = watching()
    watch.look(address(peer), FORWARDED)
    assert (told, watch.warnings, watch.address) == ([], [], "")
    assert address(peer) in watch.judged


def test_who_names_nobody_is_looked_at_again() -> None:
    watch, told = watching()
    watch.look(address("172.18.0.2"), NONE)
    assert (told, watch.judged) == ([], set())


def test_the_field_that_is_configured_counts_too() -> None:
    fields = listed([(b"CF-Connecting-IP", b"203.0.113.9")])
    watch, told = watching()
    watch.look(address("172.18.0.2"), fields)
    assert told == []
    watch, told = watching("CF-Connecting-IP")
    watch.look(address("172.18.0.2"), fields)
    assert len(told) == 1


def test_not_everybody_is_remembered() -> None:
    watch, _ = watching()
    for n in range(MOST_JUDGED + 1):
        watch.look(address(f"198.51.{n >> 8}.{n & 255}"), FORWARDED)
    assert len(watch.judged) == 1


@pytest.mark.parametrize(("header", "found"), [(b"", ""), (b"X-Forwarded-For: 203.0.113.9\r\n", "172.18.0.2")])
def test_the_fast_path_looks(header: bytes, found: str) -> None:
    watch, _ = watching()
    responder = Responder(ServerSettings(base_url="http://s.test"), "http://api.test")
    fast = FastPath(responder, Table(), lambda: True, lambda: 0, Book().visits(), b"s", watch)
    fast.set_date(b"")
    response = fast.respond(b"GET /x HTTP/1.1\r\nHost: s.test\r\n" + header + b"\r\n", address("172.18.0.2"))
    assert response is not None
    assert response.startswith(b"HTTP/1.1 404")
    assert watch.address == found
