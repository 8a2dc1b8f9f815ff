"""Rules as an API client sends them, and visitors, brought together as a worker does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from links.destination import Destinations
from links.rules import program_text
from server.answer import Answer, Responder
from server.entry import pack
from server.fields import listed
from server.peer import Networks, peer_bytes
from server.settings import ServerSettings
from server.table import Table
from server.visitor import Surroundings

NOW = 1_795_005_000_000  # Wednesday 2026-11-18 12:30 UTC
URL = "https://e.com/"
TO = "https://rule.example/"
KEY = b"k" * 32

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
TABLET = (
    "Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/24.0 "
    "Chrome/117.0.0.0 Safari/537.36"
)

GERMAN, FRENCH, NOWHERE, PROXY = "192.0.2.1", "2001:db8::2", "203.0.113.9", "10.0.0.1"
_COUNTRIES = {peer_bytes((GERMAN, 0)): "DE", peer_bytes((FRENCH, 0)): "FR"}


def country_of(address: bytes) -> str:
    return _COUNTRIES.get(address, "")


def surroundings(draw: Callable[[], float] = lambda: 0.0, key: bytes = KEY) -> Surroundings:
    return Surroundings(country_of, Networks(("10.0.0.0/8",)), key, draw)


def program(rules: Sequence[Mapping[str, Any]]) -> bytes:
    text = program_text(rules, Destinations(("https",), frozenset()).check)
    return b"" if text is None else text.encode()


def visit(
    rules: Sequence[Mapping[str, Any]],
    *,
    peer: str = GERMAN,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    now: int = NOW,
    method: str = "GET",
    around: Surroundings | None = None,
    link: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Answer:
    """The answer to one visitor of a link with ``rules`` that leads to ``URL``."""
    table = Table()
    table.put(b"", b"x", pack(7, URL.encode(), program=program(rules), **(link or {})))
    responder = Responder(ServerSettings(base_url="https://s.test", **settings), "", around or surroundings())
    fields = listed((name.encode(), value.encode()) for name, value in (headers or {}).items())
    target = b"/x" + (b"?" + query.encode() if query else b"")
    return responder.answer(table, method.encode(), target, b"s.test", now, peer=peer_bytes((peer, 0)), fields=fields)


def location(answer: Answer) -> str:
    assert answer.status == 302
    assert answer.headers[1:] == ((b"Cache-Control", b"private, no-store"), (b"Content-Length", b"0"))
    assert answer.headers[0][0] == b"Location"
    return answer.headers[0][1].decode()


def matches(conditions: Mapping[str, Any], **visitor: Any) -> bool:
    """Whether a rule with ``conditions`` answers."""
    answer = visit([{"destination": TO, "priority": 1, "conditions": conditions}], **visitor)
    where = location(answer)
    assert where in (TO, URL)
    assert answer.rule == (1 if where == TO else 0)
    return where == TO
