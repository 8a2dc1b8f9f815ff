"""Creating links, reading them, and their ends; edits are in test_store_edits.py."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from links import database
from links.allocation import GENERATE_TRIES
from links.errors import Code, LinkError
from links.model import Link, LinkQuery
from links.store import LinkStore
from tests.links.storing import NOW, Opened, drawing, link, make_database, prepared


def codes_of(outcomes: list[Link | LinkError]) -> list[str]:
    """Slugs of the links that were made, codes of the errors."""
    return [one.code.value if isinstance(one, LinkError) else one.slug for one in outcomes]


# Creating


async def test_a_created_link_has_what_was_asked_for_and_what_the_database_gives(opened: Opened) -> None:
    asked = link("abc", labels=("x",), title="T", status=308, extras={"a": 1}, expires_at=5, enabled=False)
    (made,) = await opened.store.create([prepared("abc", **_fields(asked))], "who")
    assert isinstance(made, Link)
    assert (made.id, made.rev, made.created_at, made.updated_at, made.edits) == (1, 1, NOW, NOW, 0)
    assert await opened.store.get(asked.uuid) == made
    assert _fields(made) == _fields(asked) | {"id": 1, "rev": 1, "created_at": NOW, "updated_at": NOW}
    assert opened.committed == [1]


def _fields(one: Link) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Link.__struct_fields__ if name != "slug"}


async def test_ids_and_revs_count_on(opened: Opened) -> None:
    made = await opened.store.create([prepared(f"s{n}") for n in range(3)], "test")
    more = await opened.make("more")
    assert [(one.id, one.rev) for one in [*made, more]] == [(1, 1), (2, 2), (3, 3), (4, 4)]  # type: ignore[union-attr]
    assert await opened.store.rev() == 4
    assert opened.committed == [3, 4]


async def test_nothing_to_create_is_nothing(opened: Opened) -> None:
    assert await opened.store.create([], "test") == []
    assert opened.committed == []


async def test_a_taken_slug_is_refused_and_costs_nothing(opened: Opened) -> None:
    await opened.make("abc")
    outcomes = await opened.store.create([prepared("new"), prepared("abc"), prepared("newer")], "test")
    assert codes_of(outcomes) == ["new", "slug_taken", "newer"]
    assert outcomes[1].field == "slug"  # type: ignore[union-attr]
    assert await opened.store.rev() == 3
    assert opened.rows("SELECT COUNT(*) FROM links") == [(3,)]


async def test_slugs_differ_by_case_and_by_domain(opened: Opened) -> None:
    await opened.register("go.example")
    outcomes = await opened.store.create([prepared("abc"), prepared("ABC"), prepared("abc", domain="go.example")], "t")
    assert codes_of(outcomes) == ["abc", "ABC", "abc"]


async def test_the_first_of_a_batch_gets_the_slug(opened: Opened) -> None:
    outcomes = await opened.store.create([prepared("abc"), prepared("abc"), prepared("x"), prepared("abc")], "t")
    assert codes_of(outcomes) == ["abc", "slug_taken", "x", "slug_taken"]


async def test_creates_that_wait_together_share_a_commit_and_keep_their_authors(opened: Opened) -> None:
    each = await asyncio.gather(
        *(opened.store.create([prepared(f"s{n}"), prepared("same")], f"who{n}") for n in range(3))
    )
    assert [codes_of(outcomes) for outcomes in each] == [["s0", "same"], ["s1", "slug_taken"], ["s2", "slug_taken"]]
    assert opened.committed == [4]
    assert opened.rows("SELECT who, action, before FROM link_changes ORDER BY rev") == [
        ("who0", "create", None),
        ("who0", "create", None),
        ("who1", "create", None),
        ("who2", "create", None),
    ]


async def test_only_one_of_many_rivals_gets_the_slug(opened: Opened) -> None:
    each = await asyncio.gather(*(opened.store.create([prepared("abc")], "t") for _ in range(20)))
    assert sorted(codes_of([outcomes[0] for outcomes in each])) == ["abc"] + ["slug_taken"] * 19


# Generated slugs


async def test_a_generated_slug_is_the_first_draw_that_is_free(opened: Opened) -> None:
    await opened.make("aaa")
    await opened.make("bbb")
    (made,) = await opened.store.create([prepared(draw=drawing("aaa", "bbb", "ccc"))], "t")
    assert codes_of([made]) == ["ccc"]


async def test_draws_do_not_collide_within_a_batch(opened: Opened) -> None:
    items = [prepared(draw=drawing("aaa", "bbb")), prepared("bbb"), prepared(draw=drawing("aaa", "bbb", "ccc"))]
    outcomes = await opened.store.create(items, "t")
    assert codes_of(outcomes) == ["aaa", "bbb", "ccc"]


async def test_every_fourth_draw_is_longer(opened: Opened) -> None:
    await opened.make("taken")
    extras: list[int] = []

    def draw(extra: int) -> str:
        extras.append(extra)
        return "free" if extra == 2 else "taken"

    (made,) = await opened.store.create([prepared(draw=draw)], "t")
    assert codes_of([made]) == ["free"]
    assert extras == [0, 0, 0, 0, 1, 1, 1, 1, 2]


async def test_draws_that_keep_colliding_fail_alone(opened: Opened) -> None:
    await opened.make("taken")
    drawn = 0

    def draw(_: int) -> str:
        nonlocal drawn
        drawn += 1
        return "taken"

    each = await asyncio.gather(
        opened.store.create([prepared("before")], "t"),
        opened.store.create([prepared(draw=draw)], "t"),
        opened.store.create([prepared(draw=drawing("after"))], "t"),
    )
    assert [codes_of(outcomes) for outcomes in each] == [["before"], ["unavailable"], ["after"]]
    assert drawn == GENERATE_TRIES
    assert "links.slug_length" in str(each[1][0])
    assert opened.codes() == dict.fromkeys(("taken", "before", "after"), "live")


# Reading


async def test_an_unknown_link_is_not_found(opened: Opened) -> None:
    for use in (
        opened.store.get("nobody"),
        opened.store.delete("nobody", "t"),
        opened.store.edit("nobody", lambda _: None, "t", 0),
    ):
        with pytest.raises(LinkError) as caught:
            await use
        assert caught.value.code is Code.NOT_FOUND


async def test_links_are_found_by_slug(opened: Opened) -> None:
    await opened.register("go.example")
    one, two = await opened.make("one"), await opened.make("zwöi/😀")
    other = await opened.make("one", domain="go.example")
    gone = await opened.make("gone")
    await opened.store.delete(gone.uuid, "t", keep_code=True)
    assert await opened.store.by_slugs("", ["one", "zwöi/😀", "gone", "none"]) == {"one": one, "zwöi/😀": two}
    assert await opened.store.by_slugs("go.example", ["one", "two"]) == {"one": other}
    assert await opened.store.by_slugs("", []) == {}


async def test_destinations_are_found_by_hash(opened: Opened) -> None:
    await opened.register("go.example")
    to, elsewhere = "https://example.com/a", "https://example.com/?utm_source=x"
    first, second = prepared("a", destination=to), prepared("b", destination=to, location=elsewhere)
    await opened.store.create([first, second, prepared("c", domain="go.example", destination=to)], "t")
    hash_ = first.destination_hash
    assert await opened.store.by_destinations("", [hash_, 12345]) == {(hash_, to), (hash_, elsewhere)}
    assert await opened.store.by_destinations("go.example", [hash_]) == {(hash_, to)}
    assert await opened.store.by_destinations("", []) == set()


# Listing


@pytest.fixture
async def listed(opened: Opened) -> Opened:
    """Ten links: s0 … s9; even ones enabled, every third labelled "third", two labelled "both" as well."""
    await opened.store.create(
        [
            prepared(
                f"s{n}",
                enabled=n % 2 == 0,
                labels=("third", "both") if n in (3, 6) else ("third",) if n % 3 == 0 else (),
                destination=f"https://example.com/Page{n % 5}",
            )
            for n in range(10)
        ],
        "t",
    )
    return opened


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ({}, "9876543210"),
        ({"enabled": True}, "86420"),
        ({"enabled": False}, "97531"),
        ({"label": "third"}, "9630"),
        ({"label": "both"}, "63"),
        ({"label": "none"}, ""),
        ({"label": "third", "enabled": True}, "60"),
        ({"search": "s3"}, "3"),
        ({"search": "S3"}, "3"),
        ({"search": "page3"}, "83"),
        ({"search": "PAGE3", "enabled": False}, "3"),
        ({"search": "page3", "label": "third"}, "3"),
        ({"search": "example.com"}, "9876543210"),
        ({"search": "nowhere"}, ""),
        ({"search": "%"}, ""),
        ({"search": "s_"}, ""),
        ({"search": ""}, "9876543210"),
    ],
)
async def test_filters(listed: Opened, query: dict[str, Any], slugs: str) -> None:
    page = await listed.store.page(LinkQuery(**query))
    assert [one.slug for one in page.links] == [f"s{n}" for n in slugs]
    assert (page.total, page.next_before) == (len(slugs), None)
    by_key, by_offset = [], []
    before: int | None = None
    for number in range(len(slugs)):
        page = await listed.store.page(LinkQuery(**query, limit=1, before=before))
        by_key += page.links
        before = page.next_before
        assert (before is None) == (number == len(slugs) - 1)
        page = await listed.store.page(LinkQuery(**query, limit=1, offset=number))
        by_offset += page.links
        assert page.total == len(slugs)
    assert [one.slug for one in by_key] == [one.slug for one in by_offset] == [f"s{n}" for n in slugs]


async def test_pages_do_not_overlap(listed: Opened) -> None:
    first = await listed.store.page(LinkQuery(limit=4))
    assert [one.slug for one in first.links] == ["s9", "s8", "s7", "s6"]
    assert (first.total, first.next_before) == (10, first.links[-1].id)
    await listed.make("newer")  # what is made meanwhile shifts no page by key
    second = await listed.store.page(LinkQuery(limit=4, before=first.next_before))
    assert [one.slug for one in second.links] == ["s5", "s4", "s3", "s2"]
    last = await listed.store.page(LinkQuery(limit=4, before=second.next_before))
    assert [one.slug for one in last.links] == ["s1", "s0"]
    assert last.next_before is None


async def test_an_offset_behind_the_end_is_an_empty_page(listed: Opened) -> None:
    page = await listed.store.page(LinkQuery(offset=10))
    assert (page.links, page.total, page.next_before) == ([], 10, None)


@pytest.mark.parametrize("search", ["Ärger", "ärger", "STRASSE", "strasse/Ä", "ÉCOLE"])
async def test_a_search_finds_what_is_written_so_and_ignores_the_case_of_ascii(opened: Opened, search: str) -> None:
    wanted = {"Ärger": "Ärger", "ärger": "ärger", "STRASSE": "Strasse/Ä", "strasse/Ä": "Strasse/Ä", "ÉCOLE": "École"}
    for slug in ("Ärger", "ärger", "Strasse/Ä"):
        await opened.make(slug)
    found = await opened.store.page(LinkQuery(search=search))
    expected = [] if search == "ÉCOLE" else [wanted[search]]
    assert [one.slug for one in found.links] == expected
    assert found.total == len(expected)


async def test_export_goes_by_id(listed: Opened) -> None:
    first = await listed.store.export(0, 4)
    rest = await listed.store.export(first[-1].id, 100)
    assert [one.slug for one in first + rest] == [f"s{n}" for n in range(10)]
    assert await listed.store.export(rest[-1].id, 100) == []


# Opening and closing


async def test_what_was_made_is_there_after_a_restart(opened: Opened) -> None:
    made = await opened.make("abc")
    await opened.store.close()
    await opened.open()
    assert await opened.store.get(made.uuid) == made
    assert (await opened.make("next")).id == made.id + 1


async def test_an_id_is_never_used_again(opened: Opened) -> None:
    made = await opened.make("abc")
    await opened.store.delete(made.uuid, "t")
    await opened.store.close()
    await opened.open()
    assert (await opened.make("abc")).id > made.id


async def test_closing_finishes_what_is_being_written_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    opened = Opened(tmp_path / "links.db")
    await opened.open()
    making = asyncio.ensure_future(opened.make("abc"))
    await asyncio.sleep(0)
    await opened.store.close()
    assert (await making).slug == "abc"
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


async def test_closing_that_is_interrupted_closes_the_connections_all_the_same(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    opened = Opened(tmp_path / "links.db")
    await opened.open()

    async def interrupted() -> None:
        raise asyncio.CancelledError

    close, opened.store.writer.close = opened.store.writer.close, interrupted  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await opened.store.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    await close()


async def test_a_store_that_cannot_be_opened_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    make_database(tmp_path / "links.db")
    connect, calls = database.connect, iter(range(3))

    async def failing(path: Path, **_: object) -> Any:
        if next(calls) == 2:
            raise OSError("too many open files")
        return await connect(path)

    monkeypatch.setattr(database, "connect", failing)
    with pytest.raises(OSError, match="too many"):
        await LinkStore.open(tmp_path / "links.db", lambda: NOW, lambda _: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
