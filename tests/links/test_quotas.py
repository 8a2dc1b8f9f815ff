"""Quotas in the store: counted in the transaction that they limit, never one too many."""

import asyncio
from typing import Any

import pytest

from links import quotas
from links.changing import Change
from links.errors import Code, LinkError
from links.model import Link, LinkQuery
from links.workspaces import Workspaces
from links.writer import Transaction
from tests.links.storing import NOW, Opened, drawing, prepared


async def limit(opened: Opened, number: int = 1, **most: int | None) -> None:
    await Workspaces(opened.store, lambda: opened.now).set(number, None, most)


async def used(opened: Opened, thing: str, number: int = 1) -> int:
    return (await Workspaces(opened.store, lambda: opened.now).get(number)).used[thing]


def outcomes(made: list[Link | LinkError]) -> list[str]:
    """The slug, or what was lacking."""
    return [one.slug if isinstance(one, Link) else f"{one.code}:{one.field}" for one in made]


def renamed(slug: str) -> Any:
    def decide(old: Link) -> Change:
        return Change(Link(**{name: getattr(old, name) for name in old.__struct_fields__} | {"slug": slug}), None)

    return decide


async def test_without_a_quota_links_are_counted_all_the_same(opened: Opened) -> None:
    made = await opened.make("a")
    await opened.make("b")
    assert await used(opened, "links") == 2
    await opened.store.delete(made.uuid, "t")
    assert await used(opened, "links") == 1


async def test_one_create_of_many_is_made_as_far_as_the_room_goes(opened: Opened) -> None:
    await limit(opened, links=2)
    made = await opened.store.create([prepared("a"), prepared("a"), prepared("b"), prepared("c")], "t")
    assert outcomes(made) == ["a", "slug_taken:slug", "b", "limit:links"]
    assert await used(opened, "links") == 2
    assert set(opened.codes()) == {"a", "b"}


@pytest.mark.parametrize("each", [1, 3])
async def test_creates_that_share_a_transaction_never_make_one_too_many(opened: Opened, each: int) -> None:
    await limit(opened, links=50)
    creates = [opened.store.create([prepared(f"s{n}-{m}") for m in range(each)], "t") for n in range(64)]
    made = [slug for slugs in map(outcomes, await asyncio.gather(*creates)) for slug in slugs]
    assert made[:50] == [f"s{n // each}-{n % each}" for n in range(50)]  # first come, first served
    assert set(made[50:]) == {"limit:links"}
    assert (len(opened.codes()), await used(opened, "links")) == (50, 50)


async def test_a_deleted_link_makes_room(opened: Opened) -> None:
    await limit(opened, links=1)
    made = await opened.make("a")
    assert outcomes(await opened.store.create([prepared("b")], "t")) == ["limit:links"]
    await opened.store.delete(made.uuid, "t", keep_code=True)
    assert outcomes(await opened.store.create([prepared("b")], "t")) == ["b"]


async def test_a_quota_below_what_is_there_takes_nothing_away(opened: Opened) -> None:
    for slug in "abc":
        await opened.make(slug)
    await limit(opened, links=1)
    assert outcomes(await opened.store.create([prepared("d")], "t")) == ["limit:links"]
    assert len(opened.codes()) == 3


async def test_workspaces_do_not_use_up_each_others_room(opened: Opened) -> None:
    other = await Workspaces(opened.store, lambda: NOW).create("other", {"links": 1})
    await limit(opened, links=1)
    asked = [prepared("a"), prepared("b"), prepared("b", workspace=other), prepared("c", workspace=other)]
    # What is refused for want of room leaves its slug to the next one.
    assert outcomes(await opened.store.create(asked, "t")) == ["a", "limit:links", "b", "limit:links"]
    assert (await used(opened, "links"), await used(opened, "links", other)) == (1, 1)


async def test_what_is_nobodys_is_not_counted(opened: Opened) -> None:
    await limit(opened, links=0)
    made = await opened.make("a", workspace=0)
    await opened.store.delete(made.uuid, "t")
    assert await used(opened, "links") == 0


async def test_a_generated_slug_takes_room_once(opened: Opened) -> None:
    await opened.make("x")
    await limit(opened, links=2)
    made = await opened.store.create([prepared(draw=drawing("x", "x", "y")), prepared(draw=drawing("z", "z"))], "t")
    assert sorted(outcomes(made)) == ["limit:links", "z"]
    assert await used(opened, "links") == 2


async def test_a_link_with_a_qr_code_counts_as_both(opened: Opened) -> None:
    await limit(opened, qr_codes=1)
    asked = [prepared(slug, extras={"isQrGenerated": True}) for slug in "ab"]
    made = await opened.store.create([*asked, prepared("c")], "t")
    assert outcomes(made) == ["a", "limit:qr_codes", "c"]
    assert (await used(opened, "links"), await used(opened, "qr_codes")) == (2, 1)
    assert isinstance(made[0], Link)
    await opened.store.delete(made[0].uuid, "t")
    assert (await used(opened, "links"), await used(opened, "qr_codes")) == (1, 0)


async def test_edits_are_counted_and_limited(opened: Opened) -> None:
    await limit(opened, edits=2)
    made = await opened.make("a")
    await opened.make("taken")
    await opened.store.edit(made.uuid, lambda _: None, "t", 0)
    with pytest.raises(LinkError) as taken:
        await opened.store.edit(made.uuid, renamed("taken"), "t", 0)
    assert (taken.value.code, await used(opened, "edits")) == (Code.SLUG_TAKEN, 0)
    both = await asyncio.gather(
        *(opened.store.edit(made.uuid, renamed(f"n{n}"), "t", 0) for n in range(5)), return_exceptions=True
    )
    assert [one.field for one in both if isinstance(one, LinkError)] == ["edits"] * 3
    assert await used(opened, "edits") == 2
    await opened.store.delete(made.uuid, "t")
    assert await used(opened, "edits") == 2  # they do not come back


@pytest.mark.parametrize("thing", quotas.THINGS)
async def test_every_thing_can_be_charged_and_refunded(opened: Opened, thing: str) -> None:
    await limit(opened, **{thing: 3})

    async def charge(count: int) -> None:
        async def operation(tx: Transaction) -> None:
            await quotas.charge(tx, 1, thing, count)

        await opened.store.writer.submit(operation)

    async def refund(tx: Transaction) -> None:
        await quotas.refund(tx, 1, thing, 2)

    await charge(2)
    with pytest.raises(LinkError) as over:
        await charge(2)
    assert (over.value.code, over.value.field, await used(opened, thing)) == (Code.LIMIT, thing, 2)
    await charge(1)
    await limit(opened, **{thing: 0})
    await opened.store.writer.submit(refund)
    assert await used(opened, thing) == 1


async def test_a_workspace_that_is_not_there_has_no_room(opened: Opened) -> None:
    assert outcomes(await opened.store.create([prepared("a", workspace=9)], "t")) == ["limit:links"]


async def test_a_workspace_lists_and_changes_only_its_own(opened: Opened) -> None:
    other = await Workspaces(opened.store, lambda: NOW).create("other", {})
    mine, theirs = await opened.make("a", labels=("x",)), await opened.make("b", workspace=other, labels=("x",))
    for query, found in (({}, mine), ({"workspace": other}, theirs)):
        for filters in ({}, {"label": "x"}, {"enabled": True}, {"search": "example"}):
            page = await opened.store.page(LinkQuery(**query, **filters))
            assert (page.links, page.total) == ([found], 1)
    assert (await opened.store.page(LinkQuery(workspace=9))).total == 0
    for refused in (
        opened.store.edit(theirs.uuid, renamed("c"), "t", 0, workspace=1),
        opened.store.delete(theirs.uuid, "t", workspace=1),
    ):
        with pytest.raises(LinkError, match="no such link"):
            await refused
    await opened.store.delete(theirs.uuid, "t", workspace=other)


async def test_links_of_nobody_are_deleted_after_their_end(opened: Opened) -> None:
    for slug, workspace, expires_at in (
        ("over", 0, NOW), ("open", 0, NOW + 1), ("mine", 1, NOW),
    ):  # fmt: skip
        await opened.make(slug, workspace=workspace, expires_at=expires_at)
    assert [await opened.store.delete_expired("sweep") for _ in range(2)] == [1, 0]
    assert set(opened.codes()) == {"open", "mine"}
    await opened.make("over")


async def test_of_several_things_all_or_none_are_charged(opened: Opened) -> None:
    await limit(opened, edits=1, qr_codes=0)

    async def charge(tx: Transaction) -> None:
        await quotas.charge_all(tx, 1, {"links": 2, "edits": 1, "qr_codes": 1})

    with pytest.raises(LinkError) as over:
        await opened.store.writer.submit(charge)
    assert over.value.field == "qr_codes"
    assert [await used(opened, thing) for thing in ("links", "edits", "qr_codes")] == [0, 0, 0]
    await limit(opened, qr_codes=1)
    await opened.store.writer.submit(charge)
    assert [await used(opened, thing) for thing in ("links", "edits", "qr_codes")] == [2, 1, 1]
