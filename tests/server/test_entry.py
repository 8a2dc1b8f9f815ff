import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.entry import HEAD_BYTES, Target, pack, pack_head, pack_page, unpack

LOCATION = b"https://example.com/a?b=c#d"
NUMBERS = st.none() | st.integers(-(1 << 63) + 1, (1 << 63) - 1)


def test_a_plain_link_is_its_id_and_its_location() -> None:
    entry = pack(7, LOCATION)
    assert entry == pack_head(7) + LOCATION
    assert len(entry) == HEAD_BYTES + len(LOCATION)
    assert unpack(entry) == Target(7, None, LOCATION, True, None, None, None, None)


@given(
    link_id=st.integers(0, (1 << 56) - 1),
    location=st.binary(),
    status=NUMBERS,
    enabled=st.booleans(),
    expires_ms=NUMBERS,
    until_ms=NUMBERS,
    cache_seconds=NUMBERS,
    forward_query=st.none() | st.booleans(),
    password=st.binary(max_size=255),
    program=st.binary(),
)
def test_unpack_gives_back_what_pack_was_given(
    link_id: int,
    location: bytes,
    status: int | None,
    enabled: bool,
    expires_ms: int | None,
    until_ms: int | None,
    cache_seconds: int | None,
    forward_query: bool | None,
    password: bytes,
    program: bytes,
) -> None:
    entry = pack(
        link_id,
        location,
        status=status,
        enabled=enabled,
        expires_ms=expires_ms,
        until_ms=until_ms,
        cache_seconds=cache_seconds,
        forward_query=forward_query,
        password=password,
        program=program,
    )
    expected = Target(
        link_id, status, location, enabled, expires_ms, until_ms, cache_seconds, forward_query, password, program
    )
    assert unpack(entry) == expected


@pytest.mark.parametrize("link_id", [-1, 1 << 56])
def test_an_id_that_would_be_read_as_a_mark_is_refused(link_id: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        pack(link_id, LOCATION)


def test_a_number_of_more_than_64_bits_is_refused() -> None:
    with pytest.raises(struct.error):
        pack(1, LOCATION, expires_ms=1 << 63)


@given(st.integers(0, (1 << 56) - 1), NUMBERS)
def test_a_bio_pages_entry_says_so(page_id: int, until_ms: int | None) -> None:
    entry = pack_page(page_id, until_ms)
    assert unpack(entry) == Target(page_id, None, b"", True, None, until_ms, None, None, is_page=True)
    assert entry[HEAD_BYTES - 1]  # no plain link: the short cut leaves it alone
