"""Where ``/metrics`` gets its numbers from: health, hub, clicks.db and the sizes of files."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from admin.metrics import Snapshot
from admin.ports import Health
from clicks import database as statistics
from clicks.answers import State
from clicks.query import Statistics
from clicks.segment import DIRECTORY as JOURNAL
from links import database
from links.errors import LinkError
from links.hub import Hub
from links.locks import WORKERS

Answer = TypeVar("Answer")

_BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps of a database."""

_BLOCK_BYTES = 512
"""The unit of ``st_blocks``, whatever the file system's blocks are (stat(2))."""


class Asks(Protocol):
    """The statistics (``admin.asking.Asking``)."""

    async def ask(self, question: Callable[[Statistics], Answer]) -> Answer:
        """``LinkError``: ``UNAVAILABLE``."""


class Source:
    """Gathers a :class:`Snapshot`. ``expected``: see ``admin.health``."""

    def __init__(self, data_dir: Path, health: Health, hub: Hub, asks: Asks, expected: int) -> None:
        self._data_dir = data_dir
        self._health = health
        self._hub = hub
        self._asks = asks
        self._expected = expected

    async def __call__(self) -> Snapshot:
        status, report = await self._health()
        hub = self._hub
        return Snapshot(
            up=status == 200,
            rev=report["rev"],
            expected=self._expected,
            missing=len(hub.missing()),
            counts={slot - WORKERS.start: counts for slot, counts in hub.counts.items()},
            watermarks={slot - WORKERS.start: rev for slot, rev in hub.watermarks.items()},
            state=await self._state(),
            sizes=await asyncio.to_thread(sizes_of, self._data_dir),
            proxies=len(hub.warnings),
        )

    async def _state(self) -> State | None:
        try:
            return await self._asks.ask(lambda statistics_: statistics_.state())
        except LinkError:
            return None  # the log has it


def sizes_of(data_dir: Path) -> dict[str, int]:
    """Bytes on the disk: databases with what SQLite keeps beside them, and the journal's segments."""
    names = (database.FILE_NAME, statistics.FILE_NAME)
    sizes = {name: _sum(data_dir / (name + end) for end in _BESIDE) for name in names}
    return sizes | {JOURNAL: _sum((data_dir / JOURNAL).glob("*"))}


def _sum(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.lstat().st_blocks * _BLOCK_BYTES
        except FileNotFoundError:
            continue  # not there yet, or counted and removed meanwhile
    return total
