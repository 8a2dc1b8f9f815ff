"""A worker's journal and its keeper, put together as the settings ask for it."""

from collections.abc import Callable
from pathlib import Path

from clicks.journal import Journal
from clicks.keeper import Keeper
from clicks.settings import MIB, ClicksSettings
from server.visits import Visits, nobody

MOST_AGE_NS = 3_600 * 1_000_000_000
"""An hour: how long a segment takes visits. A segment has addresses in it, and the collector removes it when it is
counted to its end, which on a quiet site would not come for months."""


class Recording:
    """``visits``: where answers are handed. ``directory``: where segments are kept; ``clock_ns``: epoch nanoseconds."""

    def __init__(self, settings: ClicksSettings, directory: Path, clock_ns: Callable[[], int]) -> None:
        self._journal = Journal(clock_ns)
        memory = Path(settings.memory_dir) if settings.memory_dir else None
        self._keeper = Keeper(self._journal, directory, clock_ns(), settings.journal_mib * MIB, memory)
        self._is_on = settings.record_visits
        visit = self._journal.visit if self._is_on else nobody
        self.visits = Visits(visit, not_found=settings.record_not_found)

    def start(self) -> None:
        """From now on visits are written down. They are answered whether that works or not."""
        if self._is_on:
            self._keeper.start()

    def end_old(self) -> None:
        """Now and then: no segment stays open for ever."""
        self._journal.end_old(MOST_AGE_NS)

    def stop(self) -> None:
        """After the last answer: everything is on the disk when this returns."""
        if self._is_on:
            self._keeper.stop()

    @property
    def lost(self) -> int:
        """Visits that could not be recorded."""
        return self._journal.lost

    @property
    def shortened(self) -> int:
        """Visits of which time and link alone were recorded."""
        return self._journal.shortened

    def state(self) -> dict[str, object]:
        """For ``/healthz``: whether visits are recorded ``in full``, only ``time and link``, or ``off``; and how many
        could not be."""
        how = "off" if not self._is_on else "time and link" if self._journal.bare else "in full"
        return {"recorded": how, "lost": self._journal.lost}
