"""A journal segment in memory that is copied to the disk while it is written.

A page of a file on a disk belongs to its file system too: the first store into each, and into each again after it was
written out, may wait for the file system's own journal, behind whatever else commits there. Pages of a file system in
memory (tmpfs) wait for nothing, and the kernel owns them just as well: what was stored survives the death of every
process. Only a power cut takes them, and what had been synchronised is on the disk by then.

In the journal's directory a segment in memory is a symbolic link, which readers follow without knowing; beside it grows
the copy, whose space is reserved as that in memory is. The copy takes the link's place in one step once it is whole.
"""

import errno
import fcntl
import mmap
import os
import stat
from contextlib import ExitStack
from pathlib import Path

from clicks.record import MAGIC
from clicks.segment import (
    DIRECTORY_MODE,
    FILE_MODE,
    Name,
    Segment,
    alone_in,
    beside,
    is_abandoned,
    name_of,
)

MOST_BYTES = 4 << 20
"""Of a segment: a worker keeps three of them in memory."""

LINK_BYTES = 4_096
"""What a link may take of a disk: a block, beside the copy."""

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL


def memory_for(journal: Path, parent: Path) -> Path:
    """The directory in ``parent``, which may be everybody's, for the segments of the directory ``journal``; it is made
    where there is none. Raises ``OSError``, also where it is not ours alone: anybody may have made it."""
    found = journal.stat()
    memory = parent / f"fingerpost-{os.geteuid()}-{found.st_dev:x}-{found.st_ino:x}"
    try:
        memory.mkdir(mode=DIRECTORY_MODE)
    except FileExistsError:
        found = memory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(errno.EPERM, f"{memory} is not a directory of this user alone") from None
    return memory


class MemorySegment(Segment):
    """As :class:`Segment`; its pages are in the directory ``memory`` until it is closed."""

    def __init__(self, directory: Path, name: Name, size: int, memory: Path) -> None:
        """Make it. Raises ``OSError``, and leaves nothing behind, where it cannot be (no space, no permission)."""
        self.path = directory / str(name)
        self.size = size
        self.end = len(MAGIC)
        self._copied = 0
        self._pages = memory / str(name)
        with ExitStack() as undo:
            self._copy = os.open(beside(self.path), _NEW, FILE_MODE)
            undo.callback(os.close, self._copy)
            undo.callback(beside(self.path).unlink)
            self._fd = os.open(self._pages, _NEW, FILE_MODE)
            undo.callback(os.close, self._fd)
            undo.callback(self._pages.unlink)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            os.posix_fallocate(self._copy, 0, size)
            os.posix_fallocate(self._fd, 0, size)
            self.data = mmap.mmap(self._fd, size)
            undo.callback(self.data.close)
            self.data[: len(MAGIC)] = MAGIC
            # Only now is it seen: one that is there is locked as long as its writer lives.
            self.path.symlink_to(self._pages)
            undo.pop_all()
        self.words = memoryview(self.data).cast("I")

    def sync(self, upto: int) -> None:
        """As :meth:`Segment.sync`."""
        self._copy_up_to(upto)
        os.fdatasync(self._copy)

    def close(self) -> None:
        """As :meth:`Segment.close`; not inside ``alone_in``. The memory is given back last: a link that leads nowhere
        is one of a power cut."""
        try:
            if self.end > len(MAGIC):
                self._copy_up_to(self.end)
                os.ftruncate(self._copy, self.end)
                # Who adds up the files of the directory meanwhile would see it neither here nor there.
                with alone_in(self.path.parent):
                    beside(self.path).rename(self.path)
            else:
                self.path.unlink()
                beside(self.path).unlink(missing_ok=True)
            self._pages.unlink(missing_ok=True)
        finally:
            os.close(self._fd)
            os.close(self._copy)

    def _copy_up_to(self, end: int) -> None:
        # Within the kernel, and in one call: each call more takes the interpreter from the requests twice.
        os.lseek(self._copy, self._copied, os.SEEK_SET)
        while self._copied < end:
            copied = os.sendfile(self._copy, self._fd, self._copied, end - self._copied)
            if not copied:
                raise OSError(errno.EIO, "a segment in memory is shorter than what was written into it")
            self._copied += copied


def settle(path: Path) -> bool:
    """Bring the segment at ``path``, a symbolic link, to the disk if its writer is no more; whether it is there now.

    Where its memory is gone it is what had been synchronised. Call it inside ``alone_in``. Raises ``OSError``.
    """
    try:
        pages = Path(os.readlink(path))
        fd = os.open(pages, os.O_RDONLY)
    except OSError:
        if not path.is_symlink():  # its writer has just finished it, or taken it away
            return path.exists()
        if not pages.exists():
            return _settle_copy(path)
        raise
    try:
        if not is_abandoned(fd):
            return False
        data = os.pread(fd, os.fstat(fd).st_size, 0)
    finally:
        os.close(fd)
    copy = os.open(beside(path), os.O_WRONLY | os.O_CREAT, FILE_MODE)
    try:
        os.pwrite(copy, data, 0)
        os.fdatasync(copy)
    finally:
        os.close(copy)
    beside(path).rename(path)
    pages.unlink(missing_ok=True)
    return True


def _settle_copy(path: Path) -> bool:
    try:
        beside(path).rename(path)
    except FileNotFoundError:
        path.unlink()
        return False
    return True


def forget_unlinked(memory: Path, journal: Path) -> None:
    """Give back the memory that no segment of ``journal`` leads to and no living process has. As :func:`settle`."""
    for entry in memory.iterdir():
        if name_of(entry.name) is None or (journal / entry.name).is_symlink():
            continue
        try:
            fd = os.open(entry, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            if is_abandoned(fd):
                entry.unlink(missing_ok=True)
        finally:
            os.close(fd)
