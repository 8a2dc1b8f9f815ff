"""Visits one by one, for a while: monthly files ``clicks-YYYY-MM.db``, each dropped as a whole.

No addresses, and of referrers hosts only, unless settings say otherwise. What a header section says stands once a file
(a *profile*), and so do class, place, campaign and rule (*traits*): a row is six numbers. A visit's key is where it
stood in the journal, so that writing it twice is writing it once: these files are written before the rollups, and
SQLite's commits over two files are not one.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from clicks.bulk import Bulk
from clicks.classify import Facts, Place
from clicks.database import load
from clicks.dimensions import SEPARATOR
from clicks.marks import Marks
from clicks.segment import Name

if TYPE_CHECKING:  # numpy is the collector's only
    from clicks.columns import Ints
    from clicks.singles import Singles

_NAME = re.compile(r"clicks-(\d{4})-(\d\d)\.db")
_SIDE_FILES = ("", "-wal", "-shm")
BUSY_S = 10.0

MOST_PROFILES = 100_000
"""Whose numbers are remembered: 30 MB."""

MOST_TRAITS = 100_000
"""Likewise: 20 MB."""

MS = 1_000
NS_IN_MS = 1_000_000
_TIME_NS = itemgetter(2)

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # As in clicks.database: what is here is not in the journal any more.
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA secure_delete = ON",
    # Rows come in order; 16 MB are enough.
    "PRAGMA cache_size = -16384",
    "PRAGMA wal_autocheckpoint = 4000",
)

_STATEMENTS = load("raw")
_ADD_VISIT, _ADD_PRIVATE = Bulk(_STATEMENTS["add_visit"]), Bulk(_STATEMENTS["add_private"])
_TABLES = ("make_segments", "make_profiles", "make_traits", "make_kept", "make_private", "make_visits")


RawVisit = tuple[Name, int, int, int, int, Facts, Place, Marks, int, bytes]
"""A visit on its way: segment and offset, epoch nanoseconds, link, class (``clicks.classes``), what its header section
says, where it is from, what its query says, rule and variant as one word, the visitor's address, 16 bytes or none. No
class of its own: there are millions."""

PrivateRow = tuple[int, int, bytes | None, str | None]
"""Segment and offset, the visitor's address, the whole Referer."""


class RawVisits:
    """The files in ``directory``. ``addresses``: whether visitors' are written down."""

    def __init__(self, directory: Path, *, addresses: bool = False) -> None:
        self._directory = directory
        self._addresses = addresses
        self._open: dict[str, Month] = {}

    def write(self, few: Sequence[RawVisit], many: Iterable["Singles"] = ()) -> None:
        """Write visits down: on the disk when this returns. Raises ``sqlite3.Error``."""
        months: dict[str, tuple[list[RawVisit], list[Singles]]] = {}
        for month, part in _by_month(few):
            months.setdefault(month, ([], []))[0].extend(part)
        for singles in many:
            months.setdefault(singles.month, ([], []))[1].append(singles)
        for month, visits in sorted(months.items()):
            self.month(month).write(*visits)

    def month(self, month: str) -> "Month":
        """The file of ``YYYY-MM``, made where there is none."""
        found = self._open.get(month)
        if found is None:
            found = self._open[month] = Month(self._directory / f"clicks-{month}.db", month, addresses=self._addresses)
        return found

    def months(self) -> list[str]:
        """Of which there are files, the oldest first."""
        found = (_NAME.fullmatch(path.name) for path in self._directory.glob("clicks-*.db"))
        return sorted(f"{match[1]}-{match[2]}" for match in found if match)

    def drop(self, before_ms: int) -> list[str]:
        """Delete the files of months that ended before epoch milliseconds; which ones."""
        first = month_of(before_ms)
        dropped = [month for month in self.months() if month < first]
        for month in dropped:
            if month in self._open:
                self._open.pop(month).close()
            for suffix in _SIDE_FILES:
                (self._directory / f"clicks-{month}.db{suffix}").unlink(missing_ok=True)
        return dropped

    def erase(self, link_id: int, until_ms: int) -> int:
        """Delete the visits of a link up to epoch milliseconds; how many there were."""
        return sum(self.month(month).erase("link", (link_id, until_ms)) for month in self.months())

    def erase_before(self, before_ms: int) -> int:
        """Delete the visits of before epoch milliseconds; how many there were in months that remain."""
        self.drop(before_ms)
        month = month_of(before_ms)
        if month not in self.months():
            return 0
        return self.month(month).erase("before", (before_ms,))

    def close(self) -> None:
        for month in self._open.values():
            month.close()
        self._open.clear()


class Month:
    """One file. ``addresses``: as of :class:`RawVisits`."""

    def __init__(self, path: Path, month: str, *, addresses: bool = False) -> None:
        self.month = month
        self._addresses = addresses
        self._connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                self._connection.execute(pragma)
            for name in _TABLES:
                self._connection.execute(_STATEMENTS[name])
        except sqlite3.Error:
            self._connection.close()
            raise
        self._segments: dict[Name, int] = {}
        self._traits: dict[tuple[int, str, str, str, int], int] = {}
        # By identity: their hash takes longer than all the rest. They are held, so that no other gets the same one.
        self._profiles: dict[int, int] = {}
        self._held: list[Facts] = []

    def write(self, few: Iterable[RawVisit], many: Iterable["Singles"] = ()) -> None:
        """In one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            private: list[PrivateRow] = []
            for singles in many:
                _ADD_VISIT.add_table(self._connection, self._table(singles, private))
            _ADD_VISIT.add(self._connection, self._rows(few, private))
            _ADD_PRIVATE.add(self._connection, private)
            self._connection.execute("COMMIT")
        except BaseException:
            self._segments.clear()
            self._traits.clear()
            self._forget_profiles()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def erase(self, what: str, parameters: tuple[int, ...]) -> int:
        """Delete visits: those of a ``link`` up to a time, or those ``before`` one; how many there were."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            # As long as it is known whose they are.
            self.execute(f"erase_private_{what}", parameters)
            count = self.execute(f"erase_{what}", parameters).rowcount
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return count

    def execute(self, name: str, parameters: object = ()) -> sqlite3.Cursor:
        """One of the statements of ``clicks/sql/raw.sql``."""
        return self._connection.execute(_STATEMENTS[name], parameters)  # type: ignore[arg-type]

    def rows(self, name: str, parameters: object = ()) -> Iterator[tuple[object, ...]]:
        yield from self.execute(name, parameters)

    def close(self) -> None:
        self._connection.close()

    def _table(self, singles: "Singles", private: list[PrivateRow]) -> "Ints":
        """As :meth:`_rows`."""
        segment = self._segment(singles.name)
        private += singles.private(segment, addresses=self._addresses)
        return singles.table(
            segment,
            [self._profiles.get(id(facts)) or self._profile(facts) for facts in singles.facts],
            [self._traits_of(*traits) for traits in singles.traits],
        )

    def _rows(self, visits: Iterable[RawVisit], private: list[PrivateRow]) -> Iterator[tuple[object, ...]]:
        """Rows of ``add_visit``; ``private`` gets those of ``add_private``."""
        profiles, addresses = self._profiles, self._addresses
        last: Name | None = None
        number = 0
        for segment, offset, time_ns, link_id, class_, facts, place, marks, word, address in visits:
            if segment is not last:
                last, number = segment, self._segment(segment)
            if facts.referrer_url or (addresses and address):
                private.append((number, offset, address or None if addresses else None, facts.referrer_url or None))
            yield (
                number,
                offset,
                time_ns // NS_IN_MS,
                link_id,
                profiles.get(id(facts)) or self._profile(facts),
                self._traits_of(class_, place, marks, word),
            )

    def _segment(self, name: Name) -> int:
        found = self._segments.get(name)
        if found is None:
            self.execute("add_segment", name)
            (found,) = self.execute("segment_id", name).fetchone()
            self._segments[name] = found
        return found

    def _traits_of(self, class_: int, place: Place, marks: Marks, word: int) -> int:
        row = (class_, place.country, place.city, SEPARATOR.join(marks.utm) if marks.has_utm else "", word)
        found = self._traits.get(row)
        if found is None:
            if len(self._traits) > MOST_TRAITS:
                self._traits.clear()
            self.execute("add_traits", row)
            (found,) = self.execute("traits_id", row).fetchone()
            self._traits[row] = found
        return found

    def _profile(self, facts: Facts) -> int:
        if len(self._held) > MOST_PROFILES:
            self._forget_profiles()
        agent = SEPARATOR.join((facts.device, facts.browser, facts.os))
        row = (facts.user_agent, int(facts.kind), agent, facts.language, facts.referrer)
        self.execute("add_profile", row)
        (number,) = self.execute("profile_id", row).fetchone()
        self._held.append(facts)
        self._profiles[id(facts)] = number
        return int(number)

    def _forget_profiles(self) -> None:
        self._profiles.clear()
        self._held.clear()


def _by_month(visits: Sequence[RawVisit]) -> Iterable[tuple[str, Sequence[RawVisit]]]:
    if not visits:
        return ()
    times = list(map(_TIME_NS, visits))
    if (month := month_of(min(times) // NS_IN_MS)) == month_of(max(times) // NS_IN_MS):
        return ((month, visits),)
    months: dict[str, list[RawVisit]] = {}
    for visit, time_ns in zip(visits, times, strict=True):
        months.setdefault(month_of(time_ns // NS_IN_MS), []).append(visit)
    return months.items()


def month_of(ms: int) -> str:
    """``YYYY-MM`` of epoch milliseconds, UTC."""
    return f"{datetime.fromtimestamp(ms / MS, UTC):%Y-%m}"
