"""What the APIs need from the rest of the program, as types: links, keys, health, a clock, request ids.

The long-lived objects behind these are built in the wiring file and handed to :func:`admin.app.make_app`; tests hand
in fakes. Nothing here knows of HTTP.
"""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from admin.auth import Key
from clicks.answers import Counts
from links.bio_buttons import Wanted
from links.bio_editing import Decide
from links.bio_model import BioPage, PageDraft, PageList
from links.domain_rules import Domain
from links.errors import LinkError
from links.model import Draft, Edit, Link, LinkPage, LinkQuery, LinkRef

Clock = Callable[[], int]
"""Now, in epoch milliseconds UTC."""

RequestIds = Callable[[], str]
"""A new request id: ``req_`` and 16 hexadecimal digits."""

HashPassword = Callable[[str], Awaitable[str]]
"""What is kept of a link's password. ``LinkError``: ``UNAVAILABLE``."""

Health = Callable[[], Awaitable[tuple[int, dict[str, Any]]]]
"""The HTTP status (200 or 503) and the JSON object that ``GET /healthz`` answers."""


class Links(Protocol):
    """The links, as the APIs use them. Every method but the last two may raise ``LinkError`` ``UNAVAILABLE``."""

    async def create(self, draft: Draft, who: str) -> Link:
        """Store the link that ``draft`` asks for. ``LinkError``: ``INVALID``, ``SLUG_TAKEN``, ``DNS``, ``LIMIT``."""

    async def create_all(self, drafts: Sequence[Draft], who: str) -> list[Link | LinkError]:
        """What ``create`` would return or raise for each of ``drafts``, in their order."""

    async def get(self, ref: LinkRef, workspace: int) -> Link:
        """The workspace's link of that UUID or number. ``LinkError``: ``NOT_FOUND``."""

    async def page(self, query: LinkQuery) -> LinkPage:
        """One page of a listing of a workspace, newest first."""

    async def edit(self, ref: LinkRef, changes: Edit, who: str, workspace: int) -> Link:
        """Carry out ``changes`` to a link of the workspace. ``LinkError``: ``NOT_FOUND``, ``INVALID``, ``SLUG_TAKEN``,
        ``DNS``, ``LIMIT``."""

    async def switch(self, uuids: Sequence[str], who: str, workspace: int, *, enabled: bool) -> int:
        """Switch those of ``uuids`` that are links of the workspace; how many these are. ``LinkError``: ``LIMIT``."""

    async def delete(self, ref: LinkRef, who: str, workspace: int, *, keep_code: bool = False) -> None:
        """Delete the workspace's link; its slug is free again, or kept. ``LinkError``: ``NOT_FOUND``."""

    async def delete_all(self, ids: Sequence[int], who: str, workspace: int, *, keep_codes: bool) -> list[int]:
        """Delete those of ``ids`` that are links of the workspace; their numbers."""

    def short_url(self, link: Link) -> str:
        """The public address of the link, such as ``http://localhost:8080/summer24``."""

    def short_host(self, link: Link) -> str:
        """Host of the public address, with the port unless it is the scheme's default."""


class QrCodes(Protocol):
    """The QR codes of links, as the Divsly API uses them (``admin.qr_codes.QrCodes``)."""

    async def check_settings(self, settings: Mapping[str, Any], workspace: int, prefix: str = "qrSettings.") -> None:
        """Whether a code can be drawn with these ``qrSettings``. ``LinkError``: ``INVALID`` with the field, called as
        ``prefix`` says, ``UNAVAILABLE``."""

    def image_url(self, link: Link) -> str:
        """Where the image of a link's code is."""


class Domains(Protocol):
    """The domains of their own, as the APIs use them (``links.domain_service.DomainService``). Those that are awaited
    may raise ``LinkError`` ``UNAVAILABLE``."""

    @property
    def registered(self) -> Container[str]:
        """The authorities that lead to registered domains; it changes while this runs."""

    def may_have_certificate(self, name: str) -> bool:
        """Whether a host name is this server's own or an active domain's."""

    def host_for(self, name: str | None, workspace: int) -> str:
        """What a link on ``name`` has as its domain. ``LinkError``: ``INVALID``, ``DNS``."""

    def all(self, workspace: int) -> list[Domain]:
        """The domains of the workspace."""

    async def add(self, name: str, workspace: int, *, spare: bool) -> Domain:
        """Register a host. ``LinkError``: ``INVALID``, ``LIMIT``."""

    async def verify(self, id_: int, workspace: int) -> Domain:
        """Look at its DNS. ``LinkError``: ``NOT_FOUND``, ``INVALID``, ``DNS``."""

    async def set(self, id_: int, workspace: int, wanted: Mapping[str, Any]) -> Domain:
        """Change settings. ``LinkError``: ``NOT_FOUND``, ``INVALID``."""

    async def remove(self, id_: int, workspace: int) -> None:
        """Remove a domain without links. ``LinkError``: ``NOT_FOUND``, ``INVALID``."""


PageCounts = Callable[[Sequence[BioPage]], Awaitable[Mapping[int, tuple[int, int]]]]
"""How often each of these pages has been seen, and its buttons followed, by the page's number; those that are left out
have not been."""


VisitCounts = Callable[[Sequence[int]], Awaitable[Mapping[int, Counts]]]
"""How often each of these links has been visited, by the link's number; those that are left out have not been."""

Erasing = Callable[[int], AbstractAsyncContextManager[None]]
"""Goes around the deletion of a link (its number): what was counted of it goes too. ``LinkError``: ``UNAVAILABLE``."""


class Pages(Protocol):
    """The bio pages, as the XQR API uses them (``links.bio_editing.EditedPages``). Each method may raise ``LinkError``
    ``UNAVAILABLE``."""

    async def make(self, draft: PageDraft, buttons: Sequence[Wanted], who: str) -> BioPage:
        """Make a page and the links of its buttons. ``LinkError``: ``INVALID``, ``SLUG_TAKEN``, ``LIMIT``, ``DNS``."""

    async def get(self, public_id: str, workspace: int) -> BioPage:
        """The workspace's page of that id. ``LinkError``: ``NOT_FOUND``."""

    async def page(self, workspace: int, limit: int, offset: int) -> PageList:
        """A page of the listing, newest first."""

    async def change(self, public_id: str, workspace: int, decide: Decide, who: str) -> BioPage:
        """Change a page and the links of its buttons. ``LinkError``: ``NOT_FOUND``, ``INVALID``, ``SLUG_TAKEN``,
        ``LIMIT``; and what ``decide`` raises."""

    async def publish(self, public_id: str, workspace: int, who: str) -> BioPage:
        """``LinkError``: ``NOT_FOUND``, ``INVALID``."""

    async def unpublish(self, public_id: str, workspace: int, who: str) -> BioPage:
        """``LinkError``: ``NOT_FOUND``."""

    async def delete(self, public_id: str, workspace: int, who: str) -> None:
        """Delete a page and the links that were made for it. ``LinkError``: ``NOT_FOUND``."""


class BioLinks(Protocol):
    """Links on bio pages, as the Divsly API puts them there (``admin.bio_links.PageLinks``). What cannot be done is
    ``LinkError`` ``INVALID`` of the field ``bioPage`` or ``btnLabel``."""

    async def check(self, number: int, workspace: int, label: str) -> None:
        """Raises where no link can be put on that page of the workspace, or not with that label: before one is made."""

    async def put(self, link: Link, number: int, label: str, icon: str, who: str) -> None:
        """Put a link on a page; where it is on it already, only label and icon change. ``icon``: an https URL, or
        empty."""

    async def take_off(self, link: Link, who: str) -> None:
        """Take a link off every page that it is on."""

    async def pages_of(self, links: Sequence[int]) -> dict[int, int]:
        """The number of the page that each of these links (numbers) is on; those on none are left out."""


class Keys(Protocol):
    """The API keys."""

    async def authenticate(self, token: str) -> Key:
        """The key that ``token`` is; ``AuthError`` if it is unknown, revoked or expired."""
