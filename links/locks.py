"""``data/lock``: who is at work in a data directory. Linux open-file-description locks, a byte each (fcntl(2)).

The kernel drops a lock when its holder dies, however it dies, so nothing here is ever stale. Unlike POSIX record
locks, these are not lost when some other descriptor of the same file is closed.
"""

import fcntl
import os
import struct
from pathlib import Path
from typing import Self

FILE_NAME = "lock"

SERVE = 0
ADMIN = 1
COLLECTOR = 2
WORKERS = range(64, 320)
"""A redirect worker holds one of these while it answers requests: so the admin knows, even just after its own
restart, how many workers there are to wait for."""

_FLOCK = struct.Struct("@hhqqi4x")
_PID_BYTES = 8


def _flock(kind: int, start: int, length: int = 1) -> bytes:
    return _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)


class DataLock:
    """One process's hold on the lock file of a data directory (which must exist)."""

    def __init__(self, data_dir: Path) -> None:
        self._fd = os.open(data_dir / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up every byte that is held."""
        os.close(self._fd)

    def take(self, byte: int) -> bool:
        """Hold ``byte``; ``False`` where another process does."""
        try:
            fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, _flock(fcntl.F_WRLCK, byte))
        except (BlockingIOError, PermissionError):
            return False
        os.pwrite(self._fd, str(os.getpid()).ljust(_PID_BYTES).encode(), byte * _PID_BYTES)
        return True

    def take_any(self, bytes_: range) -> int | None:
        """Hold the first free byte of a range; which one, or ``None``."""
        return next((byte for byte in bytes_ if self.take(byte)), None)

    def release(self, byte: int) -> None:
        fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, _flock(fcntl.F_UNLCK, byte))

    def held_by_others(self, bytes_: range) -> set[int]:
        """Those bytes of a range that another process (or another open of the file) holds."""
        held: set[int] = set()
        unknown = [bytes_]
        while unknown:
            part = unknown.pop()
            if not part:
                continue
            answer = fcntl.fcntl(self._fd, fcntl.F_OFD_GETLK, _flock(fcntl.F_WRLCK, part.start, len(part)))
            kind, _, found, length, _ = _FLOCK.unpack(answer)
            if kind == fcntl.F_UNLCK:
                continue
            end = found + length if length else part.stop  # no length: to the end of the file
            held.update(range(max(found, part.start), min(end, part.stop)))
            # The kernel tells of any lock in the part, not of the lowest one: it has them by age.
            unknown += [range(part.start, found), range(end, part.stop)]
        return held

    def is_held_by_other(self, byte: int) -> bool:
        return bool(self.held_by_others(range(byte, byte + 1)))

    def holder(self, byte: int) -> str:
        """The process id that last took ``byte``, for a message to a person."""
        return os.pread(self._fd, _PID_BYTES, byte * _PID_BYTES).decode("ascii", "replace").strip(" \0") or "unknown"
