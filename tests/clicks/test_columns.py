"""Columns of records: the same as the records one by one."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clicks.columns import Pile, columns_of, distinct, each_once
from clicks.record import SECTION, frame, pack_bare, pack_kind, pack_visit, take_visits, visit_at

SEED = 3

visit = st.builds(
    lambda kind, rule, time_ns, link, peer, section, text: frame(
        pack_visit(kind, rule, time_ns, link.to_bytes(8, "little"), peer, section) + text
    ),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**32 - 1),
    st.one_of(st.binary(max_size=40), st.sampled_from([b"GET /x?qr=1", b"GET /x", b"GET", b"?", b"GET /\r\nX: ?"])),
)
other = st.sampled_from([frame(pack_kind(SECTION) + b"\r\nA: ?\r\n\r\n"), frame(pack_bare(1, 0, 63, b"?" * 8))])


def starts_in(data: bytes) -> list[int]:
    """Where visits are, whatever stands between them."""
    starts: list[int] = []
    at = 0
    while at < len(data):
        at = take_visits(data, at, len(data), starts)
        if at < len(data):
            at += 8 + (int.from_bytes(data[at : at + 4], "little") + 7 & -8)
    return starts


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.one_of(visit, visit, other), max_size=12), st.integers(0, 1 << 20))
def test_columns_are_what_the_records_are(records: list[bytes], base: int) -> None:
    data = b"".join(records)
    starts = starts_in(data)
    if not starts:
        return
    columns = columns_of(data, base, starts)
    assert len(columns) == len(starts)
    for number, at in enumerate(starts):
        record = visit_at(data, at, base)
        _, kind, word, time_ns, link, peer, section, text = record
        assert columns.record(number) == record
        assert columns.text(number) == text
        assert columns.address(number) == peer
        assert (columns.kind[number], columns.word[number], columns.section[number]) == (kind, word, section)
        assert (int(columns.time_ns[number]), int(columns.link[number])) == (time_ns, link)
        halves = (int(columns.first[number]), int(columns.second[number]))
        assert b"".join(half.to_bytes(8, "little") for half in halves) == peer
        assert bool(columns.has_mark[number]) is (b"?" in text)
        assert columns.size[number] == 44 + len(text)
        if len(text) >= 4:
            assert int(columns.method[number]).to_bytes(4, "little") == text[:4]
    some = columns.take(np.arange(len(starts)) % 2 == 0)
    assert [some.record(number) for number in range(len(some))] == [visit_at(data, at, base) for at in starts[::2]]


def test_piles_keep_their_order_beside_each_other() -> None:
    rng = random.Random(SEED)
    one, other = Pile(), Pile()
    for _ in range(50):
        if rng.random() < 0.5:
            number = rng.randrange(1_000)
            one.add_one(number)
            other.add_one(-number)
        else:
            numbers = np.array([rng.randrange(1_000) for _ in range(rng.randrange(4))], np.int64)
            one.add(numbers)
            other.add(-numbers)
    assert len(one.all()) > 50
    assert one.all().tolist() == (-other.all()).tolist()
    assert Pile().all().tolist() == []


def test_different_ones() -> None:
    rng = random.Random(SEED)
    numbers = np.array([rng.randrange(20) for _ in range(100)], np.int64)
    found, which = distinct(numbers)
    assert found == sorted(set(numbers.tolist())) == each_once(numbers).tolist()
    assert [found[number] for number in which] == numbers.tolist()
    assert each_once(numbers[:0]).tolist() == distinct(numbers[:0])[0] == []
