"""LinkStore: links in SQLite. A public method is one transaction; creates that wait together share one.

Knows nothing of who is told about a commit: ``committed`` is called with its last rev.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

from links import changing, database, quotas
from links.allocation import SQL, Prepared, take
from links.changing import Change
from links.errors import Code, LinkError
from links.model import DEFAULT_WORKSPACE, Link, LinkPage, LinkQuery, LinkRef
from links.rows import link_of, to_json
from links.writer import Rows, Transaction, Writer

CREATE_BATCH = 1_000
"""Links that are created in one transaction at most: some 20 ms, which is how long others wait."""

NEWEST = 2**63 - 1


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

    async def get(self, ref: LinkRef) -> Link:
        """Raises :class:`LinkError` ``NOT_FOUND``."""
        by = "links_by_id" if isinstance(ref, int) else "links_by_uuid"
        rows = await self.read(SQL[by], {"refs": to_json([ref])})
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
        is_typed = query.label is None and query.kinds is not None and "" not in query.kinds
        filters: dict[str, Any] = {
            "label": query.label,
            "enabled": query.enabled,
            "search": query.search,
            "kinds": None if query.kinds is None else to_json(query.kinds),
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
        listing = SQL["list_typed" if is_typed else f"list_{which}"]
        counting = SQL[f"count_{which}"] if is_filtered else quotas.SQL["used_links"]
        total = list(await self._listing.execute_fetchall(counting, filters)) if query.counted else []
        rows = list(await self._listing.execute_fetchall(listing, filters | window))
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

    async def _insert(
        self, tx: Transaction, creates: Sequence[tuple[list[Prepared], str]]
    ) -> list[list[Link | LinkError]]:
        return await changing.insert(tx, creates, self._now())

    async def edit(
        self,
        ref: LinkRef,
        decide: Callable[[Link], Change | None],
        who: str,
        grace_ms: int,
        workspace: int | None = None,
    ) -> Link:
        """Change a link. ``decide`` gets it as it is and says what it shall be (``None``: nothing to change).

        A new slug or domain makes the old address answer for ``grace_ms`` more. Raises :class:`LinkError`
        ``NOT_FOUND`` (also for a link that is not of ``workspace``, where that is given), ``SLUG_TAKEN``, ``INVALID``,
        ``DNS`` or ``LIMIT``, and whatever ``decide`` raises.
        """

        async def operation(tx: Transaction) -> Link:
            old = await changing.find(tx, ref, workspace)
            change = decide(old)
            if change is None:
                return old
            return await changing.edit(tx, old, change, who, grace_ms, self._now())

        link: Link = await self.writer.submit(operation)
        return link

    async def switch(self, uuids: Sequence[str], who: str, workspace: int, *, enabled: bool) -> tuple[int, int]:
        """Switch those of ``uuids`` that are links of ``workspace`` on or off, all or none; how many these are, and the
        rev of it (0 where nothing had to change). Raises :class:`LinkError` ``LIMIT``."""

        async def operation(tx: Transaction) -> tuple[int, int]:
            links = await changing.find_all(tx, list(dict.fromkeys(uuids)), workspace)
            before = tx.rev
            await changing.switch(tx, links, who, self._now(), enabled=enabled)
            return len(links), 0 if tx.rev == before else tx.rev

        switched: tuple[int, int] = await self.writer.submit(operation, len(uuids))
        return switched

    async def delete(self, ref: LinkRef, who: str, *, keep_code: bool = False, workspace: int | None = None) -> int:
        """Delete a link; the rev of it. Its code is free again, or kept from being used again.

        Raises :class:`LinkError` ``NOT_FOUND``, also for a link that is not of ``workspace``, where that is given.
        """

        async def operation(tx: Transaction) -> int:
            link = await changing.find(tx, ref, workspace)
            return await changing.delete(tx, [link], who, self._now(), keep_codes=keep_code)

        rev: int = await self.writer.submit(operation)
        return rev

    async def delete_all(
        self, ids: Sequence[int], who: str, workspace: int, *, keep_codes: bool
    ) -> tuple[list[int], int]:
        """Delete those of ``ids`` that are links of ``workspace``: their numbers, and the rev of it (0 where there are
        none)."""

        async def operation(tx: Transaction) -> tuple[list[int], int]:
            links = await changing.find_all(tx, list(dict.fromkeys(ids)), workspace)
            rev = await changing.delete(tx, links, who, self._now(), keep_codes=keep_codes)
            return [link.id for link in links], rev if links else 0

        deleted: tuple[list[int], int] = await self.writer.submit(operation, len(ids))
        return deleted

    async def delete_expired(self, who: str) -> int:
        """Delete links of nobody whose time is over, at most 50 at once (some 20 ms); how many there were."""

        async def operation(tx: Transaction) -> int:
            expired = [row[0] for row in await tx.fetch(SQL["expired_unowned"], {"now": self._now()})]
            await changing.delete(tx, await changing.find_all(tx, expired), who, self._now(), keep_codes=False)
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
