"""The data directory's own secret: what this installation signs with.

Made once, by whoever starts first, and never changed: with another one, what was signed before counts no more. Each
use has a key of its own, made out of it, so that what is signed for one is worth nothing for another.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from links.errors import SchemaError

FILE_NAME = "secret"
SECRET_BYTES = 32
"""As many as the keys that are made out of it have."""


def read_or_make(data_dir: Path, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """The secret of ``data_dir``, made where there is none yet. Raises :class:`SchemaError` for a damaged file, and
    ``OSError``.

    Whole or not at all: it is written under a name of this process's own, and linked to its place unless somebody else
    was quicker, whose secret counts then.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        own = data_dir / f"{FILE_NAME}.{os.getpid()}"
        own.unlink(missing_ok=True)  # of a process of the same number, which died in the middle
        fd = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, random(SECRET_BYTES))
            os.fsync(fd)
            with suppress(FileExistsError):
                os.link(own, path)
        finally:
            os.close(fd)
            own.unlink()
        _sync(data_dir)
    return read(data_dir)


def read(data_dir: Path) -> bytes:
    """The secret of ``data_dir``. Raises :class:`SchemaError` where there is none, or a damaged one."""
    path = data_dir / FILE_NAME
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise SchemaError(f"{path}: cannot be read: {error.strerror}") from error
    if len(secret) != SECRET_BYTES:
        raise SchemaError(f"{path}: not {SECRET_BYTES} bytes but {len(secret)}; remove it, and a new one will be made")
    return secret


def key_for(secret: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one use. ``purpose``: at most 16 bytes."""
    return blake2b(key=secret, person=purpose, digest_size=SECRET_BYTES).digest()


def _sync(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
