import pytest

from server.target import MAX_HOST_NAME, BadTarget, RequestTarget, host_key, parse_target


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/", (None, b"/", None)),
        (b"/abc", (None, b"/abc", None)),
        (b"/a/b/", (None, b"/a/b/", None)),
        (b"/abc?", (None, b"/abc", b"")),
        (b"/abc?a=1&b=?2", (None, b"/abc", b"a=1&b=?2")),
        (b"/abc?a#f", (None, b"/abc", b"a")),
        (b"/abc#f?a", (None, b"/abc", None)),
        (b"//x.test/a", (None, b"//x.test/a", None)),
        (b"/http://x.test/a", (None, b"/http://x.test/a", None)),
        (b"/%F0%9F%98%80", (None, b"/%F0%9F%98%80", None)),
        (b"/\xff", (None, b"/\xff", None)),
        (b"http://x.test/a?b", (b"x.test", b"/a", b"b")),
        (b"HTTPS://X.test:8443/a", (b"X.test:8443", b"/a", None)),
        (b"http://x.test", (b"x.test", b"/", None)),
        (b"http://x.test?q", (b"x.test", b"/", b"q")),
        (b"http://x.test#f", (b"x.test", b"/", None)),
        (b"http://[::1]:80/a", (b"[::1]:80", b"/a", None)),
    ],
)
def test_a_target_has_an_authority_a_path_and_a_query(
    target: bytes, expected: tuple[bytes | None, bytes, bytes | None]
) -> None:
    assert parse_target(target) == RequestTarget(*expected)


@pytest.mark.parametrize(
    "target",
    [b"", b"*", b"x.test:443", b"abc", b"ftp://x.test/a", b"http:///a", b"http:/a", b"http://?q", b"?q", b" /abc"],
)
def test_other_forms_are_refused(target: bytes) -> None:
    with pytest.raises(BadTarget):
        parse_target(target)


@pytest.mark.parametrize(
    ("host", "key"),
    [
        (None, b""),
        (b"", b""),
        (b":8080", b""),
        (b".", b""),
        (b"x.test", b"x.test"),
        (b"X.Test", b"x.test"),
        (b"x.test:8080", b"x.test"),
        (b"x.test:", b"x.test"),
        (b"x.test.", b"x.test"),
        (b"x.test.:80", b"x.test"),
        (b"x.test..", b"x.test."),
        (b"127.0.0.1:80", b"127.0.0.1"),
        (b"[::1]", b"[::1]"),
        (b"[2001:DB8::A]:8080", b"[2001:db8::a]"),
        (b"xn--bcher-kva.example", b"xn--bcher-kva.example"),
        ("bücher.example:80".encode(), b"xn--bcher-kva.example"),
        ("BÜCHER.example.".encode(), b"xn--bcher-kva.example"),
        ("bücher。example".encode(), b"xn--bcher-kva.example"),  # an ideographic full stop is a dot (UTS #46)
        ("straße.example".encode(), b"xn--strae-oqa.example"),
        ("💩.Example".encode(), "💩.example".encode()),
        ("ü_x.Example".encode(), "ü_x.example".encode()),
        (("Ü" * (MAX_HOST_NAME + 1)).encode(), ("ü" * (MAX_HOST_NAME + 1)).encode()),
    ],
)
def test_a_host_is_known_by_one_name(host: bytes | None, key: bytes) -> None:
    assert host_key(host) == key


@pytest.mark.parametrize(
    "host",
    [
        b"a b",
        b"user@x.test",
        b"x.test/a",
        b"x.test:80:80",
        b"x.test:http",
        b"::1",
        b"[::1",
        b"[::1]x",
        b"[x]",
        b"x.test\t",
        b'x"test',
        b"x,y\\z",
        b"x\x00",
        b"x.test\n",
        b"\xff.test",
    ],
)
def test_what_is_no_host_is_refused(host: bytes) -> None:
    with pytest.raises(BadTarget):
        host_key(host)
