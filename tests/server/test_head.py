"""The check in front of aiohttp: which header sections are plain, and, one by one, which are not."""

import pytest

from server.head import KEPT_BYTES, KEPT_SECTIONS, MOST_FIELDS, Sections, check

CHROME = (
    b"\r\nHost: sho.rt\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    b'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\n'
    b"Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
    b"Gecko) Chrome/142.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    b"Sec-Fetch-Site: none\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\r\n"
)
CURL = b"\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"


def host_of(section: bytes) -> bytes | None:
    plain = check(section)
    return None if plain is None else plain.host


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
    first, passing = sections.look(CHROME[2:])
    assert first is not None
    assert passing == b""
    assert first.host == b"sho.rt"
    assert sections.known == {CHROME[2:]: first}
    assert sections.look(with_field(b"Content-Length: 0")[2:]) == (None, b"")
    assert sections.known == {CHROME[2:]: first}
    assert sections.checked == 2


def test_what_is_asked_for_outlives_the_rest() -> None:
    sections = Sections()
    for n in range(4 * KEPT_SECTIONS):
        section = CHROME if n % 100 == 0 else with_field(b"X: %d" % n)
        assert sections.known.get(section[2:]) or sections.look(section[2:])
    others = sum(n % 100 != 0 for n in range(4 * KEPT_SECTIONS))
    assert sections.checked == others + 1


def test_memory_is_bounded() -> None:
    sections = Sections()
    for n in range(KEPT_SECTIONS + 10):
        assert sections.look(with_field(b"X: %d" % n)[2:])[0] is not None
        assert len(sections.known) <= KEPT_SECTIONS
    long = with_field(b"X: " + b"c" * KEPT_BYTES)
    assert sections.look(long[2:])[0] is not None
    assert long[2:] not in sections.known


def test_the_values_of_secrets_are_left_out_of_what_is_recorded() -> None:
    plain = check(
        with_field(b"Accept: */*\r\nAUTHORIZATION: Basic Zzz\r\nX-Api-Key:k\r\nReferer: https://e.com/?token=1")
    )
    assert plain is not None
    assert plain.text == with_field(b"Accept: */*\r\nAUTHORIZATION:\r\nX-Api-Key:\r\nReferer: https://e.com/?token=1")
    whole = check(CHROME)
    assert whole is not None
    assert whole.text is CHROME


@pytest.mark.parametrize(
    "field",
    [
        *(b"X-Forwarded-For: 192.0.2.7, 2001:db8::1", b"x-forwarded-for:192.0.2.7", b"X-Real-Ip: 192.0.2.7"),
        *(b'If-None-Match: "a-gzip"', b'if-none-match:W/"a", "b"'),
        *(b"X-Request-ID: 0123", b"Forwarded: for=192.0.2.7", b"CF-Connecting-IP: 192.0.2.7", b"cf-ray: 1-FRA"),
        *(b"traceparent: 00-1-2-3", b"X-Amzn-Trace-Id: Root=1", b"True-Client-IP: 192.0.2.7"),
    ],
)
def test_what_a_proxy_adds_is_not_remembered(field: bytes) -> None:
    sections = Sections()
    for n in range(3):
        line = field + b"%d" % n
        plain, passing = sections.look(with_field(b"Accept: */*\r\n" + line + b"\r\nUser-Agent: a")[2:])
        assert plain is not None
        assert (plain.text, passing) == (with_field(b"Accept: */*\r\nUser-Agent: a"), b"\r\n" + line)
    assert sections.checked == 1


def test_of_cookies_only_that_they_were_there_is_told() -> None:
    sections = Sections()
    plain, passing = sections.look(with_field(b"COOKIE: a=b\r\nX-Real-IP: 192.0.2.7")[2:])
    assert plain is not None
    assert (plain.text, passing) == (b"\r\nHost: sho.rt\r\n\r\n", b"\r\nCookie:\r\nX-Real-IP: 192.0.2.7")


@pytest.mark.parametrize(
    "fields",
    [
        b"X-Real-IP: 192.0.2.7\r\nx-real-ip: 192.0.2.8",
        b"Cookie: a=b\r\ncookie: c=d",
        b"X-Real-IP: a\x00",
        b"X-Real-IP: a\r\n b",
        b"X-Real-IP : a",
        b"Cookie: a\nb",
    ],
)
def test_what_a_proxy_adds_must_be_plain_too(fields: bytes) -> None:
    assert Sections().look(with_field(fields)[2:])[0] is None
    assert Sections().look(with_field(b"User-Agent: a\r\n" + fields)[2:])[0] is None
