"""Damage, by a power cut or a disk: counted, stepped over where the next record can be found, and never read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clicks.reader import JournalReader
from clicks.record import MAGIC, MOST_BODY_BYTES, SECTION, Record, Section
from tests.clicks.desk import SIZE, Desk, read_all, records
from tests.clicks.writing import TEXT

VISITS = 40
PAGE = 4_096


@pytest.fixture
def left(tmp_path: Path) -> tuple[Path, list[Record]]:
    """A segment whose writer ended without its end mark, at full length, and its records."""
    desk = Desk(tmp_path)
    section = Section(TEXT)
    for n in range(VISITS):
        desk.visit(section, b"GET /%d" % n + b"x" * 300)
    path = desk.made[0].path
    written = path.read_bytes()
    desk.close()
    path.write_bytes(written)
    return path, records(path)


def damage(path: Path, at: int, data: bytes) -> None:
    fd = os.open(path, os.O_RDWR)
    os.pwrite(fd, data, at)
    os.close(fd)


def start_of(written: list[Record], number: int) -> int:
    """Where the record of visit ``number`` (from 1) begins: that of the section comes first."""
    return written[number - 1].end


def numbers(directory: Path, torn: int) -> list[int]:
    return [visit.link_id for visit in read_all(directory, torn)]


def test_without_damage(tmp_path: Path, left: tuple[Path, list[Record]]) -> None:
    path, written = left
    assert path.stat().st_size == SIZE
    assert len(written) == VISITS + 1
    assert numbers(tmp_path, 0) == list(range(1, VISITS + 1))


@pytest.mark.parametrize("number", [1, 10, VISITS])
@pytest.mark.parametrize("within", [4, 8, 20, 51, 100])
def test_a_torn_record_is_counted_and_stepped_over(
    tmp_path: Path, left: tuple[Path, list[Record]], number: int, within: int
) -> None:
    path, written = left
    at = start_of(written, number) + within
    damage(path, at, bytes([path.read_bytes()[at] ^ 0x55]))
    assert numbers(tmp_path, 1) == [n for n in range(1, VISITS + 1) if n != number]


def test_several_torn_records(tmp_path: Path, left: tuple[Path, list[Record]]) -> None:
    path, written = left
    for number in (3, 4, 9):
        damage(path, start_of(written, number) + 30, b"\xff\xfe\xfd")
    assert numbers(tmp_path, 3) == [n for n in range(1, VISITS + 1) if n not in (3, 4, 9)]


def test_a_torn_record_while_the_writer_lives(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    reader = JournalReader(tmp_path)
    section = Section(TEXT)
    for _ in range(3):
        desk.visit(section)
    damage(desk.made[0].path, start_of(records(desk.made[0].path), 2) + 30, b"\xff\xfe")
    assert list(reader.poll()) == []
    assert [visit.link_id for visit in reader.poll()] == [1, 3]
    assert reader.torn == 1
    desk.visit(section)
    desk.close()
    assert [visit.link_id for visit in reader.poll()] == [4]
    assert reader.torn == 1
    reader.close()


def test_visits_of_a_torn_section_have_none(tmp_path: Path, left: tuple[Path, list[Record]]) -> None:
    path, _ = left
    damage(path, len(MAGIC) + 14, b"\xff")
    reader = JournalReader(tmp_path)
    visits = list(reader.poll())
    assert [visit.link_id for visit in visits] == list(range(1, VISITS + 1))
    assert {visit.section for visit in visits} == {b""}
    assert visits[0].request.startswith(b"GET /0")
    assert 0 < reader.torn < VISITS
    reader.close()


@pytest.mark.parametrize("size", [MOST_BODY_BYTES + 1, 2**31, 2**32 - 1])
def test_after_a_size_that_no_record_has_nothing_is_read(
    tmp_path: Path, left: tuple[Path, list[Record]], size: int
) -> None:
    path, written = left
    damage(path, start_of(written, 8), size.to_bytes(4, "little"))
    assert numbers(tmp_path, 1) == list(range(1, 8))


def test_after_a_size_beyond_the_end_nothing_is_read(tmp_path: Path, left: tuple[Path, list[Record]]) -> None:
    path, written = left
    os.truncate(path, written[-1].end - 8)
    assert numbers(tmp_path, 1) == list(range(1, VISITS))


def test_while_the_writer_lives_nothing_is_read_behind_an_impossible_size(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    section = Section(TEXT)
    for _ in range(5):
        desk.visit(section)
    damage(desk.made[0].path, start_of(records(desk.made[0].path), 3), b"\xff\xff\xff\xff")
    reader = JournalReader(tmp_path)
    found = [visit.link_id for _ in range(5) for visit in reader.poll()]
    assert found == [1, 2]
    desk.close()
    assert list(reader.poll()) == []
    assert (reader.torn, reader.positions()) == (1, {})
    reader.close()


@pytest.mark.parametrize("first_page", [0, 1])
def test_behind_a_hole_nothing_is_read(tmp_path: Path, left: tuple[Path, list[Record]], first_page: int) -> None:
    """A page that the disk had not got: zeros, and records behind them."""
    path, written = left
    damage(path, first_page * PAGE, bytes(PAGE))
    whole = [n for n in range(1, VISITS + 1) if written[n].end <= first_page * PAGE]
    # The record that reaches into the hole has its size, but not all of its body.
    found = numbers(tmp_path, 2 if first_page else 1)
    assert found == whole


def test_zeros_alone_are_no_damage(tmp_path: Path, left: tuple[Path, list[Record]]) -> None:
    path, written = left
    at = start_of(written, 12)
    damage(path, at, bytes(SIZE - at))
    assert numbers(tmp_path, 0) == list(range(1, 12))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(bytes(SIZE)),
        lambda path: path.write_bytes(b"fingerpost\0\0\0\0\0\2" + path.read_bytes()[16:]),
        lambda path: path.write_bytes(path.read_bytes()[1:]),
    ],
)
def test_what_is_no_segment_inside_is_counted_and_not_read(
    tmp_path: Path, left: tuple[Path, list[Record]], make: Callable[[Path], object]
) -> None:
    path, _ = left
    make(path)
    assert numbers(tmp_path, 1) == []


def test_damage_in_one_segment_does_not_reach_another(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=3)
    section = Section(TEXT)
    while desk.journal.segment is not desk.made[2]:
        last = desk.visit(section, b"x" * 1_000)
    middle = desk.made[1].path
    written = records(middle)
    damage(middle, written[0].end, b"\xff" * 8)
    lost = {record.link_id for record in written[1:] if record.kind != SECTION}
    desk.close()
    found = numbers(tmp_path, 1)
    assert found == [n for n in range(1, last + 1) if n not in lost]
