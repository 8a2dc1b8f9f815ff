"""Designs of QR codes that are kept under a name, in the database. What a design means is not known here."""

from collections.abc import Callable
from typing import Any

import msgspec

from links import statements
from links.errors import Code, LinkError
from links.rows import to_json
from links.store import LinkStore
from links.writer import Transaction

SQL = statements.load("links", "qr")

PREFIX = "tpl_"
RANDOM_BYTES = 12
"""Of an id: nobody guesses one, though knowing it opens nothing."""

Design = dict[str, Any]


class Template(msgspec.Struct, frozen=True):
    """``design``: by the names of the API, what differs from its defaults. Times are epoch ms."""

    id: str
    workspace: int
    name: str
    description: str | None
    design: Design
    created_at: int
    updated_at: int


class TemplateStore:
    """Templates in the database of a :class:`LinkStore`. ``now`` gives epoch ms, ``random`` bytes. What writes is one
    transaction, and may raise :class:`LinkError` ``UNAVAILABLE``."""

    def __init__(self, store: LinkStore, now: Callable[[], int], random: Callable[[int], bytes]) -> None:
        self._store = store
        self._now = now
        self._random = random

    async def create(self, workspace: int, name: str, description: str | None, design: Design) -> Template:
        """Make a template."""
        now = self._now()
        made = Template(PREFIX + self._random(RANDOM_BYTES).hex(), workspace, name, description, design, now, now)

        async def operation(tx: Transaction) -> Template:
            values = {**msgspec.structs.asdict(made), "design": to_json(design), "now": now}
            await tx.fetch(SQL["insert"], values)
            return made

        template: Template = await self._store.writer.submit(operation)
        return template

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Template], int]:
        """A page of the workspace's templates, newest first, and how many there are in all."""
        rows = await self._store.read(SQL["page"], {"workspace": workspace, "limit": limit, "offset": offset})
        total = await self._store.read(SQL["count"], {"workspace": workspace})
        return [_template(row) for row in rows], int(total[0][0])

    async def get(self, id_: str, workspace: int) -> Template:
        """The workspace's template of that id. Raises :class:`LinkError` ``NOT_FOUND``."""
        return _found(await self._store.read(SQL["one"], {"id": id_, "workspace": workspace}))

    async def edit(self, id_: str, workspace: int, decide: Callable[[Template], Template]) -> Template:
        """Change a template. ``decide`` gets it as it is and says what it shall be; it may raise :class:`LinkError`,
        and then nothing is changed. Raises ``NOT_FOUND`` too."""

        async def operation(tx: Transaction) -> Template:
            old = _found(await tx.fetch(SQL["one"], {"id": id_, "workspace": workspace}))
            new = decide(old)
            if new == old:
                return old
            new = msgspec.structs.replace(new, updated_at=self._now())
            values = {**msgspec.structs.asdict(new), "design": to_json(new.design), "now": new.updated_at}
            await tx.fetch(SQL["update"], values)
            return new

        template: Template = await self._store.writer.submit(operation)
        return template

    async def delete(self, id_: str, workspace: int) -> None:
        """Delete a template. Raises :class:`LinkError` ``NOT_FOUND``."""

        async def operation(tx: Transaction) -> None:
            if not await tx.fetch(SQL["delete"], {"id": id_, "workspace": workspace}):
                raise LinkError(Code.NOT_FOUND, "there is no such template")

        await self._store.writer.submit(operation)


def _found(rows: list[tuple[Any, ...]]) -> Template:
    if not rows:
        raise LinkError(Code.NOT_FOUND, "there is no such template")
    return _template(rows[0])


def _template(row: tuple[Any, ...]) -> Template:
    id_, workspace, name, description, design, created_at, updated_at = row
    return Template(id_, workspace, name, description, msgspec.json.decode(design), created_at, updated_at)
