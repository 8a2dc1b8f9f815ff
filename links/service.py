"""What every caller that makes or changes links goes through: the APIs and the command line decide nothing twice.

Validates, stores, and returns when every redirect worker answers the change.
"""

import re
from collections.abc import Callable, Container
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from links.allocation import Prepared
from links.destination import Destinations, destination_hash
from links.errors import Code, LinkError, invalid
from links.hosts import readable
from links.model import Changes, Draft, Link, LinkPage, LinkQuery
from links.rules import program_text
from links.settings import LinkSettings
from links.slug import canonical_slug, generate, slug_path
from links.store import Change, LinkStore
from links.utm import apply_utm

LABEL_CHARACTERS = 64
"""A label's length at most (the XQR reference)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Followers(Protocol):
    """Who has to know of a change before it is acknowledged (``links.hub.Hub``)."""

    async def reached(self, rev: int) -> None: ...

    def check_all_present(self) -> None: ...


class Drafts:
    """Validates what is asked for. ``random`` gives bytes; ``new_uuid`` a UUID as text.
    ``registered``: the authorities of registered domains. No I/O."""

    def __init__(
        self,
        settings: LinkSettings,
        own_hosts: frozenset[str],
        random: Callable[[int], bytes],
        new_uuid: Callable[[], str],
        registered: Container[str] = frozenset(),
    ) -> None:
        self._settings = settings
        self._destinations = Destinations(settings.schemes, own_hosts, registered)
        self._random = random
        self._new_uuid = new_uuid

    def prepare(self, draft: Draft) -> Prepared:
        """The link that a draft describes, but for what the database gives. Raises :class:`LinkError` ``INVALID``."""
        location, hash_ = self.locate(draft.destination, draft.utm)
        link = Link(
            id=0,
            uuid=self._new_uuid(),
            workspace=draft.workspace,
            domain=draft.domain,
            slug="" if draft.slug is None else canonical_slug(draft.slug),
            destination=draft.destination,
            location=location,
            status=draft.status,
            cache_seconds=draft.cache_seconds,
            forward_query=draft.forward_query,
            enabled=draft.enabled,
            labels=labels_of(draft.labels),
            title=draft.title,
            rules=list(draft.rules),
            program=program_text(draft.rules, self._destinations.check),
            password=draft.password,
            utm=draft.utm,
            extras=draft.extras,
            expires_at=draft.expires_at,
            edits=0,
            rev=0,
            created_at=0,
            updated_at=0,
        )
        return Prepared(link, hash_, None if draft.slug is not None else self._drawer(draft))

    def locate(self, destination: str, utm: dict[str, str]) -> tuple[str, int]:
        """(what the redirect answers, hash of the destination). Raises :class:`LinkError` ``INVALID``."""
        href = self._destinations.check(destination)
        location = self._destinations.check(apply_utm(href, utm)) if utm else href
        return location, destination_hash(href)

    def change(self, link: Link, changes: Changes) -> Change | None:
        """What an edit makes of a link; ``None`` where it changes nothing. Raises :class:`LinkError` ``INVALID``."""
        wanted = {
            name: value
            for name in changes.__struct_fields__
            if (value := getattr(changes, name)) is not msgspec.UNSET and value != getattr(link, name)
        }
        if "slug" in wanted:
            wanted["slug"] = canonical_slug(wanted["slug"])
        if "labels" in wanted:
            wanted["labels"] = labels_of(wanted["labels"])
        if "rules" in wanted:
            wanted["rules"] = list(wanted["rules"])
            wanted["program"] = program_text(wanted["rules"], self._destinations.check)
        hash_: int | None = None
        if "destination" in wanted:  # only then: settings may have changed since the old one was accepted
            wanted["location"], hash_ = self.locate(wanted["destination"], link.utm)
        changed = msgspec.structs.replace(link, **wanted)
        return None if changed == link else Change(changed, hash_)

    def _drawer(self, draft: Draft) -> Callable[[int], str]:
        alphabet = draft.slug_alphabet or self._settings.slug_alphabet
        length = draft.slug_length or self._settings.slug_length
        return lambda extra: generate(self._random, alphabet, length + extra)


class LinkService:
    """Creates, edits and deletes links. Every method returns when all redirect workers answer accordingly."""

    def __init__(
        self, store: LinkStore, followers: Followers, drafts: Drafts, settings: LinkSettings, base_url: str
    ) -> None:
        self._store = store
        self._followers = followers
        self._drafts = drafts
        self._grace_ms = settings.rename_grace_seconds * 1000
        self._base_url = base_url
        self._scheme, self._host, *_ = urlsplit(base_url)

    async def create(self, draft: Draft, who: str) -> Link:
        """Raises :class:`LinkError` ``INVALID``, ``SLUG_TAKEN``, ``LIMIT`` or ``UNAVAILABLE``."""
        made = (await self._store.create([self._drafts.prepare(draft)], who))[0]
        if isinstance(made, LinkError):
            raise made
        await self._followers.reached(made.rev)
        return made

    async def get(self, uuid: str, workspace: int) -> Link:
        """A link of ``workspace``. Raises :class:`LinkError` ``NOT_FOUND``."""
        link = await self._store.get(uuid)
        if link.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "no such link")
        return link

    async def page(self, query: LinkQuery) -> LinkPage:
        """A page of a listing, newest first."""
        return await self._store.page(query)

    async def edit(self, uuid: str, changes: Changes, who: str, workspace: int) -> Link:
        """Change a link of ``workspace``; it counts as an edit if it changes anything.

        Raises :class:`LinkError` ``INVALID``, ``NOT_FOUND``, ``SLUG_TAKEN``, ``LIMIT`` or ``UNAVAILABLE``.
        """
        self._followers.check_all_present()
        link = await self._store.edit(
            uuid, lambda old: self._drafts.change(old, changes), who, self._grace_ms, workspace
        )
        await self._followers.reached(link.rev)
        return link

    async def delete(self, uuid: str, who: str, workspace: int) -> None:
        """Delete a link of ``workspace``. Raises :class:`LinkError` ``NOT_FOUND`` or ``UNAVAILABLE``."""
        self._followers.check_all_present()
        await self._followers.reached(await self._store.delete(uuid, who, workspace=workspace))

    def short_url(self, link: Link) -> str:
        """The short link's address, made from the base URL of the moment."""
        base = f"{self._scheme}://{link.domain}" if link.domain else self._base_url
        return f"{base}/{slug_path(link.slug).decode('ascii')}"

    def short_host(self, link: Link) -> str:
        """Host and non-default port that the short link is under; a registered domain as people read it."""
        return readable(link.domain) if link.domain else self._host


def labels_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels trimmed and without duplicates, in order. Raises :class:`LinkError` ``INVALID``."""
    if not labels:
        return labels
    trimmed = tuple(dict.fromkeys(label.strip() for label in labels))
    for label in trimmed:
        if not 1 <= len(label) <= LABEL_CHARACTERS:
            raise invalid("labels", f"a label has 1 to {LABEL_CHARACTERS} characters")
        if _CONTROL.search(label):
            raise invalid("labels", "a label has no control characters")
    return trimmed
