"""What has been counted, for the APIs: questions to clicks.db, in threads of their own and with an end.

The database may not be there (no collector has been at work): then nothing has been counted. It may come at any time.
"""

import logging
import sqlite3
import threading
from asyncio import wrap_future
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import tzinfo
from pathlib import Path
from typing import TypeVar

from clicks.answers import Counts
from clicks.classes import Kind
from clicks.errors import StatisticsError
from clicks.query import Statistics
from links.bio_model import BioPage
from links.errors import Code, LinkError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

TIMEOUT_S = 5.0
"""For a question: a chart of some days takes milliseconds, the widest that can be asked for some
hundreds."""

MOST_WAITING = 64
"""Questions that wait for a thread. More are refused: they would be answered when nobody waits any more."""


class Asking:
    """Asks :class:`clicks.query.Statistics`. ``monotonic``: seconds; ``threads``: questions at the same time."""

    def __init__(
        self,
        path: Path,
        zone: tzinfo,
        counted: Collection[Kind],
        monotonic: Callable[[], float],
        *,
        threads: int = 1,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.zone = zone
        self.counted = frozenset(counted)
        self._path = path
        self._monotonic = monotonic
        self._timeout_s = timeout_s
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="statistics")
        self._mine = threading.local()
        self._opened: list[Statistics] = []
        self._lock = threading.Lock()
        self._waiting = 0

    def close(self) -> None:
        """Questions that wait are dropped, those that are being answered waited for."""
        self._workers.shutdown(cancel_futures=True)
        for statistics in self._opened:
            statistics.close()

    async def ask(self, question: Callable[[Statistics], Answer]) -> Answer:
        """What ``question`` makes of the statistics, in a thread. Raises :class:`LinkError` ``UNAVAILABLE`` where they
        cannot be read, it takes too long, or too many wait."""
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise LinkError(Code.UNAVAILABLE, "Too many questions about statistics wait. Try again in a second.")
            self._waiting += 1
        future: Future[Answer] = self._workers.submit(self._answer, question)
        future.add_done_callback(self._answered)
        try:
            return await wrap_future(future)
        except (sqlite3.Error, StatisticsError) as error:
            log.warning("statistics cannot be read: %s", error)
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                message = "This takes too long at the moment. Ask for fewer days or links."
                raise LinkError(Code.UNAVAILABLE, message) from error
            raise LinkError(Code.UNAVAILABLE, "The statistics cannot be read at the moment.") from error

    def _answered(self, _: object) -> None:
        with self._lock:
            self._waiting -= 1

    def _answer(self, question: Callable[[Statistics], Answer]) -> Answer:
        mine = self._mine
        mine.end = self._monotonic() + self._timeout_s
        if getattr(mine, "statistics", None) is None:
            mine.statistics = Statistics(
                self._path, self.zone, self.counted, lambda: self._monotonic() > self._mine.end
            )
            self._opened.append(mine.statistics)
        try:
            with mine.statistics.snapshot():
                return question(mine.statistics)
        except sqlite3.Error:
            # Opened anew for the next one: the file may have been replaced.
            self._opened.remove(mine.statistics)
            mine.statistics.close()
            mine.statistics = None
            raise


class VisitCounts:
    """How often links and bio pages have been visited, for their own answers: what cannot be read at the moment is told
    to the log, and nothing has been counted. An answer about links does not fail for want of statistics."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def of_links(self, ids: Sequence[int]) -> Mapping[int, Counts]:
        """By the link's number; those that are left out have not been visited."""
        if not ids:
            return {}
        try:
            return await self._asking.ask(lambda statistics: statistics.counts_of(ids))
        except LinkError:
            return {}  # the log has it

    async def of_pages(self, pages: Sequence[BioPage]) -> Mapping[int, tuple[int, int]]:
        """How often each page has been seen, and links on it followed from a bio page. A link on two pages counts for
        both: a visit does not say from which it came."""
        buttons = {page.id: {button.link for button in page.buttons if button.link} for page in pages}
        counts = await self.of_links([*buttons, *{link for links in buttons.values() for link in links}])
        none = Counts()
        return {
            page: (counts.get(page, none).views, sum(counts.get(link, none).bio_clicks for link in links))
            for page, links in buttons.items()
        }
