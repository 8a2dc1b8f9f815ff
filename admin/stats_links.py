"""What statistics need to know of links: which ones a filter means, and whose and what a number is."""

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from links import statements
from links.slug import folded
from links.store import LinkStore

SQL = statements.load("admin", "stats")


class Named(NamedTuple):
    """A link, for statistics. ``track``: whether its visits are counted."""

    workspace: int
    uuid: str
    slug: str
    track: bool = True


class StoredLinks:
    """The links in ``store`` (``admin.ports.LinkIndex``)."""

    def __init__(self, store: LinkStore) -> None:
        self._store = store

    async def ids(self, workspace: int, label: str | None, domain: str | None, limit: int) -> list[int]:
        """Numbers of the workspace's links with that label and on that domain ("": the server's own), where these are
        given; at most ``limit``."""
        values = {"workspace": workspace, "label": label, "domain": domain, "limit": limit}
        statement = "labelled" if label is not None else "on_domain" if domain else "of_workspace"
        if label is None:
            del values["label"]
        return [row[0] for row in await self._store.read(SQL[statement], values)]

    async def at(self, workspace: int, domain: str, slug: str) -> int | None:
        """The number of the workspace's link that a slug leads to, an old one of a renamed link included."""
        values = {"workspace": workspace, "domain": domain, "slug": slug, "folded": folded(slug)}
        rows = await self._store.read(SQL["at"], values)
        return int(rows[0][0]) if rows else None

    async def named(self, ids: Iterable[int]) -> dict[int, Named]:
        """Those that there are, by number."""
        rows = await self._store.read(SQL["named"], {"ids": orjson.dumps(list(ids)).decode()})
        return {row[0]: Named(row[1], row[2], row[3], bool(row[4])) for row in rows}
