"""A Unix socket's path is at most 107 bytes (unix(7)); a data directory's may be longer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "fingerpost.sock"

_MOST_BYTES = 107


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A spelling of ``path`` that is short enough to bind or connect to, valid inside the ``with``."""
    if len(os.fsencode(path)) <= _MOST_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
