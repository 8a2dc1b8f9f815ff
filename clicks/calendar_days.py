"""Hours and days of visits. Days are numbered as UTC's are, from 1970-01-01, whatever the zone. Pure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

EPOCH = date(1970, 1, 1)
HOUR_S = 3_600
DAY_S = 86_400
DAY_HOURS = 24
YEAR_MONTHS = 12
MS = 1_000

QUARTER_S = 900
"""Every zone's offset is a multiple of this: a quarter of an hour is on one day as a whole."""


def number_of(day: date) -> int:
    return (day - EPOCH).days


def date_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


def month_of(number: int) -> int:
    """The number of the month that a day is in: 12 a year."""
    day = date_of(number)
    return day.year * YEAR_MONTHS + day.month - 1


def first_of(month: int) -> int:
    """The number of a month's first day."""
    return number_of(date(month // YEAR_MONTHS, month % YEAR_MONTHS + 1, 1))


def day_of(zone: tzinfo) -> Callable[[int], int]:
    """The number of the day that epoch seconds are on in a zone; quick for times that are near one another."""
    if zone is UTC:
        return lambda seconds: seconds // DAY_S
    known: dict[int, int] = {}

    def day(seconds: int) -> int:
        quarter = seconds // QUARTER_S
        found = known.get(quarter)
        if found is None:
            if len(known) > DAY_HOURS * 4 * 7:
                known.clear()
            found = known[quarter] = number_of(datetime.fromtimestamp(seconds, zone).date())
        return found

    return day


def start_of(number: int, zone: tzinfo) -> int:
    """Epoch seconds at which a day begins in a zone."""
    day = date_of(number)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp())
