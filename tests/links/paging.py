"""Bio pages for tests: a store of them that is answered at once, and documents that say what they are made of."""

import gzip
from collections.abc import Mapping
from typing import Any

import msgspec

from links.bio_model import BioPage, Button, PageChanges, PageDraft
from links.bio_pages import BioPages
from links.errors import Code, LinkError
from links.model import Link
from tests.links.storing import Opened

POLICY = "default-src 'none'; style-src 'sha256-x'"


class Made(msgspec.Struct, frozen=True):
    html: bytes
    policy: str
    due_at: int | None


def render(page: BioPage, links: Mapping[int, Link], now: int) -> Made:
    """Title, slug, and a line for each button that is shown, with where its link leads."""
    lines = [page.title, page.slug]
    ends = []
    for button in page.buttons:
        link = links.get(button.link or 0)
        ends += [at for at in (button.starts_at, button.ends_at) if at is not None and at > now]
        is_open = (button.starts_at or 0) <= now and (button.ends_at is None or now < button.ends_at)
        if link is not None and link.enabled and is_open:
            lines.append(f"{button.label}: {link.destination}")
    return Made("\n".join(lines).encode(), POLICY, min(ends, default=None))


class Followers:
    """``reached_revs``: what has been waited for; ``absent``: whether workers are missing."""

    def __init__(self) -> None:
        self.reached_revs: list[int] = []
        self.absent = False

    async def reached(self, rev: int) -> None:
        self.reached_revs.append(rev)

    def check_all_present(self) -> None:
        if self.absent:
            raise LinkError(Code.UNAVAILABLE, "absent")


class Paging:
    """The bio pages of a store."""

    def __init__(self, opened: Opened, grace_seconds: int = 10) -> None:
        self.opened = opened
        self.followers = Followers()
        self.render: Any = render
        self._count = 0
        self.pages = BioPages(
            opened.store,
            self.followers,
            lambda *given: self.render(*given),
            lambda: opened.now,
            self._new_uuid,
            grace_seconds,
        )

    def _new_uuid(self) -> str:
        self._count += 1
        return f"00000000-0000-7000-8000-{self._count:012}"

    async def make(self, *slugs: str, publish: bool = False, **fields: Any) -> BioPage:
        """One new page."""
        page = await self.pages.create(PageDraft(slugs=slugs or ("page",), **fields), "test")
        return await self.pages.publish(page.public_id, page.workspace, "test") if publish else page

    async def save(self, page: BioPage, **changes: Any) -> BioPage:
        return await self.pages.save(page.public_id, page.workspace, PageChanges(**changes), "test")

    def document(self, page: BioPage) -> str | None:
        """What another connection sees stored of it."""
        ((document,),) = self.opened.rows("SELECT document FROM bio_pages WHERE id = ?", page.id)
        return None if document is None else gzip.decompress(document).decode()


def button(link: Link | int | None = None, **fields: Any) -> Button:
    return Button(link=link.id if isinstance(link, Link) else link, **fields)
