"""Rules on the fast path, whose header sections are shared by requests that differ in an address."""

from server.answer import Responder
from server.entry import pack
from server.fastpath import FastPath
from server.peer import peer_bytes
from server.settings import ServerSettings
from server.table import Table
from tests.server.routing import FRENCH, GERMAN, NOW, PROXY, TO, URL, program, surroundings
from tests.server.visiting import Book

RULES = [{"destination": TO, "conditions": {"countries": ["FR"]}}]


def make() -> FastPath:
    table = Table()
    table.put(b"", b"x", pack(7, URL.encode(), program=program(RULES)))
    responder = Responder(ServerSettings(base_url="https://s.test"), "", surroundings())
    fast = FastPath(responder, table, lambda: True, lambda: NOW, Book().visits(), b"test")
    fast.set_date(b"Wed, 18 Nov 2026 12:30:00 GMT")
    return fast


def ask(fast: FastPath, peer: str, *fields: str) -> str:
    head = "\r\n".join(["GET /x HTTP/1.1", "Host: s.test", "User-Agent: a", *fields, "", ""])
    response = fast.respond(head.encode(), peer_bytes((peer, 0)))
    assert response is not None
    assert response.startswith(b"HTTP/1.1 302 Found\r\n")
    return response.split(b"Location: ")[1].partition(b"\r\n")[0].decode()


def test_each_request_is_decided_by_its_own_address() -> None:
    fast = make()
    for _ in range(3):
        for address, location in ((FRENCH, TO), (GERMAN, URL), (FRENCH, TO)):
            assert ask(fast, PROXY, f"X-Forwarded-For: {address}") == location
        assert ask(fast, PROXY) == URL
        assert ask(fast, FRENCH) == TO
        assert ask(fast, GERMAN, f"X-Forwarded-For: {FRENCH}") == URL
