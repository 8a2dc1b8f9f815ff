"""Pages with buttons over a real store, and followers that are always there."""

from itertools import count
from typing import Any

from links.bio_buttons import MADE, Wanted
from links.bio_editing import EditedPages, Wish
from links.bio_model import BioPage, Button, PageChanges, PageDraft
from links.model import Link, LinkQuery
from links.service import Drafts, LinkService
from links.settings import LinkSettings
from links.workspaces import Workspaces
from tests.links.paging import Followers, render
from tests.links.storing import NOW, Opened

WHO = "test"


def want(url: str, label: str = "", **fields: Any) -> Wanted:
    """A button that is wanted; its label is the end of its URL if none is given."""
    return Wanted(url, Button(label=label or url.rpartition("/")[2], **fields))


def outside(*names: str) -> list[Wanted]:
    """Buttons that lead to ``https://example.com/<name>``."""
    return [want(f"https://example.com/{name}") for name in names]


class Editing:
    """``go.example`` is the server's own host; ``bio.example`` can be registered."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.followers = Followers()
        self.registered: set[str] = set()
        numbers = count(1)
        slugs = count(1)

        def new_uuid() -> str:
            return f"00000000-0000-7000-8000-{next(numbers):012x}"

        def random(size: int) -> bytes:
            # A slug of seven characters, another one each time.
            number = next(slugs)
            return bytes(number // 50**n % 50 for n in range(size))

        drafts = Drafts(LinkSettings(), frozenset({"go.example"}), random, new_uuid, self.registered)
        self.links = LinkService(
            opened.store,
            self.followers,
            drafts,
            LinkSettings(),
            "https://go.example",
            lambda: self.pages.show_changes(),
        )
        self.pages = EditedPages(opened.store, self.followers, render, lambda: opened.now, new_uuid, 60, drafts)

    async def make(self, *wanted: Wanted, slug: str = "page", **fields: Any) -> BioPage:
        return await self.pages.make(PageDraft(slugs=(slug,), **fields), wanted, WHO)

    async def set(self, page: BioPage, *wanted: Wanted, **changes: Any) -> BioPage:
        """The page with these buttons."""
        wish = Wish(PageChanges(**changes), wanted)
        return await self.pages.change(page.public_id, page.workspace, lambda _: wish, WHO)

    async def all(self, workspace: int = 1) -> list[Link]:
        """The links of a workspace, oldest first."""
        return (await self.opened.store.page(LinkQuery(workspace=workspace, limit=200))).links[::-1]

    async def destinations(self) -> list[str]:
        return [link.destination.rpartition("/")[2] for link in await self.all()]

    async def quota(self, **most: int | None) -> None:
        await Workspaces(self.opened.store, lambda: NOW).set(1, None, most)

    async def used(self) -> dict[str, int]:
        return (await Workspaces(self.opened.store, lambda: NOW).get(1)).used


def made(page: BioPage) -> list[bool]:
    """Of each button, whether its link was made for it."""
    return [bool(button.extras.get(MADE)) for button in page.buttons]
