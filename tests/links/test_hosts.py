"""Host names in their stored form, and back."""

import pytest

from links.errors import LinkError
from links.hosts import host_of, readable


@pytest.mark.parametrize(
    ("text", "host", "shown"),
    [
        ("Go.Example.COM", "go.example.com", "go.example.com"),
        ("example.com.", "example.com", "example.com"),
        ("Bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
        ("💩.la", "xn--ls8h.la", "💩.la"),
        ("xn--ls8h.la", "xn--ls8h.la", "💩.la"),
        ("日本語。jp", "xn--wgv71a119e.jp", "日本語.jp"),
        ("faß.de", "xn--fa-hia.de", "faß.de"),
        ("a-1.b.c.d", "a-1.b.c.d", "a-1.b.c.d"),
        ("x" * 63 + ".com", "x" * 63 + ".com", "x" * 63 + ".com"),
    ],
)
def test_names_have_one_form_and_come_back(text: str, host: str, shown: str) -> None:
    assert host_of(text) == host
    assert readable(host) == shown
    assert host_of(shown) == host


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "com", "localhost", ".com", "a..b", "a.com..", "a.b:80", "http://a.b", "a.b/c", "a.b?c", "a.b#c"),
        *(
            "u@a.b",
            "a b.c",
            " a.b",
            "a.b\n",
            "a\tb.c",
            "%61.com",
            "a_b.c",
            "-a.com",
            "a-.com",
            "xn--a.la",
            "\ud800.com",
        ),
        *("1.2.3.4", "0x7f.1", "a.1", "[::1]", "::1", "127.1", "x" * 64 + ".com", ("x" * 50 + ".") * 5 + "com"),
    ],
)
def test_what_is_no_host_name(text: str) -> None:
    with pytest.raises(LinkError) as caught:
        host_of(text, "domain")
    assert caught.value.field == "domain"


@pytest.mark.parametrize("host", ["xn--\x7f.example", "xn--99999999.example", "xn--bücher.example"])
def test_what_does_not_come_back_is_shown_as_it_stands(host: str) -> None:
    assert readable(host) == host
