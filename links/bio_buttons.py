"""Which short links the buttons of a page lead to: those that are there already, and those that are made, edited and
deleted so that every click counts. Inside the transaction that changes the page.

A button remembers in its extras what it was asked to lead to (``url``), and whether the link is made for it (``made``).
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import unquote

import can_ada
import msgspec

from links import changing
from links.allocation import SQL as LINKS
from links.allocation import Prepared
from links.bio_changing import SQL
from links.bio_model import BioPage, Button
from links.changing import Change
from links.domain_rules import ready_domains
from links.errors import LinkError, invalid
from links.model import Changes, Draft, Link
from links.rows import link_of, to_json
from links.slug import canonical_path, folded
from links.writer import Transaction

URL, MADE = "url", "made"

PAGE_EXTRA = "linkInBioId"
"""The extra of a link that was made for a page: the page's number."""


class Wanted(msgspec.Struct, frozen=True):
    """A button that is asked for, and where it leads: an absolute http or https URL, of a short link or of anything
    else. ``button.link`` is not looked at."""

    url: str
    button: Button


class Checks(Protocol):
    """What validates links (``links.service.Drafts``)."""

    def prepare(self, draft: Draft) -> Prepared: ...

    def change(self, link: Link, changes: Changes) -> Change | None: ...

    def leads_here(self, url: str) -> str | None: ...


class Author(msgspec.Struct, frozen=True):
    """Who changes a page, and when: epoch milliseconds."""

    who: str
    now: int


@asynccontextmanager
async def all_or_nothing(tx: Transaction) -> AsyncIterator[None]:
    """What is done inside is undone where it raises, so that steps that refuse may follow steps that wrote."""
    rev = tx.rev
    await tx.fetch("SAVEPOINT page")
    try:
        yield
    except LinkError:  # anything else rolls the whole transaction back
        await tx.fetch("ROLLBACK TO page")
        await tx.fetch("RELEASE page")
        tx.rev = rev
        raise
    await tx.fetch("RELEASE page")


async def settle(
    tx: Transaction, page: BioPage, wanted: Sequence[Wanted], checks: Checks, author: Author
) -> tuple[Button, ...]:
    """The buttons that ``page`` gets for ``wanted``, in their order, each with its link.

    A button that led to the same URL keeps its link. One with another URL keeps the link that was made for it, which is
    edited: that with the same label, else that in the same place where the number of buttons is the same. Links that
    were made and are not needed any more are deleted, others are left alone. Raises :class:`LinkError`: ``INVALID``
    (``buttons[n].url``), ``LIMIT`` or ``UNAVAILABLE``; call it in :func:`all_or_nothing`.
    """
    old = page.buttons
    there = await _links_by_id(tx, page)
    made = {button.link for button in old if button.link in there and button.extras.get(MADE)}
    chosen = _same_url(old, wanted, there)
    own = await _own_links(tx, page, [(n, want) for n, want in enumerate(wanted) if n not in chosen], checks)
    chosen |= own
    edited = _same_place(old, wanted, chosen, {id_ for id_ in made if id_ not in chosen.values()})
    await _drop(tx, page, [there[id_] for id_ in made - {*chosen.values(), *edited.values()} if id_], author)
    for n, id_ in edited.items():
        await _lead_to(tx, n, there[id_], wanted[n], checks, author)
    chosen |= edited
    new = [(n, want) for n, want in enumerate(wanted) if n not in chosen]
    created = await _create(tx, page, new, checks, author)
    made |= set(created.values())
    chosen |= created
    return tuple(_button(want, chosen[n], made=chosen[n] in made) for n, want in enumerate(wanted))


async def drop_made(tx: Transaction, page: BioPage, author: Author) -> None:
    """Delete the links that were made for ``page``, which is no more, but for those that another page shows."""
    there = await _links_by_id(tx, page)
    made = {button.link for button in page.buttons if button.extras.get(MADE)}
    await _drop(tx, page, [there[id_] for id_ in sorted(made & there.keys(), key=lambda id_: id_ or 0)], author)


async def _links_by_id(tx: Transaction, page: BioPage) -> dict[int | None, Link]:
    ids = sorted({button.link for button in page.buttons if button.link is not None})
    links = map(link_of, await tx.fetch(LINKS["links_by_id"], {"refs": to_json(ids)})) if ids else ()
    return {link.id: link for link in links if link.workspace == page.workspace}


def _same_url(old: Sequence[Button], wanted: Sequence[Wanted], there: dict[int | None, Link]) -> dict[int, int]:
    """For the places in ``wanted`` whose URL was led to before: the link. Where several led to it, that of the same
    label comes first."""
    free = [button for button in old if button.link in there]
    chosen: dict[int, int] = {}
    for labelled in (True, False):
        for n, want in enumerate(wanted):
            match = next(
                (
                    button
                    for button in free
                    if n not in chosen
                    and button.extras.get(URL) == want.url
                    and (not labelled or button.label == want.button.label)
                ),
                None,
            )
            if match is not None and match.link is not None:
                chosen[n] = match.link
                free.remove(match)
    return chosen


async def _own_links(
    tx: Transaction, page: BioPage, wanted: Iterable[tuple[int, Wanted]], checks: Checks
) -> dict[int, int]:
    """For the places whose URL is a short link of this server: its number. Raises :class:`LinkError` ``INVALID`` where
    it is none of the workspace's."""
    chosen = {}
    for n, want in wanted:
        domain = checks.leads_here(want.url)
        if domain is None:
            continue
        link = await _link_at(tx, page, domain, want.url)
        if link is None or link.workspace != page.workspace:
            raise invalid(f"buttons[{n}].url", "is an address of this server, but none of the workspace's short links")
        chosen[n] = link.id
    return chosen


async def _link_at(tx: Transaction, page: BioPage, domain: str, url: str) -> Link | None:
    """The link that answers at ``url``, whose authority is that of ``domain``."""
    key = canonical_path(can_ada.parse(url).pathname[1:].encode())
    if key is None:
        return None
    slug = unquote(key.decode())
    settings = (await ready_domains(tx, [msgspec.structs.replace(page, domain=domain)])).get(domain)
    if settings is not None and settings.ignores_case:
        slug = folded(slug)
    rows = await tx.fetch(LINKS["links_by_slug"], {"domain": domain, "slugs": to_json([slug])})
    return link_of(rows[0]) if rows else None


def _same_place(
    old: Sequence[Button], wanted: Sequence[Wanted], chosen: dict[int, int], spare: set[int | None]
) -> dict[int, int]:
    """For the other places: the link out of ``spare``, those that were made and have lost their URL, that is to lead
    there from now on."""
    edited: dict[int, int] = {}
    by_label = {button.label: button.link for button in reversed(old) if button.link in spare}
    for n, want in enumerate(wanted):
        link = by_label.get(want.button.label)
        if n not in chosen and link is not None and link in spare:
            edited[n] = link
            spare = spare - {link}
    if len(old) == len(wanted):
        for n, button in enumerate(old):
            if n not in chosen and n not in edited and button.link is not None and button.link in spare:
                edited[n] = button.link
                spare = spare - {button.link}
    return edited


async def _drop(tx: Transaction, page: BioPage, links: Iterable[Link], author: Author) -> None:
    alone = []
    for link in links:
        pages = await tx.fetch(SQL["pages_of_link"], {"link": link.id})
        if all(row[0] == page.id for row in pages):
            alone.append(link)
    if alone:
        await changing.delete(tx, alone, author.who, author.now, keep_codes=False)


async def _lead_to(tx: Transaction, n: int, link: Link, want: Wanted, checks: Checks, author: Author) -> None:
    try:
        change = checks.change(link, Changes(destination=want.url, title=want.button.label))
    except LinkError as error:
        raise invalid(f"buttons[{n}].url", error.message) from None
    if change is not None:
        await changing.edit(tx, link, change, author.who, 0, author.now)


async def _create(
    tx: Transaction, page: BioPage, wanted: Sequence[tuple[int, Wanted]], checks: Checks, author: Author
) -> dict[int, int]:
    prepared = []
    for n, want in wanted:
        draft = Draft(
            workspace=page.workspace,
            domain=page.domain,
            destination=want.url,
            title=want.button.label,
            extras={PAGE_EXTRA: page.id},
        )
        try:
            prepared.append(checks.prepare(draft))
        except LinkError as error:
            raise invalid(f"buttons[{n}].url", error.message) from None
    (outcomes,) = await changing.insert(tx, [(prepared, author.who)], author.now) if prepared else [[]]
    made = {}
    for (n, _), outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, LinkError):
            raise outcome
        made[n] = outcome.id
    return made


def _button(want: Wanted, link: int, *, made: bool) -> Button:
    extras = want.button.extras | {URL: want.url} | ({MADE: True} if made else {})
    return msgspec.structs.replace(want.button, link=link, extras=extras)
