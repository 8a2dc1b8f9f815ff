from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.columns import WITHHELD
from links.errors import Code, LinkError, invalid
from links.model import Draft
from links.transfer import (
    COLUMNS,
    MOST_CELL_CHARACTERS,
    BadRow,
    GoodRow,
    csv_header,
    csv_line,
    jsonl_line,
    read_csv,
    read_jsonl,
    reason_of,
)
from tests.links.storing import link

URL = "https://example.com/"


def from_csv(text: str) -> list[GoodRow | BadRow]:
    return list(read_csv(text.splitlines(keepends=True)))


def from_jsonl(text: str) -> list[GoodRow | BadRow]:
    return list(read_jsonl(text.splitlines(keepends=True)))


def good(line: int, **fields: Any) -> GoodRow:
    return GoodRow(line, Draft(**({"destination": URL} | fields)))


# CSV


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("url\nhttps://example.com/\n", [good(2)]),
        ("url\r\nhttps://example.com/\r\n", [good(2)]),
        ("url\nhttps://example.com/", [good(2)]),
        ("url\n", []),
        (" URL , Slug\nhttps://example.com/,abc\n", [good(2, slug="abc")]),
        ("slug,url\n,https://example.com/\n", [good(2)]),
        ("url\n\nhttps://example.com/\n\n", [good(3)]),
        ('url\n"https://example.com/"\n', [good(2)]),
        ('slug,url\n"a""b",https://example.com/\n', [good(2, slug='a"b')]),
        # Where a row starts counts, not where it ends.
        (
            'url,labels\nhttps://example.com/,"a\nb"\nhttps://example.com/,c\n',
            [good(2, labels=("a\nb",)), good(4, labels=("c",))],
        ),
        ("url,labels\nhttps://example.com/,\n", [good(2)]),
        ('url,labels\nhttps://example.com/," a , b,,a "\n', [good(2, labels=("a", "b", "a"))]),
        ('url,labels\nhttps://example.com/,"[""a, b"", ""[c""]"\n', [good(2, labels=("a, b", "[c"))]),
        ("url,labels\nhttps://example.com/,[]\n", [good(2)]),
        ("url,expires_at\nhttps://example.com/,\n", [good(2)]),
        ("url,expires_at\nhttps://example.com/,1970-01-01T00:00:01Z\n", [good(2, expires_at=1_000)]),
        ("url,expires_at\nhttps://example.com/,1970-01-01\n", [good(2, expires_at=0)]),
        ("url,enabled\nhttps://example.com/,\n", [good(2)]),
        ("url,enabled\nhttps://example.com/, TRUE \n", [good(2)]),
        ("url,enabled\nhttps://example.com/,false\n", [good(2, enabled=False)]),
    ],
)
def test_rows_of_csv(text: str, rows: list[GoodRow]) -> None:
    assert from_csv(text) == rows


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,b,c", "has 3 columns, the header has 5"),
        ("a", "has 1 columns, the header has 5"),
        (f'a"b,{URL},,,"x"y', "not CSV: ',' expected after '\"'"),
        (f"a,{URL},,soon,", 'expires_at: must be an ISO 8601 date or time, such as "2026-09-30T23:59:59Z"'),
        (f"a,{URL},,,yes", "enabled: must be true or false"),
        (f"a,{URL},,,1", "enabled: must be true or false"),
        (f'a,{URL},"[1]",,', "labels: must be a list of texts"),
        (f'a,{URL},"[",,', "labels: is not a JSON array"),
        (f'a,{URL},"[""a""",,', "labels: is not a JSON array"),
        (f"a,{URL},{'[' * 50_000},,", "labels: is not a JSON array"),
        (f"a,{URL},caf\udce9,,", "labels: is not UTF-8"),
        (f'a,{URL},"[""caf\udce9""]",,', "labels: is not UTF-8"),
        (f"\udce9,{URL},,,", "slug: is not UTF-8"),
        (f"a,{URL}\udce9,,,", "url: is not UTF-8"),
        (f"a,{URL},,\udce9,", "expires_at: is not UTF-8"),
    ],
)
def test_a_bad_row_is_told_and_stops_no_other(row: str, reason: str) -> None:
    first, bad, last = from_csv(f"slug,url,labels,expires_at,enabled\nb,{URL},,,\n{row}\nc,{URL},,,\n")
    assert (first, last) == (good(2, slug="b"), good(4, slug="c"))
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert bad.reason.startswith(reason)


def test_a_field_without_an_end_is_one_bad_row() -> None:
    assert from_csv(f'url\n{URL}\n"{URL}\n{URL}\n') == [good(2), BadRow(3, "not CSV: unexpected end of data")]


def test_a_field_that_is_too_long_is_a_bad_row() -> None:
    first, *bad, last = from_csv(f"url\n{URL}\n{'x' * 200_000}\n{URL}\n")
    assert (first, last) == (good(2), good(4))
    assert [isinstance(row, BadRow) for row in bad] == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; its first line names the columns"),
        ("\nurl\n", "the file is empty"),
        ("slug,labels\n", "there is no column 'url'"),
        ("url,comment\n", "unknown column 'comment'; the columns are slug, url, labels, expires_at, enabled, domain, "),
        ("url,slug,URL\n", "column 'url' stands twice"),
        ("https://example.com/\n", "unknown column 'https://example.com/'"),
        ('"url\n', "line 1: unexpected end of data"),
        ('"url"x\n', "line 1: ',' expected after '\"'"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(text: str, message: str) -> None:
    with pytest.raises(LinkError) as caught:
        from_csv(text)
    assert caught.value.code is Code.INVALID
    assert caught.value.message.startswith(message)


def test_rows_are_read_one_at_a_time() -> None:
    lines = iter(["url\n", f"{URL}\n"])
    assert next(read_csv(lines)) == good(2)


# JSON lines


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('{"url": "https://example.com/"}', good(1)),
        ('  {"url": "https://example.com/"}  ', good(1)),
        ('{"url": "https://example.com/", "slug": null, "labels": null, "expires_at": null}', good(1)),
        ('{"url": "https://example.com/", "slug": "", "labels": [], "expires_at": ""}', good(1)),
        ('{"url": "https://example.com/", "slug": "a/b"}', good(1, slug="a/b")),
        ('{"url": "https://example.com/", "slug": "\\u00fc\\ud83d\\ude00"}', good(1, slug="ü😀")),
        ('{"url": "https://example.com/", "labels": ["a, b", "c"]}', good(1, labels=("a, b", "c"))),
        ('{"url": "https://example.com/", "labels": "a, b"}', good(1, labels=("a", "b"))),
        ('{"url": "https://example.com/", "expires_at": "1970-01-01T00:00:00.5Z"}', good(1, expires_at=500)),
        ('{"url": "https://example.com/", "enabled": false}', good(1, enabled=False)),
        ('{"url": "https://example.com/", "enabled": "false"}', good(1, enabled=False)),
        ("{}", good(1, destination="")),  # whoever makes the link refuses it
    ],
)
def test_rows_of_json(text: str, row: GoodRow) -> None:
    assert from_jsonl(text + "\n") == [row]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON: "),
        ("oops", "not JSON: "),
        ('{"url": "x"} {"url": "y"}', "not JSON: "),
        ("[" * 50_000, "not JSON: "),
        ('{"slug": "\\ud800"}', "not JSON: "),
        ('{"slug": "\udce9"}', "not JSON: "),
        ('["https://example.com/"]', "not a JSON object"),
        ("1", "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"url": "x", "comment": "y"}', "unknown key 'comment'"),
        ('{"URL": "x"}', "unknown key 'URL'"),
        ('{"url": 1}', "url: must be text"),
        ('{"url": "x", "slug": ["a"]}', "slug: must be text"),
        ('{"url": "x", "slug": 0}', "slug: must be text"),
        ('{"url": "x", "labels": [1]}', "labels: must be a list of texts"),
        ('{"url": "x", "labels": {"a": 1}}', "labels: must be a list of texts"),
        ('{"url": "x", "labels": 7}', "labels: must be a list of texts"),
        ('{"url": "x", "expires_at": 1700000000}', "expires_at: must be text"),
        ('{"url": "x", "expires_at": "soon"}', "expires_at: must be an ISO 8601"),
        ('{"url": "x", "enabled": 1}', "enabled: must be true or false"),
        ('{"url": "x", "enabled": null}', "enabled: must be true or false"),
    ],
)
def test_a_bad_line_is_told_and_stops_no_other(text: str, reason: str) -> None:
    plain = '{"url": "https://example.com/"}'
    first, bad, last = from_jsonl(f"{plain}\n{text}\n\n{plain}\n")
    assert (first, last) == (good(1), good(4))
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert bad.reason.startswith(reason)


def test_empty_lines_are_passed_over() -> None:
    assert from_jsonl('\n  \n{"url": "https://example.com/"}\n') == [good(3)]


def test_reasons_use_the_words_of_the_columns() -> None:
    assert reason_of(invalid("destination", "must be a URL")) == "url: must be a URL"
    assert reason_of(invalid("slug", "must not be empty")) == "slug: must not be empty"
    assert reason_of(LinkError(Code.UNAVAILABLE, "not now")) == "not now"


# There and back


HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0c2FsdA$QWxhZGRpbjpvcGVuIHNlc2FtZUFsYWRkaW46b3Blbg"
HEADER = ",".join(COLUMNS) + "\r\n"
MADE = 1_600_000_000_001
FULL = link(
    "a/b",
    destination=URL,
    labels=("x", "y z"),
    expires_at=1_500_000_000_000,
    enabled=False,
    domain="xn--ls8h.example",
    title="A, title",
    status=308,
    cache_seconds=0,
    forward_query=False,
    utm={"source": "x y", "id": "ü"},
    rules=[{"destination": URL, "conditions": {"query": {"a": None}}}],
    password=HASH,
    extras={"type": "QR", "preset": 7},
    track=False,
    workspace=0,
    created_at=MADE,
)


def test_a_line_of_csv() -> None:
    assert csv_header() == HEADER
    assert csv_line(FULL, with_passwords=True) == (
        'a/b,https://example.com/,"x,y z",2017-07-14T02:40:00Z,false,xn--ls8h.example,"A, title",308,0,false,'
        '"{""source"":""x y"",""id"":""ü""}",'
        '"[{""destination"":""https://example.com/"",""conditions"":{""query"":{""a"":null}}}]",'
        f'"{HASH}","{{""type"":""QR"",""preset"":7}}",false,0,2020-09-13T12:26:40.001Z\r\n'
    )
    assert csv_line(link("abc", created_at=MADE - 1)) == f"abc,{URL},,,true,,,,,,,,,,true,1,2020-09-13T12:26:40Z\r\n"


def test_a_line_of_json() -> None:
    assert msgspec.json.decode(jsonl_line(FULL, with_passwords=True)) == {
        "slug": "a/b",
        "url": URL,
        "labels": ["x", "y z"],
        "expires_at": "2017-07-14T02:40:00Z",
        "enabled": False,
        "domain": "xn--ls8h.example",
        "title": "A, title",
        "status": 308,
        "cache_seconds": 0,
        "forward_query": False,
        "utm": {"source": "x y", "id": "ü"},
        "rules": FULL.rules,
        "password": HASH,
        "extras": {"type": "QR", "preset": 7},
        "track": False,
        "workspace": 0,
        "created_at": "2020-09-13T12:26:40.001Z",
    }
    assert jsonl_line(link("abc")).count("\n") == 1


def test_a_password_is_withheld_unless_it_is_asked_for() -> None:
    for text in (csv_line(FULL), jsonl_line(FULL)):
        assert "argon2" not in text
        assert WITHHELD in text
    for text in (csv_line(link()), jsonl_line(link())):
        assert WITHHELD not in text


def test_milliseconds_survive() -> None:
    assert "2017-07-14T02:40:00.001Z" in csv_line(link(expires_at=1_500_000_000_001))


def test_a_link_is_written_as_it_was_asked_for_and_not_as_it_leads() -> None:
    marked = link(utm={"source": "x"}, location=URL + "?utm_source=x")
    assert csv_line(marked).split(",")[1] == URL
    assert csv_line(link(location="https://xn--bcher-kva.example/")).split(",")[1] == URL


def test_what_a_cell_cannot_hold_is_said() -> None:
    large = link("large", rules=[{"name": "x" * MOST_CELL_CHARACTERS}])
    with pytest.raises(LinkError, match="^large: its rules have 131,085 characters, .*: export it as JSON lines"):
        csv_line(large)
    assert from_jsonl(jsonl_line(large))[0] == good(1, slug="large", rules=tuple(large.rules))


@given(st.text(max_size=60))
def test_any_text_is_rows_or_one_error(text: str) -> None:
    for prefix in ("", "slug,url,labels\n"):
        try:
            rows = from_csv(prefix + text)
        except LinkError:
            continue
        assert all(isinstance(row, GoodRow | BadRow) for row in rows)
    assert all(isinstance(row, GoodRow | BadRow) for row in from_jsonl(text))
