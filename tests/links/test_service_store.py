"""The service over a real store, and workers that are played."""

import asyncio
from itertools import count
from typing import Any

import pytest

from links.errors import Code, LinkError
from links.model import Changes, Draft, Link, LinkQuery
from links.service import SLICE, Drafts, LinkService
from links.settings import LinkSettings
from links.store import CREATE_BATCH
from tests.links.storing import Opened, link

TO = "https://example.com/"


def drafts() -> Drafts:
    numbers = count(1)
    return Drafts(LinkSettings(), frozenset({"go.example"}), bytes, lambda: f"served-{next(numbers)}")


class FakeFollowers:
    """Notes what it is asked; ``missing`` and ``late`` make it refuse."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.asked: list[str | int] = []
        self.missing = False
        self.late = False

    async def reached(self, rev: int) -> None:
        assert self._opened.committed[-1] >= rev, "asked before it was committed"
        self.asked.append(rev)
        if self.late:
            raise LinkError(Code.UNAVAILABLE, "late")

    def check_all_present(self) -> None:
        self.asked.append("present?")
        if self.missing:
            raise LinkError(Code.UNAVAILABLE, "missing")


class Served:
    def __init__(self, opened: Opened, base_url: str = "https://go.example") -> None:
        settings = LinkSettings(rename_grace_seconds=60)
        self.opened = opened
        self.followers = FakeFollowers(opened)
        self.service = LinkService(opened.store, self.followers, drafts(), settings, base_url)


@pytest.fixture
def served(opened: Opened) -> Served:
    return Served(opened)


async def test_a_create_returns_when_all_workers_are_there(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc"), "who")
    assert served.followers.asked == [made.rev] == [1]
    assert await served.service.get(made.uuid, 1) == made


async def test_a_create_does_not_mind_workers_that_are_away(served: Served) -> None:
    served.followers.missing = True
    await served.service.create(Draft(destination=TO, slug="abc"), "who")
    assert served.followers.asked == [1]


async def test_a_create_that_is_refused_waits_for_nobody(served: Served) -> None:
    await served.service.create(Draft(destination=TO, slug="abc"), "who")
    for draft, code in (
        (Draft(destination=TO, slug="abc"), Code.SLUG_TAKEN),
        (Draft(destination=""), Code.INVALID),
    ):
        with pytest.raises(LinkError) as caught:
            await served.service.create(draft, "who")
        assert caught.value.code is code
    assert served.followers.asked == [1]


async def test_changes_wait_until_all_workers_are_back_and_there(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc"), "who")
    served.followers.asked.clear()
    edited = await served.service.edit(made.uuid, Changes(enabled=False), "who", 1)
    assert edited.enabled is False
    await served.service.delete(made.uuid, "who", 1)
    assert served.followers.asked == ["present?", 2, "present?", 3]
    with pytest.raises(LinkError) as caught:
        await served.service.get(made.uuid, 1)
    assert caught.value.code is Code.NOT_FOUND


async def test_while_workers_are_away_nothing_is_changed(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc"), "who")
    served.followers.missing = True
    with pytest.raises(LinkError, match="missing"):
        await served.service.edit(made.uuid, Changes(enabled=False), "who", 1)
    with pytest.raises(LinkError, match="missing"):
        await served.service.delete(made.uuid, "who", 1)
    assert await served.service.get(made.uuid, 1) == made


async def test_a_late_worker_is_told_though_it_is_stored(served: Served) -> None:
    served.followers.late = True
    with pytest.raises(LinkError, match="late"):
        await served.service.create(Draft(destination=TO, slug="abc"), "who")
    assert served.opened.codes() == {"abc": "live"}


async def test_an_edit_that_changes_nothing_waits_all_the_same(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc"), "who")
    assert await served.service.edit(made.uuid, Changes(slug="abc"), "who", 1) == made
    assert served.followers.asked == [1, "present?", 1]  # whoever set it so may still be waiting


async def test_an_edit_may_be_decided_on_the_link_as_it_is_then(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc", title="T"), "who")
    edits = [served.service.edit(made.id, lambda old: Changes(title=old.title + "!"), "who", 1) for _ in range(5)]
    assert sorted(link.title for link in await asyncio.gather(*edits)) == ["T" + "!" * n for n in range(1, 6)]

    def refuse(_: Link) -> Changes:
        raise LinkError(Code.INVALID, "no", "title")

    with pytest.raises(LinkError, match="no"):
        await served.service.edit(made.id, refuse, "who", 1)


async def test_many_are_switched_and_deleted(served: Served) -> None:
    links = [await served.service.create(Draft(destination=TO), "who") for _ in range(3)]
    served.followers.asked.clear()
    assert await served.service.switch([link.uuid for link in links] + ["x"], "who", 1, enabled=False) == 3
    assert await served.service.delete_all([1, 2, 9], "who", 1, keep_codes=True) == [1, 2]
    await served.service.delete(3, "who", 1, keep_code=True)
    assert served.followers.asked == ["present?", 6, "present?", 8, "present?", 9]
    assert set(served.opened.codes().values()) == {"kept"}
    served.followers.missing = True
    for change in (
        served.service.switch(["x"], "who", 1, enabled=False),
        served.service.delete_all([1], "who", 1, keep_codes=True),
    ):
        with pytest.raises(LinkError, match="missing"):
            await change


# Many creates


def drafts_of(number: int) -> list[Draft]:
    return [Draft(destination=TO, slug=f"s{n}") for n in range(number)]


async def test_many_are_created_each_by_itself(served: Served) -> None:
    asked = [Draft(destination=TO, slug=slug) for slug in ("a", "b", "a", "api", "c")] + [Draft(destination="x")]
    made = await served.service.create_all(asked, "who")
    assert [one.slug if isinstance(one, Link) else one.code.value for one in made] == [
        *("a", "b", "slug_taken", "invalid", "c", "invalid")
    ]
    assert served.followers.asked == [3]
    assert served.opened.committed == [3]


async def test_of_nothing_nothing_is_created(served: Served) -> None:
    assert await served.service.create_all([], "who") == []
    (refused,) = await served.service.create_all([Draft(destination="x")], "who")
    assert isinstance(refused, LinkError)
    assert served.followers.asked == []


async def test_more_than_a_thousand_are_several_transactions(served: Served) -> None:
    made = await served.service.create_all(drafts_of(CREATE_BATCH + 1), "who")
    assert [one.rev for one in made if isinstance(one, Link)] == list(range(1, CREATE_BATCH + 2))
    assert served.opened.committed == [CREATE_BATCH, CREATE_BATCH + 1]
    assert served.followers.asked == [CREATE_BATCH + 1]


async def test_what_was_stored_before_the_disk_was_full_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, calls = served.opened.store.create, count(1)

    async def once(items: Any, who: str) -> Any:
        if next(calls) > 1:
            raise LinkError(Code.UNAVAILABLE, "full")
        return await create(items, who)

    monkeypatch.setattr(served.opened.store, "create", once)
    made = await served.service.create_all(drafts_of(CREATE_BATCH + 2), "who")
    assert [isinstance(one, Link) for one in made] == [True] * CREATE_BATCH + [False] * 2
    assert {one.code for one in made if isinstance(one, LinkError)} == {Code.UNAVAILABLE}
    assert served.followers.asked == [CREATE_BATCH]
    with pytest.raises(LinkError, match="full"):
        await served.service.create_all([Draft(destination=TO)], "who")


async def test_checking_many_gives_others_their_turn(served: Served) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await served.service.create_all([Draft(destination="x")] * (10 * SLICE), "who")
    task.cancel()
    assert turns >= 9


async def test_a_rename_has_the_grace_of_the_settings(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="old"), "who")
    await served.service.edit(made.uuid, Changes(slug="new"), "who", 1)
    assert served.opened.rows("SELECT slug, until FROM codes WHERE state = 'grace'") == [
        ("old", served.opened.now + 60_000)
    ]


async def test_a_listing_is_the_stores(served: Served) -> None:
    made = await served.service.create(Draft(destination=TO, slug="abc"), "who")
    assert (await served.service.page(LinkQuery())).links == [made]


@pytest.mark.parametrize("base_url", ["https://go.example", "https://go.example:8443"])
async def test_a_link_on_another_domain_has_its_address_there(opened: Opened, base_url: str) -> None:
    served = Served(opened, base_url)
    await opened.register("xn--ls8h.la")
    link = await opened.make("a/😀", domain="xn--ls8h.la")
    assert served.service.short_url(link) == "https://xn--ls8h.la/a/%F0%9F%98%80"
    assert served.service.short_host(link) == "💩.la"


@pytest.mark.parametrize(
    ("base_url", "slug", "url", "host"),
    [
        ("https://go.example", "abc", "https://go.example/abc", "go.example"),
        ("http://localhost:8080", "a/b", "http://localhost:8080/a/b", "localhost:8080"),
        ("https://go.example", "😀", "https://go.example/%F0%9F%98%80", "go.example"),
        ("https://go.example", "Größe/~x", "https://go.example/Gr%C3%B6%C3%9Fe/~x", "go.example"),
        ("http://[::1]:8080", "abc", "http://[::1]:8080/abc", "[::1]:8080"),
    ],
)
async def test_addresses_are_made_from_the_base_url(
    opened: Opened, base_url: str, slug: str, url: str, host: str
) -> None:
    service = Served(opened, base_url).service
    assert (service.short_url(link(slug)), service.short_host(link(slug))) == (url, host)


async def test_a_link_of_another_domain_is_under_that_domain(served: Served) -> None:
    assert served.service.short_host(link("abc", domain="go.test")) == "go.test"
