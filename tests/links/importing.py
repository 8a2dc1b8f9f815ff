"""Importers into a store of their own."""

from collections.abc import Callable
from itertools import count
from typing import Any

from links.allocation import Prepared
from links.errors import Code, LinkError
from links.importer import WHO, Counts, Importer
from links.model import Draft, Link, LinkQuery
from links.service import Drafts
from links.settings import LinkSettings
from links.transfer import BadRow, GoodRow, Row
from tests.links.storing import Opened

URL = "https://example.com/"
OTHER = "https://example.org/"


class Importing:
    """Importers into a store; what they refused, and a clock that stands still unless told how long writing takes."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.failed: list[BadRow] = []
        self.now = 0.0
        self.batches: list[int] = []
        self.seconds: Callable[[int], float] = lambda _: 0.0
        self._slugs = count(1000)
        numbers = count(1)
        self._drafts = Drafts(
            LinkSettings(slug_length=4, slug_alphabet="0123456789"),
            frozenset({"go.example"}),
            self._random,
            lambda: f"imported-{next(numbers)}",
        )
        self.refused: dict[object, str] = {}
        self._create = opened.store.create
        opened.store.create = self._timed  # type: ignore[method-assign]

    def check(self, draft: Draft) -> None:
        """Refuses the workspaces and rules that the test names."""
        for value in (draft.workspace, str(draft.rules)):
            if value in self.refused:
                raise LinkError(Code.INVALID, self.refused[value])

    def _random(self, count: int) -> bytes:
        return bytes(map(int, str(next(self._slugs))))[:count]

    async def _timed(self, items: list[Prepared], who: str) -> list[Link | LinkError]:
        if who == WHO:
            self.batches.append(len(items))
            self.now += self.seconds(len(items))
        return await self._create(items, who)

    def importer(self) -> Importer:
        return Importer(self.opened.store, self._drafts, self.check, self.failed.append, lambda: self.now)

    async def run(self, *rows: Row) -> Counts:
        """A new run over ``rows``."""
        return await self.importer().run(rows)

    def failures(self) -> list[tuple[int, str]]:
        return [(row.line, row.reason) for row in self.failed]

    async def links(self) -> dict[str, str]:
        """Destination by slug."""
        page = await self.opened.store.page(LinkQuery(limit=10_000))
        return {one.slug: one.destination for one in page.links}


def row(line: int, slug: str | None = None, url: str = URL, **fields: Any) -> GoodRow:
    return GoodRow(line, Draft(destination=url, slug=slug, **fields))
