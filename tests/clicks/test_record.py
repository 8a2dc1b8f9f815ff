"""Records: what was written is read, and what was not written whole never is."""

from struct import Struct
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicks.record import (
    ALIGN,
    BARE_BYTES,
    END,
    END_MARK,
    GONE,
    LOST,
    MAGIC,
    MOST_BODY_BYTES,
    NOT_FOUND,
    PREFIX_BYTES,
    REDIRECT,
    SECTION,
    VISIT_BYTES,
    Raw,
    Record,
    Torn,
    end_of,
    frame,
    is_unfinished,
    pack_bare,
    pack_kind,
    pack_visit,
    reach_of,
    read,
    room_of,
    take_visits,
    visit_at,
)

PEER = bytes(range(16))
LINK = (7).to_bytes(8, "little")
VISIT = pack_visit(REDIRECT, 3, 1_800_000_000_000_000_000, LINK, PEER, 16) + b"GET /a-slug?qr=1"
BODIES = {
    "visit": VISIT,
    "visit with padding": VISIT + b"abc",
    "visit without text": pack_visit(GONE, 0, 1, LINK, PEER, 0),
    "bare": pack_bare(NOT_FOUND, 1, 2, LINK),
    "section": pack_kind(SECTION) + b"\r\nHost: s.test\r\n\r\n",
    "empty section": pack_kind(SECTION),
    "lost": pack_bare(LOST, 0, 5, LINK),
    "end": END_MARK[PREFIX_BYTES:],
}
_PREFIX = Struct("<II")


def raw(body: bytes, size: int | None = None) -> bytes:
    """A record whose prefix says ``size``, with the checksum that belongs to that."""
    size = len(body) if size is None else size
    record = _PREFIX.pack(size, crc32(body, size)) + body
    return record + bytes(-len(record) % ALIGN)


def test_the_layout_is_as_it_is_described() -> None:
    """Journals outlive the program that wrote them: these bytes do not change without another MAGIC."""
    assert MAGIC == b"fingerpost\0\0\0\0\0\1"
    assert len(MAGIC) % ALIGN == 0
    body = (
        b"\x01\0\0\0"
        + b"\x03\0\0\0"
        + b"\x15\xcd\x5b\x07\0\0\0\0"
        + b"\x07\0\0\0\0\0\0\0"
        + PEER
        + b"\x10\0\0\0"
        + b"GET /x"
    )
    assert pack_visit(REDIRECT, 3, 123_456_789, LINK, PEER, 16) + b"GET /x" == body
    assert frame(body) == b"\x32\0\0\0" + crc32(body, 50).to_bytes(4, "little") + body + bytes(6)
    assert (VISIT_BYTES, BARE_BYTES, len(END_MARK)) == (52, 32, 32)
    assert [REDIRECT, GONE, NOT_FOUND, SECTION, LOST, END] == [1, 2, 3, 16, 17, 18]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    kind=st.sampled_from([REDIRECT, GONE, NOT_FOUND]),
    rule=st.integers(0, 2**32 - 1),
    time_ns=st.integers(0, 2**64 - 1),
    link=st.integers(0, 2**64 - 1),
    peer=st.binary(min_size=16, max_size=16),
    section=st.integers(0, 2**32 - 1),
    text=st.binary(max_size=200),
    base=st.integers(0, 1 << 24),
    before=st.integers(0, 5),
)
def test_a_visit_is_read_as_it_was_written(
    kind: int, rule: int, time_ns: int, link: int, peer: bytes, section: int, text: bytes, base: int, before: int
) -> None:
    body = pack_visit(kind, rule, time_ns, link.to_bytes(8, "little"), peer, section) + text
    at = before * ALIGN
    data = bytes(at) + frame(body)
    end = at + room_of(len(body))
    assert read(data, at, base) == Record(base + end, kind, rule, time_ns, link, peer, section, text)
    assert end_of(data, at) == end == len(data)


@pytest.mark.parametrize("kind", [REDIRECT, GONE, NOT_FOUND, LOST, END])
def test_a_bare_record_has_time_and_link_alone(kind: int) -> None:
    data = frame(pack_bare(kind, 2, 99, LINK))
    assert read(data, 0) == Record(BARE_BYTES, kind, 2, 99, 7, b"", 0, b"")


@pytest.mark.parametrize("text", [b"", b"x", b"\r\nHost: s.test\r\n\r\n", bytes(MOST_BODY_BYTES - 4)])
def test_a_section_is_its_text(text: bytes) -> None:
    data = frame(pack_kind(SECTION) + text)
    assert read(data, 0) == Record(len(data), SECTION, 0, 0, 0, b"", 0, text)


@pytest.mark.parametrize("size", range(40))
def test_a_record_takes_whole_words(size: int) -> None:
    data = frame(bytes(size))
    assert len(data) == room_of(size)
    assert room_of(size) % ALIGN == 0
    assert 0 <= room_of(size) - PREFIX_BYTES - size < ALIGN
    assert not data[PREFIX_BYTES + size :].strip(b"\0")


def taken(data: bytes, stop: int, base: int = 0) -> tuple[list[Raw], int]:
    """The visits that stand in a row, and where that ends."""
    found: list[int] = []
    end = take_visits(data, 0, stop, found)
    return [visit_at(data, at, base) for at in found], end


def test_visits_in_a_row_are_taken_as_they_are_read() -> None:
    bodies = [pack_visit(REDIRECT, n, 10 + n, LINK, PEER, n) + b"GET /" + b"x" * n for n in range(20)]
    data = b"".join(map(frame, bodies)) + frame(pack_kind(SECTION) + b"text") + frame(bodies[0])
    found, end = taken(data, len(data), 1_000)
    assert end == sum(room_of(len(body)) for body in bodies)
    at = 0
    for visit in found:
        record = read(data, at, 1_000)
        assert record is not None
        assert visit == (1_000 + at, *record[1:])
        at = record.end - 1_000
    assert (at, len(found)) == (end, 20)
    found, end = taken(data, 1)
    assert (len(found), end) == (1, room_of(len(bodies[0])))


@pytest.mark.parametrize("at", range(60))
def test_no_visit_is_taken_that_is_not_read(at: int) -> None:
    """Each byte changed, or the last ones missing."""
    whole = frame(VISIT)
    changed = whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]
    for data in (changed + frame(VISIT), whole[:at]):
        try:
            record = read(data, 0)
        except Torn:
            record = None
        found, end = taken(data, 1)
        assert (end > 0) is (record is not None)
        assert [visit[1:] for visit in found] == ([] if record is None else [record[1:]])


@pytest.mark.parametrize("kind", [SECTION, LOST, END, 77])
def test_only_visits_are_taken(kind: int) -> None:
    assert taken(frame(pack_visit(kind, 0, 1, LINK, PEER, 0) + b"GET /x"), 8) == ([], 0)


def test_only_what_is_padded_is_taken() -> None:
    """Words are read to their end; :func:`read` takes the rest."""
    data = frame(pack_visit(GONE, 0, 1, LINK, PEER, 0))
    assert taken(data, 1)[1] == len(data)
    assert taken(data[:-1], 1) == ([], 0)
    assert read(data[:-1], 0) is not None


def test_how_far_records_reach() -> None:
    whole = b"".join(frame(body) for body in BODIES.values())
    ends = [0]
    while (end := end_of(whole, ends[-1])) is not None:
        ends.append(end)
    assert len(ends) == len(BODIES) + 1
    for length in range(len(whole) + 1):
        assert reach_of(whole[:length]) == max(end for end in ends if end <= length)
    assert reach_of(whole + raw(bytes(8), MOST_BODY_BYTES + 1)) == reach_of(whole + bytes(64)) == len(whole)


@pytest.mark.parametrize("name", BODIES)
def test_no_byte_changes_unnoticed(name: str) -> None:
    """Each byte of a record, changed to each other value, with another record and empty space behind."""
    body = BODIES[name]
    whole = frame(body)
    good = read(whole, 0)
    data = bytearray(whole + frame(VISIT) + bytes(512))
    padding = PREFIX_BYTES + len(body)
    for at in range(len(whole)):
        for value in set(range(256)) - {whole[at]}:
            data[at] = value
            try:
                found = read(bytes(data), 0)
            except Torn as torn:
                assert at < padding
                assert torn.end == (len(whole) if at >= 4 else torn.end)
            else:
                assert found == (good if at >= padding else None), (at, value)
                assert at < 4 or at >= padding
        data[at] = whole[at]


@pytest.mark.parametrize("name", BODIES)
def test_a_record_that_is_cut_off_is_not_there(name: str) -> None:
    whole = frame(BODIES[name])
    for length in range(PREFIX_BYTES + len(BODIES[name])):
        assert read(whole[:length], 0) is None
    for length in range(len(whole)):
        assert end_of(whole[:length], 0) is None


@pytest.mark.parametrize("name", BODIES)
def test_a_record_without_its_size_is_not_there(name: str) -> None:
    whole = frame(BODIES[name])
    for checksum in (whole[4:8], bytes(4)):
        data = bytes(4) + checksum + whole[8:]
        assert read(data, 0) is None
        assert end_of(data, 0) is None


def test_where_nothing_was_written_there_is_nothing() -> None:
    assert read(b"", 0) is None
    assert read(bytes(64), 0) is None
    assert read(bytes(64), 64) is None
    assert end_of(bytes(64), 0) is None
    assert end_of(b"", 0) is None


def test_the_largest_record() -> None:
    body = VISIT + bytes(MOST_BODY_BYTES - len(VISIT))
    data = frame(body)
    record = read(data, 0)
    assert record is not None
    assert (record.end, len(record.text)) == (len(data), MOST_BODY_BYTES - 44)
    assert end_of(data, 0) == len(data)


@pytest.mark.parametrize("size", [MOST_BODY_BYTES + 1, 1 << 24, 2**32 - 1])
def test_a_size_that_no_record_has(size: int) -> None:
    data = raw(bytes(MOST_BODY_BYTES + 1), size)
    with pytest.raises(Torn, match=f"no record has {size} bytes, at 1024") as torn:
        read(data, 0, 1024)
    assert torn.value.end == 0
    assert end_of(data, 0) is None


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_body_without_a_kind(size: int) -> None:
    with pytest.raises(Torn, match="at 40 has no kind") as torn:
        read(raw(bytes(size)), 0, 40)
    assert torn.value.end == 40 + room_of(size)


@pytest.mark.parametrize("size", range(4, 24))
def test_a_body_too_short_for_its_kind(size: int) -> None:
    with pytest.raises(Torn, match="at 40 is too short") as torn:
        read(raw(VISIT[:size]), 0, 40)
    assert torn.value.end == 40 + room_of(size)


def test_a_wrong_checksum_says_where_the_next_record_is() -> None:
    data = bytearray(frame(VISIT) + frame(BODIES["bare"]))
    data[4] ^= 1
    with pytest.raises(Torn, match="checksum of the record at 16 is wrong") as torn:
        read(bytes(data), 0, 16)
    next_one = read(bytes(data), torn.value.end - 16, 16)
    assert next_one is not None
    assert next_one.kind == NOT_FOUND


def test_a_checksum_belongs_to_a_size() -> None:
    """Of a body that ends in zeros a shorter or longer size would read the same bytes."""
    body = VISIT + bytes(8)
    data = frame(body) + bytes(64)
    for size in range(24, len(body) + 32):
        if size != len(body):
            with pytest.raises(Torn, match="checksum"):
                read(size.to_bytes(4, "little") + data[4:], 0)


@pytest.mark.parametrize(
    ("rest", "unfinished"),
    [
        (bytes(4) + frame(VISIT)[4:], True),
        (bytes(8) + VISIT[:5], True),
        (bytes(8) + VISIT + bytes(100_000), True),
        (bytes(100_000), False),
        (frame(VISIT), False),
        (bytes(64) + frame(VISIT), False),
        (bytes(8) + VISIT + bytes(100_000) + b"\x01", False),
        (b"", False),
    ],
)
def test_what_a_killed_writer_may_leave(rest: bytes, unfinished: bool) -> None:
    assert is_unfinished(rest) is unfinished
