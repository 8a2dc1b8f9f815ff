"""The check in front of aiohttp: which header sections are plain, and, one by one, which are not."""

import pytest

from server.head import KEPT_BYTES, KEPT_SECTIONS, MOST_FIELDS, Sections, host_of

CHROME = (
    b"\r\nHost: sho.rt\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    b'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\n'
    b"Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
    b"Gecko) Chrome/142.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    b"Sec-Fetch-Site: none\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\r\n"
)
CURL = b"\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"


def with_field(field: bytes) -> bytes:
    return b"\r\nHost: sho.rt\r\n" + field + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("section", "host"),
    [
        (CHROME, b"sho.rt"),
        (CURL, b"localhost"),
        (b"\r\nhOsT:\tSHO.RT. \r\n\r\n", b"sho.rt"),
        (b"\r\nHost:\r\n\r\n", b""),
        (with_field(b"connection:Keep-Alive "), b"sho.rt"),
        (with_field(b"Cookie: a=b; c=\xc3\xa9"), b"sho.rt"),
        (with_field(b"X-Empty:"), b"sho.rt"),
        (with_field(b"X-Content-Length: 5"), b"sho.rt"),
    ],
)
def test_plain_sections(section: bytes, host: bytes) -> None:
    assert host_of(section) == host


@pytest.mark.parametrize(
    "section",
    [
        CURL.replace(b"Host: localhost:8080\r\n", b""),
        CURL.replace(b"Host: localhost:8080", b"Host: a b"),
        CURL.replace(b"Host: localhost:8080", b"Host: user@sho.rt"),
        CURL.replace(b"Host: localhost:8080", b"Host : localhost"),
        CURL.replace(b"Host: localhost:8080", b" Host: localhost"),
        with_field(b"Host: sho.rt"),
        with_field(b"host: other.example"),
        with_field(b"User-Agent: a\r\nuser-agent: b"),
        with_field(b"Cookie: a=b\r\nCookie: c=d"),
        with_field(b"Connection: close"),
        with_field(b"Connection: keep-alive, Upgrade"),
        with_field(b"Content-Length: 0"),
        with_field(b"content-length:5"),
        with_field(b"Transfer-Encoding: chunked"),
        with_field(b"Expect: 100-continue"),
        with_field(b"Upgrade: h2c"),
        with_field(b"HTTP2-Settings: AAMAAABkAAQAAP__"),
        with_field(b"Proxy-Connection: keep-alive"),
        with_field(b"No-Colon"),
        with_field(b": no name"),
        with_field(b"Bad Name: x"),
        with_field(b"B\xc3\xa4d: x"),
        with_field(b"X: a\x00b"),
        with_field(b"X: a\x7fb"),
        with_field(b"X: a\rb"),
        with_field(b"X: a\nb"),
        with_field(b"X: a\r\n folded"),
        CURL + b"x",
        CURL + b"\r\n",
        CURL + b"GET / HTTP/1.1" + CURL,
        CURL.replace(b"\r\n", b"\n"),
        b"\r\n" + CURL,
        b"\r\n\r\n",
        b"",
    ],
)
def test_what_is_not_plain(section: bytes) -> None:
    assert host_of(section) is None


def test_each_prefix_of_a_section_is_incomplete() -> None:
    assert [host_of(CHROME[:end]) for end in range(len(CHROME))] == [None] * len(CHROME)


def test_many_fields_are_declined() -> None:
    fields = [b"X%d: y" % n for n in range(MOST_FIELDS)]
    assert host_of(with_field(b"\r\n".join(fields[:-1]))) == b"sho.rt"
    assert host_of(with_field(b"\r\n".join(fields))) is None


def test_a_verdict_is_remembered() -> None:
    sections = Sections()
    bad = with_field(b"Content-Length: 0")
    assert [sections.host(section) for section in (CHROME, bad, CHROME, bad)] == [b"sho.rt", None, b"sho.rt", None]
    assert (sections.hits, sections.misses) == (2, 2)


def test_memory_is_bounded() -> None:
    sections = Sections()
    for n in range(KEPT_SECTIONS + 10):
        assert sections.host(with_field(b"X: %d" % n)) == b"sho.rt"
    assert len(sections) <= KEPT_SECTIONS
    long = with_field(b"Cookie: " + b"c" * KEPT_BYTES)
    assert [sections.host(long), sections.host(long)] == [b"sho.rt", b"sho.rt"]
    assert sections.hits == 0
