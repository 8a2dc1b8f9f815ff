"""LinkStore: links in SQLite. A public method is one transaction; creates that wait together share one.

Knows nothing of who is told about a commit: ``committed`` is called with its last rev.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite
import msgspec

from links import database, quotas
from links.allocation import SQL, Prepared, choose_slugs, take, take_both, taken
from links.domain_rules import check_case
from links.errors import Code, LinkError
from links.model import DEFAULT_WORKSPACE, Link, LinkPage, LinkQuery
from links.rows import change_text, insert_row, link_of, to_json, update_row
from links.writer import Rows, Transaction, Writer

CREATE_BATCH = 1_000
"""Links that are created in one transaction at most: some 20 ms, which is how long others wait."""

NEWEST = 2**63 - 1


class Change(msgspec.Struct, frozen=True):
    """What an edit makes of a link, decided on the link as it is inside the transaction.

    ``destination_hash`` is ``None`` where the destination stays.
    """

    link: Link
    destination_hash: int | None


class LinkStore:
    """Links, their codes and their history.

    ``now`` gives epoch milliseconds; ``committed`` is called with the last rev of each commit.
    """

    def __init__(
        self,
        writing: aiosqlite.Connection,
        reading: aiosqlite.Connection,
        listing: aiosqlite.Connection,
        now: Callable[[], int],
        committed: Callable[[int], None],
    ) -> None:
        self._connections = (writing, reading, listing)
        self._reading = reading
        self._listing = listing  # a search looks at every link; a look-up by id must not wait for it
        self._now = now
        self.writer = Writer(writing, committed)

    @classmethod
    async def open(
        cls, path: Path, now: Callable[[], int], committed: Callable[[int], None], *, bulk: bool = False
    ) -> Self:
        """Open the database at ``path``; its schema is the caller's care (``links.database.migrate``).

        ``bulk``: for an import, at the price of memory and of a longer WAL.
        """
        connections: list[aiosqlite.Connection] = []
        try:
            for writes in (True, False, False):
                connections.append(await database.connect(path, bulk=bulk and writes))
            store = cls(connections[0], connections[1], connections[2], now, committed)
            await store.writer.start()
        except BaseException:
            for connection in connections:
                await connection.close()
            raise
        return store

    async def close(self) -> None:
        """Finish what is being written and close the connections."""
        try:
            await self.writer.close()
        finally:  # a connection that stays open keeps the process from ending
            for connection in self._connections:
                await connection.close()

    # Reading

    async def read(self, sql: str, parameters: dict[str, Any] | tuple[Any, ...] = ()) -> Rows:
        """Rows of one statement, on the connection for short reads."""
        return list(await self._reading.execute_fetchall(sql, parameters))  # type: ignore[arg-type]

    async def rev(self) -> int:
        """The number of the last change."""
        return int((await self.read(SQL["current_rev"]))[0][0])

    async def get(self, uuid: str) -> Link:
        """Raises :class:`LinkError` ``NOT_FOUND``."""
        rows = await self.read(SQL["link_by_uuid"], {"uuid": uuid})
        if not rows:
            raise LinkError(Code.NOT_FOUND, "no such link")
        return link_of(rows[0])

    async def password_of(self, link: int) -> str | None:
        """The hash of a link's password; ``None`` where there is no such link, or no password."""
        rows = await self.read(SQL["password_of"], {"id": link})
        return rows[0][0] if rows else None

    async def by_slugs(self, domain: str, slugs: list[str]) -> dict[str, Link]:
        """The live links of those slugs that have one."""
        rows = await self.read(SQL["links_by_slug"], {"domain": domain, "slugs": to_json(slugs)})
        return {link.slug: link for link in map(link_of, rows)}

    async def by_destinations(
        self, domain: str, hashes: list[int], workspace: int = DEFAULT_WORKSPACE
    ) -> set[tuple[int, str]]:
        """(hash, location) of those destinations that have a link of ``workspace``."""
        values = {"domain": domain, "hashes": to_json(hashes), "workspace": workspace}
        return {(row[0], row[1]) for row in await self.read(SQL["links_by_destination"], values)}

    async def page(self, query: LinkQuery) -> LinkPage:
        """One page of a workspace's links, newest first."""
        which = "links" if query.label is None else "labelled"
        filters: dict[str, Any] = {
            "label": query.label,
            "enabled": query.enabled,
            "search": query.search,
        }
        is_filtered = any(value is not None for value in filters.values())
        if query.label is None:
            del filters["label"]
        filters["workspace"] = query.workspace
        window = {
            "before": NEWEST if query.before is None else query.before,
            "limit": query.limit + 1,  # one more tells whether there is a next page
            "offset": query.offset,
        }
        # How many there are without a filter is kept: to count a million takes longer than the page.
        counting = SQL[f"count_{which}"] if is_filtered else quotas.SQL["used_links"]
        total = list(await self._listing.execute_fetchall(counting, filters))
        rows = list(await self._listing.execute_fetchall(SQL[f"list_{which}"], filters | window))
        links = [link_of(row) for row in rows[: query.limit]]  # type: ignore[arg-type]
        more = len(rows) > query.limit
        return LinkPage(links, int(total[0][0]) if total else 0, links[-1].id if more and links else None)

    async def history(self, link: int) -> list[tuple[int, int, str, str, str | None]]:
        """(rev, time in ms, who, action, JSON of what the link was before) of each change, oldest first."""
        return [tuple(row) for row in await self.read(SQL["history"], {"link": link})]

    async def export(self, after: int, limit: int) -> list[Link]:
        """Links with an id above ``after``, by id."""
        rows = await self._listing.execute_fetchall(SQL["export_page"], {"after": after, "limit": limit})
        return [link_of(row) for row in rows]  # type: ignore[arg-type]

    # Writing

    async def create(self, items: list[Prepared], who: str) -> list[Link | LinkError]:
        """Make links; for each the link, or a :class:`LinkError`: ``SLUG_TAKEN``, ``LIMIT``, or ``UNAVAILABLE`` where
        no free slug could be drawn. At most CREATE_BATCH items.

        All creates that wait for the writer at the same time are made by the same few statements.
        """
        made: list[Link | LinkError] = await self.writer.submit_grouped(self._insert, (items, who), len(items))
        return made

    async def edit(
        self,
        uuid: str,
        decide: Callable[[Link], Change | None],
        who: str,
        grace_ms: int,
        workspace: int | None = None,
    ) -> Link:
        """Change a link. ``decide`` gets it as it is and says what it shall be (``None``: nothing to change).

        A new slug makes the old one answer for ``grace_ms`` more. Raises :class:`LinkError` ``NOT_FOUND`` (also for a
        link that is not of ``workspace``, where that is given), ``SLUG_TAKEN`` or ``LIMIT``.
        """

        async def operation(tx: Transaction) -> Link:
            old = await _link_in(tx, uuid, workspace)
            change = decide(old)
            if change is None:
                return old
            return await self._write_edit(tx, old, change, who, grace_ms)

        link: Link = await self.writer.submit(operation)
        return link

    async def delete(self, uuid: str, who: str, *, keep_code: bool = False, workspace: int | None = None) -> int:
        """Delete a link; the rev of it. Its code is free again, or kept from being used again.

        Raises :class:`LinkError` ``NOT_FOUND``, also for a link that is not of ``workspace``, where that is given.
        """

        async def operation(tx: Transaction) -> int:
            return await self._write_delete(tx, await _link_in(tx, uuid, workspace), who, keep_code=keep_code)

        rev: int = await self.writer.submit(operation)
        return rev

    async def delete_expired(self, who: str) -> int:
        """Delete links of nobody whose time is over, at most 50 at once (some 20 ms); how many there were."""

        async def operation(tx: Transaction) -> int:
            expired = await tx.fetch(SQL["expired_unowned"], {"now": self._now()})
            for (uuid,) in expired:
                await self._write_delete(tx, await _link_in(tx, uuid), who, keep_code=False)
            return len(expired)

        count: int = await self.writer.submit(operation)
        return count

    async def end_graces(self) -> int:
        """Free old slugs whose time is over, at most 1,000 at once; how many there were."""

        async def operation(tx: Transaction) -> int:
            ended = await tx.fetch(SQL["ended_graces"], {"now": self._now()})
            if ended:
                first = await take(tx, len(ended))
                rows = [{"id": row[0], "state": "gone", "until": None, "rev": first + n} for n, row in enumerate(ended)]
                await tx.many(SQL["update_code"], rows)
            return len(ended)

        count: int = await self.writer.submit(operation)
        return count

    async def _insert(
        self, tx: Transaction, creates: Sequence[tuple[list[Prepared], str]]
    ) -> list[list[Link | LinkError]]:
        """Make the links of several creates: first decide which slugs they get, then write."""
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
        now = self._now()
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

    async def _write_edit(self, tx: Transaction, old: Link, change: Change, who: str, grace_ms: int) -> Link:
        now = self._now()
        codes = await tx.fetch(SQL["codes_of_link"], {"link": old.id})
        renamed = change.link.slug != old.slug
        # A link may take back an old slug of its own; any other that is taken is taken.
        own = {code[2]: code[0] for code in codes}
        new_slug = renamed and change.link.slug not in own
        if new_slug and old.domain:
            await check_case(tx, change.link)
        if new_slug and (old.domain, change.link.slug) in await taken(tx, [(old.domain, change.link.slug)]):
            raise LinkError(Code.SLUG_TAKEN, "is already in use", "slug")
        await quotas.charge(tx, old.workspace, "edits")  # last of what may refuse: it writes
        first = await take(tx, len(codes) + new_slug)
        rows = []
        for n, (id_, _, slug, state, until) in enumerate(codes):
            if renamed and state == "live":
                state, until = ("grace", now + grace_ms) if grace_ms else ("gone", None)
            elif renamed and slug == change.link.slug:
                state, until = "live", None
            rows.append({"id": id_, "state": state, "until": until, "rev": first + n})
        await tx.many(SQL["update_code"], rows)
        if new_slug:
            await tx.many(SQL["insert_code"], [(old.domain, change.link.slug, old.id, "live", None, tx.rev)])
        link = msgspec.structs.replace(change.link, rev=tx.rev, edits=old.edits + 1, updated_at=now)
        await tx.fetch(SQL["update_link"], update_row(link, change.destination_hash))
        if link.labels != old.labels:
            await tx.many(SQL["delete_labels"], [(label, old.id) for label in old.labels])
            await tx.many(SQL["insert_label"], [(label, old.id) for label in link.labels])
        await tx.many(SQL["insert_change"], [(tx.rev, old.id, now, who, "edit", change_text(old))])
        return link

    async def _write_delete(self, tx: Transaction, old: Link, who: str, *, keep_code: bool) -> int:
        codes = await tx.fetch(SQL["codes_of_link"], {"link": old.id})
        first = await take(tx, len(codes))
        ended = {"live": "kept" if keep_code else "gone", "grace": "gone"}
        rows = [
            {"id": code[0], "state": ended[code[3]], "until": None, "rev": first + n} for n, code in enumerate(codes)
        ]
        await tx.many(SQL["update_code"], rows)
        await tx.many(SQL["delete_labels"], [(label, old.id) for label in old.labels])
        await tx.fetch(SQL["delete_link"], {"id": old.id})
        for thing in quotas.costs(old):
            await quotas.refund(tx, old.workspace, thing)
        await tx.many(SQL["insert_change"], [(tx.rev, old.id, self._now(), who, "delete", change_text(old))])
        return tx.rev


async def _link_in(tx: Transaction, uuid: str, workspace: int | None = None) -> Link:
    rows = await tx.fetch(SQL["link_by_uuid"], {"uuid": uuid})
    link = link_of(rows[0]) if rows else None
    if link is None or workspace not in (None, link.workspace):
        raise LinkError(Code.NOT_FOUND, "no such link")
    return link
