"""The data directory: made by ``serve`` and ``admin``, required by every other command."""

import os
from pathlib import Path

from fingerpost.config import ConfigError
from links.database import network_file_system

MOUNTS = Path("/proc/self/mountinfo")


def prepare(data_dir: Path) -> None:
    """Create it (0700) where it is missing. Raises :class:`ConfigError` where it cannot be used."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data_dir: cannot make {data_dir}: {error.strerror}") from None
    require(data_dir)


def require(data_dir: Path) -> None:
    """Raise :class:`ConfigError` unless it exists, can be written, and is on a local file system."""
    if not data_dir.is_dir():
        raise ConfigError(f"data_dir: {data_dir} does not exist; `fingerpost serve` makes it")
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"data_dir: {data_dir} cannot be written to by this user")
    # A mount point's name is bytes, and not always UTF-8: decoded as `data_dir` was.
    kind = network_file_system(data_dir.resolve(), os.fsdecode(MOUNTS.read_bytes()))
    if kind is not None:
        raise ConfigError(f"data_dir: {data_dir} is on a network file system ({kind}); SQLite needs a local one")
