"""What the APIs need from the rest of the program, as types: links, keys, health, a clock, request ids.

The long-lived objects behind these are built in the wiring file and handed to :func:`admin.app.make_app`; tests hand
in fakes. Nothing here knows of HTTP.
"""

from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any, Protocol

from admin.auth import Key
from links.domain_rules import Domain
from links.model import Changes, Draft, Link, LinkPage, LinkQuery

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
        """Store the link that ``draft`` asks for. ``LinkError``: ``INVALID``, ``SLUG_TAKEN``, ``LIMIT``."""

    async def get(self, uuid: str, workspace: int) -> Link:
        """The workspace's link of that UUID. ``LinkError``: ``NOT_FOUND``."""

    async def page(self, query: LinkQuery) -> LinkPage:
        """One page of a listing of a workspace, newest first."""

    async def edit(self, uuid: str, changes: Changes, who: str, workspace: int) -> Link:
        """Carry out ``changes`` to a link of the workspace. ``LinkError``: ``NOT_FOUND``, ``INVALID``, ``SLUG_TAKEN``,
        ``LIMIT``."""

    async def delete(self, uuid: str, who: str, workspace: int) -> None:
        """Delete the workspace's link and free its slug. ``LinkError``: ``NOT_FOUND``."""

    def short_url(self, link: Link) -> str:
        """The public address of the link, such as ``http://localhost:8080/summer24``."""

    def short_host(self, link: Link) -> str:
        """Host of the public address, with the port unless it is the scheme's default."""


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


class Keys(Protocol):
    """The API keys."""

    async def authenticate(self, token: str) -> Key:
        """The key that ``token`` is; ``AuthError`` if it is unknown, revoked or expired."""
