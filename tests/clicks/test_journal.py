"""What a worker writes down: every visit once, whole, in order, or counted as lost."""

from itertools import product
from pathlib import Path

import pytest

from clicks.journal import NO_LINK, Journal
from clicks.record import (
    BARE_BYTES,
    END,
    END_MARK,
    GONE,
    LOST,
    MAGIC,
    NOT_FOUND,
    PREFIX_BYTES,
    REDIRECT,
    SECTION,
    VISIT_BYTES,
    Section,
    room_of,
)
from clicks.redact import MOST_TEXT_BYTES
from clicks.segment import SLICE_BYTES, Segment
from tests.clicks.desk import PEER, SIZE, Desk, records

TEXT = b"\r\nHost: s.test\r\nUser-Agent: x\r\n\r\n"
OTHER = b"\r\nHost: other.test\r\n\r\n"
VISIT_BODY = VISIT_BYTES - PREFIX_BYTES


def fill(desk: Desk, section: Section, room: int) -> None:
    """Write visits in the quick way until ``room`` bytes are left in front of the end mark."""
    desk.visit(section)
    while True:
        left = desk.size - len(END_MARK) - room - desk.journal.offset
        if not left:
            return
        size = min(left, 8_000)
        if 0 < left - size < VISIT_BYTES + 8:  # what is left over must hold a visit
            size -= 128
        desk.visit(section, b"f" * (size - PREFIX_BYTES - VISIT_BODY))


def test_a_visit_is_in_the_file_when_the_call_returns(desk: Desk) -> None:
    section = Section(TEXT)
    for n in range(1, 4):
        desk.visit(section, b"GET /%d" % n)
        written = records(desk.made[0].path)
        assert [record.text for record in written[1:]] == [b"GET /%d" % m for m in range(1, n + 1)]
    first = written[0]
    assert (first.kind, first.text) == (SECTION, TEXT)
    for n, record in enumerate(written[1:], 1):
        assert (record.kind, record.time_ns, record.link_id, record.peer) == (REDIRECT, n, n, PEER)
        assert (record.rule, record.section) == (0, len(MAGIC))
    assert desk.journal.offset == written[-1].end


@pytest.mark.parametrize("kind", [REDIRECT, GONE, NOT_FOUND])
def test_the_kind_is_kept(desk: Desk, kind: int) -> None:
    section = Section(TEXT)
    desk.visit(section, kind=kind)
    desk.visit(section, kind=kind)
    assert [visit.kind for visit in desk.visits()] == [kind, kind]


def test_a_visit_of_nothing(desk: Desk) -> None:
    desk.journal.visit(NOT_FOUND, NO_LINK, PEER, Section(TEXT), b"GET /none")
    (visit,) = desk.visits()
    assert (visit.kind, visit.link_id, visit.request, visit.section) == (NOT_FOUND, 0, b"GET /none", TEXT)


def test_a_section_stands_once_a_segment(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=2)
    one, other, same = Section(TEXT), Section(OTHER), Section(TEXT)
    for _ in range(3):
        desk.visit(one)
        desk.visit(other)
        desk.visit(same)
    kinds = [record.kind for record in records(desk.made[0].path)]
    assert kinds == [SECTION, REDIRECT] * 3 + [REDIRECT] * 6
    while desk.journal.segment is desk.made[0]:
        desk.visit(one, b"f" * 2_000)
    desk.visit(other)
    desk.visit(one)
    second = records(desk.made[1].path)
    assert [record.kind for record in second] == [SECTION, REDIRECT, SECTION, REDIRECT, REDIRECT]
    assert [record.text for record in second if record.kind == SECTION] == [TEXT, OTHER]
    visits = desk.visits()
    assert [visit.section for visit in visits[:9]] == [TEXT, OTHER, TEXT] * 3
    assert [visit.section for visit in visits[-3:]] == [TEXT, OTHER, TEXT]


def test_a_segment_ends_with_its_end_mark_and_is_cut_behind_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=2)
    section = Section(TEXT)
    desk.visit(section)
    desk.close()
    data = desk.made[0].path.read_bytes()
    assert data.endswith(END_MARK)
    assert [record.kind for record in records(desk.made[0].path)] == [SECTION, REDIRECT, END]
    assert not desk.made[1].path.exists()  # nothing was written to it
    assert desk.journal.segment is None


@pytest.mark.parametrize("room", range(0, 208, 8))
@pytest.mark.parametrize(
    ("text", "length"),
    [(length_text, length) for length_text, length in product([None, b"", b"\r\nHost: h\r\n\r\n"], [0, 1, 40, 100])],
)
def test_the_change_of_segments(tmp_path: Path, room: int, text: bytes | None, length: int) -> None:
    """Whatever room is left, a visit in the quick way (``None``) or with a new section goes whole to one side."""
    desk = Desk(tmp_path, segments=2)
    section = Section(TEXT)
    fill(desk, section, room)
    before = desk.journal.offset
    assert before == SIZE - len(END_MARK) - room
    last = section if text is None else Section(text)
    number = desk.visit(last, b"r" * length)
    needed = room_of(VISIT_BODY + length) + (0 if text is None else room_of(4 + len(text)))
    if text is None and needed <= room:  # the quick way uses the last byte
        assert desk.journal.segment is desk.made[0]
    if needed > room:
        assert desk.journal.segment is desk.made[1]
    desk.visit(last, b"the last")
    visits = desk.visits()
    assert [visit.link_id for visit in visits] == list(range(1, number + 2))
    assert (visits[-2].request, visits[-2].section) == (b"r" * length, last.text)
    assert (visits[-1].request, visits[-1].section) == (b"the last", last.text)
    assert desk.journal.lost == 0
    for segment in desk.made:
        if segment.path.exists():
            written = records(segment.path)
            assert [record.kind for record in written].index(END) == len(written) - 1
            assert written[-1].end == segment.path.stat().st_size <= SIZE


def test_where_there_is_no_segment_visits_are_counted_and_the_next_segment_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=0)
    section = Section(TEXT)
    for n in range(1, 4):
        desk.visit(section)
        assert desk.journal.lost == n
    desk.give()
    desk.visit(section, b"GET /after")
    assert desk.journal.lost == 3
    fill(desk, section, 0)
    for _ in range(2):
        desk.visit(section)
    assert desk.journal.lost == 5
    desk.give()
    desk.visit(section, b"GET /again")
    desk.give()
    fill(desk, section, 0)
    desk.visit(section, b"GET /third")  # the third segment has nothing to tell
    visits = desk.visits()
    assert [(visit.link_id, visit.segment.seq) for visit in visits if visit.kind == LOST] == [(3, 0), (2, 1)]
    assert visits[0].kind == LOST
    assert (visits[1].request, visits[1].section) == (b"GET /after", TEXT)
    again = next(at for at, visit in enumerate(visits) if visit.request == b"GET /again")
    assert visits[again - 1].kind == LOST
    numbers = [visit.link_id for visit in visits if visit.kind != LOST]
    lost = {1, 2, 3} | set(range(numbers[-1])) - set(numbers) - {0}
    assert len(lost) == 5
    assert desk.journal.lost == 5


def test_a_closed_journal_loses_what_comes(desk: Desk) -> None:
    section = Section(TEXT)
    desk.visit(section)
    desk.journal.close()
    desk.visit(section)
    assert desk.journal.lost == 1
    assert [visit.link_id for visit in desk.visits()] == [1]


def test_bare_visits_have_time_and_link_alone(desk: Desk) -> None:
    known = Section(TEXT)
    desk.visit(known)
    desk.journal.bare = True
    desk.journal._limit = 0  # as at the end of a slice: until then the quick way goes on
    before = desk.journal.offset
    for n in range(4):
        desk.visit(known if n % 2 else Section(OTHER), kind=GONE)
    assert desk.journal.offset == before + 4 * BARE_BYTES
    desk.journal.bare = False
    desk.visit(known, b"GET /full")
    desk.visit(known, b"GET /quick")
    assert (desk.journal.shortened, desk.journal.lost) == (4, 0)
    visits = desk.visits()
    assert [visit.link_id for visit in visits] == [visit.time_ns for visit in visits] == [1, 2, 3, 4, 5, 6, 7]
    assert [(visit.kind, visit.peer, visit.request, visit.section) for visit in visits[1:5]] == [
        (GONE, b"", b"", b"")
    ] * 4
    assert [(visit.peer, visit.request, visit.section) for visit in visits[5:]] == [
        (PEER, b"GET /full", TEXT),
        (PEER, b"GET /quick", TEXT),
    ]


def test_the_quick_way_becomes_bare_within_a_slice(tmp_path: Path) -> None:
    desk = Desk(tmp_path, size=2 * SLICE_BYTES)
    section = Section(TEXT)
    desk.visit(section)
    desk.journal.bare = True
    while desk.journal.offset < SLICE_BYTES + 1_000:
        desk.visit(section)
    visits = desk.visits()
    first = next(at for at, visit in enumerate(visits) if not visit.peer)
    assert visits[first].offset <= SLICE_BYTES
    assert not any(visit.peer for visit in visits[first:])


def test_a_bare_visit_still_fits_where_a_full_one_does_not(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=1)
    section = Section(TEXT)
    fill(desk, section, BARE_BYTES)
    desk.journal.bare = True
    desk.visit(section)
    assert desk.journal.lost == 0
    assert desk.journal.offset == SIZE - len(END_MARK)
    desk.visit(section)
    assert desk.journal.lost == 1


class Fickle(Journal):
    """A journal that stops being bare while a visit is being written: the keeper is another thread."""

    def _segment_with(self, room: int) -> Segment | None:
        segment = super()._segment_with(room)
        self.bare = False
        return segment


def test_that_visits_are_in_full_again_may_be_said_in_the_middle_of_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    section = Section(TEXT)
    fill(desk, section, BARE_BYTES)
    desk.journal.bare = True
    desk.journal.__class__ = Fickle
    number = desk.visit(Section(OTHER), b"GET /" + b"x" * 200)
    assert desk.journal.bare is False
    visits = desk.visits()
    assert [visit.link_id for visit in visits] == list(range(1, number + 1))


@pytest.mark.parametrize("bare", [False, True])
def test_a_long_request_and_a_long_section_are_cut(desk: Desk, bare: bool) -> None:
    desk.journal.bare = bare
    desk.visit(Section(b"s" * MOST_TEXT_BYTES), b"GET /" + b"r" * 3 * MOST_TEXT_BYTES)
    (visit,) = desk.visits()
    assert visit.request == (b"" if bare else (b"GET /" + b"r" * MOST_TEXT_BYTES)[:MOST_TEXT_BYTES])
    assert visit.section == (b"" if bare else b"s" * MOST_TEXT_BYTES)


def test_the_largest_visits_go_on_from_segment_to_segment(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=14)
    for n in range(40):
        desk.visit(Section(b"%d" % n + b"s" * (MOST_TEXT_BYTES - 2)), b"r" * MOST_TEXT_BYTES)
    assert desk.journal.lost == 0
    assert [visit.link_id for visit in desk.visits()] == list(range(1, 41))


def test_a_segment_is_ended_when_it_is_old(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=2)
    section = Section(TEXT)
    desk.journal.end_old(0)
    assert not desk.journal.retired  # nothing has begun
    desk.visit(section)
    desk.visit(section)
    desk.journal.end_old(1)  # began at the time 1, and it is 2
    assert not desk.journal.retired
    desk.journal.end_old(0)
    assert list(desk.journal.retired) == [desk.made[0]]
    desk.journal.end_old(0)
    assert list(desk.journal.retired) == [desk.made[0]]
    desk.visit(section)
    assert desk.journal.segment is desk.made[1]
    assert [visit.link_id for visit in desk.visits()] == [1, 2, 3]
    assert desk.journal.lost == 0


def test_the_keeper_is_woken_when_there_is_something_to_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=2, size=2 * SLICE_BYTES)
    section = Section(TEXT)
    assert desk.wakes == 0
    desk.visit(section)
    assert desk.wakes > 0  # one segment less is ready
    before = desk.wakes
    desk.visit(section)
    assert desk.wakes == before  # the quick way asks for nothing
    while desk.journal.offset <= SLICE_BYTES:
        desk.visit(section)
    assert desk.wakes == before
    while desk.journal.segment is desk.made[0]:
        desk.visit(section)
    assert desk.wakes > before + 1
    assert list(desk.journal.retired) == [desk.made[0]]
    before = desk.wakes
    while desk.journal.lost == 0:
        desk.visit(section)
    assert desk.wakes > before
    before = desk.wakes
    desk.visit(section)
    assert desk.wakes > before  # each visit that is lost
