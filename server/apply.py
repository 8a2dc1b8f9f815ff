"""Changes of links, as the feed carries them, applied to the table.

This loop loads every link when a worker starts, so a plain row costs no function call of ours.

Knows the feed's rows and the table; not where rows come from.

Why the order of ``rev`` is enough. One path may have many rows: each link that ever had it left one, and a rename
there and back leaves two of one link. But the store lets at most one row of a path be other than ``gone``, frees a
path before giving it away (the freeing row has the lower rev), and never touches a gone row again. So of a path's
rows the one with the highest rev says what holds, and applying all of them in order ends with it, wherever a read
began or stopped.
"""

from collections.abc import Sequence

import msgspec
from msgspec.json import decode

from links.model import RawFeedRow
from links.slug import slug_path
from server.bio_page import BioPage
from server.domains import DomainSettings
from server.endings import Endings
from server.entry import pack, pack_head, pack_page
from server.table import SHARD_MASK, Table

# Enabled, status, expiry, cache seconds, forward query, mark of the password, program: see links.model.FeedRow. The
# program stays as it is; who decides by it takes it apart.
_Settings = tuple[int, int | None, int | None, int | None, int | None, str | None, msgspec.Raw]
_read = msgspec.json.Decoder(_Settings).decode
_NO_PROGRAM = msgspec.Raw(b"null")
_NOTHING_SET: _Settings = (1, None, None, None, None, None, _NO_PROGRAM)


def apply_rows(table: Table, endings: Endings, rows: Sequence[RawFeedRow]) -> None:
    """Apply ``rows``, which must be in order of rev. Paths that are to leave the table by themselves are noted in
    ``endings``. A row without a slug is a domain's, or a bio page's."""
    domain = b""
    shards = table.shards(domain)
    for _, row_domain, slug, link_id, location, until, settings in rows:
        if slug is None:
            if link_id:
                _set_page(table, row_domain, link_id, location, settings)
                continue
            table.set_domain(row_domain, None if settings is None else DomainSettings(*decode(settings)))
            domain = b""  # its shards may have gone
            shards = table.shards(domain)
            continue
        if row_domain != domain:
            if (until == 0 or location is None) and row_domain not in table:
                continue  # the code of a domain that was removed: what is left of it makes no domain of the host
            domain = row_domain
            shards = table.shards(domain)
        path = slug if slug.isascii() else slug_path(slug.decode())
        if until is None and settings is None and location is not None:
            shards[hash(path) & SHARD_MASK][path] = pack_head(link_id) + location
        elif until == 0:
            shards[hash(path) & SHARD_MASK].pop(path, None)
        else:
            shards[hash(path) & SHARD_MASK][path] = (
                pack_page(link_id, until) if location is None else _pack_settings(link_id, location, until, settings)
            )
            if until is not None:
                endings.add(until, domain, path)


def _set_page(table: Table, domain: bytes, page_id: int, document: bytes | None, settings: bytes | None) -> None:
    tag, policy, at_root = ("", "", 0) if settings is None else decode(settings)
    page = None if document is None else BioPage(page_id, document, tag.encode(), policy.encode())
    table.set_page(domain, page_id, page, at_root=bool(at_root))


def _pack_settings(link_id: int, location: bytes, until: int | None, settings: bytes | None) -> bytes:
    enabled, status, expires, cache, forward, mark, program = _NOTHING_SET if settings is None else _read(settings)
    return pack(
        link_id,
        location,
        status=status,
        enabled=bool(enabled),
        expires_ms=expires,
        until_ms=until,
        cache_seconds=cache,
        forward_query=None if forward is None else bool(forward),
        password=b"" if mark is None else mark.encode(),
        program=b"" if program == _NO_PROGRAM else bytes(program),
    )
