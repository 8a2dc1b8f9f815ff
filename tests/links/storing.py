"""A store on a database of its own, and links to put into it."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from links import database
from links.allocation import Prepared
from links.domain_rules import Checked, Domain
from links.domains import DomainStore
from links.model import Link
from links.store import LinkStore

NOW = 1_800_000_000_000
TO = "https://example.com/"

PATIENCE = 10.0
"""Seconds until a test gives up; none of them waits for time to pass."""

_numbers = count(1)


@cache
def _empty_database() -> bytes:
    """A database without links, as a file. To migrate each test's own would take longer than most of the tests."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / database.FILE_NAME
        database.migrate(path, Path(directory))
        return path.read_bytes()


def make_database(path: Path) -> None:
    """A database without links at ``path``, where there is none yet."""
    if not path.exists():
        path.write_bytes(_empty_database())


def link(slug: str = "abc", **fields: Any) -> Link:
    """A link as the store gets it: without id, rev and times."""
    values: dict[str, Any] = {
        "id": 0,
        "uuid": f"uuid-{next(_numbers)}",
        "workspace": 1,
        "domain": "",
        "slug": slug,
        "destination": TO,
        "location": fields.get("destination", TO),
        "status": None,
        "cache_seconds": None,
        "forward_query": None,
        "enabled": True,
        "labels": (),
        "title": "",
        "rules": [],
        "program": None,
        "password": None,
        "utm": {},
        "extras": {},
        "expires_at": None,
        "edits": 0,
        "rev": 0,
        "created_at": 0,
        "updated_at": 0,
    }
    return Link(**(values | fields))


def prepared(slug: str = "abc", *, draw: Callable[[int], str] | None = None, **fields: Any) -> Prepared:
    return Prepared(link(slug, **fields), hash(fields.get("destination", TO)) % 2**32, draw)


def drawing(*slugs: str) -> Callable[[int], str]:
    """A generator that gives these, in turn."""
    each: Iterator[str] = iter(slugs)
    return lambda extra: next(each)


class Opened:
    """A store, its clock (set ``now``), and the revs that it said were committed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.committed: list[int] = []
        self.store: LinkStore

    async def open(self) -> None:
        make_database(self.path)
        self.store = await LinkStore.open(self.path, lambda: self.now, self.committed.append)

    async def make(self, slug: str = "abc", **fields: Any) -> Link:
        """One new link."""
        (made,) = await self.store.create([prepared(slug, **fields)], "test")
        assert isinstance(made, Link), made
        return made

    async def register(self, host: str, workspace: int = 1) -> Domain:
        """A domain that links can be made on."""
        return await DomainStore(self.store, lambda: self.now).add(host, workspace, Checked(True), spare=False)

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What another connection sees."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def codes(self) -> dict[str, str]:
        """State by slug, of those that are taken."""
        return dict(self.rows("SELECT slug, state FROM codes WHERE state <> 'gone'"))


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop turn until ``condition`` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


async def turns(count: int = 20) -> None:
    """Let the event loop turn: what could happen by itself has happened then."""
    for _ in range(count):
        await asyncio.sleep(0)
