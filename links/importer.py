"""Many links at once, into a database that others are writing to.

Transactions of at most 1,000 rows or about 20 ms, with pauses in which others write. Running it again is safe: a slug
that leads to the same destination already, or a destination without a slug that has a link already, is left alone.
A row that asks for rules, a password, or that nothing is counted is only left alone where the link that is there has
the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import msgspec

from links.allocation import Prepared
from links.columns import WITHHELD
from links.errors import DnsError, LinkError, invalid
from links.hosts import readable
from links.model import Draft, Link
from links.service import Drafts
from links.store import LinkStore
from links.transfer import BadRow, GoodRow, Row, reason_of

WHO = "import"
MOST_ROWS = 1_000
LEAST_ROWS = 250
"""Below that a transaction takes no less time: what it costs on a busy machine is the turns that it waits for a CPU."""
TRANSACTION_S = 0.020
PAUSE_S = 0.003
"""Between two transactions at least; the next rows are read meanwhile. Longer than the millisecond after which a
waiting writer looks again (``links.writer``): it gets its turn."""


class Counts(msgspec.Struct):
    """What became of the rows so far."""

    created: int = 0
    unchanged: int = 0
    failed: int = 0


Asked = list[tuple[int, Prepared]]
"""Rows that are to be made, by line."""


class _Known:
    """What is there already, or is about to be made by an earlier row."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], Link] = {}
        self.led_to: set[tuple[int, str, int, str]] = set()

    @classmethod
    async def of(cls, store: LinkStore, rows: Asked) -> "_Known":
        """What the database knows of the slugs and destinations of ``rows``."""
        known = cls()
        slugs: dict[str, list[str]] = {}
        hashes: dict[tuple[int, str], list[int]] = {}
        for _, item in rows:
            link = item.link
            if item.draw is None:
                slugs.setdefault(link.domain, []).append(link.slug)
            else:
                hashes.setdefault((link.workspace, link.domain), []).append(item.destination_hash)
        for domain, wanted in slugs.items():
            found = await store.by_slugs(domain, wanted)
            known.links.update({(domain, slug): link for slug, link in found.items()})
        for (workspace, domain), numbers in hashes.items():
            pairs = await store.by_destinations(domain, numbers, workspace)
            known.led_to.update((workspace, domain, hash_, location) for hash_, location in pairs)
        return known


class Importer:
    """Imports rows through ``store``.

    ``check`` raises :class:`LinkError` for what ``drafts`` takes on trust: rules, and the number of a workspace.
    ``failed`` is called with each bad row; ``monotonic`` gives seconds.
    """

    def __init__(
        self,
        store: LinkStore,
        drafts: Drafts,
        check: Callable[[Draft], None],
        failed: Callable[[BadRow], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._check = check
        self._failed = failed
        self._monotonic = monotonic
        self._size = LEAST_ROWS
        self._ended: float | None = None
        self.counts = Counts()

    async def run(self, given: Iterable[Row]) -> Counts:
        """Import all rows; what became of them. Raises :class:`LinkError` ``UNAVAILABLE``."""
        source = iter(given)
        while True:
            rows, ended = self._gather(source)
            if rows:
                await self._make(await self._drop_known(rows))
            if ended:
                return self.counts

    def _gather(self, source: Iterator[Row]) -> tuple[Asked, bool]:
        """The next valid rows, and whether the source has ended."""
        rows: Asked = []
        for row in source:
            if isinstance(row, BadRow):
                self._fail(row)
            else:
                self._add(rows, row)
            if len(rows) >= self._size:
                return rows, False
        return rows, True

    def _add(self, rows: Asked, row: GoodRow) -> None:
        draft = row.draft
        try:
            if draft.slug is None and (draft.rules or draft.password or not draft.track):
                # Without one, a plain link to that destination would be taken for it.
                raise invalid("slug", "is required beside rules, a password, or track=false")
            self._check(draft)
            item = self._drafts.prepare(draft)
        except LinkError as error:
            self._fail(BadRow(row.line, reason_of(error)))
            return
        if row.created_at:
            made = msgspec.structs.replace(item.link, created_at=row.created_at)
            item = msgspec.structs.replace(item, link=made)
        rows.append((row.line, item))

    async def _drop_known(self, rows: Asked) -> Asked:
        """The rows that are neither in the database nor twice in the batch."""
        known = await _Known.of(self._store, rows)
        fresh = []
        for line, item in rows:
            link = item.link
            if item.draw is not None:
                place = (link.workspace, link.domain, item.destination_hash, link.location)
                if place in known.led_to:
                    self.counts.unchanged += 1
                    continue
                known.led_to.add(place)
            elif there := known.links.get((link.domain, link.slug)):
                self._same_or_taken(line, link, there)
                continue
            elif link.password == WITHHELD:
                self._fail(BadRow(line, "password: was not exported; `links export --with-passwords` writes its hash"))
                continue
            else:
                known.links[link.domain, link.slug] = link
            fresh.append((line, item))
        return fresh

    def _same_or_taken(self, line: int, link: Link, there: Link) -> None:
        fault = _difference(link, there)
        if fault is None:
            self.counts.unchanged += 1
        else:
            self._fail(BadRow(line, f"slug: {_address(link)} {fault}"))

    async def _make(self, rows: Asked) -> None:
        if not rows:
            return
        before = self._monotonic()
        if self._ended is not None and before - self._ended < PAUSE_S:
            await asyncio.sleep(PAUSE_S - (before - self._ended))
            before = self._monotonic()
        outcomes = await self._store.create([item for _, item in rows], WHO)
        self._ended = self._monotonic()
        # Without the wait for the lock: smaller transactions would only have to wait for it more often.
        took = self._ended - before - self._store.writer.waited_s
        for (line, item), outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, DnsError):
                self._fail(BadRow(line, _no_domain(item.link, outcome)))
            elif isinstance(outcome, LinkError):
                self._fail(BadRow(line, reason_of(outcome)))
            else:
                self.counts.created += 1
        self._size = min(MOST_ROWS, max(LEAST_ROWS, int(len(rows) * TRANSACTION_S / max(took, 0.001))))

    def _fail(self, row: BadRow) -> None:
        self.counts.failed += 1
        self._failed(row)


def _address(link: Link) -> str:
    return f"{readable(link.domain)}/{link.slug}" if link.domain else link.slug


def _difference(link: Link, there: Link) -> str | None:
    """What keeps the row that asks for ``link`` from being satisfied with what is ``there``; ``None`` where nothing
    does. Another workspace's is taken, wherever it leads; what the row does not say is as it is."""
    if there.workspace != link.workspace or there.location != link.location:
        return "already leads elsewhere"
    if link.program is not None and link.program != there.program:
        return "is there already, with other rules"
    if link.password == WITHHELD and not there.password:
        return "is there already, without a password"
    if link.password not in (None, WITHHELD, there.password):
        return "is there already, with another password or none"
    if not link.track and there.track:
        return "is there already, and its visits are counted"
    return None


def _no_domain(link: Link, error: DnsError) -> str:
    """Why a link cannot be on its domain, which is named."""
    host = readable(link.domain)
    if error.expected or error.found:
        return f"domain: the DNS of {host} has not been found to lead here"
    return f"domain: {host} is not registered for workspace {link.workspace}"


class Teller:
    """Tells a running admin of what has been committed, without making the import wait for it.

    ``tell`` is called with a rev and returns when every worker answers it (``links.hub.nudge``).
    """

    def __init__(self, tell: Callable[[int], Awaitable[object]]) -> None:
        self._tell = tell
        self._rev = 0
        self._more = asyncio.Event()

    def committed(self, rev: int) -> None:
        self._rev = rev
        self._more.set()

    async def _run(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            await self._tell(self._rev)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell while inside; on leaving, once more, and wait until it is true of every worker."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._rev:
            await self._tell(self._rev)
