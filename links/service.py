"""What every caller that makes or changes links goes through: the APIs and the command line decide nothing twice.

Validates, stores, and returns when every redirect worker answers the change.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from links.allocation import Prepared
from links.changing import Change
from links.destination import Destinations, destination_hash
from links.domain_rules import Placed
from links.errors import Code, LinkError, invalid
from links.hosts import readable
from links.model import Changes, Draft, Edit, Link, LinkPage, LinkQuery, LinkRef
from links.rules import program_text
from links.settings import LinkSettings
from links.slug import canonical_slug, generate, slug_path
from links.store import CREATE_BATCH, LinkStore
from links.utm import apply_utm

LABEL_CHARACTERS = 64
"""A label's length at most (the XQR reference)."""

SLICE = 25
"""Drafts that are checked before others get their turn: about a millisecond."""

_NOT_STORED = LinkError(Code.UNAVAILABLE, "the database cannot be written at the moment")

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
            track=draft.track,
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

    def leads_here(self, url: str) -> str | None:
        """The domain of this server that ``url`` leads to (``Destinations.leads_here``)."""
        return self._destinations.leads_here(url)

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
        if wanted.keys() & {"destination", "utm"}:  # only then: settings may have changed since it was accepted
            target = wanted.get("destination", link.destination)
            wanted["location"], hash_ = self.locate(target, wanted.get("utm", link.utm))
        changed = msgspec.structs.replace(link, **wanted)
        return None if changed == link else Change(changed, hash_)

    def _drawer(self, draft: Draft) -> Callable[[int], str]:
        alphabet = draft.slug_alphabet or self._settings.slug_alphabet
        length = draft.slug_length or self._settings.slug_length
        return lambda extra: generate(self._random, alphabet, length + extra)


async def nowhere() -> None:
    """Where nothing shows links."""


class LinkService:
    """Creates, edits and deletes links. Every method returns when all redirect workers answer accordingly.

    ``shown``: called after each change of links that were there; returns when what shows them shows it.
    """

    def __init__(
        self,
        store: LinkStore,
        followers: Followers,
        drafts: Drafts,
        settings: LinkSettings,
        base_url: str,
        shown: Callable[[], Awaitable[None]] = nowhere,
    ) -> None:
        self._store = store
        self._followers = followers
        self._shown = shown
        self._drafts = drafts
        self._grace_ms = settings.rename_grace_seconds * 1000
        self._base_url = base_url
        self._scheme, self._host, *_ = urlsplit(base_url)

    async def create(self, draft: Draft, who: str) -> Link:
        """Raises :class:`LinkError` ``INVALID``, ``SLUG_TAKEN``, ``DNS``, ``LIMIT`` or ``UNAVAILABLE``."""
        made = (await self._store.create([self._drafts.prepare(draft)], who))[0]
        if isinstance(made, LinkError):
            raise made
        await self._followers.reached(made.rev)
        return made

    async def create_all(self, drafts: Sequence[Draft], who: str) -> list[Link | LinkError]:
        """What :meth:`create` would return or raise for each of ``drafts``, in their order.

        Up to 1,000 are one transaction. Raises :class:`LinkError` ``UNAVAILABLE`` where nothing could be stored, or
        where not every worker answers in time.
        """
        outcomes: list[Link | LinkError] = []
        ready: list[tuple[int, Prepared]] = []
        for number, draft in enumerate(drafts):
            if number % SLICE == 0:
                await asyncio.sleep(0)
            try:
                prepared = self._drafts.prepare(draft)
            except LinkError as error:
                outcomes.append(error)
            else:
                ready.append((number, prepared))
                outcomes.append(_NOT_STORED)
        rev = 0
        for start in range(0, len(ready), CREATE_BATCH):
            batch = ready[start : start + CREATE_BATCH]
            try:
                made = await self._store.create([item for _, item in batch], who)
            except LinkError:
                if not rev:
                    raise
                break  # what has been stored before is there, and is answered
            for (number, _), outcome in zip(batch, made, strict=True):
                outcomes[number] = outcome
                rev = max(rev, outcome.rev if isinstance(outcome, Link) else 0)
        if rev:
            await self._followers.reached(rev)
        return outcomes

    async def get(self, ref: LinkRef, workspace: int) -> Link:
        """A link of ``workspace``. Raises :class:`LinkError` ``NOT_FOUND``."""
        link = await self._store.get(ref)
        if link.workspace != workspace:
            raise LinkError(Code.NOT_FOUND, "no such link")
        return link

    async def page(self, query: LinkQuery) -> LinkPage:
        """A page of a listing, newest first."""
        return await self._store.page(query)

    async def edit(self, ref: LinkRef, changes: Edit, who: str, workspace: int) -> Link:
        """Change a link of ``workspace``; it counts as an edit if it changes anything.

        Raises :class:`LinkError` ``INVALID``, ``NOT_FOUND``, ``SLUG_TAKEN``, ``DNS``, ``LIMIT`` or ``UNAVAILABLE``.
        """
        self._followers.check_all_present()
        asked = changes if callable(changes) else lambda _: changes
        link = await self._store.edit(
            ref, lambda old: self._drafts.change(old, asked(old)), who, self._grace_ms, workspace
        )
        await self._answered(link.rev)
        return link

    async def switch(self, uuids: Sequence[str], who: str, workspace: int, *, enabled: bool) -> int:
        """Switch those of ``uuids`` that are links of ``workspace`` on or off; how many these are. Each that was not so
        before counts as an edit. Raises :class:`LinkError` ``LIMIT`` (then none is switched) or ``UNAVAILABLE``."""
        self._followers.check_all_present()
        count, rev = await self._store.switch(uuids, who, workspace, enabled=enabled)
        await self._answered(rev)
        return count

    async def delete(self, ref: LinkRef, who: str, workspace: int, *, keep_code: bool = False) -> None:
        """Delete a link of ``workspace``; its slug is free again, or kept from being used again. Raises
        :class:`LinkError` ``NOT_FOUND`` or ``UNAVAILABLE``."""
        self._followers.check_all_present()
        rev = await self._store.delete(ref, who, keep_code=keep_code, workspace=workspace)
        await self._answered(rev)

    async def delete_all(self, ids: Sequence[int], who: str, workspace: int, *, keep_codes: bool) -> list[int]:
        """Delete those of ``ids`` that are links of ``workspace``, in one transaction; their numbers. Raises
        :class:`LinkError` ``UNAVAILABLE``."""
        self._followers.check_all_present()
        deleted, rev = await self._store.delete_all(ids, who, workspace, keep_codes=keep_codes)
        await self._answered(rev)
        return deleted

    async def _answered(self, rev: int) -> None:
        """Wait until a change of links that were there is answered everywhere."""
        await self._followers.reached(rev)
        await self._shown()

    def short_url(self, link: Placed) -> str:
        """The address of a short link or bio page, made from the base URL of the moment."""
        base = f"{self._scheme}://{link.domain}" if link.domain else self._base_url
        return f"{base}/{slug_path(link.slug).decode('ascii')}"

    def short_host(self, link: Placed) -> str:
        """Host and non-default port that the short link or bio page is under; a registered domain as people read it."""
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
