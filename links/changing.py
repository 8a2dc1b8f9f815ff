"""What changes of links do inside their transaction: links are made, edited, switched on and off, deleted, together
with their codes, labels, history and quotas.

Each function decides first: one that raises :class:`LinkError` has written nothing. ``now`` is in epoch milliseconds.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from links import quotas
from links.allocation import SQL, Prepared, choose_slugs, take, take_both, taken
from links.domain_rules import check_case, ready_domains, refusal
from links.errors import Code, LinkError
from links.model import Link, LinkRef
from links.rows import change_text, insert_row, link_of, to_json, update_row
from links.writer import Transaction


class Change(msgspec.Struct, frozen=True):
    """What an edit makes of a link, decided on the link as it is inside the transaction.

    ``destination_hash`` is ``None`` where the destination stays.
    """

    link: Link
    destination_hash: int | None


class _Code(NamedTuple):
    """A code that answers: its state is ``live`` or ``grace``."""

    id: int
    domain: str
    slug: str
    state: str
    until: int | None
    link: int


async def find(tx: Transaction, ref: LinkRef, workspace: int | None = None) -> Link:
    """The link, of ``workspace`` where that is given. Raises :class:`LinkError` ``NOT_FOUND``."""
    found = await find_all(tx, [ref], workspace)
    if not found:
        raise LinkError(Code.NOT_FOUND, "no such link")
    return found[0]


async def find_all(tx: Transaction, refs: Sequence[LinkRef], workspace: int | None = None) -> list[Link]:
    """Those of ``refs`` (all UUIDs or all numbers, none twice) that there are; only of ``workspace`` if it is given."""
    by = "links_by_id" if refs and isinstance(refs[0], int) else "links_by_uuid"
    links = map(link_of, await tx.fetch(SQL[by], {"refs": to_json(refs)}))
    return [link for link in links if workspace in (None, link.workspace)]


async def insert(
    tx: Transaction, creates: Sequence[tuple[list[Prepared], str]], now: int
) -> list[list[Link | LinkError]]:
    """Make the links of several creates, each by its author: first decide which slugs they get, then write."""
    items = [item for create in creates for item in create[0]]
    authors = [who for create in creates for who in [create[1]] * len(create[0])]
    room = await quotas.Room.of(tx, (item.link for item in items))
    slugs = await choose_slugs(tx, items, room)
    count = sum(isinstance(slug, str) for slug in slugs)
    outcomes: list[Link | LinkError] = []
    links: list[tuple[Any, ...]] = []
    codes: list[tuple[Any, ...]] = []
    changes: list[tuple[Any, ...]] = []
    labels: list[tuple[Any, ...]] = []
    rev, id_ = await take_both(tx, count)
    for item, who, slug in zip(items, authors, slugs, strict=True):
        if isinstance(slug, LinkError):
            outcomes.append(slug)
            continue
        link = msgspec.structs.replace(item.link, id=id_, slug=slug, rev=rev, created_at=now, updated_at=now)
        outcomes.append(link)
        links.append(insert_row(link, item.destination_hash))
        codes.append((link.domain, slug, id_, "live", None, rev))
        changes.append((rev, id_, now, who, "create", None))
        labels.extend((label, id_) for label in link.labels)
        rev, id_ = rev + 1, id_ + 1
    await tx.many(SQL["insert_link"], links)
    await tx.many(SQL["insert_code"], codes)
    await tx.many(SQL["insert_change"], changes)
    await tx.many(SQL["insert_label"], labels)
    await room.write(tx)
    each = iter(outcomes)
    return [[next(each) for _ in create[0]] for create in creates]


async def edit(tx: Transaction, old: Link, change: Change, who: str, grace_ms: int, now: int) -> Link:
    """Write an edit; the link as it is now. A new slug or domain makes the old code answer for ``grace_ms`` more.

    Raises :class:`LinkError` ``SLUG_TAKEN``, ``INVALID``, ``DNS`` or ``LIMIT``.
    """
    codes = await _codes_of(tx, [old])
    place = (change.link.domain, change.link.slug)
    moved = place != (old.domain, old.slug)
    new_code = moved and await _is_new_code(tx, old, change.link, codes)
    await _charge_edit(tx, old, change.link)  # last of what may refuse: it writes
    first = await take(tx, len(codes) + new_code)
    rows = []
    for rev, code in enumerate(codes, first):
        state, until = code.state, code.until
        if moved and state == "live":
            state, until = ("grace", now + grace_ms) if grace_ms else ("gone", None)
        elif moved and (code.domain, code.slug) == place:
            state, until = "live", None
        rows.append({"id": code.id, "state": state, "until": until, "rev": rev})
    await tx.many(SQL["update_code"], rows)
    if new_code:
        await tx.many(SQL["insert_code"], [(*place, old.id, "live", None, tx.rev)])
    link = msgspec.structs.replace(change.link, rev=tx.rev, edits=old.edits + 1, updated_at=now)
    await tx.fetch(SQL["update_link"], update_row(link, change.destination_hash))
    if link.labels != old.labels:
        await tx.many(SQL["delete_labels"], [(label, old.id) for label in old.labels])
        await tx.many(SQL["insert_label"], [(label, old.id) for label in link.labels])
    await tx.many(SQL["insert_change"], [(tx.rev, old.id, now, who, "edit", change_text(old))])
    return link


async def switch(tx: Transaction, links: Sequence[Link], who: str, now: int, *, enabled: bool) -> None:
    """Switch links of one workspace on or off. Those that are so already are left alone; each other one is an edit.

    Raises :class:`LinkError` ``LIMIT``.
    """
    olds = [link for link in links if link.enabled is not enabled]
    if not olds:
        return
    await quotas.charge(tx, olds[0].workspace, "edits", len(olds))
    last = await _renew(tx, olds)
    await tx.many(
        SQL["switch_link"], [{"id": old.id, "enabled": enabled, "rev": last[old.id], "now": now} for old in olds]
    )
    changes = [(last[old.id], old.id, now, who, "edit", change_text(old)) for old in olds]
    await tx.many(SQL["insert_change"], changes)


async def delete(tx: Transaction, olds: Sequence[Link], who: str, now: int, *, keep_codes: bool) -> int:
    """Delete links; the rev of it. Their codes are free again, or kept from being used again; those that answered for a
    while only are free in any case."""
    if not olds:
        return tx.rev
    last = await _renew(tx, olds, {"live": "kept" if keep_codes else "gone", "grace": "gone"})
    await tx.many(SQL["delete_labels"], [(label, old.id) for old in olds for label in old.labels])
    await tx.many(SQL["delete_link"], [{"id": old.id} for old in olds])
    counted = Counter((old.workspace, thing) for old in olds for thing in quotas.costs(old))
    for (workspace, thing), count in counted.items():
        await quotas.refund(tx, workspace, thing, count)
    changes = [(last[old.id], old.id, now, who, "delete", change_text(old)) for old in olds]
    await tx.many(SQL["insert_change"], changes)
    return tx.rev


async def _codes_of(tx: Transaction, links: Sequence[Link]) -> list[_Code]:
    """The codes that lead to ``links``, in the order in which they were made."""
    rows = await tx.fetch(SQL["codes_of_links"], {"links": to_json([link.id for link in links])})
    return [_Code(*row) for row in rows]


async def _renew(tx: Transaction, links: Sequence[Link], states: dict[str, str] | None = None) -> dict[int, int]:
    """Give every code of ``links`` a new rev, so that workers look at it again, and a new state by its old one, where
    that is to change; the last rev of each link."""
    codes = await _codes_of(tx, links)
    first = await take(tx, len(codes))
    rows = []
    last: dict[int, int] = {}
    for rev, code in enumerate(codes, first):
        state, until = (code.state, code.until) if states is None else (states[code.state], None)
        rows.append({"id": code.id, "state": state, "until": until, "rev": rev})
        last[code.link] = rev
    await tx.many(SQL["update_code"], rows)
    return last


async def _is_new_code(tx: Transaction, old: Link, link: Link, codes: Sequence[_Code]) -> bool:
    """Whether the place that ``old`` gets as ``link`` needs a code of its own; a link may take back one that it had.

    Raises :class:`LinkError`: ``DNS`` or ``INVALID`` where its domain does not take it, ``SLUG_TAKEN``.
    """
    pair = (link.domain, link.slug)
    if link.domain != old.domain:
        refused = refusal(link, await ready_domains(tx, [link]), named=True)
        if refused is not None:
            raise refused
    if pair in [(code.domain, code.slug) for code in codes]:
        return False
    if link.domain == old.domain != "":
        await check_case(tx, link)
    if pair in await taken(tx, [pair]):
        raise LinkError(Code.SLUG_TAKEN, "is already in use", "slug")
    return True


async def _charge_edit(tx: Transaction, old: Link, new: Link) -> None:
    """Count an edit, and what the link counts as from now on but did not before; the reverse is given back."""
    before, after = quotas.costs(old), quotas.costs(new)
    await quotas.charge_all(tx, old.workspace, {"edits": 1} | {thing: 1 for thing in after if thing not in before})
    for thing in before:
        if thing not in after:
            await quotas.refund(tx, old.workspace, thing)
