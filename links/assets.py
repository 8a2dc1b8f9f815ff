"""Files of the workspaces: what is known of them, in the database. Where the bytes are is not known here.

An asset is made ``pending``, with a token that lets one upload in; ``confirmed`` once its bytes are there and its
owner says so.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Literal

import msgspec

from links import statements
from links.errors import Code, LinkError, invalid
from links.store import LinkStore
from links.writer import Transaction

SQL = statements.load("links", "assets")

PREFIX = "ast_"
RANDOM_BYTES = 16
"""Of an id: that of a published one is its address, which only those know who have been told."""

STORAGE = "storage"
"""The thing that there is too little of, as the ``field`` of a :class:`LinkError` ``LIMIT``."""

UPLOAD_MS = 15 * 60_000
"""How long an upload may begin after it was announced."""

CONFIRM_MS = 60 * 60_000
"""How long after that an asset may wait to be confirmed; then it is swept out."""


class Asset(msgspec.Struct, frozen=True):
    """``file_size``: bytes. ``upload_until`` and the times are epoch ms."""

    id: str
    workspace: int
    filename: str
    mime_type: str
    file_size: int
    status: Literal["pending", "confirmed"]
    is_public: bool
    is_uploaded: bool
    upload_until: int
    created_at: int
    updated_at: int


class AssetStore:
    """Assets in the database of a :class:`LinkStore`. ``now`` gives epoch ms, ``random`` bytes; ``most_bytes``: of all
    assets together. What writes is one transaction, and may raise :class:`LinkError` ``UNAVAILABLE``."""

    def __init__(
        self, store: LinkStore, now: Callable[[], int], random: Callable[[int], bytes], most_bytes: int
    ) -> None:
        self._store = store
        self._now = now
        self._random = random
        self._most_bytes = most_bytes

    async def announce(self, workspace: int, filename: str, mime_type: str, file_size: int) -> tuple[Asset, str]:
        """An asset that is about to be uploaded, and the token that lets its bytes in.

        Raises :class:`LinkError` ``LIMIT`` (field ``storage``) where there is no room for it.
        """
        now, token = self._now(), self._random(32).hex()
        id_ = PREFIX + self._random(RANDOM_BYTES).hex()
        made = Asset(id_, workspace, filename, mime_type, file_size, "pending", False, False, now + UPLOAD_MS, now, now)

        async def operation(tx: Transaction) -> Asset:
            if (await tx.fetch(SQL["used"]))[0][0] + file_size > self._most_bytes:
                raise LinkError(Code.LIMIT, "there is no room for it", STORAGE)
            values = {**msgspec.structs.asdict(made), "upload_hash": hash_of(token), "now": now}
            await tx.fetch(SQL["insert"], values)
            return made

        asset: Asset = await self._store.writer.submit(operation)
        return asset, token

    async def awaited(self, token: str) -> Asset:
        """The asset that ``token`` lets bytes in for, now. Raises :class:`LinkError` ``NOT_FOUND``."""
        values = {"upload_hash": hash_of(token), "now": self._now()}
        return _found(await self._store.read(SQL["by_upload"], values))

    async def uploaded(self, token: str, mime_type: str) -> None:
        """The bytes are there, and ``mime_type`` is what they say of themselves: the token is worth nothing from now
        on. Raises :class:`LinkError` ``NOT_FOUND`` where somebody else was quicker, or it is deleted."""
        values = {"upload_hash": hash_of(token), "mime_type": mime_type, "now": self._now()}

        async def operation(tx: Transaction) -> None:
            if not await tx.fetch(SQL["uploaded"], values):
                raise _no_such()

        await self._store.writer.submit(operation)

    async def get(self, id_: str, workspace: int) -> Asset:
        """The workspace's asset of that id. Raises :class:`LinkError` ``NOT_FOUND``."""
        return _found(await self._store.read(SQL["one"], {"id": id_}), workspace)

    async def published(self, id_: str) -> Asset:
        """An asset that anybody may see. Raises :class:`LinkError` ``NOT_FOUND``."""
        asset = _found(await self._store.read(SQL["one"], {"id": id_}))
        if not asset.is_public:
            raise _no_such()
        return asset

    async def page(self, workspace: int, limit: int, offset: int) -> tuple[list[Asset], int]:
        """A page of the workspace's assets, newest first, and how many there are in all."""
        rows = await self._store.read(SQL["page"], {"workspace": workspace, "limit": limit, "offset": offset})
        total = await self._store.read(SQL["count"], {"workspace": workspace})
        return [_asset(row) for row in rows], int(total[0][0])

    async def confirm(self, id_: str, workspace: int) -> Asset:
        """The owner says that it is complete; saying so again changes nothing.

        Raises :class:`LinkError` ``NOT_FOUND``, or ``INVALID`` where its bytes are not there.
        """

        async def operation(tx: Transaction) -> Asset:
            asset = _found(await tx.fetch(SQL["one"], {"id": id_}), workspace)
            if not asset.is_uploaded:
                raise invalid("asset_id", "has not been uploaded yet")
            return await self._set(tx, asset, "confirm", status="confirmed")

        asset: Asset = await self._store.writer.submit(operation)
        return asset

    async def publish(self, id_: str, workspace: int) -> Asset:
        """Anybody may see it from now on. Raises :class:`LinkError` ``NOT_FOUND``, or ``INVALID`` before it is
        confirmed."""

        async def operation(tx: Transaction) -> Asset:
            asset = _found(await tx.fetch(SQL["one"], {"id": id_}), workspace)
            if asset.status != "confirmed":
                raise invalid("asset_id", "has not been confirmed yet")
            return await self._set(tx, asset, "publish", is_public=True)

        asset: Asset = await self._store.writer.submit(operation)
        return asset

    async def _set(self, tx: Transaction, asset: Asset, statement: str, **fields: Any) -> Asset:
        changed = msgspec.structs.replace(asset, **fields)
        if changed == asset:
            return asset
        now = self._now()
        await tx.fetch(SQL[statement], {"id": asset.id, "now": now})
        return msgspec.structs.replace(changed, updated_at=now)

    async def delete(self, id_: str, workspace: int) -> None:
        """Forget an asset; its bytes are the caller's to remove. Raises :class:`LinkError` ``NOT_FOUND``."""

        async def operation(tx: Transaction) -> None:
            if not await tx.fetch(SQL["delete"], {"id": id_, "workspace": workspace}):
                raise _no_such()

        await self._store.writer.submit(operation)

    async def sweep(self) -> list[str]:
        """Forget assets that nobody has confirmed in time, at most 100 at once; their ids."""

        async def operation(tx: Transaction) -> list[str]:
            return [row[0] for row in await tx.fetch(SQL["sweep"], {"before": self._now() - CONFIRM_MS})]

        ids: list[str] = await self._store.writer.submit(operation)
        return ids

    async def ids(self) -> set[str]:
        """All that there are."""
        return {row[0] for row in await self._store.read(SQL["ids"])}


def hash_of(token: str) -> bytes:
    """What is kept of an upload's token."""
    return sha256(token.encode()).digest()


def _found(rows: list[tuple[Any, ...]], workspace: int | None = None) -> Asset:
    asset = _asset(rows[0]) if rows else None
    if asset is None or workspace not in (None, asset.workspace):
        raise _no_such()
    return asset


def _no_such() -> LinkError:
    return LinkError(Code.NOT_FOUND, "there is no such asset")


def _asset(row: tuple[Any, ...]) -> Asset:
    id_, workspace, filename, mime_type, file_size, status, public, uploaded, until, created_at, updated_at = row
    return Asset(
        *(id_, workspace, filename, mime_type, file_size, status),
        *(bool(public), bool(uploaded), until, created_at, updated_at),
    )
