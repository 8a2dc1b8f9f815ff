"""``fingerpost workspaces``: workspaces and their quotas, in the database that the admin uses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from fingerpost import datadir
from fingerpost.config import Loaded
from fingerpost.errors import CommandError
from fingerpost.wiring import now_ms
from links import database
from links.errors import LinkError
from links.quotas import THINGS
from links.store import LinkStore
from links.times import format_seconds
from links.workspaces import Workspaces

T = TypeVar("T")


def _with_workspaces(loaded: Loaded, use: Callable[[Workspaces], Awaitable[T]]) -> T:
    """Open the workspaces of the configured data directory. The admin counts in the database, so what is written holds
    in it at once."""
    datadir.require(loaded.data_dir)
    path = loaded.data_dir / database.FILE_NAME
    database.check_schema(path)

    async def main() -> T:
        store = await LinkStore.open(path, now_ms, lambda _: None)
        try:
            return await use(Workspaces(store, now_ms))
        except LinkError as error:
            raise CommandError(error.message) from None
        finally:
            await store.close()

    return asyncio.run(main())


def require(loaded: Loaded, number: int) -> None:
    """Raises :class:`CommandError` unless there is a workspace of that number."""
    _with_workspaces(loaded, lambda workspaces: workspaces.get(number))


def create(loaded: Loaded, name: str, most: Mapping[str, int | None]) -> int:
    """Make a workspace; its number."""
    return _with_workspaces(loaded, lambda workspaces: workspaces.create(name, most))


def change(loaded: Loaded, number: int, name: str | None, most: Mapping[str, int | None]) -> None:
    """Change the name and the quotas that are given. Raises :class:`CommandError` where there is no such workspace."""
    _with_workspaces(loaded, lambda workspaces: workspaces.set(number, name, most))


def lines(loaded: Loaded) -> list[str]:
    """A line for each workspace: number, what it has of each thing and may have, when it was made, its name."""
    table = [("ID", *(thing.upper().replace("_", " ") for thing in THINGS), "CREATED", "NAME")]
    for one in _with_workspaces(loaded, lambda workspaces: workspaces.all()):
        cells = [f"{one.used[thing]}/{'none' if most is None else most}" for thing, most in one.most.items()]
        table.append((str(one.id), *cells, format_seconds(one.created_at), one.name))
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
