"""One question to a responder over a table that has a link of every kind."""

from typing import Any

from links.slug import slug_path
from server.answer import Answer, Responder
from server.entry import pack
from server.settings import ServerSettings
from server.table import Table

NOW = 1_800_000_000_000
API_URL = "http://api.test:8081"
TO = b"https://e.com/"


def entry(link_id: int, location: bytes = TO, **rest: Any) -> bytes:
    return pack(link_id, location, **rest)


def make_table() -> Table:
    table = Table()
    for slug, value in {
        "plain": entry(1),
        "query": entry(2, b"https://e.com/p?own=1#f", forward_query=True),
        "noquery": entry(3, forward_query=False),
        "s301": entry(4, status=301),
        "s302": entry(5, status=302),
        "s307": entry(6, status=307),
        "s308": entry(7, status=308),
        "disabled": entry(8, enabled=False),
        "expired": entry(9, expires_ms=NOW),
        "expires": entry(10, expires_ms=NOW + 1),
        "grace": entry(11, until_ms=NOW + 10_999, cache_seconds=60),
        "ungraced": entry(12, until_ms=NOW),
        "ungraced-disabled": entry(13, until_ms=NOW, enabled=False),
        "cached": entry(14, cache_seconds=60),
        "uncached": entry(15, cache_seconds=0),
        "cached-expires": entry(16, cache_seconds=60, expires_ms=NOW + 30_000),
        "cached-last-second": entry(17, cache_seconds=60, expires_ms=NOW + 999),
        "a/b": entry(18),
        "😀": entry(19, b"https://e.com/%F0%9F%98%80?%zz=%2f'"),
        "s308-disabled": entry(20, status=308, enabled=False),
    }.items():
        table.put(b"", slug_path(slug), value)
    table.put(b"own.test", b"plain", entry(101, b"https://own.example/"))
    return table


def ask(
    target: str,
    method: str = "GET",
    host: str | None = "s.test",
    now_ms: int = NOW,
    base_url: str = "https://s.test",
    **settings: Any,
) -> Answer:
    responder = Responder(ServerSettings(base_url=base_url, **settings), API_URL)
    host_bytes = None if host is None else host.encode()
    return responder.answer(make_table(), method.encode(), target.encode(), host_bytes, now_ms)


def header(answer: Answer, name: str) -> str | None:
    values = [value for key, value in answer.headers if key == name.encode()]
    assert len(values) <= 1
    return values[0].decode() if values else None
