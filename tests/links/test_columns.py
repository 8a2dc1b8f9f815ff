"""Each column of a file of links: what is read, what is refused, and that what is written is read back."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.columns import COLUMNS, READERS, STATUSES, WITHHELD, cell, fields_of, is_argon2id, uncell, values_of
from links.model import Draft, Link
from links.transfer import GoodRow, csv_header, csv_line, jsonl_line, read_csv, read_jsonl
from tests.links.storing import link

SALT, DIGEST = "c29tZXNhbHRzYWx0c2FsdA", "QWxhZGRpbjpvcGVuIHNlc2FtZUFsYWRkaW46b3Blbg"
HASH = f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}"


def test_every_property_has_its_column() -> None:
    """But for what the database gives (number, UUID, rev, edits, the time of the last change) and what is worked out
    from the others."""
    given_by_us = {"id", "uuid", "rev", "edits", "updated_at", "location", "program"}
    assert {field for field, _ in READERS.values()} == set(Link.__struct_fields__) - given_by_us
    assert tuple(values_of(link(), with_passwords=True)) == COLUMNS


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("domain", "Go.Example.", "go.example"),
        ("domain", "💩.example", "xn--ls8h.example"),
        ("domain", "bücher.example", "xn--bcher-kva.example"),
        ("title", "Ä title", "Ä title"),
        ("status", "307", 307),
        ("status", 301, 301),
        ("cache_seconds", "0", 0),
        ("cache_seconds", 60, 60),
        ("forward_query", "FALSE", False),
        ("forward_query", True, True),
        ("utm", '{"source": "a", "id": ""}', {"source": "a"}),
        ("utm", {}, {}),
        ("rules", '[{"destination": "x"}]', ({"destination": "x"},)),
        ("rules", [], ()),
        ("password", HASH, HASH),
        ("password", WITHHELD, WITHHELD),
        ("extras", '{"type": "QR"}', {"type": "QR"}),
        ("track", "false", False),
        ("track", True, True),
        ("workspace", "2", 2),
        ("created_at", "1970-01-01T00:00:01.5Z", 1_500),
    ],
)
def test_what_is_read(name: str, value: Any, read: Any) -> None:
    assert fields_of([(name, value)]) == {READERS[name][0]: read}


@pytest.mark.parametrize("name", COLUMNS)
def test_nothing_says_nothing(name: str) -> None:
    assert fields_of([(name, "")]) == {}
    if name != "enabled":
        assert fields_of([(name, None)]) == {}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("domain", "go.example:8080", "must be a host name"),
        ("domain", "localhost", "must have at least two labels"),
        ("domain", 5, "must be text"),
        ("title", "a\nb", "must have at most 2,048 characters, none of them a control"),
        ("title", "x" * 2_049, "must have at most 2,048 characters"),
        ("status", "303", "must be one of 301, 302, 307, 308"),
        ("status", 200, "must be one of"),
        ("status", True, "must be one of"),
        ("status", "x", "must be one of"),
        ("cache_seconds", "-1", "must be a whole number from 0 to 2147483647"),
        ("cache_seconds", 1.5, "must be a whole number"),
        ("cache_seconds", "1" * 19, "must be a whole number"),
        ("cache_seconds", "\u0661", "must be a whole number"),
        ("forward_query", "1", "must be true or false"),
        ("utm", "[]", "must be a JSON object"),
        ("utm", "source=a", "is not a JSON object"),
        ("utm", {"source": 1}, "source must be text of at most 255 characters"),
        ("utm", {"source": "x" * 256}, "source must be text of at most 255 characters"),
        ("utm", '{"source":"\udce9"}', "is not UTF-8"),
        ("rules", "{}", "must be a JSON array"),
        ("rules", "[", "is not a JSON array"),
        ("rules", "[" * 50_000, "is not a JSON array"),
        ("extras", "1", "must be a JSON object"),
        ("extras", {"a": "x" * 70_000}, "must have at most 65536 bytes"),
        ("workspace", "-1", "must be a whole number from 0 to"),
        ("workspace", 2**31, "must be a whole number from 0 to"),
        ("created_at", "yesterday", "must be an ISO 8601"),
        ("password", "hunter2", "must be the hash of a password"),
    ],
)
def test_what_is_refused(name: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        fields_of([(name, value)])
    assert str(caught.value).startswith(f"{name}: {reason}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "encoded",
    [
        HASH.replace("argon2id", "argon2i"),
        HASH.replace("argon2id", "argon2d"),
        HASH.replace("v=19", "v=16"),
        HASH.replace("v=19$", ""),
        HASH.replace("m=19456", "m=262145"),
        HASH.replace("m=19456", "m=4294967295"),
        HASH.replace("m=19456", "m=7"),
        HASH.replace("t=2", "t=0"),
        HASH.replace("t=2", "t=17"),
        HASH.replace("p=1", "p=0"),
        HASH.replace("p=1", "p=17"),
        HASH.replace("p=1", "p=1,data=x"),
        HASH.replace(SALT, "c29tZXNh"),
        HASH.replace(DIGEST, "short"),
        HASH.replace(DIGEST, DIGEST + "A" * 3),
        HASH.replace(DIGEST, DIGEST[:-1] + "="),
        HASH.replace(DIGEST, DIGEST[:-1] + '"'),
        HASH + "\n",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "",
    ],
)
def test_what_is_no_hash_of_ours(encoded: str) -> None:
    assert is_argon2id(HASH)
    assert not is_argon2id(encoded)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "'=", "''@"])
def test_no_cell_begins_as_a_formula(begin: str) -> None:
    text = f'{begin}HYPERLINK("https://evil.example")'
    for name in ("title", "labels"):
        written = cell(name, text if name == "title" else (text,))
        assert written == f"'{text}"
        assert uncell(written) == text


@pytest.mark.parametrize("plain", ["plain", "'quoted'", "''", "a=b", "[x]"])
def test_other_text_stays_as_it_is(plain: str) -> None:
    assert cell("title", plain) == uncell(plain) == plain


# There and back

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
quiet = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.text(st.sampled_from("'=+-@a"))
# As the service keeps them: trimmed, none empty, none twice.
labels = st.lists(
    (texts | quiet | st.text(st.sampled_from(",[]\"\r\n\\ a'="), max_size=5)).map(str.strip).filter(bool),
    max_size=4,
    unique=True,
).map(tuple)
times = st.integers(1, 253_402_300_799_999)
objects = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-9, 9) | texts, max_size=3)
links = st.builds(
    link,
    slug=texts,
    destination=texts,
    labels=labels,
    expires_at=st.none() | times,
    enabled=st.booleans(),
    domain=st.sampled_from(["", "go.example", "xn--ls8h.example"]),
    title=quiet,
    status=st.none() | st.sampled_from(STATUSES),
    cache_seconds=st.none() | st.integers(0, 2**31 - 1),
    forward_query=st.none() | st.booleans(),
    utm=st.dictionaries(st.sampled_from(["source", "id"]), texts, max_size=2),
    rules=st.lists(objects, max_size=2),
    password=st.none() | st.just(HASH),
    extras=objects,
    track=st.booleans(),
    workspace=st.integers(0, 3),
    created_at=times,
)


def row_of(line: int, one: Link) -> GoodRow:
    values = {name: getattr(one, name) for name in Draft.__struct_fields__ if name in Link.__struct_fields__}
    return GoodRow(line, Draft(**(values | {"rules": tuple(one.rules)})), one.created_at)


@given(st.lists(links, max_size=4))
def test_what_is_written_as_csv_is_read_back(written: list[Link]) -> None:
    text = csv_header() + "".join(csv_line(one, with_passwords=True) for one in written)
    lines = io.StringIO(text, newline="\n")  # as a file in binary mode gives them: cut at line feeds alone
    rows = list(read_csv(lines))
    assert [row_of(row.line, one) for row, one in zip(rows, written, strict=True)] == rows


@given(st.lists(links, max_size=4))
def test_what_is_written_as_json_is_read_back(written: list[Link]) -> None:
    text = "".join(jsonl_line(one, with_passwords=True) for one in written)
    rows = list(read_jsonl(io.StringIO(text, newline="\n")))
    assert [row_of(line, one) for line, one in enumerate(written, 1)] == rows


@given(links)
def test_csv_is_what_other_programs_read(one: Link) -> None:
    (row,) = csv.reader(io.StringIO(csv_line(one), newline=""))
    assert row[:2] == [one.slug, one.destination]
    assert len(row) == len(COLUMNS)
