"""Bio pages in the store: one transaction each, numbers and slugs shared with links, documents never out of date."""

import asyncio
import gzip
from typing import Any

import pytest

from links.bio_model import BioPage, PageChanges, PageDraft
from links.domains import DomainStore
from links.errors import Code, DnsError, LinkError
from links.model import Link
from links.workspaces import Workspaces
from tests.links.paging import POLICY, Made, Paging, button
from tests.links.storing import NOW, Opened, prepared


@pytest.fixture
def paging(opened: Opened) -> Paging:
    return Paging(opened)


async def refused(awaited: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await awaited
    return caught.value


async def other_workspace(opened: Opened) -> int:
    return await Workspaces(opened.store, lambda: NOW).create("other", {})


async def test_a_new_page_is_not_published(opened: Opened, paging: Paging) -> None:
    link = await opened.make("a")
    page = await paging.make("about", title="T", description="D", page_data={"theme": "x"}, buttons=(button(link),))
    assert (page.id, page.slug, page.is_published, page.published_at) == (link.id + 1, "about", False, None)
    assert page.public_id == "bio_00000000000070008000000000000001"
    assert await paging.pages.get(page.public_id, 1) == page
    assert await paging.pages.by_number(page.id, 1) == page
    assert paging.document(page) is None
    assert opened.codes() == {"a": "live", "about": "live"}
    assert paging.followers.reached_revs == [await opened.store.rev()] == [page.rev]
    assert (await opened.make("b")).id == page.id + 1


async def test_pages_are_of_their_workspace(opened: Opened, paging: Paging) -> None:
    other = await other_workspace(opened)
    mine, theirs = await paging.make("mine"), await paging.make("theirs", workspace=other)
    assert (await paging.pages.page(1, 10, 0)).pages == [mine]
    for refusal in (
        paging.pages.get(theirs.public_id, 1),
        paging.pages.by_number(theirs.id, 1),
        paging.pages.publish(theirs.public_id, 1, "t"),
        paging.pages.delete(theirs.public_id, 1, "t"),
        paging.pages.get("bio_none", 1),
        paging.pages.by_number(10**17, 1),
    ):
        assert (await refused(refusal)).code is Code.NOT_FOUND


async def test_a_listing_is_newest_first_and_has_buttons(opened: Opened, paging: Paging) -> None:
    link = await opened.make("a")
    made = [await paging.make(f"p{n}", buttons=(button(link, label=f"{n}"),) * n) for n in range(3)]
    listed = await paging.pages.page(1, 2, 0)
    assert (listed.pages, listed.total) == ([made[2], made[1]], 3)
    assert (await paging.pages.page(1, 2, 2)).pages == [made[0]]
    await paging.pages.delete(made[2].public_id, 1, "t")
    assert (await paging.pages.page(1, 2, 0)).total == 2


async def test_publishing_renders_and_unpublishing_takes_the_document_away(opened: Opened, paging: Paging) -> None:
    page = await paging.make("p", title="Me")
    opened.now += 5
    published = await paging.pages.publish(page.public_id, 1, "t")
    assert (published.is_published, published.published_at, paging.document(page)) == (True, NOW + 5, "Me\np")
    opened.now += 5
    assert await paging.pages.publish(page.public_id, 1, "t") == published
    gone = await paging.pages.unpublish(page.public_id, 1, "t")
    assert (gone.is_published, gone.published_at, paging.document(page)) == (False, NOW + 5, None)
    assert await paging.pages.unpublish(page.public_id, 1, "t") == gone
    again = await paging.pages.publish(page.public_id, 1, "t")
    assert again.published_at == NOW + 10
    assert await paging.pages.get(page.public_id, 1) == again


async def test_what_is_saved_is_rendered_and_read_back(opened: Opened, paging: Paging) -> None:
    page = await paging.make("p", publish=True)
    link = await opened.make("a")
    opened.now += 1
    buttons = (
        button(link, label="Go", kind="k", icon="i", extras={"é": [1]}),
        button(label="text", enabled=False, starts_at=1, ends_at=2),
    )
    saved = await paging.save(page, title="New", description="d", page_data={"links": [{"ü": 1}]}, buttons=buttons)
    assert await paging.pages.get(page.public_id, 1) == saved
    assert (saved.title, saved.buttons, saved.updated_at, saved.created_at) == ("New", buttons, NOW + 1, NOW)
    assert paging.document(page) == "New\np\nGo: https://example.com/"
    assert await paging.save(page, title="New") == saved  # nothing to change, no rev
    assert await opened.store.rev() == saved.rev
    assert (await paging.save(page, buttons=())).buttons == ()
    assert paging.document(page) == "New\np"
    assert [(row[2], row[3]) for row in await opened.store.history(page.id)] == [
        ("test", "create"),
        *[("test", "edit")] * 3,
    ]


async def test_changes_at_once_are_each_made_of_what_the_other_left(opened: Opened, paging: Paging) -> None:
    """Without the transaction one button would be lost, or be missing from the document."""
    page = await paging.make("p", publish=True)
    links = [await opened.make(f"l{n}", destination=f"https://e.com/{n}") for n in range(20)]

    def adding(link: Link) -> Any:
        return lambda old: PageChanges(buttons=(*old.buttons, button(link, label=link.slug)))

    await asyncio.gather(*(paging.pages.edit(page.public_id, 1, adding(link), "t") for link in links))
    assert {one.link for one in (await paging.pages.get(page.public_id, 1)).buttons} == {link.id for link in links}
    shown = (paging.document(page) or "").splitlines()[2:]
    assert sorted(shown) == sorted(f"l{n}: https://e.com/{n}" for n in range(20))


async def test_what_rendering_refuses_is_not_stored_and_harms_nobody_else(opened: Opened, paging: Paging) -> None:
    page, other = await paging.make("p", publish=True), await paging.make("o")
    usual = paging.render

    def failing(page: BioPage, *rest: Any) -> Made:
        if page.title == "bad":
            raise ValueError("cannot be shown")
        made: Made = usual(page, *rest)
        return made

    paging.render = failing
    outcomes = await asyncio.gather(
        paging.save(page, title="bad"), paging.save(other, title="good"), return_exceptions=True
    )
    assert str(outcomes[0]) == "cannot be shown"
    assert (await paging.pages.get(other.public_id, 1)).title == "good"
    assert await paging.pages.get(page.public_id, 1) == page
    assert paging.document(page) == "\np"


@pytest.mark.parametrize("policy", ["a\r\nSet-Cookie: x", "ä", "\x7f"])
async def test_a_policy_that_no_header_field_may_hold_is_a_defect(paging: Paging, policy: str) -> None:
    page = await paging.make("p")
    paging.render = lambda *_: Made(b"x", policy, None)
    with pytest.raises(ValueError, match="Content-Security-Policy"):
        await paging.pages.publish(page.public_id, 1, "t")


# Slugs


async def test_a_slug_is_a_links_or_a_pages(opened: Opened, paging: Paging) -> None:
    await opened.make("link")
    page = await paging.make("page")
    assert (await refused(paging.make("link"))).code is Code.SLUG_TAKEN
    (made,) = await opened.store.create([prepared("page")], "t")
    assert isinstance(made, LinkError)
    assert made.code is Code.SLUG_TAKEN
    assert (await refused(paging.save(page, slug="link"))).code is Code.SLUG_TAKEN
    await paging.pages.delete(page.public_id, 1, "t")
    await opened.make("page")


async def test_of_links_and_pages_that_race_for_a_slug_one_gets_it(opened: Opened, paging: Paging) -> None:
    async def link(slug: str) -> object:
        (made,) = await opened.store.create([prepared(slug)], "t")
        return made

    slugs = [f"s{n % 8}" for n in range(64)]
    asked = [link(slug) if n % 16 < 8 else paging.make(slug) for n, slug in enumerate(slugs)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    won = [one for one in outcomes if not isinstance(one, LinkError)]
    assert sorted(one.slug for one in won) == sorted(set(slugs))  # type: ignore[attr-defined]
    assert {one.code for one in outcomes if isinstance(one, LinkError)} == {Code.SLUG_TAKEN}
    ids = [one.id for one in won]  # type: ignore[attr-defined]
    assert len(set(ids)) == 8


async def test_the_first_candidate_that_is_free_and_valid_is_taken(opened: Opened, paging: Paging) -> None:
    await opened.make("me")
    assert (await paging.make("bio", "a b", "me", "me-2", "me-3")).slug == "me-2"
    assert (await refused(paging.make("bio", "me"))).code is Code.SLUG_TAKEN
    reserved = await refused(paging.make("admin", "a b"))
    assert (reserved.code, reserved.field) == (Code.INVALID, "slug")
    assert "admin" in reserved.message


async def test_a_renamed_page_answers_under_both_names_for_a_while(opened: Opened, paging: Paging) -> None:
    page = await paging.make("old", publish=True)
    renamed = await paging.save(page, slug="new")
    assert opened.codes() == {"old": "grace", "new": "live"}
    assert (renamed.slug, paging.document(page)) == ("new", "\nnew")
    back = await paging.save(page, slug="old")
    assert (back.slug, opened.codes()) == ("old", {"old": "live", "new": "grace"})
    opened.now += 10_000
    await opened.store.end_graces()
    assert opened.codes() == {"old": "live"}
    assert (await refused(paging.save(page, slug="x y"))).field == "slug"


async def test_without_a_grace_a_renamed_page_frees_its_slug(opened: Opened) -> None:
    paging = Paging(opened, grace_seconds=0)
    page = await paging.make("old", publish=True)
    await paging.save(page, slug="new")
    assert opened.codes() == {"new": "live"}


async def test_a_deleted_page_frees_all_its_slugs_and_leaves_nothing(opened: Opened, paging: Paging) -> None:
    page = await paging.make("old", publish=True, title="secret", page_data={"a": 1}, buttons=(button(),))
    await paging.save(page, slug="new", at_root=True)
    await paging.pages.delete(page.public_id, 1, "t")
    assert opened.codes() == {}
    assert opened.rows("SELECT * FROM bio_buttons") == []
    assert opened.rows("SELECT removed, at_root, title, page_data, document FROM bio_pages") == [(1, 0, "", "{}", None)]
    assert paging.followers.reached_revs[-1] == await opened.store.rev()
    await paging.make("old", at_root=True)


async def test_pages_on_a_domain(opened: Opened, paging: Paging) -> None:
    other = await other_workspace(opened)
    domain = await opened.register("go.example")
    with pytest.raises(DnsError):
        await paging.make("p", domain="none.example")
    with pytest.raises(DnsError):
        await paging.make("p", domain="go.example", workspace=other)
    page = await paging.make("p", domain="go.example", publish=True)
    await paging.make("p")  # another namespace
    link = await opened.make("l", domain="go.example")
    domains = DomainStore(opened.store, lambda: opened.now)
    said = await refused(domains.remove(domain.id))
    assert said.message == "has 1 link and 1 bio page: delete them first"
    await opened.store.delete(link.uuid, "t")
    assert (await refused(domains.remove(domain.id))).message == "has 1 bio page: delete them first"
    await paging.pages.delete(page.public_id, 1, "t")
    await domains.remove(domain.id)


async def test_a_domain_that_ignores_case_renames_its_pages(opened: Opened, paging: Paging) -> None:
    domain = await opened.register("go.example")
    page = await paging.make("Me", domain="go.example", publish=True)
    await DomainStore(opened.store, lambda: opened.now).set(domain.id, {"ignores_case": True})
    assert (await paging.pages.get(page.public_id, 1)).slug == "me"
    assert await paging.pages.render_due() == 1
    assert paging.document(page) == "\nme"
    assert (await refused(paging.make("Big", domain="go.example"))).code is Code.INVALID
    assert (await paging.make("Big", "small", domain="go.example")).slug == "small"
    assert (await refused(paging.save(page, slug="ME"))).code is Code.INVALID


# Roots


async def test_one_page_is_at_a_domains_root(opened: Opened, paging: Paging) -> None:
    first = await paging.make("a", at_root=True, publish=True)
    before = await opened.store.rev()
    second = await paging.make("b", at_root=True)
    assert [(await paging.pages.get(page.public_id, 1)).at_root for page in (first, second)] == [False, True]
    feed = opened.rows("SELECT rev, id, at_root FROM bio_pages WHERE rev > ? ORDER BY rev", before)
    assert [row[1:] for row in feed] == [(second.id, 1), (first.id, 0)]  # no moment without one
    third = await paging.save(first, at_root=True, title="x")
    assert third.at_root
    assert not (await paging.pages.get(second.public_id, 1)).at_root
    assert paging.followers.reached_revs[-1] == await opened.store.rev()


async def test_the_root_of_the_servers_own_domain_is_the_first_workspaces(opened: Opened, paging: Paging) -> None:
    other = await other_workspace(opened)
    await opened.register("go.example", other)
    assert (await refused(paging.make("a", at_root=True, workspace=other))).field == "at_root"
    assert (await paging.make("a", at_root=True, workspace=other, domain="go.example")).at_root
    page = await paging.make("b", workspace=other)
    assert (await refused(paging.save(page, at_root=True))).field == "at_root"


# Quota


async def limit(opened: Opened, most: int) -> None:
    await Workspaces(opened.store, lambda: NOW).set(1, None, {"bio_pages": most})


async def used(opened: Opened) -> int:
    return (await Workspaces(opened.store, lambda: NOW).get(1)).used["bio_pages"]


async def test_creates_at_once_never_make_one_too_many(opened: Opened, paging: Paging) -> None:
    await limit(opened, 10)
    outcomes = await asyncio.gather(*(paging.make(f"p{n}") for n in range(64)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [BioPage] * 10 + [LinkError] * 54  # first come, first served
    assert {(one.code, one.field) for one in outcomes if isinstance(one, LinkError)} == {(Code.LIMIT, "bio_pages")}
    assert (len(opened.codes()), await used(opened)) == (10, 10)
    assert isinstance(outcomes[0], BioPage)
    await paging.pages.delete(outcomes[0].public_id, 1, "t")
    again = await asyncio.gather(*(paging.make(f"again{n}") for n in range(64)), return_exceptions=True)
    assert [type(one) for one in again] == [BioPage] + [LinkError] * 63


async def test_what_is_refused_otherwise_is_not_counted(opened: Opened, paging: Paging) -> None:
    await opened.make("taken")
    for draft in (
        {"slugs": ("taken",)},
        {"slugs": ("admin",)},
        {"slugs": ("x",), "buttons": (button(99),)},
        {"slugs": ("x",), "domain": "none.example"},
    ):
        await refused(paging.pages.create(PageDraft(**draft), "t"))  # type: ignore[arg-type]
    assert (await used(opened), set(opened.codes())) == (0, {"taken"})


# Links that pages show


async def test_buttons_lead_to_links_of_the_workspace(opened: Opened, paging: Paging) -> None:
    other = await other_workspace(opened)
    theirs, mine = await opened.make("a", workspace=other), await opened.make("b")
    page = await paging.make("p", buttons=(button(mine),), publish=True)
    bad = await refused(paging.save(page, buttons=(button(mine), button(theirs))))
    assert (bad.code, bad.field) == (Code.INVALID, "buttons[1]")
    assert (await refused(paging.make("q", buttons=(button(page.id),)))).field == "buttons[0]"
    await opened.store.delete(mine.uuid, "t")
    # What was there stays, so that a page can be changed whose link somebody has deleted.
    saved = await paging.save(page, title="x", buttons=(button(mine, label="gone"),))
    assert (saved.buttons[0].link, paging.document(page)) == (mine.id, "x\np")


async def test_a_changed_link_makes_the_pages_due_that_show_it(opened: Opened, paging: Paging) -> None:
    link, other = await opened.make("a"), await opened.make("b")
    pages = [await paging.make(f"p{n}", buttons=(button(link, label="x"),) * 2, publish=n > 0) for n in range(3)]
    await paging.make("q", buttons=(button(other),), publish=True)
    assert await paging.pages.pages_of_link(link.id) == [page.id for page in pages]
    assert await paging.pages.due(2**62) == []
    await opened.store.switch([link.uuid], "t", 1, enabled=False)
    assert await paging.pages.due(0) == [pages[1].id, pages[2].id]  # by whatever way it was changed
    await paging.pages.link_changed(link.id)
    assert [paging.document(page) for page in pages] == [None, "\np1", "\np2"]
    assert await paging.pages.due(2**62) == []
    assert paging.followers.reached_revs[-1] == await opened.store.rev()
    await opened.store.delete(link.uuid, "t")
    assert await paging.pages.due(0) == [pages[1].id, pages[2].id]


async def test_rendering_that_changes_nothing_tells_no_worker(opened: Opened, paging: Paging) -> None:
    link = await opened.make("a")
    page = await paging.make("p", buttons=(button(link),), publish=True)
    await opened.store.switch([link.uuid], "t", 1, enabled=False)
    await opened.store.switch([link.uuid], "t", 1, enabled=True)
    before = await opened.store.rev()
    assert (await paging.pages.render_due(), await paging.pages.render_due()) == (1, 0)
    assert (await opened.store.rev(), (await paging.pages.get(page.public_id, 1)).rev) == (before, page.rev)


async def test_a_page_is_rendered_again_when_its_time_has_come(opened: Opened, paging: Paging) -> None:
    link = await opened.make("a")
    shown = button(link, label="x", starts_at=NOW + 10, ends_at=NOW + 20)
    page = await paging.make("p", buttons=(shown,), publish=True)
    assert (page.due_at, await paging.pages.due(NOW + 9)) == (NOW + 10, [])
    revs = [page.rev]
    for now, document, due_at in ((10, "\np\nx: https://example.com/", NOW + 20), (20, "\np", None)):
        opened.now = NOW + now
        assert await paging.pages.render_due() == 1
        stored = await paging.pages.get(page.public_id, 1)
        assert (paging.document(page), stored.due_at, stored.updated_at) == (document, due_at, page.updated_at)
        revs.append(stored.rev)
    assert revs == sorted(set(revs))
    assert await paging.pages.render_due() == 0


async def test_what_is_not_published_is_not_due(opened: Opened, paging: Paging) -> None:
    link = await opened.make("a")
    page = await paging.make("p", buttons=(button(link, ends_at=NOW + 1),), publish=True)
    await opened.store.switch([link.uuid], "t", 1, enabled=False)
    await paging.pages.unpublish(page.public_id, 1, "t")
    await opened.store.switch([link.uuid], "t", 1, enabled=True)
    assert await paging.pages.due(2**62) == []
    await paging.pages.link_changed(link.id)
    assert paging.document(page) is None


async def test_a_page_that_cannot_be_rendered_is_left_alone_for_a_while(
    opened: Opened, paging: Paging, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [await paging.make(f"p{n}", buttons=(button(None, ends_at=NOW + 1),), publish=True) for n in range(2)]
    usual = paging.render

    def failing(page: BioPage, *rest: Any) -> Made:
        if page.id == pages[0].id:
            raise ValueError("cannot be shown")
        made: Made = usual(page, *rest)
        return made

    paging.render = failing
    opened.now = NOW + 1
    assert await paging.pages.render_due() == 2
    assert f"bio page {pages[0].id} could not be rendered" in caplog.text
    assert await paging.pages.due(NOW + 60_000) == []
    assert await paging.pages.due(NOW + 60_001) == [pages[0].id]


async def test_changes_wait_for_workers_that_are_not_back(paging: Paging) -> None:
    page = await paging.make("p")
    paging.followers.absent = True
    for refusal in (paging.pages.publish(page.public_id, 1, "t"), paging.pages.delete(page.public_id, 1, "t")):
        assert (await refused(refusal)).code is Code.UNAVAILABLE
    await paging.make("new")  # who misses looks it up


async def test_the_same_page_is_stored_as_the_same_bytes(opened: Opened, paging: Paging) -> None:
    pages = []
    for slug in ("a", "b"):
        paging.render = lambda *_: Made(b"<p>same</p>" * 99, POLICY, None)
        pages.append(await paging.make(slug, publish=True))
    rows = opened.rows("SELECT etag, policy, document FROM bio_pages")
    assert rows[0] == rows[1]
    assert gzip.decompress(rows[0][2]) == b"<p>same</p>" * 99
    paging.render = lambda *_: Made(b"<p>same</p>" * 99, POLICY + "; img-src *", None)
    await paging.save(pages[0], title="x")
    assert len({row[0] for row in opened.rows("SELECT etag FROM bio_pages")}) == 2


async def test_all_pages_are_due_when_what_they_were_rendered_for_is_another(opened: Opened, paging: Paging) -> None:
    pages = [await paging.make(f"p{n}", publish=n > 0) for n in range(3)]
    for look, due in (("a", pages[1:]), ("a", []), ("b", pages[1:]), ("a", pages[1:])):
        await paging.pages.renew(look)
        assert await paging.pages.due(0) == [page.id for page in due]
        await paging.pages.render_due()
        assert await paging.pages.due(2**62) == []
