"""Links put on pages one by one."""

from typing import Any

import pytest

from admin.bio_links import PageLinks
from links.bio_model import Button
from links.errors import Code, LinkError
from tests.admin.pages import FakePages, bio_page, id_of
from tests.links.storing import link

WHO = "key:x"
ONE = link("abc", id=7)
BEFORE = {"theme": "mono", "links": [{"label": "Old", "url": "https://example.com/", "own": 1}]}


@pytest.fixture
def pages() -> FakePages:
    pages = FakePages("localhost:8080")
    pages.put(bio_page(page_data=BEFORE, buttons=(Button(link=5, label="Old"),)))
    return pages


@pytest.fixture
def on(pages: FakePages) -> PageLinks:
    return PageLinks(pages, pages.address)


def stored(pages: FakePages, number: int = 1) -> Any:
    return pages.pages[id_of(number)]


async def test_it_comes_last(pages: FakePages, on: PageLinks) -> None:
    await on.put(ONE, 1, " Click Here ", "https://example.com/f.ico", WHO)
    page = stored(pages)
    url = "http://localhost:8080/abc"
    assert page.buttons[1] == Button(link=7, label="Click Here", icon="https://example.com/f.ico", extras={"url": url})
    assert page.page_data == {
        "theme": "mono",
        "links": [*BEFORE["links"], {"label": "Click Here", "url": url, "icon": "https://example.com/f.ico"}],
    }
    assert await on.pages_of([5, 6, 7]) == {5: 1, 7: 1}


async def test_one_that_is_there_is_changed(pages: FakePages, on: PageLinks) -> None:
    await on.put(link(id=5), 1, "New", "http://example.com/f.ico", WHO)
    page = stored(pages)
    assert page.buttons == (Button(link=5, label="New"),)
    assert page.page_data["links"] == [{"label": "New", "url": "https://example.com/", "own": 1, "icon": None}]


async def test_off_every_page(pages: FakePages, on: PageLinks) -> None:
    pages.put(bio_page(2))
    for number in (1, 2):
        await on.put(ONE, number, "x", "", WHO)
    await on.take_off(ONE, WHO)
    assert stored(pages).buttons == (Button(link=5, label="Old"),)
    assert stored(pages).page_data == BEFORE
    assert stored(pages, 2).page_data == {"links": []}
    assert await on.pages_of([7]) == {}
    await on.take_off(ONE, WHO)


async def refused(on: PageLinks, number: int, label: str = "x", workspace: int = 1) -> tuple[str | None, str]:
    """What ``check`` says, and ``put`` too."""
    with pytest.raises(LinkError) as checked:
        await on.check(number, workspace, label)
    with pytest.raises(LinkError) as put:
        await on.put(link(id=7, workspace=workspace), number, label, "", WHO)
    assert (checked.value.code, checked.value.field, checked.value.message) == (
        put.value.code,
        put.value.field,
        put.value.message,
    )
    assert checked.value.code is Code.INVALID
    return checked.value.field, checked.value.message


async def test_where_it_cannot_be_put(pages: FakePages, on: PageLinks) -> None:
    await on.check(1, 1, "x")
    assert await refused(on, 9) == ("bioPage", "is not the number of a bio page")
    assert await refused(on, 1, workspace=2) == ("bioPage", "is not the number of a bio page")
    pages.put(bio_page(3, buttons=(Button(link=1, label="x"),) * 100))
    assert (await refused(on, 3))[0] == "bioPage"
    assert (await refused(on, 1, "a\u202eb"))[0] == "btnLabel"
    assert (await refused(on, 1, " "))[0] == "btnLabel"


async def test_other_troubles_keep_their_name(pages: FakePages, on: PageLinks) -> None:
    await on.put(ONE, 1, "x", "", WHO)
    pages.failing = LinkError(Code.UNAVAILABLE, "later")
    for call in (on.check(1, 1, "x"), on.put(ONE, 1, "x", "", WHO), on.take_off(ONE, WHO)):
        with pytest.raises(LinkError) as caught:
            await call
        assert caught.value.code is Code.UNAVAILABLE
    pages.failing = LinkError(Code.NOT_FOUND, "deleted meanwhile")
    await on.take_off(ONE, WHO)
