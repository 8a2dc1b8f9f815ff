"""The first API key: made by the first ``serve`` on an empty data directory."""

import os
from pathlib import Path
from typing import TextIO

from admin.keys import KeyStore, key_id, new_key
from admin.settings import FIRST_KEY_FILE
from fingerpost.config import ConfigError
from fingerpost.wiring import now_ms
from links import database
from links.store import LinkStore

NAME = "first key"
EVERYTHING = ("*",)


async def make(data_dir: Path, key_file: str | None, out: TextIO) -> str | None:
    """Make the first key where there has never been one; returns it if it is to be printed.

    ``key_file`` (``FINGERPOST_INITIAL_KEY_FILE``) supplies the key instead of chance, and it is then printed nowhere.
    Where ``out`` is no terminal the key goes to ``data/first-key`` (what is printed may be logged).
    Raises :class:`ConfigError` for a bad key file.
    """
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        keys = KeyStore(store, now_ms)
        if await keys.count():
            return None
        if key_file is not None:
            await keys.add(_read(key_file), NAME, EVERYTHING)
            return None
        key = new_key(os.urandom)
        if not out.isatty():
            # Written before it is stored: a crash in between leaves a file that the next start replaces.
            _write(data_dir / FIRST_KEY_FILE, key)
        await keys.add(key, NAME, EVERYTHING)
        return key if out.isatty() else None
    finally:
        await store.close()


def _read(path: str) -> str:
    try:
        key = Path(path).read_text(encoding="ascii").strip()
        key_id(key)
    except OSError as error:
        raise ConfigError(f"FINGERPOST_INITIAL_KEY_FILE: cannot read {path}: {error.strerror}") from None
    except ValueError:  # of the decoder too; what the file holds is not repeated
        raise ConfigError(
            f"FINGERPOST_INITIAL_KEY_FILE: {path} holds no key (fp_pk_, 8 hex digits, a dot, 64 URL-safe characters)"
        ) from None
    return key


def _write(path: Path, key: str) -> None:
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(fd)
