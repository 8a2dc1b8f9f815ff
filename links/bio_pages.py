"""Bio pages: what every caller that makes, changes or publishes them goes through.

Every method that changes something is one transaction, and returns when all redirect workers answer accordingly. A
document is rendered inside the transaction that stores it, from what that transaction reads: of two changes at once the
later one is rendered with what the earlier one wrote.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from links import bio_changing
from links.bio_changing import SQL
from links.bio_model import BioPage, Button, PageChanges, PageDraft, PageList, Render, Rendered
from links.bio_rows import buttons_by_page, page_of
from links.errors import LinkError
from links.rows import to_json
from links.service import Followers
from links.slug import canonical_slug
from links.store import LinkStore
from links.writer import Rows, Transaction

__all__ = ["BioPage", "BioPages", "Button", "PageChanges", "PageDraft", "PageList", "Render", "Rendered"]

log = logging.getLogger(__name__)

PREFIX = "bio_"

POSTPONED_MS = 60_000
"""How long a page that could not be rendered again is left alone: a defect must not fill the log each second."""


class BioPages:
    """Bio pages in the database of a :class:`LinkStore`.

    ``now`` gives epoch milliseconds, ``new_uuid`` a UUID as text; ``grace_seconds``: how long an old slug answers after
    a rename.
    """

    def __init__(
        self,
        store: LinkStore,
        followers: Followers,
        render: Render,
        now: Callable[[], int],
        new_uuid: Callable[[], str],
        grace_seconds: int,
    ) -> None:
        self._store = store
        self._followers = followers
        self._render = render
        self._now = now
        self._new_uuid = new_uuid
        self._grace_ms = grace_seconds * 1000

    # Reading

    async def get(self, public_id: str, workspace: int) -> BioPage:
        """A page of ``workspace``. Raises :class:`LinkError` ``NOT_FOUND``."""
        return await self._one("by_public_id", public_id, workspace)

    async def by_number(self, number: int, workspace: int) -> BioPage:
        """A page of ``workspace`` by its ``id``. Raises :class:`LinkError` ``NOT_FOUND``."""
        return await self._one("by_id", number, workspace)

    async def page(self, workspace: int, limit: int, offset: int) -> PageList:
        """A page of the listing, newest first."""
        total = await self._store.read(SQL["count"], {"workspace": workspace})
        window = {"workspace": workspace, "limit": limit, "offset": offset}
        return PageList(await self._with_buttons(await self._store.read(SQL["listed"], window)), int(total[0][0]))

    async def pages_of_link(self, link: int) -> list[int]:
        """The numbers of the pages that have a button for this link."""
        return [row[0] for row in await self._store.read(SQL["pages_of_link"], {"link": link})]

    async def due(self, now: int) -> list[int]:
        """The numbers of pages that are to be rendered again by ``now``, the most urgent first, 100 at most."""
        return [row[0] for row in await self._store.read(SQL["due"], {"now": now})]

    async def _one(self, statement: str, ref: str | int, workspace: int) -> BioPage:
        found = await self._with_buttons(await self._store.read(SQL[statement], {"ref": ref}))
        if not found or found[0].workspace != workspace:
            raise bio_changing.no_such_page()
        return found[0]

    async def _with_buttons(self, rows: Rows) -> list[BioPage]:
        ids = to_json([row[0] for row in rows])
        buttons = buttons_by_page(await self._store.read(SQL["buttons"], {"pages": ids}))
        return [page_of(row, buttons.get(row[0], ())) for row in rows]

    # Changing

    async def create(self, draft: PageDraft, who: str) -> BioPage:
        """Make a page, unpublished. Raises :class:`LinkError` ``INVALID`` (``slug``, ``at_root``, ``buttons[n]``),
        ``SLUG_TAKEN``, ``LIMIT`` (``bio_pages``), ``UNAVAILABLE`` or :class:`DnsError`."""
        public_id = PREFIX + self._new_uuid().replace("-", "")

        async def operation(tx: Transaction) -> BioPage:
            return await bio_changing.insert(tx, draft, public_id, who, self._now())

        page: BioPage = await self._answered(operation)
        return page

    async def edit(self, public_id: str, workspace: int, decide: Callable[[BioPage], PageChanges], who: str) -> BioPage:
        """Change a page. ``decide`` gets it as it is inside the transaction and says what is to change: for what
        depends on the page, such as one button more.

        Raises what ``decide`` and the rendering raise, :class:`LinkError` as :meth:`create`, and ``NOT_FOUND``.
        """
        self._followers.check_all_present()

        async def operation(tx: Transaction) -> BioPage:
            old = await bio_changing.find(tx, public_id, workspace)
            now = self._now()
            page = changed(old, decide(old), now)
            if page == old:
                return old
            return await bio_changing.edit(tx, old, page, self._render, who, self._grace_ms, now)

        page: BioPage = await self._answered(operation)
        return page

    async def save(self, public_id: str, workspace: int, changes: PageChanges, who: str) -> BioPage:
        """As :meth:`edit`, for changes that do not depend on the page."""
        return await self.edit(public_id, workspace, lambda _: changes, who)

    async def publish(self, public_id: str, workspace: int, who: str) -> BioPage:
        """Publish a page; nothing happens where it is published. Raises as :meth:`edit`."""
        return await self.save(public_id, workspace, PageChanges(is_published=True), who)

    async def unpublish(self, public_id: str, workspace: int, who: str) -> BioPage:
        """Its addresses answer 404 from now on; nothing happens where they do. Raises as :meth:`edit`."""
        return await self.save(public_id, workspace, PageChanges(is_published=False), who)

    async def delete(self, public_id: str, workspace: int, who: str) -> None:
        """Delete a page; its slug is free again. Raises :class:`LinkError` ``NOT_FOUND`` or ``UNAVAILABLE``."""
        self._followers.check_all_present()

        async def operation(tx: Transaction) -> None:
            page = await bio_changing.find(tx, public_id, workspace)
            await bio_changing.delete(tx, page, who, self._now())

        await self._answered(operation)

    # Rendering again

    async def link_changed(self, link: int) -> None:
        """Render the published pages that show this link again. To be called after each change of a link; one that is
        forgotten (or cut short by a kill) is made up for by :meth:`render_due`: the change has marked the pages."""
        for page in await self.pages_of_link(link):
            await self._render_again(page)

    async def renew(self, look: str) -> None:
        """To be called at the start: all published pages are due if ``look`` is another one than at the last start. It
        names what every document depends on and no change of a page tells of: the base URL, the program's version."""

        async def operation(tx: Transaction) -> None:
            if await tx.fetch(SQL["look"], {"look": look}):
                await tx.fetch(SQL["all_are_due"])

        await self._store.writer.submit(operation)

    async def render_due(self) -> int:
        """Render again what is due, 100 pages at most; how many there were. To be called every second or so.

        A page that cannot be rendered is logged and left alone for a minute; the others are rendered all the same.
        Raises :class:`LinkError` ``UNAVAILABLE``.
        """
        ids = await self.due(self._now())
        for page in ids:
            try:
                await self._render_again(page)
            except LinkError:
                raise
            except Exception:
                log.exception("bio page %d could not be rendered again", page)
                await self._postpone(page)
        return len(ids)

    async def _render_again(self, page: int) -> None:
        await self._answered(lambda tx: bio_changing.render_again(tx, page, self._render, self._now()))

    async def _postpone(self, page: int) -> None:
        values = {"id": page, "due_at": self._now() + POSTPONED_MS}
        await self._store.writer.submit(lambda tx: tx.fetch(SQL["set_due"], values))

    async def _answered(self, operation: Callable[[Transaction], Awaitable[Any]]) -> Any:
        """The result of ``operation`` once every worker answers what it wrote."""

        async def numbered(tx: Transaction) -> tuple[Any, int]:
            result = await operation(tx)
            return result, tx.rev  # where it wrote nothing this is a neighbour's, or 0: both will be reached

        result, rev = await self._store.writer.submit(numbered)
        await self._followers.reached(rev)
        return result


def changed(old: BioPage, changes: PageChanges, now: int) -> BioPage:
    """What ``changes`` make of a page, but for rev, times of changes and what rendering says. Raises :class:`LinkError`
    ``INVALID``."""
    wanted = {
        name: value
        for name in changes.__struct_fields__
        if (value := getattr(changes, name)) is not msgspec.UNSET and value != getattr(old, name)
    }
    if "slug" in wanted:
        wanted["slug"] = canonical_slug(wanted["slug"])
    if wanted.get("is_published"):
        wanted["published_at"] = now
    return msgspec.structs.replace(old, **wanted)
