"""Bio pages whose buttons are asked for by URL. Page and links change in one transaction: all of it or nothing."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from links import bio_changing
from links.bio_buttons import Author, Checks, Wanted, all_or_nothing, drop_made, settle
from links.bio_model import BioPage, PageChanges, PageDraft, Render
from links.bio_pages import PREFIX, BioPages, changed
from links.errors import LinkError
from links.rows import to_json
from links.service import Followers
from links.store import LinkStore
from links.writer import Transaction

log = logging.getLogger(__name__)

_BATCH = 100
"""Pages that ``render_due`` renders at most."""


class Wish(msgspec.Struct, frozen=True):
    """What a page shall be: changes, and all its buttons; ``None`` leaves these as they are."""

    changes: PageChanges
    buttons: Sequence[Wanted] | None = None


Decide = Callable[[BioPage], Wish]
"""Gets a page as it is inside the transaction."""


class EditedPages(BioPages):
    """:class:`BioPages`, together with the links that are made for their buttons (``checks`` validates these)."""

    def __init__(
        self,
        store: LinkStore,
        followers: Followers,
        render: Render,
        now: Callable[[], int],
        new_uuid: Callable[[], str],
        grace_seconds: int,
        checks: Checks,
    ) -> None:
        super().__init__(store, followers, render, now, new_uuid, grace_seconds)
        self._checks = checks

    async def make(self, draft: PageDraft, buttons: Sequence[Wanted], who: str) -> BioPage:
        """Make a page with buttons, unpublished. Raises :class:`LinkError` as ``create``, and ``LIMIT`` of links too,
        ``INVALID`` (``buttons[n].url``)."""
        public_id = PREFIX + self._new_uuid().replace("-", "")

        async def operation(tx: Transaction) -> BioPage:
            author = Author(who, self._now())
            async with all_or_nothing(tx):
                empty = await bio_changing.insert(tx, draft, public_id, who, author.now)
                settled = await settle(tx, empty, buttons, self._checks, author)
                page = msgspec.structs.replace(empty, buttons=settled)
                return await self._written(tx, empty, page, author)

        page: BioPage = await self._answered(operation)
        return page

    async def change(self, public_id: str, workspace: int, decide: Decide, who: str) -> BioPage:
        """Change a page. ``decide`` gets it as it is inside the transaction, and may raise :class:`LinkError`. Raises
        as :meth:`make`, and ``NOT_FOUND``."""
        return await self._change(public_id, workspace, decide, who)

    async def change_number(self, number: int, workspace: int, decide: Decide, who: str) -> BioPage:
        """As :meth:`change`, for a page by its ``id``."""
        return await self._change(number, workspace, decide, who)

    async def delete(self, public_id: str, workspace: int, who: str) -> None:
        """Delete a page and the links that were made for it, but for those that another page shows. Raises
        :class:`LinkError` ``NOT_FOUND`` or ``UNAVAILABLE``."""
        self._followers.check_all_present()

        async def operation(tx: Transaction) -> None:
            page = await bio_changing.find(tx, public_id, workspace)
            author = Author(who, self._now())
            await bio_changing.delete(tx, page, who, author.now)
            await drop_made(tx, page, author)

        await self._answered(operation)

    async def show_changes(self) -> None:
        """Render again every page that shows something else by now: to be called after each change of links, so that
        it is seen when that returns. A page that cannot be stored at the moment is left to the next round."""
        try:
            while await self.render_due() == _BATCH:
                pass
        except LinkError as error:
            log.warning("bio pages could not be rendered again: %s", error.message)

    async def numbers_of(self, links: Sequence[int]) -> dict[int, int]:
        """The page that each of these links is on, by number; of several the first that was made. Those on none are
        left out."""
        rows = await self._store.read(bio_changing.SQL["pages_of_links"], {"links": to_json(links)})
        return dict(rows)

    async def _change(self, ref: str | int, workspace: int, decide: Decide, who: str) -> BioPage:
        self._followers.check_all_present()

        async def operation(tx: Transaction) -> BioPage:
            author = Author(who, self._now())
            async with all_or_nothing(tx):
                old = await bio_changing.find(tx, ref, workspace)
                wish = decide(old)
                page = changed(old, wish.changes, author.now)
                if wish.buttons is not None:
                    settled = await settle(tx, old, wish.buttons, self._checks, author)
                    page = msgspec.structs.replace(page, buttons=settled)
                return await self._written(tx, old, page, author)

        page: Any = await self._answered(operation)
        await self.show_changes()
        return page  # type: ignore[no-any-return]

    async def _written(self, tx: Transaction, old: BioPage, page: BioPage, author: Author) -> BioPage:
        if page == old:
            return old
        return await bio_changing.edit(tx, old, page, self._render, author.who, self._grace_ms, author.now)
