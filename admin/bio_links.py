"""Links put on bio pages one by one, as the Divsly API does it."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from admin.bio_render import Address
from bio.checks import MAX_BUTTONS, MAX_LABEL, picture_url, text
from links.bio_editing import Decide, Wish
from links.bio_model import BioPage, Button, PageChanges
from links.errors import Code, LinkError, invalid
from links.model import Link

FIELD, LABEL = "bioPage", "btnLabel"


class Editing(Protocol):
    """The pages (``links.bio_editing.EditedPages``)."""

    async def by_number(self, number: int, workspace: int) -> BioPage: ...

    async def change_number(self, number: int, workspace: int, decide: Decide, who: str) -> BioPage: ...

    async def numbers_of(self, links: Sequence[int]) -> dict[int, int]: ...

    async def pages_of_link(self, link: int) -> list[int]: ...


class PageLinks:
    """Puts links on pages and takes them off (``admin.ports.BioLinks``). ``address``: the public one of a link."""

    def __init__(self, pages: Editing, address: Address) -> None:
        self._pages = pages
        self._address = address

    async def check(self, number: int, workspace: int, label: str) -> None:
        """Raises :class:`LinkError` ``INVALID`` where no link can be put on that page, or not with that label."""
        _label(label)
        try:
            _check_room(await self._pages.by_number(number, workspace))
        except LinkError as error:
            raise _in_its_field(error) from None

    async def put(self, link: Link, number: int, label: str, icon: str, who: str) -> None:
        """Put ``link`` on a page of its workspace, as the last button; where it is on it already, its label and icon
        change. ``icon``: the https URL of a picture; any other is not shown. Raises as :meth:`check`, and
        ``UNAVAILABLE``."""
        shown = {"label": _label(label), "icon": _icon(icon)}
        url = self._address(link)
        entry = {"label": shown["label"], "url": url} | ({"icon": shown["icon"]} if shown["icon"] else {})

        def decide(page: BioPage) -> Wish:
            places = [n for n, button in enumerate(page.buttons) if button.link == link.id]
            if not places:
                _check_room(page)
                button = Button(link=link.id, label=shown["label"], icon=shown["icon"], extras={"url": url})
                return _wish(page, (*page.buttons, button), [*_entries(page), entry])
            buttons, entries = list(page.buttons), _entries(page)
            for n in places:
                buttons[n] = msgspec.structs.replace(buttons[n], label=shown["label"], icon=shown["icon"])
                entries[n] = {**entries[n], "label": shown["label"], "icon": shown["icon"] or None}
            return _wish(page, tuple(buttons), entries)

        try:
            await self._pages.change_number(number, link.workspace, decide, who)
        except LinkError as error:
            raise _in_its_field(error) from None

    async def take_off(self, link: Link, who: str) -> None:
        """Take ``link`` off every page that it is on. Raises :class:`LinkError` ``UNAVAILABLE``."""

        def decide(page: BioPage) -> Wish:
            kept = [n for n, button in enumerate(page.buttons) if button.link != link.id]
            entries = _entries(page)
            return _wish(page, tuple(page.buttons[n] for n in kept), [entries[n] for n in kept])

        for number in await self._pages.pages_of_link(link.id):
            try:
                await self._pages.change_number(number, link.workspace, decide, who)
            except LinkError as error:
                if error.code is not Code.NOT_FOUND:  # deleted meanwhile: it is off
                    raise

    async def pages_of(self, links: Sequence[int]) -> dict[int, int]:
        """The page that each of these links (numbers) is on; those on none are left out."""
        return await self._pages.numbers_of(links)


def _entries(page: BioPage) -> list[dict[str, Any]]:
    """The ``links`` of ``page_data``: one for each button, in the same order."""
    return list(page.page_data.get("links") or ())


def _wish(page: BioPage, buttons: tuple[Button, ...], entries: list[dict[str, Any]]) -> Wish:
    return Wish(PageChanges(page_data={**page.page_data, "links": entries}, buttons=buttons))


def _check_room(page: BioPage) -> None:
    if len(page.buttons) >= MAX_BUTTONS:
        raise invalid(FIELD, f"has {MAX_BUTTONS} links already, which is as many as a bio page may have")


def _label(label: str) -> str:
    try:
        return text(label, MAX_LABEL)
    except ValueError as error:
        raise invalid(LABEL, str(error)) from None


def _icon(icon: str) -> str:
    try:
        return picture_url(icon)
    except ValueError:
        return ""  # faviconUrl may be http, which no page loads


def _in_its_field(error: LinkError) -> LinkError:
    return invalid(FIELD, "is not the number of a bio page") if error.code is Code.NOT_FOUND else error
