"""What a change takes inside its transaction: revs, link ids, free slugs."""

from collections.abc import Callable

import msgspec

from links import statements
from links.domain_rules import ready_domains, refusal
from links.errors import Code, LinkError
from links.model import Link
from links.quotas import Room, over
from links.rows import to_json
from links.slug import folded
from links.writer import Transaction

SQL = statements.load("links", "links")

GENERATE_TRIES = 12
"""Draws for one generated slug before it is an error; every fourth makes the slug a character longer, so that
a full space of short slugs ends in longer ones, not in failures."""


class Prepared(msgspec.Struct, frozen=True):
    """A link that has been validated and only lacks what the database gives: id, rev and a free slug.

    ``draw(extra)`` gives a random slug, ``extra`` characters longer than usual; ``None`` where the slug is given.
    """

    link: Link
    destination_hash: int
    draw: Callable[[int], str] | None = None


async def take_both(tx: Transaction, count: int) -> tuple[int, int]:
    """Take ``count`` revs and link ids; the first of each."""
    if count == 0:
        return 0, 0
    rev, link = (await tx.fetch(SQL["take_revs"], {"revs": count, "links": count}))[0]
    tx.rev = rev
    return rev - count + 1, link - count + 1


async def take(tx: Transaction, count: int) -> int:
    """Take ``count`` revs; the first."""
    rev = int((await tx.fetch(SQL["take_revs"], {"revs": count, "links": 0}))[0][0])
    tx.rev = rev
    return rev - count + 1


async def taken(tx: Transaction, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those (domain, slug) that are in use."""
    return {(row[0], row[1]) for row in await tx.fetch(SQL["taken"], {"pairs": to_json(pairs)})}


async def choose_slugs(tx: Transaction, items: list[Prepared], room: Room) -> list[str | LinkError]:
    """A free slug for each item, first come first served, as far as the ``room`` of its workspace goes, which is then
    taken; else why there is none: the one asked for is taken, draws keep colliding, the workspace is full, or the
    domain does not take the link."""
    domains = await ready_domains(tx, (item.link for item in items))
    refused = [refusal(item.link, domains, named=item.draw is None) for item in items]
    chosen: list[str | LinkError] = [no or no_slug(item) for no, item in zip(refused, items, strict=True)]
    lower = {host for host, domain in domains.items() if domain.ignores_case}
    claimed: set[tuple[str, str]] = set()
    open_ = [n for n, no in enumerate(refused) if no is None]
    for attempt in range(GENERATE_TRIES):
        wanted = {}
        for n in open_:
            link, draw = items[n].link, items[n].draw
            slug = link.slug if draw is None else draw(attempt // 4)
            wanted[n] = (link.domain, folded(slug) if link.domain in lower else slug)
        in_use = await taken(tx, list(wanted.values()))
        again = []
        for n, pair in wanted.items():
            if pair not in in_use and pair not in claimed:
                # Only now: a link that cannot be made takes no room, and one without room no slug.
                if thing := room.lacks(items[n].link):
                    chosen[n] = over(thing)
                    continue
                room.take(items[n].link)
                claimed.add(pair)
                chosen[n] = pair[1]
            elif items[n].draw is not None:
                again.append(n)
        if not again:
            break
        open_ = again
    return chosen


def no_slug(item: Prepared) -> LinkError:
    if item.draw is None:
        return LinkError(Code.SLUG_TAKEN, "is already in use", "slug")
    return LinkError(Code.UNAVAILABLE, "no free slug was found: make links.slug_length larger", "slug")
