"""Workspaces: who owns links and keys, and how much of each thing they may have."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from links.errors import Code, LinkError
from links.quotas import SQL, THINGS
from links.store import LinkStore
from links.writer import Transaction


class Workspace(msgspec.Struct, frozen=True):
    """``most`` and ``used`` are by the names of ``quotas.THINGS``; ``None`` is no quota. Times are epoch ms."""

    id: int
    name: str
    most: dict[str, int | None]
    used: dict[str, int]
    created_at: int


class Workspaces:
    """Workspaces in the database of a :class:`LinkStore`. ``now`` gives epoch ms."""

    def __init__(self, store: LinkStore, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    async def all(self) -> list[Workspace]:
        """Every workspace, by number."""
        return [_workspace(row) for row in await self._store.read(SQL["all"])]

    async def get(self, id_: int) -> Workspace:
        """Raises :class:`LinkError` ``NOT_FOUND``."""
        return _found(await self._store.read(SQL["one"], {"id": id_}), id_)

    async def create(self, name: str, most: Mapping[str, int | None]) -> int:
        """Make a workspace; its number. Things that are not in ``most`` have no quota."""
        values = {**dict.fromkeys(THINGS), **most, "name": name, "now": self._now()}

        async def operation(tx: Transaction) -> int:
            return int((await tx.fetch(SQL["insert"], values))[0][0])

        number: int = await self._store.writer.submit(operation)
        return number

    async def set(self, id_: int, name: str | None, most: Mapping[str, int | None]) -> None:
        """Change the name unless it is ``None``, and the quotas in ``most``. What is there already stays, also where it
        is more than a new quota. Raises :class:`LinkError` ``NOT_FOUND``."""

        async def operation(tx: Transaction) -> None:
            old = _found(await tx.fetch(SQL["one"], {"id": id_}), id_)
            values = {**old.most, **most, "id": id_, "name": old.name if name is None else name}
            await tx.fetch(SQL["update"], values)

        await self._store.writer.submit(operation)


def _found(rows: list[tuple[Any, ...]], id_: int) -> Workspace:
    if not rows:
        raise LinkError(Code.NOT_FOUND, f"there is no workspace {id_}")
    return _workspace(rows[0])


def _workspace(row: tuple[Any, ...]) -> Workspace:
    count = len(THINGS)
    most, used = row[2 : 2 + count], row[2 + count : 2 + 2 * count]
    return Workspace(
        row[0], row[1], dict(zip(THINGS, most, strict=True)), dict(zip(THINGS, used, strict=True)), row[-1]
    )
