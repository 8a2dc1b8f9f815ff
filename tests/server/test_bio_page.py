"""Which form of a bio page is sent, and when none has to be."""

import gzip

import pytest

from server.bio_page import KEPT_BYTES, BioPage, is_known, takes_gzip
from server.fields import Fields, listed

HTML = b"<!DOCTYPE html><p>" + b"me " * 400
POLICY = b"default-src 'none'; frame-ancestors 'none'"
PLAIN, ZIPPED = b'"abc"', b'"abc-gzip"'


def make(policy: bytes = POLICY) -> BioPage:
    return BioPage(7, gzip.compress(HTML, mtime=0), b"abc", policy)


def sent(*fields: tuple[bytes, bytes]) -> Fields:
    return listed(fields)


@pytest.mark.parametrize(
    ("values", "zipped"),
    [
        ((), False),
        ((b"",), False),
        ((b"gzip",), True),
        ((b"gzip, deflate, br, zstd",), True),
        ((b"GZIP",), True),
        ((b"x-gzip",), True),
        ((b"br", b"gzip"), True),
        ((b"br",), False),
        ((b"identity",), False),
        ((b"*",), True),
        ((b"*;q=0",), False),
        ((b"gzip;q=0",), False),
        ((b"gzip;q=0.0",), False),
        ((b"gzip;q=0.000",), False),
        ((b"gzip;q=0, *",), False),
        ((b"*, gzip;q=0",), False),
        ((b"gzip;q=0.001",), True),
        ((b"gzip ; Q=0.5",), True),
        ((b"gzip; q=1.000",), True),
        ((b"gzip;q=0.5, identity",), False),
        ((b"gzip;q=0.5, identity;q=0.5",), True),
        ((b"identity;q=0.4, gzip;q=0.5",), True),
        ((b"gzip;q=0.5, *;q=0.9",), False),  # * is for no coding too
        ((b"gzip;q=0.5, *;q=0.1",), True),
        ((b"identity;q=0",), False),  # there is nothing that would be right
        ((b"br, identity;q=0",), False),
        ((b"gzip;q=1.1",), False),
        ((b"gzip;q=1.001",), False),
        ((b"gzip;q=2",), False),
        ((b"gzip;q=-1",), False),
        ((b"gzip;q=0.1234",), False),
        ((b"gzip;q=",), False),
        ((b"gzip;level=9",), False),
        ((b"gzip;q=\xb2",), False),
        ((b"gzip;q=0.\xb2",), False),
        ((b", ,gzip,",), True),
        ((b"gzipped, agzip",), False),
        ((b"br" + b", br" * KEPT_BYTES + b", gzip",), True),
        ((b"gzip;q=0" + b", br" * KEPT_BYTES,), False),
    ],
)
def test_accept_encoding(values: tuple[bytes, ...], zipped: bool) -> None:
    assert takes_gzip(values) is zipped


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ((b'"abc"',), True),
        ((b'W/"abc"',), True),
        ((b'"x", "abc"',), True),
        ((b'"x",W/"abc" , "y"',), True),
        ((b'"x"', b'"abc"'), True),
        ((b"*",), True),
        ((b'"abc-gzip"',), False),
        ((b'"xabc"',), False),
        ((b"abc",), False),
        ((b"",), False),
        ((b'w/"abc"',), False),
        ((b'"*"',), False),
        ((b'x"abc"',), False),
    ],
)
def test_if_none_match(values: tuple[bytes, ...], known: bool) -> None:
    assert is_known(PLAIN, values) is known


COMMON = (
    (b"Vary", b"Accept-Encoding"),
    (b"Cache-Control", b"no-cache"),
)
REST = (
    (b"Content-Security-Policy", POLICY),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"strict-origin-when-cross-origin"),
    (b"X-Frame-Options", b"DENY"),
)
HTML_TYPE = (b"Content-Type", b"text/html; charset=utf-8")


def test_who_takes_no_coding_gets_the_document() -> None:
    page = make()
    for _ in range(2):
        status, headers, lines, body = page.choose(sent())
        assert (status, body) == (200, HTML)
        length = (b"Content-Length", b"%d" % len(HTML))
        assert headers == (HTML_TYPE, length, (b"ETag", PLAIN), *COMMON, *REST)
        assert lines.split(b"\r\n") == [b": ".join(field) for field in headers] + [b""]


def test_who_takes_gzip_gets_that() -> None:
    page = make()
    for _ in range(2):
        status, headers, lines, body = page.choose(sent((b"Accept-Encoding", b"gzip")))
        assert (status, gzip.decompress(body)) == (200, HTML)
        length = (b"Content-Length", b"%d" % len(body))
        coding = (b"Content-Encoding", b"gzip")
        assert headers == (HTML_TYPE, length, coding, (b"ETag", ZIPPED), *COMMON, *REST)
        assert lines.split(b"\r\n") == [b": ".join(field) for field in headers] + [b""]


@pytest.mark.parametrize(("coding", "etag"), [(b"", PLAIN), (b"gzip", ZIPPED)])
def test_who_has_the_same_form_is_told_so(coding: bytes, etag: bytes) -> None:
    page = make()
    other = ZIPPED if etag == PLAIN else PLAIN
    asked = sent((b"accept-encoding", coding), (b"If-None-Match", etag))
    lines = b"ETag: %b\r\nVary: Accept-Encoding\r\nCache-Control: no-cache\r\n" % etag
    assert page.choose(asked) == (304, ((b"ETag", etag), *COMMON), lines, b"")
    assert page.choose(sent((b"accept-encoding", coding), (b"if-none-match", other)))[0] == 200


def test_a_page_without_a_policy_has_no_such_field() -> None:
    names = [name for name, _ in make(b"").choose(sent()).headers]
    assert b"Content-Security-Policy" not in names
    assert b"X-Frame-Options" in names
