import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from links.changing import Change
from links.errors import SchemaError
from links.feed import FeedReader
from links.model import FeedRow, Link
from server.apply import apply_rows
from server.endings import Endings
from server.entry import unpack
from server.table import Table
from tests.links.paging import POLICY, Paging
from tests.links.storing import NOW, Opened, prepared


@pytest.fixture
def reader(opened: Opened) -> Iterator[FeedReader]:
    reader = FeedReader(opened.path)
    yield reader
    reader.close()


def read(reader: FeedReader, after: int = 0, **options: int) -> list[FeedRow]:
    return [FeedRow(*row) for row in reader.read(after, **options)]


async def rename(opened: Opened, link: Link, slug: str, grace: int = 1_000) -> Link:
    return await opened.store.edit(
        link.uuid, lambda old: Change(msgspec.structs.replace(old, slug=slug), None), "t", grace
    )


async def test_an_empty_database_has_no_rows(opened: Opened, reader: FeedReader) -> None:
    assert read(reader) == []


async def test_a_row_says_everything_that_a_redirect_needs(opened: Opened, reader: FeedReader) -> None:
    await opened.make("plain")
    await opened.register("go.example")
    await opened.make(
        "zwöi/😀",
        domain="go.example",
        location="https://example.com/?utm_source=x",
        status=308,
        cache_seconds=0,
        forward_query=True,
        enabled=False,
        expires_at=5,
    )
    assert read(reader) == [
        FeedRow(1, b"", b"plain", 1, b"https://example.com/", None, None),
        FeedRow(2, b"go.example", None, 0, None, None, b'[null,"","",0,"allow"]'),
        FeedRow(
            *(3, b"go.example", "zwöi/😀".encode(), 2, b"https://example.com/?utm_source=x"),
            *(None, b"[0,308,5,0,1,null,null]"),
        ),
    ]


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({}, None),
        ({"enabled": False}, b"[0,null,null,null,null,null,null]"),
        ({"status": 301}, b"[1,301,null,null,null,null,null]"),
        ({"expires_at": 0}, b"[1,null,0,null,null,null,null]"),
        ({"expires_at": 253_402_300_799_999}, b"[1,null,253402300799999,null,null,null,null]"),
        ({"cache_seconds": 60}, b"[1,null,null,60,null,null,null]"),
        ({"forward_query": False}, b"[1,null,null,null,0,null,null]"),
        ({"forward_query": True}, b"[1,null,null,null,1,null,null]"),
        ({"password": "$argon2id$v=19$0123456789+/abc"}, b'[1,null,null,null,null,"456789+/abc",null]'),
        ({"program": '[["a"],{}]'}, b'[1,null,null,null,null,null,[["a"],{}]]'),
    ],
)
async def test_settings_are_carried_only_where_something_is_set(
    opened: Opened, reader: FeedReader, fields: dict[str, object], settings: bytes | None
) -> None:
    await opened.make("abc", **fields)
    (row,) = read(reader)
    assert row.settings == settings


async def test_settings_follow_an_edit(opened: Opened, reader: FeedReader) -> None:
    made = await opened.make("abc")
    for enabled, settings in ((False, b"[0,null,null,null,null,null,null]"), (True, None)):
        await opened.store.edit(
            made.uuid, lambda old, on=enabled: Change(msgspec.structs.replace(old, enabled=on), None), "t", 0
        )
        assert [row.settings for row in read(reader)] == [settings]


async def test_rows_come_in_order_of_rev_each_as_it_is_now(opened: Opened, reader: FeedReader) -> None:
    first, _, third = [await opened.make(slug) for slug in ("a", "b", "c")]
    await rename(opened, first, "d")
    await opened.store.delete(third.uuid, "t", keep_code=True)
    rows = read(reader)
    assert [(row.rev, row.slug, row.until) for row in rows] == [
        (2, b"b", None),
        (4, b"a", NOW + 1_000),
        (5, b"d", None),
        (6, b"c", 0),
    ]


async def test_a_deleted_link_has_nothing_but_its_code(opened: Opened, reader: FeedReader) -> None:
    made = await opened.make("abc", status=302, expires_at=9)
    await opened.store.delete(made.uuid, "t")
    assert read(reader) == [FeedRow(2, b"", b"abc", made.id, None, 0, None)]


async def test_the_freeing_of_a_slug_comes_before_its_next_link(opened: Opened, reader: FeedReader) -> None:
    made = await opened.make("abc")
    await opened.store.delete(made.uuid, "t")
    again = await opened.make("abc")
    assert [(row.until, row.link) for row in read(reader)] == [(0, made.id), (None, again.id)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_can_be_cut_anywhere(opened: Opened, reader: FeedReader, limit: int) -> None:
    made = [await opened.make(f"s{n}") for n in range(3)]
    await rename(opened, made[0], "x")
    await opened.store.create([prepared("y"), prepared("z")], "t")
    everything = read(reader)
    paged: list[FeedRow] = []
    while page := read(reader, paged[-1].rev if paged else 0, limit=limit):
        assert len(page) <= limit
        paged += page
    assert paged == everything
    assert [row.rev for row in paged] == sorted({row.rev for row in paged})
    assert paged[-1].rev == await opened.store.rev()


async def test_only_what_is_after_a_rev_is_read(opened: Opened, reader: FeedReader) -> None:
    for n in range(4):
        await opened.make(f"s{n}")
    assert [row.rev for row in read(reader, 2)] == [3, 4]
    assert read(reader, 4) == []


# The version


async def test_the_version_moves_with_every_commit_of_another_connection(opened: Opened, reader: FeedReader) -> None:
    first = reader.version()
    assert reader.version() == first
    await opened.make("abc")
    second = reader.version()
    assert second != first
    read(reader)  # reading moves nothing
    assert reader.version() == second
    with pytest.raises(sqlite3.OperationalError, match="readonly|read-only|query_only"):
        reader._version.execute("DELETE FROM links")


async def test_what_is_rolled_back_or_only_read_moves_nothing(opened: Opened, reader: FeedReader) -> None:
    before = reader.version()
    other = sqlite3.connect(opened.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE counters SET rev = 99")
    assert reader.version() == before
    other.execute("ROLLBACK")
    other.execute("SELECT * FROM links").fetchall()
    assert reader.version() == before
    other.close()


async def test_a_version_that_was_read_before_a_read_tells_of_commits_during_it(
    opened: Opened, reader: FeedReader
) -> None:
    version = reader.version()
    read(reader)
    await opened.make("abc")
    assert reader.version() != version


# Opening


async def test_who_keeps_the_database_to_himself_keeps_nobody_from_reading(opened: Opened, reader: FeedReader) -> None:
    """A worker's event loop reads: it must not wait for an operator's shell."""
    await opened.make("abc")
    with closing(sqlite3.connect(opened.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE links SET edits = edits + 1")
        assert [row.slug for row in read(reader)] == [b"abc"]
        assert reader.version() == reader.version()
        other.execute("ROLLBACK")


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="unable to open"):
        FeedReader(tmp_path / "links.db")
    assert not (tmp_path / "links.db").exists()


def test_what_is_no_database_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "links.db").write_bytes(b"dear diary, " * 500)
    with pytest.raises(SchemaError, match="not a database"):
        FeedReader(tmp_path / "links.db")


@pytest.mark.parametrize("name", ["a b", "a?mode=memory", "a#b", "a%20b", "ü"])
async def test_any_directory_will_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    opened = Opened(tmp_path / name / "links.db")
    await opened.open()
    await opened.make("abc")
    await opened.store.close()
    reader = FeedReader(opened.path)
    assert [row.slug for row in read(reader)] == [b"abc"]
    reader.close()


async def test_a_scan_and_what_changed_since_is_everything(opened: Opened, reader: FeedReader) -> None:
    """Loading: codes in the order in which they were made, whatever happens to them between two pages."""
    first, second, _ = [await opened.make(slug) for slug in ("a", "b", "c")]
    await opened.store.delete(first.uuid, "t")
    await opened.make("a")
    rev = reader.rev()
    assert rev == 5
    rows = reader.scan(0, limit=2)
    await opened.store.delete(second.uuid, "t")
    await opened.make("b")
    while page := reader.scan(int(rows[-1][0]), limit=2):
        rows += page
    table = Table()
    apply_rows(table, Endings(), rows)
    apply_rows(table, Endings(), reader.read(rev))
    whole = Table()
    apply_rows(whole, Endings(), reader.read(0))
    assert {slug: table.get(b"", slug) for slug in (b"a", b"b", b"c")} == {
        slug: whole.get(b"", slug) for slug in (b"a", b"b", b"c")
    }
    assert len(table) == len(whole) == 3


# Bio pages


async def test_a_pages_codes_and_its_document_are_rows_of_their_own(opened: Opened, reader: FeedReader) -> None:
    paging = Paging(opened)
    page = await paging.make("me")
    assert read(reader) == [
        FeedRow(1, b"", b"me", page.id, None, None, None),
        FeedRow(2, b"", None, page.id, None, None, b'["","",0]'),
    ]
    await paging.save(page, is_published=True, at_root=True)
    (row,) = read(reader, 2)
    assert (row.rev, row.slug, row.link) == (3, None, page.id)
    assert gzip.decompress(row.location or b"") == b"\nme"
    tag, policy, at_root = msgspec.json.decode(row.settings or b"")
    assert (len(tag), policy, at_root) == (24, POLICY, 1)
    assert reader.bio_pages(0) == [row]
    assert reader.bio_pages(row.rev) == []


async def test_a_renamed_page_answers_by_its_new_name_before_it_loses_the_old_one(
    opened: Opened, reader: FeedReader
) -> None:
    paging = Paging(opened, grace_seconds=0)
    page = await paging.make("old", publish=True)
    before = await opened.store.rev()
    await paging.save(page, slug="new")
    assert [(row.slug, row.link, row.until) for row in read(reader, before)] == [
        (b"new", page.id, None),
        (None, page.id, None),
        (b"old", page.id, 0),
    ]


async def test_what_is_not_published_has_no_document(opened: Opened, reader: FeedReader) -> None:
    paging = Paging(opened)
    page, other = await paging.make("me", publish=True), await paging.make("you", publish=True)
    await paging.save(page, is_published=False)
    await paging.pages.delete(other.public_id, 1, "t")
    *_, gone = read(reader)
    assert (gone.link, gone.location, gone.until) == (other.id, None, None)
    assert reader.bio_pages(0) == []
    table = Table()
    apply_rows(table, Endings(), [*reader.scan(0), *reader.bio_pages(0), *reader.read(0)])
    assert (table.page(page.id), table.page(other.id), len(table)) == (None, None, 1)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_wherever_reading_pages_stops_it_ends_with_the_same(
    opened: Opened, reader: FeedReader, limit: int
) -> None:
    paging = Paging(opened)
    pages = [await paging.make(f"p{n}", publish=True, at_root=True) for n in range(3)]
    await paging.save(pages[1], slug="new")
    await paging.save(pages[0], at_root=True)
    await paging.pages.delete(pages[2].public_id, 1, "t")
    await opened.make("p2")
    table, after = Table(), 0
    while rows := reader.read(after, limit=limit):
        apply_rows(table, Endings(), rows)
        after = rows[-1][0]
    found = {path: unpack(table.get(b"", path) or b"") for path in (b"p0", b"p1", b"new", b"p2")}
    assert {path: (target.link_id, target.is_page) for path, target in found.items()} == {
        b"p0": (pages[0].id, True),
        b"p1": (pages[1].id, True),
        b"new": (pages[1].id, True),
        b"p2": (pages[2].id + 1, False),
    }
    root = table.root(b"")
    assert root is not None
    assert root.id == pages[0].id
