"""A segment in memory: seen like any other, copied while it is written, on the disk in the end, whoever dies when."""

import errno
import fcntl
import mmap
import os
from pathlib import Path

import pytest

from clicks.memory_segment import MemorySegment, forget_unlinked, memory_for, settle
from clicks.reader import JournalReader
from clicks.record import END_MARK, MAGIC, VISIT_BYTES, Section, frame
from clicks.segment import SLICE_BYTES, Name, alone_in, beside, names, used_bytes
from clicks.tidying import tidy
from tests.clicks.desk import BOOT, PID, SIZE, Desk, read_all
from tests.clicks.writing import TEXT, abandoned, holding

NAME = Name(BOOT, PID, 0)
VISITS = 50


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    directory = tmp_path / "journal"
    with alone_in(directory):
        return directory


@pytest.fixture
def memory(tmp_path: Path, journal: Path) -> Path:
    (tmp_path / "memory").mkdir()
    return memory_for(journal, tmp_path / "memory")


def requests(directory: Path, torn: int = 0) -> list[bytes]:
    return [visit.request for visit in read_all(directory, torn)]


def expected(count: int = VISITS) -> list[bytes]:
    return [b"GET /%d" % n for n in range(count)]


# The directory


def test_each_journal_has_a_directory_of_its_own_that_nobody_else_may_read(tmp_path: Path, memory: Path) -> None:
    assert memory.parent == tmp_path / "memory"
    assert memory.stat().st_mode & 0o777 == 0o700
    assert memory_for(tmp_path / "journal", tmp_path / "memory") == memory
    (tmp_path / "other").mkdir()
    assert memory_for(tmp_path / "other", tmp_path / "memory") != memory


@pytest.mark.parametrize("kind", ["link", "file", "open to others", "another user's"])
def test_what_somebody_else_may_have_put_there_is_not_used(
    tmp_path: Path, journal: Path, memory: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.rmdir()
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        memory.symlink_to(tmp_path / "elsewhere")
    elif kind == "file":
        memory.write_bytes(b"")
        memory.chmod(0o600)
    else:
        memory.mkdir(mode=0o700)
    if kind == "open to others":
        memory.chmod(0o750)
    if kind == "another user's":
        owner = memory.stat().st_uid
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
        memory.rename(memory.with_name(memory.name.replace(f"-{owner}-", f"-{owner + 1}-")))
    with pytest.raises(PermissionError, match="is not a directory of this user alone"):
        memory_for(journal, tmp_path / "memory")


def test_a_parent_that_is_not_there(journal: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        memory_for(journal, tmp_path / "none")


# Making


def test_it_is_seen_as_a_link_and_both_are_reserved(journal: Path, memory: Path) -> None:
    segment = MemorySegment(journal, NAME, SLICE_BYTES, memory)
    assert names(journal) == [NAME]
    assert segment.path.is_symlink()
    assert segment.path.read_bytes() == MAGIC + bytes(SLICE_BYTES - len(MAGIC))
    for path in (segment.path, beside(segment.path)):
        assert path.stat().st_size == SLICE_BYTES
        assert path.stat().st_blocks * 512 >= SLICE_BYTES
        assert path.stat().st_mode & 0o777 == 0o600
    assert SLICE_BYTES <= used_bytes(journal) < 2 * SLICE_BYTES  # a long link takes a block
    segment.words[4] = 0x01020304
    assert segment.path.read_bytes()[16:20] == b"\4\3\2\1"
    segment.unmap()
    segment.close()
    assert os.listdir(journal) == os.listdir(memory) == []


@pytest.mark.parametrize("step", ["posix_fallocate", "mmap", "flock", "symlink_to"])
def test_one_that_cannot_be_made_leaves_nothing_behind(
    journal: Path, memory: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    owner = {"posix_fallocate": os, "mmap": mmap, "flock": fcntl, "symlink_to": Path}[step]
    descriptors = set(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(owner, step, fail)
        MemorySegment(journal, NAME, SIZE, memory)
    assert os.listdir(journal) == os.listdir(memory) == []
    assert set(os.listdir("/proc/self/fd")) == descriptors
    segment = MemorySegment(journal, NAME, SIZE, memory)  # and the same name may be tried again
    segment.unmap()
    segment.close()


# While it is written, and in the end


def test_what_is_synchronised_is_in_the_copy_and_nothing_else(journal: Path, memory: Path) -> None:
    segment = MemorySegment(journal, NAME, SIZE, memory)
    record = frame(b"x" * 100)
    end = len(MAGIC) + len(record)
    segment.data[len(MAGIC) : end] = record
    assert not any(beside(segment.path).read_bytes())
    segment.sync(end)
    segment.data[end : end + 4] = b"next"
    assert beside(segment.path).read_bytes() == MAGIC + record + bytes(SIZE - end)
    segment.sync(len(MAGIC))  # of what was there before nothing is taken back
    segment.sync(end + 4)
    assert beside(segment.path).read_bytes()[end : end + 8] == b"next" + bytes(4)
    segment.unmap()
    segment.end = end + 4
    segment.close()


def test_in_the_end_the_copy_takes_its_place(journal: Path, memory: Path) -> None:
    desk = Desk(journal, segments=3, memory=memory)
    section = Section(TEXT)
    reader = JournalReader(journal)
    seen = []
    for n in range(VISITS * 80):
        desk.visit(section, b"GET /%d" % n)
        if n % 500 == 0:
            seen += [visit.request for visit in reader.poll()]
    assert len(desk.journal.ready) < 2
    desk.close()
    assert not any(path.is_symlink() for path in journal.iterdir())
    assert sorted(os.listdir(journal)) == list(map(str, names(journal)))
    assert os.listdir(memory) == []
    assert (journal / str(NAME)).read_bytes().endswith(END_MARK)
    assert requests(journal) == expected(VISITS * 80)
    seen += [visit.request for visit in reader.poll()] + [visit.request for visit in reader.poll()]
    reader.close()
    assert seen == expected(VISITS * 80)  # who had it open read on


# Dead writers


def test_after_a_kill_everything_is_there_before_and_after_tidying(journal: Path, memory: Path) -> None:
    used, unused = abandoned(journal, VISITS, memory)
    assert (journal / used).is_symlink()
    assert requests(journal) == expected()
    tidy(journal)
    assert os.listdir(journal) == [used]
    assert not (journal / used).is_symlink()
    assert (journal / used).stat().st_size < SIZE
    assert os.listdir(memory) == []
    assert requests(journal) == expected()
    once = (journal / used).read_bytes()
    tidy(journal)
    assert (journal / used).read_bytes() == once


def test_who_reads_while_it_is_tidied_reads_each_once(journal: Path, memory: Path) -> None:
    abandoned(journal, VISITS, memory)
    reader = JournalReader(journal)
    reader.open_all()
    tidy(journal)
    found = [*reader.poll(), *reader.poll(), *reader.poll()]
    reader.close()
    assert [visit.request for visit in found] == expected()


def test_the_segments_of_a_living_process_are_left_alone(journal: Path, memory: Path) -> None:
    with holding(journal, VISITS, memory) as (_, written):
        tidy(journal)
        forget_unlinked(memory, journal)
        assert all((journal / name).is_symlink() and (memory / name).exists() for name in written)
        assert not settle(journal / written[0])
    tidy(journal)
    assert requests(journal) == expected()


def test_a_copy_that_is_missing_is_made(journal: Path, memory: Path) -> None:
    used, _ = abandoned(journal, VISITS, memory)
    beside(journal / used).unlink()
    tidy(journal)
    assert requests(journal) == expected()


def test_after_a_power_cut_there_is_what_had_been_synchronised(journal: Path, memory: Path) -> None:
    used, unused = abandoned(journal, VISITS, memory)
    whole = (memory / used).read_bytes()
    reader = JournalReader(journal)
    list(reader.poll())
    copy = whole[: whole.index(b"GET /30") - VISIT_BYTES]
    beside(journal / used).write_bytes(copy + bytes(SIZE - len(copy)))
    for name in (used, unused):
        (memory / name).unlink()
    assert requests(journal) == []  # nobody knows yet
    tidy(journal)
    assert os.listdir(journal) == [used]
    assert requests(journal) == expected(30)
    reader.close()


def test_a_link_without_memory_and_copy_goes(journal: Path, memory: Path) -> None:
    (journal / str(NAME)).symlink_to(memory / str(NAME))
    tidy(journal)
    assert os.listdir(journal) == []


def test_what_cannot_be_opened_is_no_power_cut(journal: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used, _ = abandoned(journal, VISITS, memory)
    original = os.open

    def refusing(path: object, *arguments: int) -> int:
        if Path(os.fspath(path)).parent == memory:  # type: ignore[call-overload]
            raise PermissionError(errno.EACCES, "Permission denied")
        return original(path, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr(os, "open", refusing)
        tidy(journal)
    tidy(journal)
    assert requests(journal) == expected()
    assert os.listdir(journal) == [used]


def test_memory_that_nothing_leads_to_is_given_back(journal: Path, memory: Path) -> None:
    used, unused = abandoned(journal, VISITS, memory)
    (journal / unused).unlink()
    (memory / "note").touch()
    forget_unlinked(memory, journal)
    assert sorted(os.listdir(memory)) == sorted([used, "note"])
