"""A journal segment as a file: made, mapped, synchronised, put away.

A segment belongs to the one process that holds its ``flock``; the kernel gives that back when the process ends, however
it ends. Its disk space is reserved when it is made: a store into a mapped file for which there is no room would kill
the process (SIGBUS). Readers use ``pread`` and map nothing, so the unused rest of a segment that nobody writes any more
can be given back.
"""

import fcntl
import mmap
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from clicks.record import MAGIC

DIRECTORY = "journal"
"""Where segments are kept, inside the data directory."""

SLICE_BYTES = 256 << 10
"""How much is given back at a time."""

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
_UNFINISHED = "."
_NAME = re.compile(r"(\d+)-(\d+)-(\d+)")


class Name(NamedTuple):
    """A segment's name: it is never used again, so a position in it means one thing for ever.

    ``boot_ns``: when its writer started, epoch nanoseconds; ``seq`` counts its segments from 0. In order of age.
    """

    boot_ns: int
    pid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.boot_ns}-{self.pid}-{self.seq}"


def name_of(text: str) -> Name | None:
    """The segment's name that ``text`` spells; ``None`` for any other file's."""
    found = _NAME.fullmatch(text)
    return None if found is None else Name(*map(int, found.groups()))


def beside(path: Path) -> Path:
    """Where a segment is made that is not to be seen yet, and what stands behind one that is in memory."""
    return path.with_name(f"{_UNFINISHED}{path.name}")


def segment_beside(path: Path) -> Path | None:
    """The segment whose :func:`beside` this is; ``None`` where it is any other file."""
    name = path.name.removeprefix(_UNFINISHED)
    return path.with_name(name) if name != path.name and name_of(name) is not None else None


def names(directory: Path) -> list[Name]:
    """The segments in ``directory``, the oldest first; none where there is no such directory."""
    try:
        entries = os.listdir(directory)
    except FileNotFoundError:
        return []
    return sorted(name for entry in entries if (name := name_of(entry)) is not None)


def used_bytes(directory: Path) -> int:
    """The disk space that the files in ``directory`` hold. Inside :func:`alone_in` none of them is missed."""
    blocks: dict[int, int] = {}
    for entry in os.scandir(directory):
        try:
            found = entry.stat(follow_symlinks=False)  # a link leads to memory, not to the disk
        except FileNotFoundError:  # read and removed meanwhile
            continue
        blocks[found.st_ino] = found.st_blocks  # one that is renamed meanwhile may be seen twice
    return sum(blocks.values()) * 512  # stat(2): st_blocks has this unit whatever the file system


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Segments are made and put away by one process at a time, so that all of them together keep to the cap."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def is_abandoned(fd: int) -> bool:
    """Whether the process that wrote the segment open as ``fd`` has ended. Holds the lock for a moment."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return True


class Segment:
    """A segment that this process writes. ``data`` is its mapping, ``words`` the same as 32-bit numbers.

    ``end``: where the next record goes.
    """

    def __init__(self, directory: Path, name: Name, size: int) -> None:
        """Make it. Raises ``OSError``, and leaves nothing behind, where it cannot be (no space, no permission)."""
        self.path = directory / str(name)
        self.size = size
        self.end = len(MAGIC)
        unfinished = beside(self.path)
        self._fd = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            os.posix_fallocate(self._fd, 0, size)
            self.data = mmap.mmap(self._fd, size)
            # Page by page, at the first store into each: 8 µs every 55 visits. Otherwise that store makes a folio as
            # large as the disk's read-ahead (8 MiB here), for which the kernel moves memory about: 3 ms, and 24 ms
            # where memory is scattered. Making pages ready ahead costs the same 8 µs each, but many at a time.
            self.data.madvise(mmap.MADV_RANDOM)
            self.data[: len(MAGIC)] = MAGIC
            # Only now is it seen: one that is there is locked as long as its writer lives.
            unfinished.rename(self.path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            os.close(self._fd)
            raise
        self.words = memoryview(self.data).cast("I")

    def unmap(self) -> None:
        """Nothing is written any more. A slice at a time, as pages were taken."""
        self.words.release()
        for start in range(0, self.size, SLICE_BYTES):
            self.data.madvise(mmap.MADV_DONTNEED, start, min(SLICE_BYTES, self.size - start))
            time.sleep(0)
        self.data.close()

    def sync(self, upto: int) -> None:
        """What has been written up to the offset ``upto`` survives a power cut from now on. Waits for the disk, without
        the interpreter."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """After :meth:`unmap`: give back the lock and the space that was not used; no file remains of no records."""
        try:
            if self.end > len(MAGIC):
                os.ftruncate(self._fd, self.end)
            else:
                self.path.unlink()
        finally:
            os.close(self._fd)
