"""Header fields out of recorded sections."""

from clicks.fields import value_of, values_of

SECTION = b"\r\nHost: a\r\nX-A:  1 \r\nx-a: 2\r\nX-AB: 3\r\nEmpty:\r\n\r\n"


def test_the_first_value() -> None:
    assert value_of(SECTION, b"x-a") == b"1"
    assert value_of(SECTION, b"empty") == value_of(SECTION, b"none") == b""


def test_all_values_in_order() -> None:
    assert values_of(SECTION, b"x-a") == (b"1", b"2")
    assert values_of(SECTION, b"empty") == (b"",)
    assert values_of(SECTION, b"none") == values_of(b"", b"x-a") == ()
    assert values_of(b"\r\nX-A: cut", b"x-a") == (b"cut",)
