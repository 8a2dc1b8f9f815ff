"""The bytes of assets: a file each in a directory of their own, under the asset's id.

What is being uploaded has a name with ``.part``, and takes its place when it is complete and on the disk.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from links.assets import Asset, AssetStore
from links.errors import Code, LinkError, invalid

log = logging.getLogger(__name__)

DIRECTORY = "assets"
"""In the data directory; 0700, its files 0600."""

MOST_UPLOADS = 8
"""At a time."""

STALL_S = 30.0
"""How long an upload may stand still."""

UPLOAD_S = 900.0
"""How long it may take in all."""

OTHER = "application/octet-stream"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

PART = ".part"

_FIELD = "file"


def type_of(start: bytes) -> str:
    """The type of a file by its first bytes; names and what was declared say nothing."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if start.startswith(b"%PDF-") else OTHER


class AssetFiles:
    """Files of assets. ``random`` gives bytes."""

    def __init__(self, directory: Path, store: AssetStore, random: Callable[[int], bytes]) -> None:
        self._directory = directory
        self._store = store
        self._random = random
        self._receiving: set[str] = set()

    def prepare(self) -> None:
        """Make the directory. Raises ``OSError``."""
        self._directory.mkdir(mode=0o700, exist_ok=True)

    def path(self, id_: str) -> Path:
        """Where the bytes of an asset are."""
        return self._directory / id_

    async def logo_path(self, asset: str, workspace: int) -> str:
        """The file of a picture that the workspace has; empty where it has none of that id."""
        try:
            found = await self._store.get(asset, workspace)
        except LinkError as error:
            if error.code is Code.NOT_FOUND:
                return ""
            raise
        is_usable = found.status == "confirmed" and found.mime_type in PICTURES
        return str(self.path(asset)) if is_usable else ""

    async def receive(self, token: str, size: int | None, chunks: AsyncIterator[bytes]) -> None:
        """Take the bytes of the asset that ``token`` is for. ``size``: of the body, where it is told beforehand.

        Raises :class:`LinkError` ``NOT_FOUND`` (no such token, or not any more), ``INVALID`` for other bytes than were
        announced, ``UNAVAILABLE`` where nothing can be written or too many write.
        """
        asset = await self._store.awaited(token)
        if size is not None and size != asset.file_size:
            raise _wrong_size(asset)
        if len(self._receiving) >= MOST_UPLOADS:
            raise LinkError(Code.UNAVAILABLE, "too many files are being uploaded; try again in a second")
        if asset.id in self._receiving:
            raise invalid(_FIELD, "is being uploaded already")
        self._receiving.add(asset.id)
        part = self._directory / f"{asset.id}.{self._random(8).hex()}{PART}"
        try:
            async with asyncio.timeout(UPLOAD_S):
                await self._take(token, asset, part, chunks)
        except TimeoutError:
            raise invalid(_FIELD, "took too long to come") from None
        except OSError as error:
            log.warning("an asset could not be written: %s", error)
            raise LinkError(Code.UNAVAILABLE, "the file could not be stored") from None
        finally:
            self._receiving.discard(asset.id)
            self._remove(part.name)

    async def _take(self, token: str, asset: Asset, part: Path, chunks: AsyncIterator[bytes]) -> None:
        kind = type_of(await self._write(part, asset, chunks))
        if asset.mime_type in PICTURES and kind != asset.mime_type:
            raise invalid(_FIELD, f"is no {asset.mime_type}, which was announced")
        await asyncio.to_thread(os.replace, part, self.path(asset.id))
        try:
            await self._store.uploaded(token, kind)
        except LinkError:  # deleted meanwhile; or the database cannot be written, and this can be tried again
            self._remove(asset.id)
            raise

    async def _write(self, part: Path, asset: Asset, chunks: AsyncIterator[bytes]) -> bytes:
        """Write what comes; its first bytes. Raises ``OSError``, ``TimeoutError``, :class:`LinkError` ``INVALID``."""
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        written, start = 0, b""
        try:
            each = aiter(chunks)
            while True:
                async with asyncio.timeout(STALL_S):
                    chunk = await anext(each, b"")
                if not chunk:
                    break
                written += len(chunk)
                if written > asset.file_size:
                    raise _wrong_size(asset)
                start = (start + chunk)[:16] if len(start) < 16 else start
                await asyncio.to_thread(_write_all, fd, chunk)
            if written != asset.file_size:
                raise _wrong_size(asset)
            await asyncio.to_thread(os.fsync, fd)
        finally:
            os.close(fd)
        return start

    async def delete(self, id_: str, workspace: int) -> None:
        """Forget an asset and its bytes. Raises :class:`LinkError` ``NOT_FOUND`` or ``UNAVAILABLE``."""
        await self._store.delete(id_, workspace)
        await asyncio.to_thread(self._remove, id_)

    async def sweep(self) -> int:
        """Remove assets that nobody confirmed in time; how many."""
        ids = await self._store.sweep()
        for id_ in ids:
            await asyncio.to_thread(self._remove, id_)
        return len(ids)

    async def tidy(self) -> int:
        """Remove what was being uploaded when the last process ended; how many. Only before anything is uploaded.

        Whole files that belong to no asset are told in the log and left alone: the database may have been restored from
        an older copy, and be replaced by the right one tomorrow.
        """
        names = await asyncio.to_thread(os.listdir, self._directory)
        parts = [name for name in names if name.endswith(PART)]
        for name in parts:
            await asyncio.to_thread(self._remove, name)
        strangers = len(set(names) - set(parts) - await self._store.ids())
        if strangers:
            log.warning("%s: %d files belong to no asset", self._directory, strangers)
        return len(parts)

    def _remove(self, name: str) -> None:
        try:
            (self._directory / name).unlink(missing_ok=True)
        except OSError as error:  # it is no asset any more; the next start tries again
            log.warning("a file of an asset could not be removed: %s", error)


def _wrong_size(asset: Asset) -> LinkError:
    return invalid(_FIELD, f"must have the {asset.file_size} bytes that were announced")


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
