"""A link's analytics go when it is deleted, whatever ends in between.

A mark (an empty file of the link's number) is made before the link is deleted and removed once its visits are erased.
Marks that are left, because something failed or this process ended, are looked at now and then: where the link is gone
its visits are erased, else nothing is.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from clicks.erase import erase_link
from clicks.errors import StatisticsError
from links.errors import Code, LinkError

log = logging.getLogger(__name__)

DIRECTORY = "erasing"
"""In the data directory: the marks."""

PATIENCE_S = 3.0
"""How long a deletion waits for it. Single visits of months are looked through: it may go on behind the answer."""

TEND_S = 60.0

Erase = Callable[[Path, int, int], None]


class Erasing:
    """``exists``: whether there is a link of that number; ``now``: epoch milliseconds."""

    def __init__(
        self,
        data_dir: Path,
        exists: Callable[[int], Awaitable[bool]],
        now: Callable[[], int],
        erase: Erase = erase_link,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._data_dir = data_dir
        self._marks = data_dir / DIRECTORY
        self._exists = exists
        self._now = now
        self._erase = erase
        self._patience_s = patience_s
        self._busy: set[int] = set()
        self._running: set[asyncio.Task[bool]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="erasing")

    async def close(self) -> None:
        """Wait for what is being erased."""
        await asyncio.gather(*self._running)
        self._thread.shutdown()

    @asynccontextmanager
    async def of(self, link: int) -> AsyncIterator[None]:
        """Around the deletion of a link. Raises :class:`LinkError` ``UNAVAILABLE`` where it could be forgotten."""
        self._busy.add(link)
        try:
            await self._do(self._mark, link)
            yield
            task = asyncio.create_task(self._finish(link))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.wait({task}, timeout=self._patience_s)
        except OSError as error:
            raise LinkError(Code.UNAVAILABLE, "The deletion cannot be noted at the moment.") from error
        finally:
            self._busy.discard(link)

    async def tend(self) -> None:
        """Look after marks that are left, until cancelled."""
        while True:
            await self.work()
            await asyncio.sleep(TEND_S)

    async def work(self) -> None:
        """Look after marks that are left."""
        try:
            left = await self._do(self._left, 0)
            for link in sorted(left - self._busy):
                if await self._exists(link):
                    await self._do(self._unmark, link)
                else:
                    await self._finish(link)
        except (OSError, LinkError) as error:
            log.warning("analytics of deleted links: %s", error)

    async def _finish(self, link: int) -> bool:
        """Erase a link's visits; whether that is done."""
        try:
            await self._do(self._erased, link)
        except (sqlite3.Error, StatisticsError, OSError) as error:
            log.warning("the analytics of a deleted link are erased later: %s", error)
            return False
        return True

    async def _do(self, what: Callable[[int], set[int]], link: int) -> set[int]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, what, link)

    # In the thread

    def _mark(self, link: int) -> set[int]:
        self._marks.mkdir(mode=0o700, exist_ok=True)
        (self._marks / str(link)).touch(mode=0o600)
        return set()

    def _unmark(self, link: int) -> set[int]:
        (self._marks / str(link)).unlink(missing_ok=True)
        return set()

    def _erased(self, link: int) -> set[int]:
        self._erase(self._data_dir, link, self._now())
        return self._unmark(link)

    def _left(self, _: int) -> set[int]:
        if not self._marks.is_dir():
            return set()
        return {int(path.name) for path in self._marks.iterdir() if path.name.isdecimal()}
