"""A worker's end of the feed: load everything, then follow, so that nothing acknowledged is ever missed.

Knows nothing of the table: rows are handed to ``apply``. Three things make it look for changes: a line from the hub,
a miss (:meth:`Follower.moved`), and, while there is no hub, a clock.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from links import socketpath
from links.feed import FOLLOW_PAGE, PAGE, FeedReader

log = logging.getLogger(__name__)

POLL_S = 0.25
"""How often a worker without a hub looks for changes: so long an edit of the command line may be unseen."""

Rows = Sequence[tuple[Any, ...]]
Apply = Callable[[Rows], object]
"""Applies rows, in their order."""


async def _next_turn() -> None:
    await asyncio.sleep(0)


class Follower:
    """Keeps a table current with the database of ``data_dir``.

    ``apply`` as :data:`Apply`; ``turn`` returns when whatever else the event loop has to do has had its turn. ``slot``
    is the lock byte that this worker holds from the end of loading on; whoever takes the lock sets it before
    :meth:`run`.
    """

    slot = -1

    def __init__(
        self,
        reader: FeedReader,
        data_dir: Path,
        apply: Apply,
        turn: Callable[[], Awaitable[object]] = _next_turn,
    ) -> None:
        self._reader = reader
        self._socket = data_dir / socketpath.FILE_NAME
        self._apply = apply
        self._turn = turn
        self._loader = ThreadPoolExecutor(1, "load")
        self.rev = 0
        self.connected = False
        self._seen_version = -1
        self._round: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._went = asyncio.Event()

    async def load(self) -> None:
        """Read everything there is, in a thread; the event loop only has to stay alive meanwhile."""
        self._seen_version = self._reader.version()
        await asyncio.get_running_loop().run_in_executor(self._loader, self._load)

    def _load(self) -> None:
        self.rev = self._reader.rev()
        self._apply_pages(self._reader.domains, 0)
        self._apply_pages(self._reader.scan, 0)
        self._apply_pages(self._reader.bio_pages, 0)
        # What changed while that was read, some of it seen already: applying a row twice does no harm.
        self.rev = self._apply_pages(self._reader.read, self.rev)

    def _apply_pages(self, read: Callable[[int], Rows], after: int) -> int:
        """Apply all pages of ``read``; the first field of the last row."""
        while True:
            rows = read(after)
            self._apply(rows)
            if rows:
                after = int(rows[-1][0])
            if len(rows) < PAGE:
                return after

    def close(self) -> None:
        """Give up a look that is under way, and close the reader."""
        if self._round is not None:
            self._round.cancel()
        self._loader.shutdown(wait=True)
        self._reader.close()

    def is_current(self) -> bool:
        """Whether nothing has been committed that the table may lack: 2–3 µs."""
        return self._reader.version() == self._seen_version

    async def moved(self) -> bool:
        """Whether anything has been committed that the table may lack; if so it has been applied on return.

        A miss asks this before it becomes a 404: a link may have been acknowledged by an admin that does not know
        of this worker (yet). Costs 2–3 µs where nothing has been committed.
        """
        if self.is_current():
            return False
        await self.catch_up()
        return True

    async def catch_up(self) -> None:
        """Apply everything that was committed before this call."""
        if self._round is not None:
            await asyncio.wait({self._round})  # it may have read before the commit that we are asked for
        if self._round is None:
            self._round = asyncio.create_task(self._read_round())
        await asyncio.shield(self._round)

    async def _read_round(self) -> None:
        """Read and apply, a page at a turn. Not in a thread, though a read may wait for the disk in theory: what is
        new has just been written and is in memory, and a thread gives up the interpreter at each row and wants it back
        for the next, which costs the event loop more than the rows do."""
        try:
            version = self._reader.version()  # before the reads: a commit during them asks for one more round
            while rows := self._reader.read(self.rev, FOLLOW_PAGE):
                self._apply(rows)
                self.rev = int(rows[-1][0])
                self._say_at()
                if len(rows) < FOLLOW_PAGE:
                    break
                await self._turn()
            self._seen_version = version
        finally:
            self._round = None

    def _say_at(self) -> None:
        # The hub may have died just now, which the session is about to learn: uvloop raises for what is written then.
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(b"AT %d\n" % self.rev)

    def tell(self, line: bytes) -> None:
        """Say ``line`` to the hub, where one is connected."""
        if self.connected and self._writer is not None and not self._writer.is_closing():
            self._writer.write(line)

    async def wait_until_waited_for(self) -> None:
        """Return when the hub says GO and what it names has been applied, or when there is no hub."""
        await self._went.wait()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                with socketpath.short(self._socket) as path:
                    reader, writer = await asyncio.open_unix_connection(path)
            except OSError:  # no admin at the moment
                await self._look()
                self._went.set()
                await asyncio.sleep(POLL_S)
                continue
            try:
                await self._session(reader, writer)
            except (ConnectionError, ValueError) as error:
                log.warning("the feed connection ended: %r", error)
            finally:
                was_connected, self.connected = self.connected, False
                self._writer = None
                writer.close()
            await self._look()
            if not was_connected:  # whoever is there does not want us: no reason to ask again at once
                await asyncio.sleep(POLL_S)

    async def _look(self) -> None:
        """Poll: read if anything has been committed."""
        if not self.is_current():
            await self.catch_up()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._look()
        self._writer = writer
        writer.write(b"READY %d %d\n" % (self.slot, self.rev))
        while line := await reader.readline():
            word, number = line.split()
            if word not in (b"GO", b"REV"):
                raise ValueError(line)
            if int(number) > self.rev:
                await self.catch_up()
                self.rev = max(self.rev, int(number))
            self._say_at()
            self.connected = True
            self._went.set()
