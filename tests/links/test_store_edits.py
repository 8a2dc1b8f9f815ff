"""Edits, renames, deletes, the graces of old slugs, and the history of it all."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from links.changing import Change
from links.errors import Code, LinkError
from links.model import Link, LinkQuery
from links.rows import change_text
from tests.links.storing import NOW, TO, Opened, prepared

GRACE = 1_000
ELSEWHERE = "https://example.org/"
Decide = Callable[[Link], Change | None]


def to(hash_: int | None = None, **fields: Any) -> Decide:
    return lambda old: Change(msgspec.structs.replace(old, **fields), hash_)


async def edit(opened: Opened, uuid: str, *, grace: int = GRACE, hash_: int | None = None, **fields: Any) -> Link:
    return await opened.store.edit(uuid, to(hash_, **fields), "editor", grace)


async def refused(awaitable: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await awaitable
    return caught.value


def states(opened: Opened) -> list[tuple[Any, ...]]:
    """(slug, state, until, link) of every code, in order of rev."""
    return opened.rows("SELECT slug, state, until, link FROM codes ORDER BY rev")


# Edits


async def test_an_edit_changes_what_it_says_and_counts(opened: Opened) -> None:
    made = await opened.make("abc", title="T")
    opened.now += 5
    edited = await edit(opened, made.uuid, destination=ELSEWHERE, location=ELSEWHERE, enabled=False, expires_at=9)
    assert edited == await opened.store.get(made.uuid)
    assert edited == msgspec.structs.replace(
        made,
        destination=ELSEWHERE,
        location=ELSEWHERE,
        enabled=False,
        expires_at=9,
        edits=1,
        rev=2,
        updated_at=NOW + 5,
    )
    assert states(opened) == [("abc", "live", None, made.id)]
    assert opened.committed == [1, 2]


async def test_an_edit_that_changes_nothing_leaves_no_trace(opened: Opened) -> None:
    made = await opened.make("abc")
    assert await opened.store.edit(made.uuid, lambda _: None, "editor", GRACE) == made
    assert opened.committed == [1]
    assert len(await opened.store.history(made.id)) == 1


async def test_an_edit_is_decided_on_the_link_as_it_is_then(opened: Opened) -> None:
    made = await opened.make("abc")

    def one_more(old: Link) -> Change:
        return Change(msgspec.structs.replace(old, expires_at=(old.expires_at or 0) + 1), None)

    await asyncio.gather(*(opened.store.edit(made.uuid, one_more, "editor", GRACE) for _ in range(10)))
    edited = await opened.store.get(made.uuid)
    assert (edited.expires_at, edited.edits) == (10, 10)


async def test_a_decision_that_refuses_changes_nothing(opened: Opened) -> None:
    made = await opened.make("abc")

    def refuse(_: Link) -> Change:
        raise LinkError(Code.INVALID, "no", "destination")

    other = opened.store.edit(made.uuid, to(enabled=False), "editor", GRACE)
    error, edited = await asyncio.gather(
        opened.store.edit(made.uuid, refuse, "editor", GRACE), other, return_exceptions=True
    )
    assert isinstance(error, LinkError)
    assert error.code is Code.INVALID
    assert isinstance(edited, Link)
    assert edited.edits == 1


async def test_the_hash_changes_only_with_the_destination(opened: Opened) -> None:
    made = await opened.make("abc")
    ((before,),) = opened.rows("SELECT destination_hash FROM links")
    await edit(opened, made.uuid, enabled=False)
    assert opened.rows("SELECT destination_hash FROM links") == [(before,)]
    await edit(opened, made.uuid, destination=ELSEWHERE, location=ELSEWHERE, hash_=-7)
    assert opened.rows("SELECT destination_hash FROM links") == [(-7,)]
    assert await opened.store.by_destinations("", [-7]) == {(-7, ELSEWHERE)}


async def test_labels_are_replaced(opened: Opened) -> None:
    made = await opened.make("abc", labels=("one", "two"))
    await opened.make("other", labels=("one",))
    await edit(opened, made.uuid, labels=("two", "three"))
    found = {}
    for label in ("one", "two", "three"):
        found[label] = [one.slug for one in (await opened.store.page(LinkQuery(label=label))).links]
    assert found == {"one": ["other"], "two": ["abc"], "three": ["abc"]}
    await edit(opened, made.uuid, labels=())
    assert opened.rows("SELECT label FROM link_labels") == [("one",)]


# Renames


async def test_a_rename_leaves_the_old_slug_for_its_grace(opened: Opened) -> None:
    made = await opened.make("old")
    renamed = await edit(opened, made.uuid, slug="new")
    assert (renamed.slug, renamed.rev) == ("new", 3)
    assert states(opened) == [("old", "grace", NOW + GRACE, made.id), ("new", "live", None, made.id)]
    assert set(await opened.store.by_slugs("", ["old", "new"])) == {"new"}


async def test_a_rename_without_a_grace_frees_the_old_slug_at_once(opened: Opened) -> None:
    made = await opened.make("old")
    await edit(opened, made.uuid, slug="new", grace=0)
    assert states(opened) == [("old", "gone", None, made.id), ("new", "live", None, made.id)]
    assert (await opened.make("old")).id != made.id


async def test_a_rename_and_back_within_the_grace_swaps_the_two(opened: Opened) -> None:
    made = await opened.make("a")
    await edit(opened, made.uuid, slug="b")
    opened.now += 10
    back = await edit(opened, made.uuid, slug="a")
    assert back.slug == "a"
    assert sorted(states(opened)) == [("a", "live", None, made.id), ("b", "grace", NOW + 10 + GRACE, made.id)]


async def test_a_rename_and_back_without_a_grace_takes_the_slug_anew(opened: Opened) -> None:
    made = await opened.make("a")
    await edit(opened, made.uuid, slug="b", grace=0)
    await edit(opened, made.uuid, slug="a", grace=0)
    assert opened.codes() == {"a": "live"}
    assert [state[:2] for state in states(opened)] == [("a", "gone"), ("b", "gone"), ("a", "live")]


async def test_several_renames_leave_several_graces(opened: Opened) -> None:
    made = await opened.make("a")
    for step, slug in enumerate(("b", "c", "d"), 1):
        opened.now = NOW + step
        await edit(opened, made.uuid, slug=slug)
    assert sorted(states(opened)) == [
        ("a", "grace", NOW + 1 + GRACE, made.id),
        ("b", "grace", NOW + 2 + GRACE, made.id),
        ("c", "grace", NOW + 3 + GRACE, made.id),
        ("d", "live", None, made.id),
    ]


async def test_an_edit_is_told_of_the_old_slugs_too(opened: Opened) -> None:
    made = await opened.make("old")
    renamed = await edit(opened, made.uuid, slug="new")
    await edit(opened, made.uuid, destination=ELSEWHERE, location=ELSEWHERE)
    revs = opened.rows("SELECT slug, rev > ? FROM codes ORDER BY id", renamed.rev)
    assert revs == [("old", 1), ("new", 1)]
    assert states(opened)[0] == ("old", "grace", NOW + GRACE, made.id)


@pytest.mark.parametrize("how", ["live", "grace", "kept"])
async def test_a_taken_slug_cannot_be_taken_over(opened: Opened, how: str) -> None:
    made, other = await opened.make("mine"), await opened.make("taken")
    if how == "grace":
        await edit(opened, other.uuid, slug="elsewhere")
    elif how == "kept":
        await opened.store.delete(other.uuid, "t", keep_code=True)
    before = await opened.store.rev()
    error = await refused(edit(opened, made.uuid, slug="taken"))
    assert (error.code, error.field) == (Code.SLUG_TAKEN, "slug")
    (outcome,) = await opened.store.create([prepared("taken")], "t")
    assert isinstance(outcome, LinkError)
    assert outcome.code is Code.SLUG_TAKEN
    assert await opened.store.get(made.uuid) == made
    assert await opened.store.rev() == before
    assert opened.codes()["taken"] == how


async def test_the_same_slug_on_another_domain_is_another(opened: Opened) -> None:
    await opened.register("go.example")
    made = await opened.make("a", domain="go.example")
    await opened.make("b")
    assert (await edit(opened, made.uuid, slug="b")).slug == "b"


# Deletes and the ends of graces


async def test_a_deleted_links_slugs_are_free(opened: Opened) -> None:
    made = await opened.make("old", labels=("x",))
    await edit(opened, made.uuid, slug="new")
    rev = await opened.store.delete(made.uuid, "who")
    assert rev == await opened.store.rev() == opened.committed[-1]
    assert [state[:3] for state in states(opened)] == [("old", "gone", None), ("new", "gone", None)]
    assert opened.rows("SELECT * FROM links") == opened.rows("SELECT * FROM link_labels") == []
    assert [(await opened.make(slug)).slug for slug in ("old", "new")] == ["old", "new"]


async def test_a_kept_code_is_never_free_again(opened: Opened) -> None:
    made = await opened.make("old")
    await edit(opened, made.uuid, slug="new")
    await opened.store.delete(made.uuid, "who", keep_code=True)
    assert opened.codes() == {"new": "kept"}
    opened.now += 10 * GRACE
    assert await opened.store.end_graces() == 0
    assert opened.codes() == {"new": "kept"}


async def test_a_link_is_deleted_once(opened: Opened) -> None:
    made = await opened.make("abc")
    results = await asyncio.gather(*(opened.store.delete(made.uuid, "who") for _ in range(3)), return_exceptions=True)
    assert results[0] == 2
    assert [error.code for error in results[1:] if isinstance(error, LinkError)] == [Code.NOT_FOUND] * 2


async def test_a_grace_ends_when_its_time_is_over(opened: Opened) -> None:
    made = await opened.make("a")
    await edit(opened, made.uuid, slug="b")
    opened.now += 1
    await edit(opened, made.uuid, slug="c")
    before = await opened.store.rev()
    opened.now = NOW + GRACE - 1
    assert await opened.store.end_graces() == 0
    assert await opened.store.rev() == before
    opened.now = NOW + GRACE
    assert await opened.store.end_graces() == 1
    assert opened.codes() == {"b": "grace", "c": "live"}
    assert await opened.store.rev() == opened.committed[-1] == before + 1
    opened.now += 1
    assert await opened.store.end_graces() == 1
    assert opened.codes() == {"c": "live"}
    assert (await opened.make("a")).slug == "a"


# History and revs


async def test_history_holds_what_the_link_was(opened: Opened) -> None:
    made = await opened.make("abc")
    opened.now += 1
    edited = await edit(opened, made.uuid, destination=ELSEWHERE, location=ELSEWHERE)
    opened.now += 1
    await opened.store.delete(made.uuid, "remover")
    assert await opened.store.history(made.id) == [
        (1, NOW, "test", "create", None),
        (2, NOW + 1, "editor", "edit", change_text(made)),
        (3, NOW + 2, "remover", "delete", change_text(edited)),
    ]
    (_, _, _, _, text) = (await opened.store.history(made.id))[1]
    assert text is not None
    assert msgspec.json.decode(text, type=Link) == made
    assert await opened.store.history(made.id + 1) == []


@pytest.mark.parametrize("seed", range(3))
async def test_every_change_has_a_rev_of_its_own_and_they_only_grow(opened: Opened, seed: int) -> None:
    choose = random.Random(seed)
    slugs = [f"s{n}" for n in range(6)]
    links: dict[str, Link] = {}
    last = 0
    for _ in range(60):
        opened.now += choose.randrange(GRACE)
        seen = {row[0]: row[1] for row in opened.rows("SELECT id, rev FROM codes")}
        try:
            await _something(opened, choose, slugs, links)
        except LinkError as error:
            assert error.code is Code.SLUG_TAKEN
        rows = opened.rows("SELECT id, rev FROM codes")
        revs = [rev for _, rev in rows]
        assert len(set(revs)) == len(revs)
        changed = [rev for id_, rev in rows if seen.get(id_) != rev]
        assert all(rev > last for rev in changed)
        last = await opened.store.rev()
        # The highest rev stands at a code: a reader that has read every row has reached the counter.
        assert max(revs, default=0) == last
        assert opened.committed == sorted(set(opened.committed))
    assert {slug: one.destination for slug, one in (await opened.store.by_slugs("", slugs)).items()} == {
        one.slug: TO for one in links.values()
    }


async def _something(opened: Opened, choose: random.Random, slugs: list[str], links: dict[str, Link]) -> None:
    """One random change that keeps ``links`` (by uuid) as the store should have them."""
    what = choose.choice(["make", "make", "rename", "rename", "edit", "delete", "sweep"])
    if what == "make":
        (made,) = await opened.store.create([prepared(choose.choice(slugs))], "t")
        if isinstance(made, LinkError):
            raise made
        links[made.uuid] = made
    elif what == "sweep":
        await opened.store.end_graces()
    elif links:
        uuid = choose.choice(list(links))
        if what == "delete":
            del links[uuid]
            await opened.store.delete(uuid, "t", keep_code=choose.random() < 0.1)
        elif what == "edit":
            links[uuid] = await edit(opened, uuid, enabled=not links[uuid].enabled)
        else:
            links[uuid] = await edit(opened, uuid, slug=choose.choice(slugs), grace=choose.choice([0, GRACE]))
