"""What a change takes inside its transaction: revs, link ids, free slugs."""

from collections.abc import Callable

import msgspec

from links import statements
from links.errors import Code, LinkError
from links.model import Link
from links.rows import to_json
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


async def choose_slugs(tx: Transaction, items: list[Prepared]) -> list[str | None]:
    """A free slug for each item, first come first served; ``None`` where the one asked for is taken, or where draws
    keep colliding."""
    chosen: list[str | None] = [None] * len(items)
    claimed: set[tuple[str, str]] = set()
    open_ = list(range(len(items)))
    for attempt in range(GENERATE_TRIES):
        wanted = {}
        for n in open_:
            draw = items[n].draw
            wanted[n] = (items[n].link.domain, items[n].link.slug if draw is None else draw(attempt // 4))
        in_use = await taken(tx, list(wanted.values()))
        again = []
        for n, pair in wanted.items():
            if pair not in in_use and pair not in claimed:
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
