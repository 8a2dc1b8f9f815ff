"""A worker's journal as the settings ask for it."""

import os
import threading
from itertools import count
from pathlib import Path

import pytest

from clicks import keeper
from clicks.reader import JournalReader, Visit
from clicks.record import NOT_FOUND, REDIRECT, Section
from clicks.segment import names
from clicks.settings import MIB, ClicksSettings
from server.answer import Answer
from server.recording import Recording

PEER = bytes(10) + b"\xff\xff\xc0\x00\x02\x01"
TEXT = b"\r\nHost: s.test\r\n\r\n"


def make(directory: Path, **settings: object) -> Recording:
    ticks = count(1_800_000_000_000_000_000)
    return Recording(ClicksSettings(journal_mib=64, memory_dir="", **settings), directory, lambda: next(ticks))  # type: ignore[arg-type]


def visit(recording: Recording, kind: int = REDIRECT) -> None:
    recording.visits.record(Answer(301, (), b"", 7, visit=kind), PEER, Section(TEXT), b"GET", b"/x")


def read(directory: Path) -> list[Visit]:
    reader = JournalReader(directory)
    visits = list(reader.poll())
    assert (reader.torn, reader.positions()) == (0, {})
    return visits


def seen(directory: Path) -> list[Visit]:
    """What is there while it goes on: at the second look."""
    reader = JournalReader(directory)
    try:
        return [*reader.poll(), *reader.poll()]
    finally:
        reader.close()


def test_visits_are_in_the_directory_afterwards(tmp_path: Path) -> None:
    recording = make(tmp_path / "journal")
    recording.start()
    assert recording.state() == {"recorded": "in full", "lost": 0}
    visit(recording)
    visit(recording, NOT_FOUND)
    recording.stop()
    (found,) = read(tmp_path / "journal")
    assert (found.kind, found.link_id, found.peer, found.request, found.section) == (
        *(REDIRECT, 7),
        *(PEER, b"GET /x", TEXT),
    )
    assert found.segment.boot_ns == 1_800_000_000_000_000_000
    assert found.segment.pid == os.getpid()


def test_what_was_not_found_if_that_is_wanted(tmp_path: Path) -> None:
    recording = make(tmp_path, record_not_found=True)
    recording.start()
    visit(recording, NOT_FOUND)
    recording.stop()
    assert [found.kind for found in read(tmp_path)] == [NOT_FOUND]


def test_segments_are_a_part_of_the_cap(tmp_path: Path) -> None:
    recording = make(tmp_path)
    recording.start()
    try:
        sizes = {(tmp_path / str(name)).stat().st_size for name in names(tmp_path)}
        assert sizes == {64 * MIB // keeper.SEGMENTS_IN_CAP}
    finally:
        recording.stop()


def test_switched_off_it_does_nothing_at_all(tmp_path: Path) -> None:
    threads = threading.active_count()
    recording = make(tmp_path / "journal", record_visits=False, record_not_found=True)
    recording.start()
    visit(recording)
    assert recording.state() == {"recorded": "off", "lost": 0}
    assert threading.active_count() == threads
    recording.stop()
    assert not (tmp_path / "journal").exists()


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    recording = make(tmp_path)
    visit(recording)
    assert recording.state() == {"recorded": "in full", "lost": 1}
    recording._journal.bare = True
    assert recording.state()["recorded"] == "time and link"


@pytest.mark.parametrize("is_on", [True, False])
def test_it_may_be_ended_before_it_began(tmp_path: Path, is_on: bool) -> None:
    recording = make(tmp_path / "journal", record_visits=is_on)
    recording.stop()
    assert not (tmp_path / "journal").exists()


def test_an_hour_old_segment_is_ended_and_given_back(tmp_path: Path) -> None:
    """Its addresses are not to stay for as long as nobody comes."""
    now = [1_800_000_000_000_000_000]
    recording = Recording(ClicksSettings(journal_mib=64, memory_dir=""), tmp_path, lambda: now[0])
    recording.start()
    try:
        visit(recording)
        first = names(tmp_path)[0]
        now[0] += 3_600 * 1_000_000_000
        recording.end_old()
        visit(recording)
        assert [one.segment for one in seen(tmp_path)] == [first] * 2
        now[0] += 1
        recording.end_old()
        visit(recording)
        assert [one.segment for one in seen(tmp_path)] == [first] * 2 + [names(tmp_path)[1]]
    finally:
        recording.stop()
    assert len(read(tmp_path)) == 3
