"""Questions about visits, answered from the rollups of clicks.db. For charts, lists and the APIs.

Every answer costs as much as the days it is about, whatever the number of visits. Answers are as of the collector's
last commit, a second or two ago. Synchronous: to be called from a thread; calls wait for one another.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from clicks import database, hyperloglog
from clicks.answers import DIMENSIONS, NO_STATE, By, Comparison, Counts, Point, State, Visitors, Which
from clicks.calendar_days import DAY_HOURS, DAY_S, date_of, first_of, month_of, number_of, start_of
from clicks.classes import Kind, Outcome, Via, class_of, classes, parts_of
from clicks.dimensions import EVERYBODY, SEPARATOR, Dimension
from clicks.periods import Interval, Part, Period, buckets, parts, shifted, utc_days, whole_months

_SQL = database.load("query")
WEEK_DAYS = 7
_LAST_DAY = number_of(date(date.max.year, 12, 1))

STEPS = 50_000
"""Of SQLite's machine between two looks whether a question is over: about a millisecond."""


class Statistics:
    """clicks.db, which may not be there yet: then nothing has been counted.

    ``zone``: of days and of series that name no other; ``counted``: the kinds of visits that count. ``is_over``: asked
    again and again while a question is answered; where it says so that ends with ``sqlite3.OperationalError``. Raises
    ``StatisticsError`` for a database of a newer program, ``sqlite3.Error`` for one that cannot be read.
    """

    def __init__(
        self,
        path: Path,
        zone: tzinfo = UTC,
        counted: Collection[Kind] = (Kind.PERSON, Kind.TOOL),
        is_over: Callable[[], bool] | None = None,
    ) -> None:
        self._path = path
        self.zone = zone
        self.counted = frozenset(counted)
        self._is_over = is_over
        self._lock = threading.Lock()
        self._connection = self._open()
        self._by_class = {
            class_of(outcome, via, kind): (outcome, via)
            for outcome in (Outcome.REDIRECT, Outcome.PAGE)
            for via in Via
            for kind in self.counted
        }

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is asked inside is answered as of one commit of the collector, so that answers add up. For one thread at
        a time, and not inside another."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            connection = self._connection
        if connection is None:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.rollback()  # nothing was written

    # Since ever

    def counts_of(self, ids: Collection[int]) -> dict[int, Counts]:
        """The counts of links and bio pages, by id; all zero for those that were never visited."""
        found: dict[int, Counts] = {}
        for subject, class_, count, last_at in self._rows("totals", subjects=_json(ids)):
            outcome, via = self._by_class.get(class_, (None, None))
            if outcome is None or via is None:
                continue
            counts = found.get(subject, Counts())
            field = _FIELDS[via] if outcome is Outcome.REDIRECT else "views"
            latest = last_at if counts.last_at is None else max(last_at, counts.last_at)
            found[subject] = counts._replace(**{field: getattr(counts, field) + count}, last_at=latest)
        return {one: found.get(one, Counts()) for one in ids}

    def total(self, which: Which) -> int:
        """How many there were since ever."""
        wanted = set(self._classes(which))
        rows = self._rows("totals", subjects=_json(which.subjects))
        return sum(count for _, class_, count, _ in rows if class_ in wanted)

    def active_links(self, workspace: int, since: date) -> int:
        """Links of a workspace with a visit by a person or a tool on or after a day of UTC."""
        ((count,),) = self._rows("active", workspace=workspace, since=number_of(since)) or [(0,)]
        return int(count)

    def everything(self, today: date) -> Period:
        """From the first day that there is anything of to today."""
        first, last = self._counted(0, number_of(today))
        return Period(min(today, date_of(first)) if first <= last else today, today)

    # Of a period

    def count(self, period: Period, which: Which, zone: tzinfo | None = None) -> int:
        """How many there were."""
        zone = zone or self.zone
        return sum(self._sums(period, which, zone, [start_of(number_of(period.first), zone)]))

    def compare(self, period: Period, which: Which, zone: tzinfo | None = None) -> Comparison:
        """How many there were, and in the same number of days before."""
        return Comparison(self.count(period, which, zone), self.count(period.before(), which, zone))

    def series(self, period: Period, interval: Interval, which: Which, zone: tzinfo | None = None) -> list[Point]:
        """How many there were in each hour, day, week or month, those without any included. See
        :func:`clicks.periods.parts` for zones whose offset is not of whole hours."""
        zone = zone or self.zone
        starts = list(buckets(period, interval, zone))
        sums = self._sums(period, which, zone, [int(start.timestamp()) for start in starts])
        return [Point(start, count) for start, count in zip(starts, sums, strict=True)]

    def heat_map(self, period: Period, which: Which, zone: tzinfo | None = None) -> list[list[int]]:
        """Seven rows, from Monday, of 24 hours."""
        zone = zone or self.zone
        pieces = shifted(*self._bounds(period, zone), zone)
        rows = self._rows(
            "week",
            parts=_json([_packed(part), shift] for part, shift in pieces),
            subjects=_json(which.subjects),
            **_bits(self._classes(which)),
        )
        found = [[0] * DAY_HOURS for _ in range(WEEK_DAYS)]
        for at, count in rows:
            found[at // DAY_HOURS][at % DAY_HOURS] = count
        return found

    def by_class(
        self, period: Period, subjects: Iterable[int], zone: tzinfo | None = None
    ) -> dict[tuple[Outcome, Via, Kind], int]:
        """How many there were of each outcome, way and kind."""
        zone = zone or self.zone
        pieces = self._parts(period, zone, [start_of(number_of(period.first), zone)])
        rows = self._rows("classes", parts=_json(map(_packed, pieces)), subjects=_json(subjects))
        return {parts_of(class_): count for class_, count in rows}

    def top(self, period: Period, by: By, which: Which, limit: int | None = None) -> list[tuple[str, int]]:
        """The values that came up most, with their counts, "" for those that are not known (of a referrer: none).

        Days are those of the zone that the collector counts by, whatever the zone of other charts. Beyond the caps
        values are counted as ``clicks.dimensions.OTHER``. A city's text has its country in front and a line feed
        between, a rule's its variant behind.
        """
        dimension, part = DIMENSIONS[by]
        sums: Counter[str] = Counter()
        for text, count in self._values(period, dimension, which):
            sums[text if part is None else text.split(SEPARATOR)[part]] += count
        if by is By.REFERRER:  # the collector writes down no rows of those without
            ((everybody,),) = self._values(period, Dimension.AGENT, which, "charted") or [(0,)]
            sums[""] = (everybody or 0) - sums.total()
        return sorted(((text, count) for text, count in sums.items() if count), key=_most_first)[:limit]

    def _values(self, period: Period, dimension: Dimension, which: Which, what: str = "values") -> list[Any]:
        """The values of a dimension with their counts; or, ``charted``, the count of all of them."""
        first, last = self._counted(number_of(period.first), number_of(period.last))
        is_of_links = max(which.subjects, default=EVERYBODY + 1) > EVERYBODY
        ((newest,),) = self._rows("newest_day") or [(None,)]
        until = last
        if not is_of_links and newest is not None and newest <= last < _LAST_DAY:
            until = first_of(month_of(last) + 1) - 1  # nothing has been counted in the rest of the month
        parameters: dict[str, object] = {
            "subjects": _json(which.subjects),
            "dimension": int(dimension),
        } | _bits(self._classes(which))
        ((since,),) = self._rows("months_from") or [(0,)]
        months, days = whole_months(first, until, since)
        if is_of_links:
            each: list[tuple[int, int | None]] = [(day, None) for day in days]
            each += [(day, month) for month in months for day in range(first_of(month), first_of(month + 1))]
            return self._rows(f"{what}_of_links", months=_json(months), days=_json(each), **parameters)
        days = [day for day in days if day <= last]
        return self._rows(f"{what}_of_many", months=_json(months), days=_json(days), **parameters)

    def visitors(self, period: Period, subject: int) -> Visitors:
        """About how many different people came to a link, or to a workspace's (``workspace_subject``)."""
        first, last = self._counted(number_of(period.first), number_of(period.last))
        by_day = {
            date_of(day): count if registers is None else hyperloglog.count(registers)
            for day, count, registers in self._rows("visitors", first=first, last=last, subject=subject)
        }
        return Visitors(by_day, sum(by_day.values()))

    # Of the collector

    def state(self) -> State:
        """How the collector is getting on."""
        rows = self._rows("state")
        return State(*rows[0]) if rows else NO_STATE

    def _sums(self, period: Period, which: Which, zone: tzinfo, starts: Sequence[int]) -> list[int]:
        """Counts by bucket; ``starts``: their beginnings, epoch seconds."""
        pieces = self._parts(period, zone, starts)
        bits = _bits(self._classes(which))
        rows = self._rows("sums", parts=_json(map(_packed, pieces)), subjects=_json(which.subjects), **bits)
        found = [0] * len(starts)
        for number, count in rows:
            found[pieces[number].bucket] += count or 0
        return found

    def _parts(self, period: Period, zone: tzinfo, starts: Sequence[int]) -> list[Part]:
        return list(parts(starts, *self._bounds(period, zone)))

    def _bounds(self, period: Period, zone: tzinfo) -> tuple[int, int]:
        """Epoch seconds at which a period begins and ends, as far as something has been counted."""
        begin, end = start_of(number_of(period.first), zone), start_of(number_of(period.last) + 1, zone)
        first, last = self._days_of(period, zone)
        return max(begin, first * DAY_S), min(end, (last + 1) * DAY_S)

    def _days_of(self, period: Period, zone: tzinfo) -> tuple[int, int]:
        return self._counted(*utc_days(period, zone))

    def _counted(self, first: int, last: int) -> tuple[int, int]:
        """The days from ``first`` to ``last`` that something may have been counted on, so that no question costs more
        than there is, however far it reaches; where there are none, the first is after the last. An hour of UTC may be
        of the day before or after in the zone."""
        ((oldest, newest),) = self._rows("days_counted") or [(None, None)]
        return (first, first - 1) if oldest is None else (max(first, oldest - 1), min(last, newest + 1))

    def _classes(self, which: Which) -> list[int]:
        kinds = self.counted if which.kinds is None else which.kinds
        return classes([which.outcome], kinds, tuple(Via) if which.vias is None else which.vias)

    def _rows(self, name: str, **parameters: object) -> list[Any]:
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            if self._connection is None:
                return []
            return self._connection.execute(_SQL[name], parameters).fetchall()

    def _open(self) -> sqlite3.Connection | None:
        connection = database.open_read_only(self._path)
        if connection is not None and self._is_over is not None:
            connection.set_progress_handler(self._is_over, STEPS)
        return connection


_FIELDS = {Via.CLICK: "clicks", Via.QR: "scans", Via.BIO: "bio_clicks"}


def _packed(part: Part) -> int:
    """A part as the statements take it."""
    return part.day << 10 | part.first << 5 | part.last


def _bits(wanted: Collection[int]) -> dict[str, int]:
    """Classes of one outcome, which are less than 63 numbers apart, as parameters of the statements that want bits."""
    lowest, highest = min(wanted, default=0), max(wanted, default=-1)
    return {"lowest": lowest, "highest": highest, "classes": sum(1 << class_ - lowest for class_ in wanted)}


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
