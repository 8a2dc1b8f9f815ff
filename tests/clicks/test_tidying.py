"""What ended processes leave behind is made small, and nothing else is touched."""

import os
from pathlib import Path

import pytest

from clicks.reader import SegmentReader
from clicks.record import END, END_MARK, MAGIC, REDIRECT, SECTION, frame
from clicks.segment import Name, name_of
from clicks.tidying import tidy
from tests.clicks.desk import SIZE, Desk, read_all, records
from tests.clicks.writing import TEXT, abandoned, holding

VISITS = 50


def contents(directory: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and the time of the last change of each file."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}


def test_a_dead_writer_s_segment_gets_its_end_mark_and_the_rest_is_given_back(tmp_path: Path) -> None:
    used, unused = abandoned(tmp_path, VISITS)
    assert (tmp_path / used).stat().st_size == (tmp_path / unused).stat().st_size == SIZE
    before = records(tmp_path / used)
    tidy(tmp_path)
    assert os.listdir(tmp_path) == [used]
    after = records(tmp_path / used)
    assert after[:-1] == before
    assert [record.kind for record in after] == [SECTION] + [REDIRECT] * VISITS + [END]
    assert after[-1].end == (tmp_path / used).stat().st_size
    assert [visit.request for visit in read_all(tmp_path)] == [b"GET /%d" % n for n in range(VISITS)]


def test_to_tidy_twice_changes_nothing_more(tmp_path: Path) -> None:
    abandoned(tmp_path, VISITS)
    abandoned(tmp_path, 0)
    tidy(tmp_path)
    once = contents(tmp_path)
    assert len(once) == 1
    tidy(tmp_path)
    assert contents(tmp_path) == once


def test_a_reader_that_has_just_looked_takes_no_end_mark_for_damage(tmp_path: Path) -> None:
    used, _ = abandoned(tmp_path, VISITS)
    name = name_of(used)
    assert name is not None
    reader = SegmentReader(tmp_path, name)
    reader.look()
    tidy(tmp_path)
    visits = 0
    while found := reader.records():
        visits += len(found)
    assert (visits, reader.done, reader.torn) == (VISITS, True, 0)
    reader.close()


def test_it_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    """Cut, but the end mark is missing or only in part there."""
    used, _ = abandoned(tmp_path, VISITS)
    tidy(tmp_path)
    whole = (tmp_path / used).read_bytes()
    (tmp_path / used).write_bytes(whole[: -len(END_MARK)])
    tidy(tmp_path)
    assert (tmp_path / used).read_bytes() == whole


def test_the_segments_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    with holding(tmp_path, VISITS) as (_, written):
        before = contents(tmp_path)
        assert sorted(before) == sorted(written)
        tidy(tmp_path)
        assert contents(tmp_path) == before
    tidy(tmp_path)
    assert os.listdir(tmp_path) == [written[0]]


def test_one_s_own_segments_are_left_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=2)
    before = contents(tmp_path)
    tidy(tmp_path)
    assert contents(tmp_path) == before
    desk.close()


@pytest.mark.parametrize("at", [64, SIZE // 2, SIZE - 1])
def test_a_segment_in_which_anything_stands_behind_the_records_is_left_to_its_readers(tmp_path: Path, at: int) -> None:
    used, _ = abandoned(tmp_path, VISITS)
    end = records(tmp_path / used)[-1].end
    fd = os.open(tmp_path / used, os.O_RDWR)
    os.pwrite(fd, b"\xff", max(at, end + 64))
    os.close(fd)
    before = contents(tmp_path)[used]
    tidy(tmp_path)
    assert contents(tmp_path) == {used: before}


def test_a_size_that_no_record_has_is_left_to_the_readers(tmp_path: Path) -> None:
    used, _ = abandoned(tmp_path, VISITS)
    end = records(tmp_path / used)[-1].end
    fd = os.open(tmp_path / used, os.O_RDWR)
    os.pwrite(fd, b"\xff\xff\xff\xff", end)
    os.close(fd)
    before = contents(tmp_path)[used]
    tidy(tmp_path)
    assert contents(tmp_path)[used] == before


def test_a_record_that_was_not_finished_is_given_back(tmp_path: Path) -> None:
    """A body without a size: its writer was killed between the two."""
    used, _ = abandoned(tmp_path, VISITS)
    end = records(tmp_path / used)[-1].end
    fd = os.open(tmp_path / used, os.O_RDWR)
    os.pwrite(fd, frame(b"x" * 60)[8:], end + 8)
    os.close(fd)
    assert len(read_all(tmp_path)) == VISITS
    tidy(tmp_path)
    assert (tmp_path / used).stat().st_size == end + len(END_MARK)
    assert len(read_all(tmp_path)) == VISITS


def test_a_damaged_record_in_the_middle_stays_and_the_rest_is_given_back(tmp_path: Path) -> None:
    used, _ = abandoned(tmp_path, VISITS)
    written = records(tmp_path / used)
    fd = os.open(tmp_path / used, os.O_RDWR)
    os.pwrite(fd, b"\xff", written[10].end + 20)
    os.close(fd)
    tidy(tmp_path)
    assert (tmp_path / used).stat().st_size == written[-1].end + len(END_MARK)
    assert len(read_all(tmp_path, torn=1)) == VISITS - 1


def test_segments_that_were_never_finished_go(tmp_path: Path) -> None:
    (tmp_path / f".{Name(1, 2, 3)}").write_bytes(bytes(100))
    (tmp_path / "1-2-4").write_bytes(MAGIC)
    tidy(tmp_path)
    assert os.listdir(tmp_path) == []


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README").write_bytes(b"mine")
    (tmp_path / "1-2-3.bak").write_bytes(MAGIC)
    before = contents(tmp_path)
    tidy(tmp_path)
    assert contents(tmp_path) == before


def test_what_is_no_segment_inside_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "1-2-3").write_bytes(b"not a segment, whatever its name says" * 10)
    before = contents(tmp_path)
    tidy(tmp_path)
    assert contents(tmp_path) == before


def test_many_are_tidied(tmp_path: Path) -> None:
    for _ in range(3):
        abandoned(tmp_path, VISITS)
    tidy(tmp_path)
    assert len(os.listdir(tmp_path)) == 3
    visits = read_all(tmp_path)
    assert len(visits) == 3 * VISITS
    assert {visit.section for visit in visits} == {TEXT}
