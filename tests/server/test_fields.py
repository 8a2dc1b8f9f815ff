"""Header fields by name, out of what a parser took apart and out of a head as it was sent."""

import pytest

from server.fields import listed, no_fields, written

FIELDS = [
    (b"Host", b" s.test"),
    (b"Accept-Encoding", b"gzip \t"),
    (b"X-Accept-Encoding", b"no: gzip"),
    (b"X-Empty", b""),
    (b"accept-ENCODING", b"br;q=0.5, Accept-Encoding: x"),
    (b"Last", b"\xc4\xb0 \xe9"),
]
TEXT = b"".join(b"%b:%b\r\n" % field for field in FIELDS) + b"\r\n"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (b"host", (b"s.test",)),
        (b"accept-encoding", (b"gzip", b"br;q=0.5, Accept-Encoding: x")),
        (b"x-accept-encoding", (b"no: gzip",)),
        (b"x-empty", (b"",)),
        (b"last", (b"\xc4\xb0 \xe9",)),
        (b"encoding", ()),
        (b"accept", ()),
        (b"nothing", ()),
    ],
)
def test_values_are_found_by_their_whole_name_in_any_case(name: bytes, values: tuple[bytes, ...]) -> None:
    fields = written(TEXT)
    assert fields(name) == values
    assert fields(name) == values
    assert listed(FIELDS)(name) == values
    assert no_fields(name) == ()
