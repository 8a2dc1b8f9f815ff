"""``fingerpost keys``: API keys from the command line, in the database that the admin uses."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from admin.keys import KeyStore, new_key
from fingerpost import datadir, workspaces
from fingerpost.config import Loaded
from fingerpost.errors import CommandError
from fingerpost.wiring import now_ms
from links import database
from links.errors import LinkError
from links.model import DEFAULT_WORKSPACE
from links.store import LinkStore
from links.times import format_seconds, parse_time

T = TypeVar("T")


def _with_keys(loaded: Loaded, use: Callable[[KeyStore], Awaitable[T]]) -> T:
    """Open the key store of the configured data directory. The admin asks the database at each request, so what is
    written holds in it at once."""
    datadir.require(loaded.data_dir)
    path = loaded.data_dir / database.FILE_NAME
    database.check_schema(path)

    async def main() -> T:
        store = await LinkStore.open(path, now_ms, lambda _: None)
        try:
            return await use(KeyStore(store, now_ms))
        finally:
            await store.close()

    return asyncio.run(main())


def create(
    loaded: Loaded, name: str, scopes: tuple[str, ...], expires_at: str | None, workspace: int = DEFAULT_WORKSPACE
) -> str:
    """Make a key; its text, which is kept nowhere. Raises :class:`CommandError` for a wrong scope, time or
    workspace."""
    try:
        until = None if expires_at is None else parse_time(expires_at)
    except LinkError as error:
        raise CommandError(f"--expires-at: {error.message}") from None
    workspaces.require(loaded, workspace)
    key = new_key(os.urandom)

    async def use(keys: KeyStore) -> None:
        try:
            await keys.add(key, name, scopes, until, workspace)
        except ValueError as error:
            raise CommandError(f"--scope: {error}") from None

    _with_keys(loaded, use)
    return key


def lines(loaded: Loaded) -> list[str]:
    """A line for each key: id, state, times, workspace, scopes, name."""
    rows = _with_keys(loaded, lambda keys: keys.all())
    now = now_ms()
    table = [("ID", "STATE", "CREATED", "EXPIRES", "LAST USED", "WORKSPACE", "SCOPES", "NAME")]
    for row in rows:
        expired = row.expires_at is not None and row.expires_at <= now
        state = "revoked" if row.revoked_at is not None else "expired" if expired else "active"
        times = [row.created_at, row.expires_at, row.last_used_at]
        shown = ["-" if time is None else format_seconds(time) for time in times]
        table.append((row.id, state, *shown, str(row.workspace), ",".join(row.scopes), row.name))  # type: ignore[arg-type]
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def revoke(loaded: Loaded, key_id: str) -> None:
    """Raises :class:`CommandError` where there is no such key that is not revoked."""
    if not _with_keys(loaded, lambda keys: keys.revoke(key_id)):
        raise CommandError(f"there is no key {key_id} that is not revoked already")
