"""API keys: made once, shown once, kept as a hash.

A key is ``fp_pk_<8 hex>.<64 URL-safe characters>``: a public id for the look-up, and a secret. Keys are random, so a
plain SHA-256 is enough; a slow hash protects what people choose.
"""

import hashlib
import hmac
import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import msgspec

from admin.auth import SCOPES, AuthCode, AuthError, Key
from links import statements
from links.errors import LinkError
from links.model import DEFAULT_WORKSPACE
from links.store import LinkStore
from links.writer import Transaction

log = logging.getLogger(__name__)

SQL = statements.load("admin", "keys")

USED_EVERY_MS = 60_000
"""How exact ``last_used_at`` is: a write for each request would cost more than the request."""

_KEY = re.compile(r"fp_pk_[0-9a-f]{8}\.[A-Za-z0-9_-]{64}")
_ID_CHARACTERS = len("fp_pk_") + 8
_ID_BYTES = 4
_SECRET_BYTES = 48


class KeyRow(msgspec.Struct, frozen=True):
    """A key as it is listed. Times are epoch ms; the secret is nowhere."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None
    workspace: int = DEFAULT_WORKSPACE


def key_id(key: str) -> str:
    """The public part of a key. Raises ``ValueError`` for what is not a key."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key is fp_pk_, 8 hex digits, a dot and 64 URL-safe characters")
    return key[:_ID_CHARACTERS]


def new_key(random: Callable[[int], bytes]) -> str:
    """A fresh key out of ``random`` bytes."""
    secret = urlsafe_b64encode(random(_SECRET_BYTES)).decode()
    return f"fp_pk_{random(_ID_BYTES).hex()}.{secret}"


class KeyStore:
    """Keys in the database of a :class:`LinkStore`. ``now`` gives epoch ms.

    ``used`` is called with a key's id at its first use in this process.
    """

    def __init__(self, store: LinkStore, now: Callable[[], int], used: Callable[[str], None] = lambda _: None) -> None:
        self._store = store
        self._now = now
        self._used = used
        self._seen: set[str] = set()

    async def authenticate(self, token: str) -> Key:
        """The key of a token. Raises :class:`AuthError` ``INVALID``, ``REVOKED`` or ``EXPIRED``.

        Asks the database each time (some 50 µs), so that a revocation holds at once wherever it was made.
        """
        try:
            id_ = key_id(token)
        except ValueError:
            raise AuthError(AuthCode.INVALID) from None
        rows = await self._store.read(SQL["find"], {"id": id_})
        if not rows:
            raise AuthError(AuthCode.INVALID)
        hash_, name, scopes, expires_at, revoked_at, last_used_at, workspace = rows[0]
        if not hmac.compare_digest(hash_, hashlib.sha256(token.encode()).digest()):
            raise AuthError(AuthCode.INVALID)
        now = self._now()
        if revoked_at is not None:
            raise AuthError(AuthCode.REVOKED)
        if expires_at is not None and expires_at <= now:
            raise AuthError(AuthCode.EXPIRED)
        await self._note_use(id_, last_used_at, now)
        return Key(id=id_, name=name, scopes=frozenset(json.loads(scopes)), workspace=workspace)

    async def _note_use(self, id_: str, last_used_at: int | None, now: int) -> None:
        if id_ not in self._seen:
            self._seen.add(id_)
            self._used(id_)
        if last_used_at is None or now - last_used_at >= USED_EVERY_MS:
            try:
                await self._write("used", {"id": id_, "now": now})
            except LinkError as error:  # a full disk: what can be read is answered all the same
                log.warning("the use of %s could not be noted: %s", id_, error.message)

    async def add(
        self,
        key: str,
        name: str,
        scopes: tuple[str, ...],
        expires_at: int | None = None,
        workspace: int = DEFAULT_WORKSPACE,
    ) -> None:
        """Store a key (its hash) for a workspace that there is. Raises ``ValueError`` for a bad key or scope, or an id
        that is in use."""
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise ValueError(f"unknown scope {unknown[0]!r}" if unknown else "a key needs a scope")
        values = {
            "id": key_id(key),
            "hash": hashlib.sha256(key.encode()).digest(),
            "name": name,
            "scopes": json.dumps(scopes),
            "now": self._now(),
            "expires_at": expires_at,
            "workspace": workspace,
        }
        if await self._store.read(SQL["find"], {"id": values["id"]}):
            raise ValueError(f"there is a key {values['id']} already")
        await self._write("insert", values)

    async def all(self) -> list[KeyRow]:
        """Every key, oldest first, revoked ones too."""
        rows = await self._store.read(SQL["all"])
        return [KeyRow(row[0], row[1], tuple(json.loads(row[2])), *row[3:]) for row in rows]

    async def count(self) -> int:
        """How many keys have ever been made."""
        return int((await self._store.read(SQL["count"]))[0][0])

    async def revoke(self, id_: str) -> bool:
        """Revoke a key for ever; ``False`` where there is none of that id that is not revoked."""
        return bool(await self._write("revoke", {"id": id_, "now": self._now()}))

    async def _write(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        async def operation(tx: Transaction) -> list[tuple[Any, ...]]:
            return await tx.fetch(SQL[statement], values)

        rows: list[tuple[Any, ...]] = await self._store.writer.submit(operation)
        return rows
