"""Many links at once, into a database that others are writing to.

Transactions of at most 1,000 rows or about 20 ms, with pauses in which others write. Running it again is safe: a slug
that leads to the same destination already, or a destination without a slug that has a link already, is left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import msgspec

from links.allocation import Prepared
from links.errors import LinkError
from links.model import DEFAULT_WORKSPACE, Link
from links.service import Drafts
from links.store import LinkStore
from links.transfer import BadRow, GoodRow, Row, reason_of

WHO = "import"
MOST_ROWS = 1_000
LEAST_ROWS = 250
"""Below that a transaction takes no less time: what it costs on a busy machine is the turns that it waits for a CPU."""
TRANSACTION_S = 0.020
PAUSE_S = 0.003
"""Longer than the millisecond after which a waiting writer looks again (``links.writer``): it gets its turn."""


class Counts(msgspec.Struct):
    """What became of the rows so far."""

    created: int = 0
    unchanged: int = 0
    failed: int = 0


class _Batch:
    """Rows that are to be made in one transaction, by line."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, Prepared]] = []

    def slugs(self) -> list[str]:
        return [item.link.slug for _, item in self.rows if item.draw is None]

    def hashes(self) -> list[int]:
        return [item.destination_hash for _, item in self.rows if item.draw is not None]


class Importer:
    """Imports rows through ``store``.

    ``failed`` is called with each bad row; ``monotonic`` gives seconds.
    """

    def __init__(
        self,
        store: LinkStore,
        drafts: Drafts,
        failed: Callable[[BadRow], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._failed = failed
        self._monotonic = monotonic
        self._size = LEAST_ROWS
        self.counts = Counts()

    async def run(self, rows: Iterable[Row]) -> Counts:
        """Import all rows; what became of them. Raises :class:`LinkError` ``UNAVAILABLE``."""
        source = iter(rows)
        while True:
            batch, ended = self._gather(source)
            if batch.rows:
                await self._make(await self._drop_known(batch))
            if ended:
                return self.counts

    def _gather(self, source: Iterator[Row]) -> tuple[_Batch, bool]:
        """The next valid rows, and whether the source has ended."""
        batch = _Batch()
        for row in source:
            if isinstance(row, BadRow):
                self._fail(row)
            else:
                self._add(batch, row)
            if len(batch.rows) >= self._size:
                return batch, False
        return batch, True

    def _add(self, batch: _Batch, row: GoodRow) -> None:
        try:
            batch.rows.append((row.line, self._drafts.prepare(row.draft)))
        except LinkError as error:
            self._fail(BadRow(row.line, reason_of(error)))

    async def _drop_known(self, batch: _Batch) -> list[tuple[int, Prepared]]:
        """The rows that are neither in the database nor twice in the batch."""
        slugs, hashes = batch.slugs(), batch.hashes()
        by_slug = await self._store.by_slugs("", slugs) if slugs else {}
        # What another workspace has is taken, wherever it leads.
        known = {slug: link.location if link.workspace == DEFAULT_WORKSPACE else None for slug, link in by_slug.items()}
        led_to = await self._store.by_destinations("", hashes) if hashes else set()
        fresh = []
        for line, item in batch.rows:
            link = item.link
            if item.draw is not None:
                pair = (item.destination_hash, link.location)
                if pair in led_to:
                    self.counts.unchanged += 1
                    continue
                led_to.add(pair)
            elif link.slug in known:
                self._same_or_taken(line, link, known[link.slug])
                continue
            else:
                known[link.slug] = link.location
            fresh.append((line, item))
        return fresh

    def _same_or_taken(self, line: int, link: Link, location: str | None) -> None:
        if location == link.location:
            self.counts.unchanged += 1
        else:
            self._fail(BadRow(line, f"slug: {link.slug} already leads elsewhere"))

    async def _make(self, rows: list[tuple[int, Prepared]]) -> None:
        if not rows:
            return
        before = self._monotonic()
        outcomes = await self._store.create([item for _, item in rows], WHO)
        # Without the wait for the lock: smaller transactions would only have to wait for it more often.
        took = self._monotonic() - before - self._store.writer.waited_s
        for (line, _), outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, LinkError):
                self._fail(BadRow(line, reason_of(outcome)))
            else:
                self.counts.created += 1
        self._size = min(MOST_ROWS, max(LEAST_ROWS, int(len(rows) * TRANSACTION_S / max(took, 0.001))))
        await asyncio.sleep(PAUSE_S)

    def _fail(self, row: BadRow) -> None:
        self.counts.failed += 1
        self._failed(row)


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
