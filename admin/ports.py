"""What the APIs need from the rest of the program, as types: links, keys, health, a clock, request ids.

The long-lived objects behind these are built in the wiring file and handed to :func:`admin.app.make_app`; tests hand
in fakes. Nothing here knows of HTTP.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from admin.auth import Key
from links.model import Changes, Draft, Link, LinkPage, LinkQuery

Clock = Callable[[], int]
"""Now, in epoch milliseconds UTC."""

RequestIds = Callable[[], str]
"""A new request id: ``req_`` and 16 hexadecimal digits."""

Health = Callable[[], Awaitable[tuple[int, dict[str, Any]]]]
"""The HTTP status (200 or 503) and the JSON object that ``GET /healthz`` answers."""


class Links(Protocol):
    """The links, as the APIs use them. Every method but the last two may raise ``LinkError`` ``UNAVAILABLE``."""

    async def create(self, draft: Draft, who: str) -> Link:
        """Store the link that ``draft`` asks for. ``LinkError``: ``INVALID``, ``SLUG_TAKEN``."""

    async def get(self, uuid: str) -> Link:
        """The link of that UUID. ``LinkError``: ``NOT_FOUND``."""

    async def page(self, query: LinkQuery) -> LinkPage:
        """One page of a listing, newest first."""

    async def edit(self, uuid: str, changes: Changes, who: str) -> Link:
        """Carry out ``changes``. ``LinkError``: ``NOT_FOUND``, ``INVALID``, ``SLUG_TAKEN``."""

    async def delete(self, uuid: str, who: str) -> None:
        """Delete the link and free its slug. ``LinkError``: ``NOT_FOUND``."""

    def short_url(self, link: Link) -> str:
        """The public address of the link, such as ``http://localhost:8080/summer24``."""

    def short_host(self, link: Link) -> str:
        """Host of the public address, with the port unless it is the scheme's default."""


class Keys(Protocol):
    """The API keys."""

    async def authenticate(self, token: str) -> Key:
        """The key that ``token`` is; ``AuthError`` if it is unknown, revoked or expired."""
