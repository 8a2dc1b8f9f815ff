"""Counts what stands in the journals, once: reads, classifies, sums up, stores, and removes what has been counted.

One step at a time, so that whoever drives it (``fingerpost.collecting``) decides about threads, beats and the end.
Nothing is lost or counted twice whenever it is killed: what has been read is as far as the last commit says, and a
segment is removed only after a commit that says that all of it is counted.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from clicks.aggregate import Aggregate, Profile
from clicks.batch import Owners, Rows, rows_of
from clicks.caps import Caps
from clicks.classify import REMEMBERED_SECTIONS, Classifier
from clicks.errors import StatisticsError
from clicks.lookups import Sections
from clicks.raw import RawVisits
from clicks.reader import Chunk, SegmentReader
from clicks.segment import Name, names
from clicks.singles import Kept
from clicks.store import Erasure, Notes, Position, Store
from clicks.tally import Source, Tally

log = logging.getLogger(__name__)

BATCH_VISITS = 400_000
"""Visits that are held in memory: the collector takes some 300 MB then, caches included. More of them at once cost less
each, as links come again."""

STEP_VISITS = 50_000
"""Visits that a step reads: it is to be over soon, also where the processor is slow and has others to serve first."""

MOST_PROFILES = 2 * REMEMBERED_SECTIONS
"""Of header sections that are known at a time."""

RAW_VISITS = 20_000
"""Single visits that wait to be written; there is no need for them to wait for the rest of the batch."""

COMMIT_S = 0.5
BEHIND_COMMIT_S = 10.0
"""How long a visit waits to be stored with others; and while there is a backlog, which is to fill its batches."""

RETRY_S = 2.0
"""Between two attempts to store a batch."""

RECORD_BYTES = 80
"""What a visit takes of a journal, about: for the length of a backlog in records."""

NS_IN_MS = 1_000_000


class Following:
    """A segment that is being read, and what its header sections came to. ``profile_of``: that of such a text.

    Nothing that it holds holds it in turn: it has megabytes, and is to be gone when the segment is done
    (``fingerpost.collecting`` looks for such cycles only when there is nothing to count).
    """

    def __init__(self, directory: Path, name: Name, position: int, profile_of: Callable[[bytes], Profile]) -> None:
        self.reader = reader = SegmentReader(directory, name, position)
        self.sections = Sections(reader.size, lambda at: profile_of(reader.section(at) if at else b""))
        self.generation = 0


class Collector:
    """``directory``: the journal's. ``clock_ns``: epoch nanoseconds; ``monotonic``: seconds. ``raw``: where visits are
    kept one by one, if they are.

    ``lag``: records that have not been read (about), and the age of the oldest of them in milliseconds, as of the last
    step; ``complaint``: why nothing can be stored, "" while all is well.
    """

    def __init__(
        self,
        directory: Path,
        store: Store,
        classifier: Classifier,
        aggregate: Aggregate,
        owners: Owners,
        raw: RawVisits | None,
        clock_ns: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._store = store
        self._classifier = classifier
        self._aggregate = aggregate
        self._owners = owners
        self._raw = raw
        self._clock_ns = clock_ns
        self._monotonic = monotonic
        self._caps = Caps(store.stored)
        self._tally = Tally(classifier, aggregate)

        self.complaint = ""
        self.lag = (0, 0)
        self.visits = 0

        # As of the last commit.
        self._positions = store.positions()
        # Since then.
        self._open: dict[Name, Following] = {}
        self._profiles: dict[bytes, Profile] = {}
        self._generation = 0
        self._moved: dict[Name, Position] = {}
        self._kept = Kept()
        self._torn = 0
        self._since: float | None = None
        self._enough = BATCH_VISITS
        self._retry_at = 0.0
        self._has_written_raw = False
        self._erased_since: list[Erasure] = []

        self._last_erasure = 0
        self._erased: dict[int, int] = {}
        self._newest_ns = 0

    def step(self) -> bool:
        """Read some, and store what is due; whether there is more to do at once."""
        if self.complaint:
            if self._monotonic() < self._retry_at:
                return False
            self._commit()
            return not self.complaint
        more = self._read()
        if self._is_due(more):
            self._commit()
        return more

    def finish(self) -> None:
        """Store what has been read. The collector is of no use afterwards but to be closed."""
        if self._since is not None:
            self._commit()

    def close(self) -> None:
        for following in self._open.values():
            following.reader.close()
        self._open.clear()

    # Reading

    def _read(self) -> bool:
        """Read a step's visits, or until the batch is full or all has been read; whether there is more."""
        self._see_erasures()
        left = 0
        self._enough = min(BATCH_VISITS, self._aggregate.visits + STEP_VISITS)
        for name in sorted({*names(self._directory), *self._open}):
            if self._aggregate.visits >= self._enough or self.complaint:
                left += 1
                break
            following = self._open.get(name) or self._begin(name)
            if following is None:
                continue
            following.reader.look()
            if self._read_segment(following):
                left += 1
        self._measure(left > 0)
        return left > 0

    def _begin(self, name: Name) -> Following | None:
        known = self._moved.get(name) or self._positions.get(name)
        if known is not None and known.done:
            # Read to its end, in this batch or before: its file is to go once that is stored.
            if name in self._positions and self._positions[name].done:
                self._remove(name)
            return None
        try:
            position = 0 if known is None else known.position
            following = Following(self._directory, name, position, self._profile)
        except FileNotFoundError:  # it had no visits, and its writer has just taken it away
            return None
        self._open[name] = following
        return following

    def _read_segment(self, following: Following) -> bool:
        """Read on in one segment; whether there is more in it for another batch."""
        reader = following.reader
        torn = reader.torn
        before = reader.position
        while not (chunk := reader.chunk()).is_empty:
            self._count(following, chunk)
            if self._aggregate.visits >= self._enough:
                break
            if len(self._kept) >= RAW_VISITS and not self._write_raw():
                break
        self._torn += reader.torn - torn
        if reader.position != before or reader.done:
            self._moved[reader.name] = Position(reader.position, reader.done)
            if self._since is None:
                self._since = self._monotonic()
        if reader.done:
            reader.close()
            del self._open[reader.name]
            return False
        return not chunk.is_empty

    def _count(self, following: Following, chunk: Chunk) -> None:
        aggregate = self._aggregate
        if len(aggregate.profiles) > MOST_PROFILES:
            aggregate.forget_profiles()
        if self._generation != aggregate.generation:
            self._profiles.clear()
            self._generation = aggregate.generation
        if following.generation != aggregate.generation:
            following.sections.clear()
            following.generation = aggregate.generation
        kept = None if self._raw is None else self._kept
        self._tally.count(chunk, Source(following.reader.name, following.sections, self._erased, kept))
        self._newest_ns = chunk.last[3]

    def _profile(self, text: bytes) -> Profile:
        """That of a header section; ``b""``: of a visit without one."""
        found = self._profiles.get(text)
        if found is None:
            if len(self._profiles) >= REMEMBERED_SECTIONS:
                self._profiles.clear()
            found = self._profiles[text] = self._aggregate.profile(self._classifier.facts_of(text))
        return found

    def _see_erasures(self) -> None:
        """Forget what has been erased since the last time, and do not count what is still to be read of it."""
        erasures = self._store.erasures(self._last_erasure)
        if not erasures:
            return
        self._last_erasure = erasures[-1].id
        erased = {erasure.subject: erasure.until_ms for erasure in erasures}
        self._erased |= erased
        self._aggregate.drop(erased)
        if self._has_written_raw:
            self._erased_since += erasures
        self._kept.drop(erased)

    def _measure(self, is_behind: bool) -> None:
        """Work out the lag."""
        left = sum(following.reader.left_bytes for following in self._open.values())
        if is_behind:
            for name in names(self._directory):
                if name not in self._open and name not in self._moved and name not in self._positions:
                    left += self._size(name)
        age_ms = max(0, self._clock_ns() - self._newest_ns) // NS_IN_MS if is_behind else 0
        self.lag = (left // RECORD_BYTES, age_ms)

    def _size(self, name: Name) -> int:
        try:
            return (self._directory / str(name)).stat().st_size
        except FileNotFoundError:
            return 0

    # Storing

    def _is_due(self, more: bool) -> bool:
        if self._since is None:
            return False
        waits_s = BEHIND_COMMIT_S if more else COMMIT_S
        return self._aggregate.visits >= BATCH_VISITS or self._monotonic() - self._since >= waits_s

    def _commit(self) -> None:
        """Store the batch, then remove what is wholly counted. Where it cannot be stored it is kept, and nothing more
        is read until it can."""
        forgotten = [
            name
            for name in self._positions
            if name not in self._open and name not in self._moved and not self._exists(name)
        ]
        try:
            if not self._write_raw():
                return
            self._store.commit(self._rows, self._moved, forgotten, self._notes())
        except (sqlite3.Error, StatisticsError, OSError) as error:
            self._caps.forget()
            self._complain(f"visits cannot be counted at the moment: {error}")
            return
        self._complain("")
        for name in forgotten:
            del self._positions[name]
        self._positions |= self._moved
        done = [name for name, at in self._moved.items() if at.done]
        self.visits += self._aggregate.visits
        self._aggregate.clear()
        self._moved = {}
        self._has_written_raw = False
        self._erased_since = []
        self._torn = 0
        self._tally.clear()
        self._since = None
        for name in done:
            self._remove(name)

    def _write_raw(self) -> bool:
        """Write single visits down, ahead of the rollups: what is read again after that is there already. Whether that
        could be done."""
        if self._raw is None or not len(self._kept):
            return True
        try:
            self._raw.write(self._kept.few, self._kept.many)
        except (sqlite3.Error, OSError) as error:
            self._complain(f"visits cannot be counted at the moment: {error}")
            return False
        self._kept = Kept()
        self._has_written_raw = True
        return True

    def _rows(self) -> Rows:
        self._see_erasures()
        for erasure in self._erased_since:
            if self._raw is not None:  # written a moment ago
                self._raw.erase(erasure.subject, erasure.until_ms)
        return rows_of(self._aggregate, self._owners, self._caps, self._store.name_id)

    def _notes(self) -> Notes:
        records, age_ms = self.lag
        now_ms = self._clock_ns() // NS_IN_MS
        damaged = self._torn + self._tally.damaged
        return Notes(self._aggregate.visits, self._tally.lost, damaged, now_ms, records, age_ms)

    def _complain(self, complaint: str) -> None:
        if complaint:
            self._retry_at = self._monotonic() + RETRY_S
        if complaint != self.complaint:
            log.warning("collector: %s", complaint or "visits are counted again")
            self.complaint = complaint

    def _exists(self, name: Name) -> bool:
        return os.path.lexists(self._directory / str(name))  # a link may lead nowhere until a worker has tidied up

    def _remove(self, name: Name) -> None:
        """Remove a segment that is wholly counted. One that cannot be removed is tried again at the next look; so is
        one in memory: its writer is about to put the copy into this place, and it must not come back then."""
        path = self._directory / str(name)
        try:
            if not path.is_symlink():
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("collector: %s cannot be removed: %s", path, error.strerror)
