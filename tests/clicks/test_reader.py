"""Each visit is given once, in order, whoever writes meanwhile and wherever reading began."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clicks.reader import JournalReader, SegmentReader, Visit
from clicks.record import GONE, LOST, MAGIC, REDIRECT, Section
from clicks.segment import Name
from clicks.tidying import tidy
from tests.clicks.desk import BOOT, PEER, PID, Desk, read_all, records
from tests.clicks.writing import TEXT, abandoned, holding

OTHER = b"\r\nHost: other.test\r\n\r\n"
LONG = b"GET /" + b"l" * 2_000


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[JournalReader]:
    reader = JournalReader(tmp_path)
    yield reader
    assert reader.torn == 0
    reader.close()


def numbers(visits: list[Visit]) -> list[int]:
    return [visit.link_id for visit in visits]


def test_a_visit_whole(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.visit(Section(TEXT), b"GET /x?qr=1", GONE)
    assert desk.visits() == [
        Visit(
            segment=Name(BOOT, PID, 0),
            offset=records(desk.made[0].path)[0].end,
            kind=GONE,
            rule=0,
            time_ns=1,
            link_id=1,
            peer=PEER,
            request=b"GET /x?qr=1",
            section=TEXT,
        )
    ]


def test_fields_of_one_request_only_stand_in_front_of_the_section(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    section = Section(TEXT)
    desk.visit(section, b"GET /x\r\nX-Request-Id: 1\r\nCookie:")
    desk.visit(section, b"GET /y")
    desk.visit(section, b"GET /z\r\nX-Request-Id: 2")
    assert [(visit.request, visit.section) for visit in desk.visits()] == [
        (b"GET /x", b"\r\nX-Request-Id: 1\r\nCookie:" + TEXT),
        (b"GET /y", TEXT),
        (b"GET /z", b"\r\nX-Request-Id: 2" + TEXT),
    ]


def test_while_the_writer_lives_only_what_was_there_at_the_look_before_is_taken(
    desk: Desk, reader: JournalReader
) -> None:
    section = Section(TEXT)
    desk.visit(section)
    assert numbers(list(reader.poll())) == []
    desk.visit(section)
    assert numbers(list(reader.poll())) == [1]
    assert numbers(list(reader.poll())) == [2]
    assert numbers(list(reader.poll())) == []
    for _ in range(3):
        desk.visit(section)
    assert numbers(list(reader.poll())) == []
    assert numbers(list(reader.poll())) == [3, 4, 5]


def test_what_comes_between_a_look_and_reading_waits(tmp_path: Path, desk: Desk) -> None:
    section = Section(TEXT)
    desk.visit(section)
    segment = SegmentReader(tmp_path, Name(BOOT, PID, 0))
    segment.look()
    segment.look()
    desk.visit(section)
    assert numbers(segment.read()) == [1]
    assert numbers(segment.read()) == []
    segment.look()
    assert numbers(segment.read()) == []
    segment.look()
    assert numbers(segment.read()) == [2]
    assert not segment.done
    segment.close()


def test_when_the_writer_has_ended_everything_is_taken_at_once(tmp_path: Path, reader: JournalReader) -> None:
    abandoned(tmp_path, 5)
    assert [visit.request for visit in reader.poll()] == [b"GET /%d" % n for n in range(5)]
    assert reader.positions() == {}
    assert list(reader.poll()) == []


def test_a_writer_that_dies_between_two_polls(tmp_path: Path, reader: JournalReader) -> None:
    with holding(tmp_path, 5):
        assert list(reader.poll()) == []
        assert len(list(reader.poll())) == 5
    assert list(reader.poll()) == []
    assert reader.positions() == {}


def test_an_end_mark_ends_a_segment_while_its_writer_lives(tmp_path: Path, reader: JournalReader) -> None:
    desk = Desk(tmp_path, segments=2)
    section = Section(TEXT)
    while desk.journal.segment is not desk.made[1]:
        desk.visit(section, LONG)
    desk.visit(section)
    list(reader.poll())
    assert reader.positions().keys() == {Name(BOOT, PID, 0), Name(BOOT, PID, 1)}
    visits = list(reader.poll())
    assert reader.positions().keys() == {Name(BOOT, PID, 1)}
    assert numbers(visits) == list(range(1, len(visits) + 1))
    desk.close()


def test_many_segments_in_order_and_nothing_twice(tmp_path: Path, reader: JournalReader) -> None:
    desk = Desk(tmp_path, segments=3)
    sections = [Section(TEXT), Section(OTHER)]
    found: list[Visit] = []
    number = 0
    while len(desk.made) < 12:
        for _ in range(17):
            number = desk.visit(sections[number % 2], LONG)
        if len(desk.journal.ready) < 2:
            desk.give()
        desk.put_away()
        found += reader.poll()
    desk.close()
    found += reader.poll()
    assert list(reader.poll()) == []
    assert numbers(found) == list(range(1, number + 1))
    assert len({(visit.segment, visit.offset) for visit in found}) == number
    assert [visit.section for visit in found] == [[TEXT, OTHER][n % 2] for n in range(number)]
    assert len({visit.segment for visit in found}) > 5


def test_several_writers(tmp_path: Path, reader: JournalReader) -> None:
    desks = [Desk(tmp_path, boot_ns=BOOT + n) for n in range(3)]
    section = [Section(TEXT) for _ in desks]
    for _ in range(4):
        for n, desk in enumerate(desks):
            desk.visit(section[n], b"GET /%d" % n)
    found = list(reader.poll())
    for desk in desks:
        desk.close()
    found += reader.poll()
    assert [visit.segment.boot_ns - BOOT for visit in found] == [0] * 4 + [1] * 4 + [2] * 4
    assert numbers(found) == [1, 2, 3, 4] * 3


def test_new_segments_are_found(tmp_path: Path, reader: JournalReader) -> None:
    assert list(reader.poll()) == []
    abandoned(tmp_path, 2)
    assert len(list(reader.poll())) == 2
    abandoned(tmp_path, 3)
    assert len(list(reader.poll())) == 3
    assert list(reader.poll()) == []


def test_a_directory_that_comes_later(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal")
    assert list(reader.poll()) == []
    (tmp_path / "journal").mkdir()
    abandoned(tmp_path / "journal", 2)
    assert len(list(reader.poll())) == 2
    reader.close()


def test_a_segment_that_is_removed_while_it_is_read_is_read_to_its_end(tmp_path: Path, reader: JournalReader) -> None:
    desk = Desk(tmp_path)
    section = Section(TEXT)
    desk.visit(section)
    assert list(reader.poll()) == []
    desk.made[0].path.unlink()
    desk.visit(section)
    assert numbers(list(reader.poll())) == [1]
    assert numbers(list(reader.poll())) == [2]
    desk.journal.close()
    segment = desk.journal.retired.popleft()
    segment.unmap()
    os.close(segment._fd)
    list(reader.poll())
    assert reader.positions() == {}


def test_a_segment_without_visits_that_is_removed(tmp_path: Path, reader: JournalReader) -> None:
    desk = Desk(tmp_path)
    assert list(reader.poll()) == []
    assert reader.positions() == {Name(BOOT, PID, 0): len(MAGIC)}
    desk.close()
    assert list(reader.poll()) == []
    assert reader.positions() == {}


def test_one_that_is_gone_between_listing_and_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned(tmp_path, 1)
    monkeypatch.setattr("clicks.reader.names", lambda directory: [Name(1, 2, 3)])
    reader = JournalReader(tmp_path)
    assert list(reader.poll()) == []
    assert reader.positions() == {}


def test_tidying_changes_nothing_for_who_reads_meanwhile(tmp_path: Path, reader: JournalReader) -> None:
    with holding(tmp_path, 5):
        assert list(reader.poll()) == []
    tidy(tmp_path)
    assert len(list(reader.poll())) == 5
    assert reader.positions() == {}
    assert len(read_all(tmp_path)) == 5


# Short visits, lost visits, much


def test_short_visits_and_lost_ones(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=0)
    desk.visit(Section(TEXT))
    desk.give()
    desk.journal.bare = True
    desk.visit(Section(TEXT))
    lost, bare = desk.visits()
    assert (lost.kind, lost.link_id, lost.section, lost.request) == (LOST, 1, b"", b"")
    assert (bare.kind, bare.link_id, bare.time_ns, bare.peer, bare.request, bare.section) == (
        *(REDIRECT, 2, 2),
        *(b"", b"", b""),
    )


def test_a_segment_is_read_in_pieces(tmp_path: Path) -> None:
    """Records lie across the borders of the pieces that are read at a time."""
    desk = Desk(tmp_path, size=4 << 20)
    section = Section(TEXT)
    while desk.journal.lost == 0:
        number = desk.visit(section, b"GET /" + b"z" * (number_of_bytes(desk)))
    visits = desk.visits()
    assert numbers(visits) == list(range(1, number))
    assert {visit.section for visit in visits} == {TEXT}


def number_of_bytes(desk: Desk) -> int:
    return desk.journal.offset * 7919 % 8_000
