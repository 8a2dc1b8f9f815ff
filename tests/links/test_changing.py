"""What changes of links do inside their transaction, seen through the store: moves to other domains, many at once, and
what an edit counts as. Renames and single deletions are in test_store_edits.py."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from links.changing import Change
from links.domains import DomainStore
from links.errors import Code, DnsError, LinkError
from links.model import Link, LinkQuery
from links.rows import PROTECTED
from links.workspaces import Workspaces
from tests.links.storing import NOW, Opened, prepared

GRACE = 1_000
QR = {"isQrGenerated": True}


def to(**fields: Any) -> Callable[[Link], Change]:
    return lambda old: Change(msgspec.structs.replace(old, **fields), None)


async def edit(opened: Opened, ref: str | int, *, grace: int = GRACE, **fields: Any) -> Link:
    return await opened.store.edit(ref, to(**fields), "editor", grace)


async def refused(awaitable: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await awaitable
    return caught.value


async def used(opened: Opened) -> dict[str, int]:
    return (await Workspaces(opened.store, lambda: NOW).get(1)).used


async def limit(opened: Opened, **most: int) -> None:
    await Workspaces(opened.store, lambda: NOW).set(1, None, most)


def codes(opened: Opened) -> list[tuple[Any, ...]]:
    """(domain, slug, state, until) of every code, in order of rev."""
    return opened.rows("SELECT domain, slug, state, until FROM codes ORDER BY rev")


# By number


async def test_a_link_is_found_by_its_number_too(opened: Opened) -> None:
    made = await opened.make("abc")
    assert await opened.store.get(made.id) == made
    edited = await edit(opened, made.id, title="T")
    assert (edited.title, edited.id) == ("T", made.id)
    await opened.store.delete(made.id, "t")
    assert (await refused(opened.store.get(made.id))).code is Code.NOT_FOUND


async def test_a_number_is_no_uuid(opened: Opened) -> None:
    await opened.make("abc", uuid="1")
    assert (await opened.store.get(1)).uuid == "1"
    assert (await refused(opened.store.get(2))).code is Code.NOT_FOUND
    assert (await refused(opened.store.get("2"))).code is Code.NOT_FOUND


# Moves


async def test_a_move_leaves_the_old_address_for_its_grace(opened: Opened) -> None:
    await opened.register("go.example")
    made = await opened.make("abc")
    moved = await edit(opened, made.uuid, domain="go.example")
    assert (moved.domain, moved.slug, moved.edits) == ("go.example", "abc", 1)
    assert codes(opened) == [("", "abc", "grace", NOW + GRACE), ("go.example", "abc", "live", None)]
    assert await opened.store.by_slugs("go.example", ["abc"]) == {"abc": moved}
    assert await opened.store.by_slugs("", ["abc"]) == {}


async def test_a_move_and_a_rename_are_one(opened: Opened) -> None:
    await opened.register("go.example")
    made = await opened.make("abc")
    await edit(opened, made.uuid, domain="go.example", slug="new", grace=0)
    assert codes(opened) == [("", "abc", "gone", None), ("go.example", "new", "live", None)]


async def test_a_move_and_back_takes_the_old_address_again(opened: Opened) -> None:
    await opened.register("go.example")
    made = await opened.make("abc")
    await edit(opened, made.uuid, domain="go.example")
    await edit(opened, made.uuid, domain="")
    assert sorted(codes(opened)) == [("", "abc", "live", None), ("go.example", "abc", "grace", NOW + GRACE)]


async def test_a_move_to_where_the_slug_is_taken(opened: Opened) -> None:
    await opened.register("go.example")
    made = await opened.make("abc")
    await opened.make("abc", domain="go.example")
    error = await refused(edit(opened, made.uuid, domain="go.example"))
    assert (error.code, error.field) == (Code.SLUG_TAKEN, "slug")
    assert (await opened.store.get(made.uuid), await used(opened)) == (made, {**await used(opened), "edits": 0})


async def test_a_move_to_a_domain_that_does_not_take_it(opened: Opened) -> None:
    other = await Workspaces(opened.store, lambda: NOW).create("other", {})
    await opened.register("theirs.example", other)
    made = await opened.make("abc")
    for domain in ("nobodys.example", "theirs.example"):
        assert isinstance(await refused(edit(opened, made.uuid, domain=domain)), DnsError)
    assert codes(opened) == [("", "abc", "live", None)]


async def test_a_move_to_a_domain_that_ignores_case(opened: Opened) -> None:
    domain = await opened.register("go.example")
    await DomainStore(opened.store, lambda: NOW).set(domain.id, {"ignores_case": True})
    made = await opened.make("Abc")
    error = await refused(edit(opened, made.uuid, domain="go.example"))
    assert (error.code, error.field) == (Code.INVALID, "slug")
    assert (await edit(opened, made.uuid, domain="go.example", slug="abc")).slug == "abc"


# What an edit counts as


async def test_a_qr_code_is_counted_when_it_is_switched_on_and_off(opened: Opened) -> None:
    made = await opened.make("abc")
    await edit(opened, made.uuid, extras=QR)
    assert (await used(opened))["qr_codes"] == 1
    await edit(opened, made.uuid, title="still one")
    await edit(opened, made.uuid, extras=QR | {"color": "#000"})
    assert (await used(opened))["qr_codes"] == 1
    await edit(opened, made.uuid, extras={})
    assert ((await used(opened))["qr_codes"], (await used(opened))["edits"]) == (0, 4)


async def test_many_at_once_switch_no_qr_code_on_too_many(opened: Opened) -> None:
    await limit(opened, qr_codes=10)
    links = [await opened.make(f"s{n}") for n in range(64)]
    outcomes = await asyncio.gather(*(edit(opened, link.id, extras=QR) for link in links), return_exceptions=True)
    full = [one.field for one in outcomes if isinstance(one, LinkError)]
    assert full == ["qr_codes"] * 54
    counted = await used(opened)
    assert (counted["qr_codes"], counted["edits"], counted["links"]) == (10, 10, 64)
    assert opened.rows("SELECT COUNT(*) FROM links WHERE extras ->> 'isQrGenerated'") == [(10,)]


async def test_without_room_for_an_edit_no_qr_code_is_counted(opened: Opened) -> None:
    await limit(opened, edits=0)
    made = await opened.make("abc")
    assert (await refused(edit(opened, made.uuid, extras=QR))).field == "edits"
    assert {name: (await used(opened))[name] for name in ("edits", "qr_codes")} == {"edits": 0, "qr_codes": 0}


async def test_nothing_is_counted_of_what_is_nobodys(opened: Opened) -> None:
    made = await opened.make("abc", workspace=0)
    await edit(opened, made.uuid, extras=QR)
    assert set((await used(opened)).values()) == {0}


# On and off, many at once


async def test_those_that_are_there_are_switched_together(opened: Opened) -> None:
    links = [await opened.make(slug) for slug in "abc"]
    other = await Workspaces(opened.store, lambda: NOW).create("other", {})
    theirs = await opened.make("theirs", workspace=other)
    await edit(opened, links[2].uuid, enabled=False)
    opened.committed.clear()
    opened.now += 5
    uuids = [link.uuid for link in links] * 2 + [theirs.uuid, "nobody"]
    count, rev = await opened.store.switch(uuids, "who", 1, enabled=False)
    assert (count, opened.committed) == (3, [rev])
    now = [await opened.store.get(link.uuid) for link in links]
    assert [(link.enabled, link.edits, link.updated_at) for link in now] == [
        (False, 1, NOW + 5),
        (False, 1, NOW + 5),
        (False, 1, NOW),
    ]
    assert await opened.store.get(theirs.uuid) == theirs
    assert (await used(opened))["edits"] == 3
    history = await opened.store.history(links[0].id)
    assert [(rev, who, action) for rev, _, who, action, _ in history][1:] == [(now[0].rev, "who", "edit")]
    assert json.loads(history[1][4] or "")["enabled"] is True


async def test_every_code_of_a_switched_link_is_told_of(opened: Opened) -> None:
    made = await opened.make("old")
    await edit(opened, made.uuid, slug="new")
    before = opened.rows("SELECT MAX(rev) FROM codes")[0][0]
    await opened.store.switch([made.uuid], "who", 1, enabled=False)
    assert [row[0] for row in opened.rows("SELECT state FROM codes WHERE rev > ? ORDER BY rev", before)] == [
        "grace",
        "live",
    ]
    assert opened.rows("SELECT until FROM codes WHERE slug = 'old'") == [(NOW + GRACE,)]


async def test_what_is_so_already_is_left_alone(opened: Opened) -> None:
    made = await opened.make("abc")
    assert await opened.store.switch([made.uuid], "who", 1, enabled=True) == (1, 0)
    assert await opened.store.switch(["nobody"], "who", 1, enabled=True) == (0, 0)
    assert await opened.store.get(made.uuid) == made


async def test_a_full_workspace_switches_none(opened: Opened) -> None:
    links = [await opened.make(slug) for slug in "abc"]
    await limit(opened, edits=2)
    error = await refused(opened.store.switch([link.uuid for link in links], "who", 1, enabled=False))
    assert (error.code, error.field) == (Code.LIMIT, "edits")
    assert [await opened.store.get(link.uuid) for link in links] == links
    assert await opened.store.switch([link.uuid for link in links[:2]], "who", 1, enabled=False) == (2, 5)


# Deletions, many at once


async def test_those_that_are_there_are_deleted_together(opened: Opened) -> None:
    links = [await opened.make(slug, labels=("x",), extras=QR) for slug in "abc"]
    other = await Workspaces(opened.store, lambda: NOW).create("other", {})
    theirs = await opened.make("theirs", workspace=other, labels=("x",))
    await edit(opened, links[0].uuid, slug="renamed")
    ids = [links[0].id, links[1].id, links[1].id, theirs.id, 99]
    deleted, rev = await opened.store.delete_all(ids, "who", 1, keep_codes=True)
    assert (deleted, opened.committed[-1]) == ([links[0].id, links[1].id], rev)
    assert opened.codes() == {"renamed": "kept", "b": "kept", "c": "live", "theirs": "live"}
    assert [link.slug for link in (await opened.store.page(LinkQuery(label="x"))).links] == ["c"]
    assert {name: (await used(opened))[name] for name in ("links", "qr_codes")} == {"links": 1, "qr_codes": 1}
    assert (await opened.store.history(links[1].id))[-1][2:4] == ("who", "delete")
    assert await opened.store.delete_all([99], "who", 1, keep_codes=True) == ([], 0)


async def test_codes_of_deleted_links_are_free_unless_they_are_kept(opened: Opened) -> None:
    made = await opened.make("abc")
    await opened.store.delete_all([made.id], "who", 1, keep_codes=False)
    assert opened.codes() == {}
    assert (await opened.make("abc")).id != made.id


async def test_the_history_of_a_protected_link_has_no_hash(opened: Opened) -> None:
    made = await opened.make("abc", password="$argon2id$secret")
    await edit(opened, made.uuid, password="$argon2id$other")
    await opened.store.delete(made.uuid, "t")
    texts = [row[4] or "" for row in await opened.store.history(made.id)]
    assert [json.loads(text)["password"] for text in texts[1:]] == [PROTECTED] * 2
    assert "argon2" not in "".join(texts)


# Lists by type


async def test_a_list_of_types(opened: Opened) -> None:
    for slug, extras in (("plain", {}), ("qr", {"type": "QR"}), ("bio", {"type": "BIO_LINK"}), ("more", {"a": 1})):
        await opened.store.create([prepared(slug, extras=extras, labels=("x",))], "t")
    for kinds, slugs in (
        (None, ["more", "bio", "qr", "plain"]),
        (("",), ["more", "plain"]),
        (("QR",), ["qr"]),
        (("QR", ""), ["more", "qr", "plain"]),
        (("OTHER",), []),
    ):
        for label in (None, "x"):
            page = await opened.store.page(LinkQuery(kinds=kinds, label=label))
            assert ([link.slug for link in page.links], page.total) == (slugs, len(slugs))
    page = await opened.store.page(LinkQuery(limit=1, counted=False))
    assert ([link.slug for link in page.links], page.total) == (["more"], 0)
