"""What ended processes leave behind in a journal is brought to its end."""

import os
from pathlib import Path

from clicks.memory_segment import settle
from clicks.record import END_MARK, MAGIC, end_of, is_unfinished
from clicks.segment import is_abandoned, names, segment_beside


def tidy(directory: Path) -> None:
    """Give back the space that ended processes reserved and did not use; what was in memory comes to the disk.

    Call it inside ``clicks.segment.alone_in``. Raises ``OSError``.
    """
    for entry in directory.iterdir():
        segment = segment_beside(entry)
        if segment is not None and not os.path.lexists(segment):
            entry.unlink(missing_ok=True)
    for name in names(directory):
        path = directory / str(name)
        if not path.is_symlink() or settle(path):
            _tidy_segment(path)


def _tidy_segment(path: Path) -> None:
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        if not _has_end(fd) and is_abandoned(fd):
            _finish(path, fd)
    finally:
        os.close(fd)


def _has_end(fd: int) -> bool:
    return os.pread(fd, len(END_MARK), max(0, os.fstat(fd).st_size - len(END_MARK))) == END_MARK


def _finish(path: Path, fd: int) -> None:
    """Put the end mark behind the last record of a segment and cut off the rest; remove it where it has no records.

    A segment in which anything but a record that was not finished stands behind that stays as it is: it is for those
    who read it to judge.
    """
    data = os.pread(fd, os.fstat(fd).st_size, 0)
    at = len(MAGIC)
    while (end := end_of(data, at)) is not None:
        at = end
    rest = data[at:]
    if rest.strip(b"\0") and not is_unfinished(rest):
        return
    if at == len(MAGIC):
        path.unlink()
        return
    os.ftruncate(fd, at)
    os.pwrite(fd, END_MARK, at)
