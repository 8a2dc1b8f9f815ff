"""Bio pages that are kept in memory; a page's id is made of its number."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec

from admin.bio_links import PageLinks
from admin.bio_pages import Bio
from links.bio_buttons import Wanted
from links.bio_editing import Decide
from links.bio_model import BioPage, Button, PageChanges, PageDraft, PageList
from links.bio_pages import changed
from links.domain_rules import Placed
from links.errors import Code, LinkError

NOW = 1_774_103_400_500  # 2026-03-21T14:30:00.500Z


def id_of(number: int) -> str:
    return f"bio_{number:032x}"


def bio_page(number: int = 1, **fields: Any) -> BioPage:
    values: dict[str, Any] = {
        "id": number,
        "public_id": id_of(number),
        "workspace": 1,
        "domain": "",
        "slug": "marta",
        "title": "Marta",
        "description": "",
        "page_data": {},
        "is_published": False,
        "published_at": None,
        "at_root": False,
        "due_at": None,
        "rev": number,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return BioPage(**(values | fields))


class FakePages:
    """Keeps what it is asked for. ``failing`` is raised by whatever is called next; ``counted``: how often each
    page has been seen. Each button that is wanted gets the next number as its link."""

    def __init__(self, own: str) -> None:
        self.pages: dict[str, BioPage] = {}
        self.drafts: list[PageDraft] = []
        self.wanted: list[Sequence[Wanted] | None] = []
        self.changes: list[PageChanges] = []
        self.failing: Exception | None = None
        self.counted: dict[int, tuple[int, int]] = {}
        self._own = own
        self._numbers = count(1)

    def bio(self) -> Bio:
        async def counts(pages: Sequence[BioPage]) -> dict[int, tuple[int, int]]:
            return {page.id: self.counted[page.id] for page in pages if page.id in self.counted}

        return Bio(self, PageLinks(self, self.address), self.address, lambda: "a1b2c3", counts)

    def address(self, placed: Placed) -> str:
        return f"http://{placed.domain or self._own}/{placed.slug}"

    def put(self, page: BioPage) -> BioPage:
        self.pages[page.public_id] = page
        return page

    def _buttons(self, wanted: Sequence[Wanted]) -> tuple[Button, ...]:
        self.wanted.append(wanted)
        return tuple(msgspec.structs.replace(want.button, link=next(self._numbers)) for want in wanted)

    def _check(self) -> None:
        if self.failing is not None:
            raise self.failing

    async def make(self, draft: PageDraft, buttons: Sequence[Wanted], who: str) -> BioPage:
        self._check()
        self.drafts.append(draft)
        return self.put(
            bio_page(
                next(self._numbers),
                workspace=draft.workspace,
                domain=draft.domain,
                slug=draft.slugs[0],
                title=draft.title,
                description=draft.description,
                page_data=draft.page_data,
                at_root=draft.at_root,
                buttons=self._buttons(buttons),
            )
        )

    async def get(self, public_id: str, workspace: int) -> BioPage:
        self._check()
        page = self.pages.get(public_id)
        if page is None or page.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "no such bio page")
        return page

    async def by_number(self, number: int, workspace: int) -> BioPage:
        return await self.get(id_of(number), workspace)

    async def page(self, workspace: int, limit: int, offset: int) -> PageList:
        self._check()
        mine = sorted((page for page in self.pages.values() if page.workspace == workspace), key=lambda page: -page.id)
        return PageList(mine[offset : offset + limit], len(mine))

    async def change(self, public_id: str, workspace: int, decide: Decide, who: str) -> BioPage:
        old = await self.get(public_id, workspace)
        wish = decide(old)
        self.changes.append(wish.changes)
        page = changed(old, wish.changes, NOW)
        if wish.buttons is not None:
            page = msgspec.structs.replace(page, buttons=self._buttons(wish.buttons))
        return self.put(page)

    async def change_number(self, number: int, workspace: int, decide: Decide, who: str) -> BioPage:
        return await self.change(id_of(number), workspace, decide, who)

    async def publish(self, public_id: str, workspace: int, who: str) -> BioPage:
        page = await self.get(public_id, workspace)
        return self.put(changed(page, PageChanges(is_published=True), NOW))

    async def unpublish(self, public_id: str, workspace: int, who: str) -> BioPage:
        page = await self.get(public_id, workspace)
        return self.put(changed(page, PageChanges(is_published=False), NOW))

    async def delete(self, public_id: str, workspace: int, who: str) -> None:
        del self.pages[(await self.get(public_id, workspace)).public_id]

    async def numbers_of(self, links: Sequence[int]) -> dict[int, int]:
        return {link: pages[0] for link in links if (pages := await self.pages_of_link(link))}

    async def pages_of_link(self, link: int) -> list[int]:
        return sorted(page.id for page in self.pages.values() if link in [button.link for button in page.buttons])
