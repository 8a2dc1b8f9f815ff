"""The vocabulary of bio pages: one as it is stored, one that is asked for, a change that is asked for, and what
rendering is given and gives back. Pure.

Times are epoch milliseconds (int), UTC.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from links.model import DEFAULT_WORKSPACE, Link


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a page, in the order of the page.

    ``link``: the number of the short link that it leads to (``Link.id``), of the page's workspace; ``None`` for what is
    no link. A button whose link has been deleted stays. ``kind``, ``icon`` and ``extras`` mean what rendering makes of
    them. It is shown from ``starts_at`` (inclusive) to ``ends_at`` (exclusive), where these are set.
    """

    link: int | None = None
    label: str = ""
    kind: str = "link"
    icon: str = ""
    enabled: bool = True
    starts_at: int | None = None
    ends_at: int | None = None
    extras: dict[str, Any] = {}


class BioPage(msgspec.Struct, frozen=True, kw_only=True):
    """One stored page, without its document.

    ``id`` comes from the same counter as ``Link.id``: a number names one or the other, in journals too, and is never
    used again. ``public_id`` begins with ``bio_``. ``domain``, ``slug``: as a link's; no link and page share them.
    ``page_data``: what one API stores and echoes. ``published_at``: when it was published last, also where it no longer
    is; ``None`` if never. ``at_root``: while published it answers the ``/`` of its domain too; one a domain does.
    ``due_at``: when it is to be rendered again by itself, ``None`` for never. ``rev`` is the number of its last change.
    """

    id: int
    public_id: str
    workspace: int
    domain: str
    slug: str
    title: str
    description: str
    page_data: dict[str, Any]
    is_published: bool
    published_at: int | None
    at_root: bool
    due_at: int | None
    rev: int
    created_at: int
    updated_at: int
    buttons: tuple[Button, ...] = ()


class PageDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is asked for; it is not published yet.

    ``slugs``: the one that is wanted, or several of which the first one that is valid and free is taken.
    """

    slugs: tuple[str, ...]
    workspace: int = DEFAULT_WORKSPACE
    domain: str = ""
    title: str = ""
    description: str = ""
    page_data: dict[str, Any] = {}
    at_root: bool = False
    buttons: tuple[Button, ...] = ()


class PageChanges(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is asked for; ``UNSET`` fields stay as they are. ``slug`` renames: the old one answers for the
    grace period that renamed links have. ``buttons`` are all that there are to be. ``at_root`` takes the domain's ``/``
    from the page that has had it."""

    slug: str | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    page_data: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    at_root: bool | msgspec.UnsetType = msgspec.UNSET
    is_published: bool | msgspec.UnsetType = msgspec.UNSET
    buttons: tuple[Button, ...] | msgspec.UnsetType = msgspec.UNSET


class Rendered(Protocol):
    """A page as visitors get it. ``html``: the document in UTF-8. ``policy``: its Content-Security-Policy, visible
    ASCII and spaces; empty for none. ``due_at``: when the same page and links would give something else; ``None`` for
    never."""

    @property
    def html(self) -> bytes: ...

    @property
    def policy(self) -> str: ...

    @property
    def due_at(self) -> int | None: ...


Render = Callable[[BioPage, Mapping[int, Link], int], Rendered]
"""Makes a document of a page, its buttons' links by number (those that there are, enabled or not) and the time in epoch
milliseconds. Pure and quick: it is called inside the transaction that stores what it gives. It is called for published
pages alone; ``rev`` and ``updated_at`` are still those before the change."""


class PageList(msgspec.Struct, frozen=True):
    """One page of a listing, newest first; ``total`` counts all of the workspace."""

    pages: list[BioPage]
    total: int
