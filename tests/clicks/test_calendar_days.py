"""Days of visits in zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clicks.calendar_days import date_of, day_of, first_of, month_of, number_of, start_of


def test_days_are_numbered_from_the_epoch() -> None:
    assert number_of(date(1970, 1, 2)) == 1
    assert date_of(number_of(date(2026, 3, 10))) == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("UTC", datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC), date(2026, 3, 10)),
        ("Europe/Berlin", datetime(2026, 3, 10, 22, 59, 59, tzinfo=UTC), date(2026, 3, 10)),
        ("Europe/Berlin", datetime(2026, 3, 10, 23, 0, tzinfo=UTC), date(2026, 3, 11)),
        ("Europe/Berlin", datetime(2026, 7, 10, 22, 0, tzinfo=UTC), date(2026, 7, 11)),
        ("Asia/Kolkata", datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC), date(2026, 3, 10)),
        ("Asia/Kolkata", datetime(2026, 3, 10, 18, 30, tzinfo=UTC), date(2026, 3, 11)),
        ("Asia/Kathmandu", datetime(2026, 3, 10, 18, 15, tzinfo=UTC), date(2026, 3, 11)),
        ("Pacific/Kiritimati", datetime(2026, 3, 10, 10, 0, tzinfo=UTC), date(2026, 3, 11)),
    ],
)
def test_the_day_of_an_instant(zone: str, instant: datetime, day: date) -> None:
    of = day_of(UTC if zone == "UTC" else ZoneInfo(zone))
    assert date_of(of(int(instant.timestamp()))) == day


def test_what_is_remembered_is_bounded_and_right() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    of = day_of(berlin)
    for day in range(number_of(date(2026, 1, 1)), number_of(date(2027, 1, 1))):
        start = start_of(day, berlin)
        assert (of(start - 1), of(start)) == (day - 1, day)


@pytest.mark.parametrize(
    "day", [date(1970, 1, 1), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(1, 1, 1)]
)
def test_months_are_numbered_too(day: date) -> None:
    month = month_of(number_of(day))
    assert date_of(first_of(month)) == day.replace(day=1)
    assert month_of(first_of(month + 1) - 1) == month
