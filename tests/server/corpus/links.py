"""The links and bio pages that the corpus asks for: as entries of a table, and as what is stored for a real product."""

from typing import Any

from links.bio_rows import document_of
from links.slug import slug_path
from server.bio_page import BioPage
from server.domains import DomainSettings
from server.entry import pack, pack_page
from server.table import Table
from tests.links.paging import Made, Paging
from tests.links.storing import Opened

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


PAGE = Made(
    b"<!DOCTYPE html>\n<title>Me</title>\n" + b"<p>Here I am.</p>\n" * 20,
    "default-src 'none'; frame-ancestors 'none'",
    None,
)
"""The one document of all pages: its tag stands in requests."""

PAGES: dict[str, dict[str, Any]] = {
    "me": {"is_published": True},
    "draft": {"is_published": False},
    "home": {"is_published": True, "at_root": True, "domain": "home.test"},
}


def put_into(table: Table) -> None:
    _put_links_into(table)
    document = document_of(PAGE)
    table.set_domain(b"home.test", DomainSettings(None, "", "", 0, "allow"))
    for number, (slug, page) in enumerate(PAGES.items(), len(LINKS) + 1):
        domain = page.get("domain", "").encode()
        table.put(domain, slug.encode(), pack_page(number))
        made = BioPage(number, document.body or b"", document.etag.encode(), document.policy.encode())
        published = made if page["is_published"] else None
        table.set_page(domain, number, published, at_root=page.get("at_root", False))


async def store_pages(opened: Opened) -> None:
    """The same pages in a database."""
    await opened.register("home.test")
    paging = Paging(opened)
    paging.render = lambda *_: PAGE
    for slug, fields in PAGES.items():
        wanted = {name: value for name, value in fields.items() if name != "is_published"}
        await paging.make(slug, publish=fields["is_published"], **wanted)


def _put_links_into(table: Table) -> None:
    for number, (slug, link) in enumerate(LINKS.items(), 1):
        settings = {key: value for key, value in link.items() if key != "location"}
        table.put(b"", slug_path(slug), pack(number, link["location"].encode(), **settings))


def stored() -> dict[str, dict[str, Any]]:
    """The same in the words of a stored link, by slug."""
    names = {"location": "destination", "expires_ms": "expires_at"}
    return {slug: {names.get(key, key): value for key, value in link.items()} for slug, link in LINKS.items()}
