"""Which links the buttons of a page get: kept, edited, made, deleted, or taken as they are."""

import pytest

from links.bio_buttons import PAGE_EXTRA
from links.domains import DomainStore
from links.errors import Code, LinkError
from links.model import Changes, Draft
from tests.links.editing import WHO, Editing, made, outside, want
from tests.links.storing import Opened


@pytest.fixture
def editing(opened: Opened) -> Editing:
    return Editing(opened)


async def test_each_button_gets_a_link_of_its_own(editing: Editing) -> None:
    page = await editing.make(*outside("a", "b", "a"), workspace=1)
    links = await editing.all()
    assert [link.destination for link in links] == [f"https://example.com/{name}" for name in "aba"]
    assert [link.title for link in links] == ["a", "b", "a"]
    assert [link.extras for link in links] == [{PAGE_EXTRA: page.id}] * 3
    assert [button.link for button in page.buttons] == [link.id for link in links]
    assert made(page) == [True] * 3
    assert await editing.pages.get(page.public_id, 1) == page


async def test_one_of_ours_is_taken_as_it_is(editing: Editing) -> None:
    ours = await editing.links.create(Draft(destination="https://example.com/", slug="Ours"), WHO)
    page = await editing.make(
        want("https://go.example/Ours", "A"),
        want("https://go.example/%4Furs/?x=1#y", "B"),
        want("HTTPS://GO.EXAMPLE/Ours", "C"),
    )
    assert [button.link for button in page.buttons] == [ours.id] * 3
    assert made(page) == [False] * 3
    assert await editing.all() == [ours]
    await editing.set(page)
    assert await editing.all() == [ours]


@pytest.mark.parametrize("url", ["https://go.example/none", "https://go.example/", "https://go.example/page"])
async def test_an_address_of_this_server_must_be_a_link(editing: Editing, url: str) -> None:
    await editing.make(slug="page")
    with pytest.raises(LinkError) as caught:
        await editing.make(*outside("a"), want(url), slug="other")
    assert (caught.value.code, caught.value.field) == (Code.INVALID, "buttons[1].url")
    assert await editing.all() == []
    assert await editing.used() == {"links": 0, "edits": 0, "qr_codes": 0, "bio_pages": 1, "domains": 0}


async def test_a_link_of_another_workspace_is_none(editing: Editing) -> None:
    theirs = Draft(destination="https://example.com/", slug="theirs", workspace=0)
    await editing.links.create(theirs, WHO)
    with pytest.raises(LinkError) as caught:
        await editing.make(want("https://go.example/theirs"))
    assert caught.value.field == "buttons[0].url"


async def test_links_on_a_domain_that_ignores_case(editing: Editing) -> None:

    domain = await editing.opened.register("bio.example")
    editing.registered.add("bio.example")
    await DomainStore(editing.opened.store, lambda: 1).set(domain.id, {"ignores_case": True})
    link = await editing.links.create(Draft(destination="https://example.com/", slug="ab", domain="bio.example"), WHO)
    page = await editing.make(want("https://bio.example/AB", "x"))
    assert page.buttons[0].link == link.id


async def test_links_are_made_on_the_domain_of_the_page(editing: Editing) -> None:
    await editing.opened.register("bio.example")
    await editing.make(*outside("a"), domain="bio.example")
    assert [link.domain for link in await editing.all()] == ["bio.example"]


async def test_what_stays_keeps_its_link_wherever_it_goes(editing: Editing) -> None:
    page = await editing.make(*outside("a", "b", "c"))
    before = await editing.all()
    moved = await editing.set(page, *outside("c", "a", "b"))
    assert [button.link for button in moved.buttons] == [before[2].id, before[0].id, before[1].id]
    assert await editing.all() == before
    assert made(moved) == [True] * 3


async def test_equal_urls_are_told_apart_by_label(editing: Editing) -> None:
    one, two = want("https://example.com/x", "One"), want("https://example.com/x", "Two")
    page = await editing.make(one, two)
    first, second = [button.link for button in page.buttons]
    assert [button.link for button in (await editing.set(page, two, one)).buttons] == [second, first]
    assert [button.link for button in (await editing.set(page, two)).buttons] == [second]
    assert [link.title for link in await editing.all()] == ["Two"]


async def test_a_new_url_edits_the_link(editing: Editing) -> None:
    page = await editing.make(*outside("a", "b"))
    before = await editing.all()
    changed = await editing.set(page, want("https://example.com/a", "a"), want("https://example.com/B2", "b"))
    after = await editing.all()
    assert [link.id for link in after] == [link.id for link in before]
    assert [link.slug for link in after] == [link.slug for link in before]
    assert await editing.destinations() == ["a", "B2"]
    assert made(changed) == [True, True]
    assert (await editing.used())["edits"] == 1


async def test_the_same_label_comes_before_the_same_place(editing: Editing) -> None:
    page = await editing.make(want("https://example.com/1", "A"), want("https://example.com/2", "B"))
    a, b = [button.link for button in page.buttons]
    page = await editing.set(page, want("https://example.com/3", "B"), want("https://example.com/4", "A"))
    assert [button.link for button in page.buttons] == [b, a]
    page = await editing.set(page, want("https://example.com/5", "C"), want("https://example.com/4", "A"))
    assert [button.link for button in page.buttons] == [b, a]
    assert [link.title for link in await editing.all()] == ["A", "C"]


async def test_a_place_says_nothing_where_there_are_more_or_fewer(editing: Editing) -> None:
    page = await editing.make(*outside("a", "b"))
    before = [button.link for button in page.buttons]
    page = await editing.set(page, *outside("c", "a", "b"))
    assert [button.link for button in page.buttons][1:] == before
    page = await editing.set(page, *outside("d", "e"))
    assert await editing.destinations() == ["d", "e"]
    assert not {button.link for button in page.buttons} & set(before)


async def test_what_is_gone_is_deleted_if_it_was_made(editing: Editing) -> None:
    ours = await editing.links.create(Draft(destination="https://example.com/ours", slug="ours"), WHO)
    page = await editing.make(*outside("a", "b"), want("https://go.example/ours"))
    page = await editing.set(page, *outside("b"))
    assert await editing.destinations() == ["ours", "b"]
    assert (await editing.used())["links"] == 2
    await editing.pages.delete(page.public_id, 1, WHO)
    assert await editing.all() == [ours]


async def test_a_link_that_another_page_shows_stays(editing: Editing) -> None:
    one = await editing.make(*outside("a", "b"), slug="one")
    a, b = await editing.all()
    two = await editing.make(want(f"https://go.example/{a.slug}"), want(f"https://go.example/{b.slug}"), slug="two")
    assert made(two) == [False, False]
    await editing.set(one, *outside("b"))
    assert await editing.destinations() == ["a", "b"]
    await editing.pages.delete(one.public_id, 1, WHO)
    assert await editing.destinations() == ["a", "b"]


async def test_a_made_link_stays_made_when_it_is_named_by_its_address(editing: Editing) -> None:
    page = await editing.make(*outside("a"))
    (link,) = await editing.all()
    page = await editing.set(page, want(f"https://go.example/{link.slug}", "a"))
    assert [button.link for button in page.buttons] == [link.id]
    assert made(page) == [True]
    await editing.set(page)
    assert await editing.all() == []


async def test_a_renamed_link_is_known_by_what_was_sent(editing: Editing) -> None:

    ours = await editing.links.create(Draft(destination="https://example.com/ours", slug="ours"), WHO)
    page = await editing.make(want("https://go.example/ours"))
    await editing.links.edit(ours.uuid, Changes(slug="other"), WHO, 1)
    page = await editing.set(page, want("https://go.example/ours"), title="New")
    assert page.buttons[0].link == ours.id


async def test_a_link_that_was_deleted_is_made_anew(editing: Editing) -> None:
    page = await editing.make(*outside("a"))
    (link,) = await editing.all()
    await editing.links.delete(link.uuid, WHO, 1)
    page = await editing.set(page, *outside("a"))
    (new,) = await editing.all()
    assert page.buttons[0].link == new.id != link.id


@pytest.mark.parametrize("url", ["https://user:password@example.com/", "https://example.com/" + "x" * 9_000])
async def test_what_no_link_may_lead_to(editing: Editing, url: str) -> None:
    page = await editing.make(*outside("a"))
    for wanted in ([want(url, "a")], [*outside("a", "b"), want(url, "x")]):
        with pytest.raises(LinkError) as caught:
            await editing.set(page, *wanted)
        assert (caught.value.code, caught.value.field) == (Code.INVALID, f"buttons[{len(wanted) - 1}].url")
    assert await editing.destinations() == ["a"]
