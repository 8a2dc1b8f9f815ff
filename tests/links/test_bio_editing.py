"""Page and links change together: all of it or nothing. What shows a link shows its change when that returns."""

import gzip
import logging
from collections.abc import Callable
from typing import Any

import pytest

from links.bio_editing import Wish
from links.bio_model import BioPage, Button, PageChanges
from links.errors import Code, LinkError, invalid
from links.model import Changes, Draft
from tests.links.editing import WHO, Editing, outside, want
from tests.links.storing import NOW, Opened


@pytest.fixture
def editing(opened: Opened) -> Editing:
    return Editing(opened)


def document(editing: Editing, page: BioPage) -> str:
    ((stored,),) = editing.opened.rows("SELECT document FROM bio_pages WHERE id = ?", page.id)
    return gzip.decompress(stored).decode()


def everything(editing: Editing) -> list[Any]:
    """What is stored, but for what has ended."""
    tables = ("links", "codes", "bio_pages", "bio_buttons", "link_changes", "workspaces", "counters")
    return [editing.opened.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608


async def published(editing: Editing, *wanted: Any, **fields: Any) -> BioPage:
    page = await editing.make(*wanted, **fields)
    return await editing.pages.publish(page.public_id, 1, WHO)


# All or nothing


@pytest.mark.parametrize("most", [{"links": 2}, {"bio_pages": 0}])
async def test_a_page_that_is_too_much_leaves_nothing(editing: Editing, most: dict[str, int]) -> None:
    await editing.quota(**most)
    before = everything(editing)
    with pytest.raises(LinkError) as caught:
        await editing.make(*outside("a", "b", "c"))
    assert (caught.value.code, caught.value.field) == (Code.LIMIT, *most)
    assert everything(editing) == before
    await editing.quota(links=3, bio_pages=1)
    await editing.make(*outside("a", "b", "c"))
    assert await editing.used() == {"links": 3, "edits": 0, "qr_codes": 0, "bio_pages": 1, "domains": 0}


@pytest.mark.parametrize(
    ("most", "thing", "names"),
    [
        ({"links": 3}, "links", "cdef"),
        ({"links": 3}, "links", "abxy"),
        ({"edits": 1}, "edits", "xyc"),
        ({"edits": 0}, "edits", "xbc"),
    ],
)
async def test_a_change_that_is_too_much_leaves_all_as_it_was(
    editing: Editing, most: dict[str, int], thing: str, names: str
) -> None:
    page = await published(editing, *outside("a", "b", "c"))
    await editing.quota(**most)
    before = everything(editing)
    with pytest.raises(LinkError) as caught:
        await editing.set(page, *outside(*names), title="New", slug="other")
    assert (caught.value.code, caught.value.field) == (Code.LIMIT, thing)
    assert everything(editing) == before


async def test_room_that_is_given_back_is_there(editing: Editing) -> None:
    page = await editing.make(*outside("a", "b"))
    await editing.quota(links=2)
    await editing.set(page, *outside("c"))
    await editing.set(page, *outside("c", "d"))
    assert (await editing.used())["links"] == 2


async def test_a_slug_that_is_taken_undoes_the_links(editing: Editing) -> None:
    page = await published(editing, *outside("a", "b"))
    await editing.links.create(Draft(destination="https://example.com/", slug="taken"), WHO)
    before = everything(editing)
    with pytest.raises(LinkError) as caught:
        await editing.set(page, *outside("x", "b", "c"), slug="taken")
    assert caught.value.code is Code.SLUG_TAKEN
    with pytest.raises(LinkError):
        await editing.make(*outside("z"), slug="taken")
    assert everything(editing) == before
    assert max(editing.opened.committed) == await editing.opened.store.rev()


async def test_what_the_decision_raises_undoes_nothing_but_itself(editing: Editing) -> None:
    page = await editing.make(*outside("a"))
    before = everything(editing)

    def refuse(error: Exception) -> Callable[[BioPage], Wish]:
        def decide(old: BioPage) -> Wish:
            assert old == page
            raise error

        return decide

    for error in (invalid("x", "y"), ValueError("z")):
        with pytest.raises(type(error)):
            await editing.pages.change(page.public_id, 1, refuse(error), WHO)
    assert everything(editing) == before
    assert await editing.set(page, *outside("a")) == page
    assert everything(editing) == before


async def test_pages_and_links_wait_for_the_workers(editing: Editing) -> None:
    page = await published(editing, *outside("a"))
    assert editing.followers.reached_revs[-1] == page.rev == await editing.opened.store.rev()
    editing.followers.absent = True
    for call in (
        editing.set(page, *outside("b")),
        editing.pages.change_number(page.id, 1, lambda _: Wish(PageChanges(title="x")), WHO),
        editing.pages.delete(page.public_id, 1, WHO),
    ):
        with pytest.raises(LinkError) as caught:
            await call
        assert caught.value.code is Code.UNAVAILABLE
    assert await editing.pages.get(page.public_id, 1) == page


async def test_pages_of_others_are_not_there(editing: Editing) -> None:
    page = await editing.make(*outside("a"))
    for call in (
        editing.pages.change(page.public_id, 2, lambda _: Wish(PageChanges()), WHO),
        editing.pages.change_number(page.id, 2, lambda _: Wish(PageChanges()), WHO),
        editing.pages.change_number(page.id + 9, 1, lambda _: Wish(PageChanges()), WHO),
        editing.pages.delete(page.public_id, 2, WHO),
    ):
        with pytest.raises(LinkError) as caught:
            await call
        assert caught.value.code is Code.NOT_FOUND


async def test_buttons_are_left_alone_where_none_are_sent(editing: Editing) -> None:
    page = await editing.make(*outside("a"))
    changed = await editing.pages.change_number(page.id, 1, lambda _: Wish(PageChanges(title="New")), WHO)
    assert (changed.title, changed.buttons) == ("New", page.buttons)
    by_hand = (*page.buttons, Button(link=page.buttons[0].link, label="again"))
    changed = await editing.pages.change_number(page.id, 1, lambda _: Wish(PageChanges(buttons=by_hand)), WHO)
    assert changed.buttons == by_hand


# What shows a link


async def test_a_change_of_a_link_is_on_the_page_when_it_returns(editing: Editing) -> None:
    ours = await editing.links.create(Draft(destination="https://example.com/one", slug="ours"), WHO)
    page = await published(editing, want("https://go.example/ours", "Go"))
    assert document(editing, page) == "\npage\nGo: https://example.com/one"
    await editing.links.edit(ours.uuid, Changes(destination="https://example.com/two"), WHO, 1)
    assert document(editing, page) == "\npage\nGo: https://example.com/two"
    await editing.links.switch([ours.uuid], WHO, 1, enabled=False)
    assert document(editing, page) == "\npage"
    await editing.links.switch([ours.uuid], WHO, 1, enabled=True)
    assert document(editing, page) == "\npage\nGo: https://example.com/two"
    await editing.links.delete(ours.uuid, WHO, 1)
    assert document(editing, page) == "\npage"
    assert editing.followers.reached_revs[-1] == await editing.opened.store.rev()


async def test_deleting_many_is_seen_too(editing: Editing) -> None:
    page = await published(editing, *outside("a", "b"))
    a, b = await editing.all()
    await editing.links.delete_all([a.id, b.id], WHO, 1, keep_codes=False)
    assert document(editing, page) == "\npage"


async def test_a_link_that_a_page_edits_changes_the_others_that_show_it(editing: Editing) -> None:
    one = await editing.make(want("https://example.com/a", "A"), slug="one")
    (link,) = await editing.all()
    two = await published(editing, want(f"https://go.example/{link.slug}", "B"), slug="two")
    await editing.set(one, want("https://example.com/b", "A"))
    assert document(editing, two) == "\ntwo\nB: https://example.com/b"


async def test_what_is_the_same_is_not_written_again(editing: Editing) -> None:
    ours = await editing.links.create(Draft(destination="https://example.com/one", slug="ours"), WHO)
    page = await published(editing, want("https://go.example/ours", "Go"))
    rev = (await editing.links.edit(ours.uuid, Changes(labels=("new",)), WHO, 1)).rev
    assert await editing.opened.store.rev() == rev
    assert (await editing.pages.get(page.public_id, 1)).rev == page.rev


async def test_a_schedule_is_seen_when_it_is_due(editing: Editing) -> None:
    page = await published(editing, want("https://example.com/a", "A", starts_at=NOW + 5, ends_at=NOW + 9))
    for now, shown in ((NOW + 4, ""), (NOW + 5, "\nA: https://example.com/a"), (NOW + 9, "")):
        editing.opened.now = now
        await editing.pages.show_changes()
        assert document(editing, page) == f"\npage{shown}"


async def test_more_pages_than_one_round_takes(editing: Editing) -> None:
    ours = await editing.links.create(Draft(destination="https://example.com/one", slug="ours"), WHO)
    pages = [await published(editing, want("https://go.example/ours", "Go"), slug=f"p{n}") for n in range(101)]
    await editing.links.edit(ours.uuid, Changes(enabled=False), WHO, 1)
    assert {document(editing, page) for page in pages} == {f"\np{n}" for n in range(101)}


async def test_trouble_with_pages_is_not_that_of_the_link(
    editing: Editing, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> int:
        raise LinkError(Code.UNAVAILABLE, "locked")

    page = await published(editing, *outside("a"))
    (link,) = await editing.all()
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(editing.pages, "render_due", fail)
        await editing.links.delete(link.uuid, WHO, 1)
    assert "locked" in caplog.text
    assert document(editing, page) == "\npage\na: https://example.com/a"
    await editing.pages.show_changes()
    assert document(editing, page) == "\npage"


async def test_which_page_a_link_is_on(editing: Editing) -> None:
    one = await editing.make(*outside("a"), slug="one")
    (link,) = await editing.all()
    await editing.make(want(f"https://go.example/{link.slug}"), slug="two")
    assert await editing.pages.numbers_of([link.id, 99]) == {link.id: one.id}
    assert await editing.pages.numbers_of([]) == {}
