"""What the query of a visit says."""

import pytest

from clicks.classes import Via
from clicks.marks import MOST_CHARACTERS, marks_of


@pytest.mark.parametrize(
    ("query", "via"),
    [
        (b"", Via.CLICK),
        (b"qr=1", Via.QR),
        (b"a=b&qr=1&c", Via.QR),
        (b"bio=1", Via.BIO),
        (b"bio=1&qr=1", Via.QR),
        (b"qr=1&bio=1", Via.QR),
        (b"qr=2&qr", Via.CLICK),
        (b"QR=1", Via.CLICK),
        (b"qr=1#x", Via.QR),
        (b"xqr=1", Via.CLICK),
    ],
)
def test_ways(query: bytes, via: Via) -> None:
    assert marks_of(query).via is via


@pytest.mark.parametrize(
    ("query", "utm"),
    [
        (b"utm_source=a&utm_medium=b&utm_campaign=c", ("a", "b", "c")),
        (b"utm_source=a&utm_source=b", ("a", "", "")),
        (b"utm_source=Gr%C3%BC%C3%9Fe+dich", ("Grüße dich", "", "")),
        (b"utm_source=%ff%0a%1b[31m", ("\ufffd\ufffd\ufffd[31m", "", "")),
        (b"utm_term=x&UTM_SOURCE=y", ("", "", "")),
        (b"utm_campaign=" + b"x" * 500, ("", "", "x" * MOST_CHARACTERS)),
    ],
)
def test_utm_parameters(query: bytes, utm: tuple[str, str, str]) -> None:
    assert marks_of(query).utm == utm
