"""The links that the corpus asks for: as entries of a table, and as what is stored for a real product."""

from typing import Any

from links.slug import slug_path
from server.entry import pack
from server.table import Table

PAST_MS = 1_600_000_000_000
NEXT = b"https://next.example/"
LAST = b"https://last.example/"
"""Where the two requests lead that are asked after each one of the corpus."""

LINKS: dict[str, dict[str, Any]] = {
    "plain": {"location": "https://e.com/"},
    "query": {"location": "https://e.com/p?own=1#f", "forward_query": True},
    "noquery": {"location": "https://e.com/", "forward_query": False},
    "s301": {"location": "https://e.com/", "status": 301},
    "s302": {"location": "https://e.com/", "status": 302},
    "s307": {"location": "https://e.com/", "status": 307},
    "s308": {"location": "https://e.com/", "status": 308},
    "disabled": {"location": "https://e.com/", "enabled": False},
    "s308-disabled": {"location": "https://e.com/", "status": 308, "enabled": False},
    "expired": {"location": "https://e.com/", "expires_ms": PAST_MS},
    "cached": {"location": "https://e.com/", "cache_seconds": 60},
    "a/b": {"location": "https://e.com/"},
    "😀": {"location": "https://e.com/%F0%9F%98%80"},
    "é": {"location": "https://e.com/%C3%A9"},
    "next": {"location": NEXT.decode()},
    "last": {"location": LAST.decode()},
}


def put_into(table: Table) -> None:
    for number, (slug, link) in enumerate(LINKS.items(), 1):
        settings = {key: value for key, value in link.items() if key != "location"}
        table.put(b"", slug_path(slug), pack(number, link["location"].encode(), **settings))


def stored() -> dict[str, dict[str, Any]]:
    """The same in the words of a stored link, by slug."""
    names = {"location": "destination", "expires_ms": "expires_at"}
    return {slug: {names.get(key, key): value for key, value in link.items()} for slug, link in LINKS.items()}
