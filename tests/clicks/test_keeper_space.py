"""Shortage of space: visits become short, are lost and counted, and all by itself it is well again."""

import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clicks import keeper as module
from clicks.keeper import AHEAD, BARE_FROM
from clicks.record import LOST
from clicks.segment import SLICE_BYTES, alone_in, names, used_bytes
from tests.clicks.desk import BOOT, read_all
from tests.clicks.test_keeper import CAP, LOOK_S, Kept, until

CAPPED = "has reached its cap, clicks.journal_mib"
SHORT = "is nearly full: of visits only time and link are recorded"
WELL = "visits are recorded in full again"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", LOOK_S)


@pytest.fixture
def kept(tmp_path: Path, memory: Path | None) -> Iterator[Kept]:
    kept = Kept(tmp_path / "journal", memory=memory)
    kept.keeper.start()
    yield kept
    kept.keeper.stop()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said of the space, in order, without how many were lost."""
    texts = [record.getMessage() for record in caplog.records if record.name == module.__name__]
    return [text for text in texts if "were not recorded" not in text]


def fill_to(kept: Kept, used: float) -> None:
    """Visit until the files take so much."""
    while used_bytes(kept.directory) < used:
        kept.fill(1)
        until(lambda: len(kept.journal.ready) == AHEAD or CAPPED in kept.keeper.complaint, "the keeper has looked")


def leave(kept: Kept, room: int) -> Path:
    """A file that leaves only so much of the cap; to be removed."""
    until(lambda: len(kept.journal.ready) == AHEAD, "nothing is being made")
    path = kept.directory / "filler"
    with path.open("wb") as file, alone_in(kept.directory):
        os.posix_fallocate(file.fileno(), 0, CAP - room - used_bytes(kept.directory))
    return path


def use_up(kept: Kept) -> int:
    """Visit until one is lost; its number."""
    while True:
        number = kept.visit()
        if kept.journal.lost:
            return number
        if not kept.journal.ready:
            assert used_bytes(kept.directory) <= CAP
            until(lambda: kept.journal.ready or CAPPED in kept.keeper.complaint, "there is a segment, or the cap")


def test_from_three_quarters_on_visits_are_short_and_in_the_end_lost(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    fill_to(kept, CAP * BARE_FROM - SLICE_BYTES)
    assert used_bytes(kept.directory) <= CAP * BARE_FROM
    assert not kept.journal.bare
    assert kept.keeper.complaint == ""
    fill_to(kept, CAP * BARE_FROM + 1)
    until(lambda: kept.journal.bare and SHORT in kept.keeper.complaint, "visits are short, and it says so")
    # A bare visit takes 32 bytes: tell the keeper that the rest is used, instead of half a million of them.
    filler = leave(kept, 2 * SLICE_BYTES)
    first = use_up(kept)
    for n in range(1, 5):
        kept.visit()
        assert kept.journal.lost == n + 1
    until(lambda: CAPPED in kept.keeper.complaint, "it says so")
    assert used_bytes(kept.directory) <= CAP
    kept.keeper.stop()
    said = messages(caplog)
    assert [SHORT in said[0], CAPPED in said[1], len(said)] == [True, True, 2]
    assert f"journal: {kept.journal.lost} visits were not recorded" in caplog.text
    filler.unlink()
    visits = read_all(kept.directory)
    assert [visit.link_id for visit in visits] == list(range(1, first))
    full = [bool(visit.peer) for visit in visits]
    assert full == sorted(full, reverse=True)  # at no time in full again
    assert not all(full)


def test_when_files_are_removed_all_is_well_again_by_itself(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    kept.fill(1)
    filler = leave(kept, 0)
    first = use_up(kept)
    second = kept.visit()
    assert (kept.journal.lost, second) == (2, first + 1)
    until(lambda: CAPPED in kept.keeper.complaint, "it says so")
    filler.unlink()
    until(lambda: not kept.journal.bare and len(kept.journal.ready) == AHEAD, "there is room again")
    third = kept.visit()
    assert kept.journal.lost == 2
    kept.keeper.stop()
    assert kept.keeper.complaint == ""
    said = messages(caplog)
    assert CAPPED in said[-2]
    assert WELL in said[-1]
    visits = read_all(kept.directory)
    last = [(visit.kind, visit.link_id, bool(visit.peer)) for visit in visits[-2:]]
    assert last == [(LOST, 2, False), (1, third, True)]


def test_short_visits_are_full_again_when_there_is_room(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    kept.fill(1)
    filler = leave(kept, int(CAP * (1 - BARE_FROM)))
    kept.fill(1)
    until(lambda: kept.journal.bare, "visits are short")
    while kept.journal._limit:  # up to the end of the slice they are in full
        kept.visit()
    short = kept.visit()
    filler.unlink()
    until(lambda: not kept.journal.bare, "visits are in full again")
    full = kept.visit()
    assert kept.journal.lost == 0
    kept.keeper.stop()
    visits = {visit.link_id: visit for visit in read_all(kept.directory)}
    assert visits[short].peer == b""
    assert visits[full].peer != b""
    assert len(visits) == full
    assert [SHORT in messages(caplog)[0], WELL in messages(caplog)[1]] == [True, True]


def test_two_keepers_on_one_directory_keep_to_the_cap_together(tmp_path: Path) -> None:
    both = [Kept(tmp_path, boot_ns=BOOT + n) for n in range(2)]
    for kept in both:
        kept.keeper.start()
    try:
        filler = leave(both[0], 8 * SLICE_BYTES)
        while not all(CAPPED in kept.keeper.complaint and kept.journal.lost for kept in both):
            for kept in both:
                for _ in range(100):
                    kept.visit()
            assert used_bytes(tmp_path) <= CAP
        assert {name.boot_ns for name in names(tmp_path)} == {BOOT, BOOT + 1}
    finally:
        for kept in both:
            kept.keeper.stop()
    filler.unlink()
    numbers = [visit.link_id for visit in read_all(tmp_path) if visit.kind != LOST]
    assert len(numbers) == sum(kept.time - kept.journal.lost for kept in both)


def test_a_full_disk_is_told_of_once_and_all_is_well_again_by_itself(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []

    def full(fd: int, offset: int, length: int) -> None:
        tried.append(length)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        while not kept.journal.lost:
            kept.visit()
        until(lambda: len(tried) > 3, "it has tried again and again")
        kept.visit()
        said = [record for record in caplog.records if "No space left on device" in record.getMessage()]
        assert [record.levelno for record in said] == [logging.WARNING]
        assert f"no room for visits in {kept.directory}: No space left on device" == kept.keeper.complaint
    until(lambda: len(kept.journal.ready) == AHEAD, "there are segments again")
    until(lambda: kept.keeper.complaint == "", "it complains no more")
    lost = kept.journal.lost
    last = kept.visit()
    assert kept.journal.lost == lost
    kept.keeper.stop()
    visits = read_all(kept.directory)
    assert [(visit.kind, visit.link_id) for visit in visits[-2:]] == [(LOST, lost), (1, last)]
    assert [visit.link_id for visit in visits[:-2]] == list(range(1, last - lost))
    assert WELL in messages(caplog)[-1]


def test_without_a_directory_visits_are_lost_until_there_is_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_bytes(b"in its place")
    kept = Kept(tmp_path / "data" / "journal")
    kept.keeper.start()
    try:
        kept.visit()
        assert kept.journal.lost == 1
        until(lambda: "Not a directory" in kept.keeper.complaint, "it says so")
        (tmp_path / "data").unlink()
        until(lambda: len(kept.journal.ready) == AHEAD, "there are segments")
        kept.visit()
    finally:
        kept.keeper.stop()
    assert [(visit.kind, visit.link_id) for visit in read_all(kept.directory)] == [(LOST, 1), (1, 2)]


def test_a_directory_that_is_removed_is_made_again(tmp_path: Path, kept: Kept) -> None:
    """Visits go on into what is open already; the next segments are seen again."""
    kept.visit()
    kept.directory.rename(tmp_path / "away")
    kept.fill(4)
    assert kept.journal.lost == 0
    kept.keeper.stop()
    assert len(read_all(kept.directory)) > 0
