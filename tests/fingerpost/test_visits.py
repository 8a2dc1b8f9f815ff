"""Visits as lines, and counted: out of a journal and a database that stand on disk, without processes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.reader import Visit
from clicks.record import GONE, LOCKED, LOST, NOT_FOUND, PAGE, REDIRECT, Section, rule_word
from clicks.segment import DIRECTORY, Name
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.visits import address_of, count, json_of, text_of
from links import database
from tests.links.paging import Paging
from tests.links.storing import Opened, make_database

TIME_NS = 1_800_000_000_123_000_000
MIB = 1 << 20
PEER = bytes(10) + b"\xff\xff\xc0\x00\x02\x07"
SECTION = b"\r\nHost: go.example\r\nUser-Agent: Mozilla/5.0 (X11)\r\nCookie:\r\n\r\n"


def visit(**fields: object) -> Visit:
    values = {
        "segment": Name(1, 2, 3),
        "offset": 16,
        "kind": REDIRECT,
        "rule": 0,
        "time_ns": TIME_NS,
        "link_id": 7,
        "peer": PEER,
        "request": b"GET /abc?qr=1",
        "section": SECTION,
    }
    return Visit(**(values | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "192.0.2.7  redirect  GET go.example/abc?qr=1  Mozilla/5.0 (X11)"),
        ({"rule": rule_word(2)}, "192.0.2.7  redirect rules[1]  GET go.example/abc?qr=1  Mozilla/5.0 (X11)"),
        (
            {"rule": rule_word(50, 20)},
            "192.0.2.7  redirect rules[49].variants[19]  GET go.example/abc?qr=1  Mozilla/5.0 (X11)",
        ),
        ({"rule": rule_word(1, 1), "peer": b"", "request": b""}, "redirect rules[0].variants[0]  link 7"),
        ({"kind": GONE, "peer": bytes(16)}, "-  gone  GET go.example/abc?qr=1  Mozilla/5.0 (X11)"),
        ({"kind": NOT_FOUND, "section": b""}, "192.0.2.7  not found  GET /abc?qr=1  -"),
        ({"kind": LOCKED, "section": b""}, "192.0.2.7  locked  GET /abc?qr=1  -"),
        ({"kind": PAGE, "section": b""}, "192.0.2.7  page  GET /abc?qr=1  -"),
        ({"peer": b"", "request": b"", "section": b""}, "redirect  link 7"),
        ({"kind": LOST, "link_id": 12, "peer": b"", "request": b""}, "12 visits were not recorded"),
        (
            {"request": b"GET /\x1b[31m\xc2\x9b\xff", "section": b"\r\nUser-Agent: \xe2\x80\xaea\r\n\r\n"},
            "192.0.2.7  redirect  GET /\\x1b[31m\\x9b\\xff  \\x202ea",
        ),
    ],
)
def test_a_visit_as_a_line(fields: dict[str, object], line: str) -> None:
    assert text_of(visit(**fields)) == f"2027-01-15T08:00:00.123Z  {line}"


def test_a_visit_as_json() -> None:
    assert json.loads(json_of(visit(request=b"GET /\xff"))) == {
        "time_ns": TIME_NS,
        "outcome": "redirect",
        "link_id": 7,
        "rule_index": None,
        "variant_index": None,
        "address": "192.0.2.7",
        "method": "GET",
        "target": "/\\xff",
        "headers": SECTION.decode(),
    }
    assert json.loads(json_of(visit(kind=LOST, link_id=3))) == {"time_ns": TIME_NS, "lost": 3}
    assert json.loads(json_of(visit(peer=b"", request=b"", section=b"")))["address"] is None


@pytest.mark.parametrize(("word", "indices"), [(0, (None, None)), (rule_word(1), (0, None)), (rule_word(3, 2), (2, 1))])
def test_the_rule_that_answered_is_named_by_its_place_in_the_links_rules(
    word: int, indices: tuple[int | None, int | None]
) -> None:
    said = json.loads(json_of(visit(rule=word)))
    assert (said["rule_index"], said["variant_index"]) == indices


def test_addresses() -> None:
    assert address_of(bytes.fromhex("20010db8000000000000000000000001")) == "2001:db8::1"
    assert address_of(PEER) == "192.0.2.7"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(lambda: TIME_NS)
    keeper = Keeper(journal, tmp_path / DIRECTORY, TIME_NS, 64 * MIB)
    keeper.start()
    yield journal
    keeper.stop()


async def make_links(path: Path, *slugs: str) -> list[int]:
    """Links of these slugs, and a bio page of the slug ``page``; their numbers."""
    opened = Opened(path)
    await opened.open()
    try:
        made = [(await opened.make(slug, track=slug != "quiet")).id for slug in slugs]
        return [*made, (await Paging(opened).make("page")).id]
    finally:
        await opened.store.close()


async def test_visits_are_counted_by_link(tmp_path: Path, journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, quiet, page = await make_links(tmp_path / database.FILE_NAME, "one", "two", "quiet")
    section = Section(SECTION)
    for kind, link_id, request in [
        *[(REDIRECT, two, b"GET /two")] * 3,
        (REDIRECT, one, b"GET /one?qr=1"),
        (REDIRECT, one, b"HEAD /one"),
        (GONE, two, b"GET /two"),
        (LOCKED, two, b"GET /two"),
        (LOCKED, two, b"HEAD /two"),
        (REDIRECT, 99, b"GET /never"),
        (REDIRECT, quiet, b"GET /quiet"),
        (GONE, quiet, b"GET /quiet"),
        *[(PAGE, page, b"GET /page")] * 2,
        (PAGE, page, b"HEAD /page"),
        *[(NOT_FOUND, 0, b"GET /no")] * 2,
    ]:
        journal.visit(kind, link_id.to_bytes(8, "little"), PEER, section, request)
    loaded = Loaded(Config(data_dir=str(tmp_path)), None)
    count(loaded, (), as_json=False)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "    visits      HEAD      gone    locked      page  slug",
        "         3         0         1         2         0  two",
        "         0         1         0         0         2  page",
        "         1         1         0         0         0  one",
        "         1         0         0         0         0  (link 99)",
    ]
    assert err == "2 requests for links that do not exist\n"
    count(loaded, ("one",), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    counts = {"visits": 1, "head": 1, "gone": 0, "locked": 0, "page": 0}
    assert json.loads(line) == {"slug": "one", "link_id": one, **counts, "deleted": False}
    count(loaded, ("page",), as_json=True)
    counted = json.loads(capsys.readouterr().out)
    assert (counted["page"], counted["deleted"]) == (2, False)


async def test_without_a_journal_nothing_was_visited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_database(tmp_path / database.FILE_NAME)
    count(Loaded(Config(data_dir=str(tmp_path)), None), (), as_json=True)
    assert capsys.readouterr() == ("", "")


def test_a_missing_data_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        count(Loaded(Config(data_dir=str(tmp_path / "none")), None), (), as_json=False)
