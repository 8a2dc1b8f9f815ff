import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.forward import forward


@pytest.mark.parametrize(
    ("location", "query", "expected"),
    [
        (b"https://e.com/", b"a=1", b"https://e.com/?a=1"),
        (b"https://e.com/?", b"a=1", b"https://e.com/?a=1"),
        (b"https://e.com/?x=1", b"a=1&b=2", b"https://e.com/?x=1&a=1&b=2"),
        (b"https://e.com/#f", b"a=1", b"https://e.com/?a=1#f"),
        (b"https://e.com/?x=1#f?g#h", b"a=1", b"https://e.com/?x=1&a=1#f?g#h"),
        (b"https://e.com/#?a=9", b"a=1", b"https://e.com/?a=1#?a=9"),
        # The destination's own win.
        (b"https://e.com/?a=9", b"a=1&b=2", b"https://e.com/?a=9&b=2"),
        (b"https://e.com/?a", b"a=1", b"https://e.com/?a"),
        (b"https://e.com/?a=9#f", b"a=1", b"https://e.com/?a=9#f"),
        (b"https://e.com/?ab=9", b"%61b=1&a%62=2&AB=3", b"https://e.com/?ab=9&AB=3"),
        (b"https://e.com/?a%20b=9", b"a+b=1", b"https://e.com/?a%20b=9"),
        # A name may come twice where it is the visitor's alone.
        (b"https://e.com/", b"a=1&a=2", b"https://e.com/?a=1&a=2"),
        # The marker of QR codes, wherever it stands; nothing else that looks like it.
        (b"https://e.com/", b"qr=1", b"https://e.com/"),
        (b"https://e.com/", b"qr=1&a=1", b"https://e.com/?a=1"),
        (b"https://e.com/", b"a=1&qr=1", b"https://e.com/?a=1"),
        (b"https://e.com/", b"a=1&qr=1&b=2", b"https://e.com/?a=1&b=2"),
        (b"https://e.com/", b"qr=12&xqr=1&qr", b"https://e.com/?qr=12&xqr=1&qr"),
        (b"https://e.com/", b"bio=1", b"https://e.com/"),
        (b"https://e.com/", b"bio=1&a=1&qr=1", b"https://e.com/?a=1"),
        (b"https://e.com/", b"bio=12&bio&bio=", b"https://e.com/?bio=12&bio&bio="),
        # Nothing to add.
        (b"https://e.com/?x=1#f", b"", b"https://e.com/?x=1#f"),
        (b"https://e.com/", b"&&", b"https://e.com/"),
        (b"https://e.com/", b"&a=1&&b=2&", b"https://e.com/?a=1&b=2"),
        # What stands encoded stays; what must not stand in a header is encoded.
        (b"https://e.com/", b"a=%20%zz%C3%A9+b;c", b"https://e.com/?a=%20%zz%C3%A9+b;c"),
        (b"https://e.com/", b"a=\xc3\xa9\"<>'\\^`{|}", b"https://e.com/?a=%C3%A9%22%3C%3E%27%5C%5E%60%7B%7C%7D"),
        (b"https://e.com/", b"a=1\r\nSet-Cookie: b=2", b"https://e.com/?a=1%0D%0ASet-Cookie:%20b=2"),
        (b"https://e.com/", b"to=https://x.test/?a@b", b"https://e.com/?to=https://x.test/?a@b"),
    ],
)
def test_the_query_goes_between_the_own_parameters_and_the_fragment(
    location: bytes, query: bytes, expected: bytes
) -> None:
    assert forward(location, query) == expected


@given(st.binary())
def test_whatever_is_forwarded_is_safe_in_a_header(query: bytes) -> None:
    location = forward(b"https://e.com/p?x=1#f", query)
    assert re.fullmatch(rb"[\x21-\x7e]+", location)
    assert location.startswith(b"https://e.com/p?x=1")
    assert location.endswith(b"#f")
    assert location.count(b"#") == 1
