"""A segment as a file: made whole or not at all, reserved, locked, put away."""

import errno
import fcntl
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from clicks.record import MAGIC, frame
from clicks.segment import (
    SLICE_BYTES,
    Name,
    Segment,
    alone_in,
    is_abandoned,
    name_of,
    names,
    used_bytes,
)
from tests.clicks.writing import holding

NAME = Name(1_800_000_000_000_000_000, 4_000_000, 7)
SIZE = 3 * SLICE_BYTES


@pytest.fixture
def segment(tmp_path: Path) -> Iterator[Segment]:
    segment = Segment(tmp_path, NAME, SIZE)
    yield segment
    if not segment.data.closed:
        segment.unmap()
        segment.close()


def is_free(path: Path) -> bool:
    """Whether the segment's lock is, for somebody who opens it now."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return is_abandoned(fd)
    finally:
        os.close(fd)


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


# Names


@pytest.mark.parametrize("text", ["1-2-3", "1800000000000000000-4194304-0", str(NAME)])
def test_a_name_is_read_as_it_is_written(text: str) -> None:
    name = name_of(text)
    assert name is not None
    assert str(name) == text


@pytest.mark.parametrize(
    "text", ["", ".1-2-3", "1-2", "1-2-3-4", "a-2-3", "1-2-3 ", "1-2-3.tmp", "-1-2-3", "1--2-3", "1-2-3\n", "first-key"]
)
def test_what_is_no_segment_s_name(text: str) -> None:
    assert name_of(text) is None


def test_segments_come_in_order_of_age_and_nothing_else_is_one(tmp_path: Path) -> None:
    for name in ("10-2-0", "9-3-10", "9-3-9", "9-20-0", ".8-1-1", "note", "7-1"):
        (tmp_path / name).touch()
    assert list(map(str, names(tmp_path))) == ["9-3-9", "9-3-10", "9-20-0", "10-2-0"]
    assert names(tmp_path / "none") == []


# Making


@pytest.mark.usefixtures("no_umask")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "journal"
    with alone_in(directory):
        segment = Segment(directory, NAME, SIZE)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert segment.path.stat().st_mode & 0o777 == 0o600
    segment.unmap()
    segment.close()


def test_it_is_empty_and_its_space_is_reserved(tmp_path: Path, segment: Segment) -> None:
    assert segment.path == tmp_path / str(NAME)
    stat = segment.path.stat()
    assert stat.st_size == SIZE == segment.size
    assert stat.st_blocks * 512 >= SIZE  # a store into a hole of a full disk would kill the process
    assert segment.path.read_bytes() == MAGIC + bytes(SIZE - len(MAGIC))
    assert segment.end == len(MAGIC)
    assert names(tmp_path) == [NAME]
    assert os.listdir(tmp_path) == [str(NAME)]
    assert used_bytes(tmp_path) == stat.st_blocks * 512


def test_words_are_the_same_bytes(segment: Segment) -> None:
    segment.words[4] = 0x01020304
    assert segment.data[16:20] == (0x01020304).to_bytes(4, "little")
    assert segment.path.read_bytes()[16:20] == b"\4\3\2\1"


def test_a_name_that_is_being_made_is_not_made_again(tmp_path: Path) -> None:
    unfinished = tmp_path / f".{NAME}"
    unfinished.write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        Segment(tmp_path, NAME, SIZE)
    assert unfinished.read_bytes() == b"another's"


def test_nobody_sees_it_before_it_is_locked_and_reserved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []

    def watched(step: str, original: Callable[..., Any], *arguments: Any) -> Any:
        steps.append((step, names(tmp_path)))
        return original(*arguments)

    for owner, step in ((fcntl, "flock"), (os, "posix_fallocate"), (mmap, "mmap"), (Path, "rename")):
        original = getattr(owner, step)
        # A method is looked up on its object: a partial would not be given it.
        patched = partial(watched, step, original)
        monkeypatch.setattr(owner, step, (lambda *a, patched=patched: patched(*a)) if owner is Path else patched)
    segment = Segment(tmp_path, NAME, SIZE)
    assert steps == [("flock", []), ("posix_fallocate", []), ("mmap", []), ("rename", [])]
    assert names(tmp_path) == [NAME]
    segment.unmap()
    segment.close()


@pytest.mark.parametrize("step", ["posix_fallocate", "mmap", "flock", "rename"])
def test_one_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    owner = {"posix_fallocate": os, "mmap": mmap, "flock": fcntl, "rename": Path}[step]
    descriptors = set(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(owner, step, fail)
        Segment(tmp_path, NAME, SIZE)
    assert os.listdir(tmp_path) == []
    assert set(os.listdir("/proc/self/fd")) == descriptors
    Segment(tmp_path, NAME, SIZE)  # and the same name may be tried again


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"")
    with pytest.raises(OSError, match="journal"):
        Segment(tmp_path / "journal", NAME, SIZE)
    with pytest.raises(OSError, match="journal"), alone_in(tmp_path / "journal"):
        pass


# Memory


def test_the_kernel_is_told_not_to_read_ahead(segment: Segment) -> None:
    """Otherwise the first store makes a folio as large as the disk's read-ahead, which takes milliseconds."""
    maps = Path("/proc/self/smaps").read_text()
    flags = maps[maps.index(str(segment.path)) :].split("VmFlags:")[1].splitlines()[0].split()
    assert "rr" in flags  # "random read advise", proc_pid_smaps(5)


def test_what_was_written_stays_when_the_memory_is_given_back(segment: Segment) -> None:
    record = frame(b"x" * 100)
    segment.data[16 : 16 + len(record)] = record
    segment.data[SIZE - 4 :] = b"last"
    segment.end = SIZE
    segment.unmap()
    assert str(segment.path) not in Path("/proc/self/maps").read_text()
    segment.sync(SIZE)
    segment.close()
    data = segment.path.read_bytes()
    assert data[16 : 16 + len(record)] == record
    assert data.endswith(b"last")


# The end


def test_what_was_not_used_is_given_back(segment: Segment) -> None:
    segment.data[16:24] = b"\1\2\3\4\5\6\7\x08"
    segment.end = 24
    segment.unmap()
    assert not is_free(segment.path)
    segment.close()
    assert segment.path.read_bytes() == MAGIC + b"\1\2\3\4\5\6\7\x08"
    assert is_free(segment.path)


def test_of_no_records_no_file_remains(tmp_path: Path, segment: Segment) -> None:
    segment.unmap()
    segment.close()
    assert os.listdir(tmp_path) == []


def test_a_segment_that_somebody_else_removed_is_closed_all_the_same(segment: Segment) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    segment.path.unlink()
    segment.unmap()
    with pytest.raises(FileNotFoundError):
        segment.close()
    assert len(os.listdir("/proc/self/fd")) < descriptors


# Whose it is


def test_it_is_abandoned_when_its_process_ends_however_it_ends(tmp_path: Path) -> None:
    with holding(tmp_path, 3) as (process, written):
        assert len(written) == 2
        for name in written:
            assert not is_free(tmp_path / name)
            assert not is_free(tmp_path / name)  # asking takes nothing away
        process.kill()
        process.wait()
    for name in written:
        assert is_free(tmp_path / name)
        assert is_free(tmp_path / name)


def test_one_at_a_time_is_alone(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        for _ in range(20):
            with alone_in(tmp_path):
                inside.append(number)
                most.append(len(inside))
                threading.Event().wait(0)
                inside.remove(number)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80


def test_used_space_is_that_of_the_blocks(tmp_path: Path) -> None:
    assert used_bytes(tmp_path) == 0
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 1 << 30)
    assert used_bytes(tmp_path) < 1 << 20
    (tmp_path / ".unfinished").write_bytes(bytes(1 << 20))
    fd = os.open(tmp_path / ".unfinished", os.O_RDWR)
    os.fsync(fd)
    os.close(fd)
    assert used_bytes(tmp_path) >= 1 << 20
