"""Days, hours, weeks and months of charts, in a zone: which buckets there are, and what falls into which. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from clicks.calendar_days import DAY_HOURS, HOUR_S, day_of, first_of, month_of, number_of, start_of

_DECEMBER = 12
_LAST_DAY = number_of(date.max) - 1


class Interval(StrEnum):
    """How long a bucket of a series is. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Period(NamedTuple):
    """Days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """As many days, right before these."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def last_days(count: int, today: date) -> Period:
    """Today and the days before it."""
    return Period(today - timedelta(days=count - 1), today)


def utc_days(period: Period, zone: tzinfo) -> tuple[int, int]:
    """The first and the last day of UTC, as numbers, that a period in a zone has a part of."""
    begin = start_of(number_of(period.first), zone)
    end = start_of(number_of(period.last) + 1, zone)
    return begin // HOUR_S // DAY_HOURS, max(begin, end - 1) // HOUR_S // DAY_HOURS


def whole_months(first: int, last: int, since: int) -> tuple[range, list[int]]:
    """The months, from ``since`` on, that lie wholly within two days, both included; and the days that are in none."""
    last = min(last, _LAST_DAY)
    begin, end = month_of(first), month_of(last + 1)
    begin = max(since, begin + (first_of(begin) < first))
    if begin >= end:
        return range(0), list(range(first, last + 1))
    return range(begin, end), [*range(first, first_of(begin)), *range(first_of(end), last + 1)]


def buckets(period: Period, interval: Interval, zone: tzinfo) -> Iterator[datetime]:
    """The beginnings of all buckets of a period, in order. Days have 23 or 25 hours where clocks change; the first week
    or month may begin before the period does."""
    if interval is Interval.HOUR:
        number = day_of(zone)
        first, last = number_of(period.first), number_of(period.last)
        begin, end = start_of(first, zone) // HOUR_S, start_of(last + 1, zone) // HOUR_S + 1
        hours = (hour for hour in range(begin, end) if first <= number(hour * HOUR_S) <= last)
        yield from (datetime.fromtimestamp(hour * HOUR_S, zone) for hour in hours)
        return
    day = _BEGINNINGS[interval](period.first)
    while day <= period.last:
        yield _midnight(day, zone)
        day = _NEXT[interval](day)


class Part(NamedTuple):
    """Hours ``first`` to ``last`` (0 to 23) of a day of UTC, all in one bucket: the one with this index."""

    bucket: int
    day: int
    first: int
    last: int


def parts(starts: Sequence[int], begin: int, end: int) -> Iterator[Part]:
    """The hours that begin from ``begin`` on and before ``end``, cut where a bucket or a day of UTC begins.

    ``starts``: the beginnings of buckets in order, the first of them not after ``begin``. All are epoch seconds. An
    hour of UTC belongs to where it begins. So where an offset is not of whole hours, as India's 5:30, a day's first
    half hour is counted with the day before.
    """
    hour, stop = _hour_from(begin), _hour_from(end)
    for bucket, until in enumerate((*map(_hour_from, starts[1:]), stop)):
        until = min(until, stop)
        while hour < until:
            day, first = divmod(hour, DAY_HOURS)
            last = min(until - day * DAY_HOURS, DAY_HOURS) - 1
            yield Part(bucket, day, first, last)
            hour += last - first + 1


def shifted(begin: int, end: int, zone: tzinfo) -> Iterator[tuple[Part, int]]:
    """The hours that begin from ``begin`` on and before ``end`` (epoch seconds), cut where a day of UTC begins and
    where the zone's offset changes; with each part by how many hours its hours are called differently in the zone.
    Where an offset is not of whole hours it is the hour that they begin in."""

    def shift(day: int, hour: int) -> int:
        at = datetime.fromtimestamp((day * DAY_HOURS + hour) * HOUR_S, zone).replace(tzinfo=UTC)
        return int(at.timestamp()) // HOUR_S - day * DAY_HOURS - hour

    for part in parts([begin], begin, end):
        of_first = shift(part.day, part.first)
        if of_first == shift(part.day, part.last):
            yield part, of_first
            continue
        for hour in range(part.first, part.last + 1):
            yield part._replace(first=hour, last=hour), shift(part.day, hour)


def _hour_from(seconds: int) -> int:
    """The first hour that begins at epoch seconds or later."""
    return -(-seconds // HOUR_S)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _next_month(day: date) -> date:
    return date(day.year + day.month // _DECEMBER, day.month % _DECEMBER + 1, 1)


_BEGINNINGS: dict[Interval, Callable[[date], date]] = {
    Interval.DAY: lambda day: day,
    Interval.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Interval.MONTH: lambda day: day.replace(day=1),
}
_NEXT: dict[Interval, Callable[[date], date]] = {
    Interval.DAY: lambda day: day + timedelta(days=1),
    Interval.WEEK: lambda day: day + timedelta(days=7),
    Interval.MONTH: _next_month,
}
