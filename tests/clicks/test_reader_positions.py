"""Reading goes on where it ended, as if it had never been interrupted."""

import os
from pathlib import Path

import pytest

from clicks.reader import JournalReader
from clicks.record import Section
from clicks.segment import Name
from tests.clicks.desk import BOOT, PID, Desk, read_all, records
from tests.clicks.test_reader import OTHER, numbers
from tests.clicks.writing import TEXT, abandoned


@pytest.mark.parametrize("stop", range(11))
def test_reading_goes_on_where_it_ended(tmp_path: Path, stop: int) -> None:
    """Sections that were defined in front of the position are found."""
    desk = Desk(tmp_path)
    sections = [Section(TEXT), Section(OTHER)]
    first = JournalReader(tmp_path)
    for n in range(stop):
        desk.visit(sections[n % 2])
    before = list(first.poll()) + list(first.poll())
    positions = first.positions()
    first.close()
    for n in range(stop, 10):
        desk.visit(sections[n % 2])
    desk.close()
    second = JournalReader(tmp_path, positions)
    after = list(second.poll())
    assert second.torn == 0
    assert second.positions() == {}
    second.close()
    assert numbers(before + after) == list(range(1, 11))
    assert [visit.section for visit in before + after] == [TEXT, OTHER] * 5
    assert before + after == read_all(tmp_path)


def test_any_record_s_offset_is_a_position(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sections = [Section(TEXT), Section(OTHER)]
    for n in range(6):
        desk.visit(sections[n % 2])
    every = desk.visits()
    name = Name(BOOT, PID, 0)
    for at, visit in enumerate(every):
        reader = JournalReader(tmp_path, {name: visit.offset})
        assert list(reader.poll()) == every[at:]
        reader.close()
    end = records(tmp_path / str(name))[-1].end
    for position in (end, end - 32):
        reader = JournalReader(tmp_path, {name: position})
        assert list(reader.poll()) == []
        assert (reader.positions(), reader.torn) == ({}, 0)
        reader.close()


def test_positions_of_segments_that_are_gone_do_no_harm(tmp_path: Path) -> None:
    abandoned(tmp_path, 2)
    reader = JournalReader(tmp_path, {Name(1, 2, 3): 4_711})
    assert len(list(reader.poll())) == 2
    assert reader.positions() == {}


def test_closing_closes(tmp_path: Path, desk: Desk) -> None:
    before = len(os.listdir("/proc/self/fd"))
    reader = JournalReader(tmp_path)
    list(reader.poll())
    assert len(os.listdir("/proc/self/fd")) == before + 1
    reader.close()
    assert len(os.listdir("/proc/self/fd")) == before
