"""Buckets of charts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clicks.calendar_days import date_of, first_of, month_of, number_of
from clicks.periods import Interval, Part, Period, buckets, last_days, parts, shifted, utc_days, whole_months

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Pacific/Chatham", "America/St_Johns"),
)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def starts(first: date, last: date, interval: Interval, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{start:%Y-%m-%dT%H:%M%z}" for start in buckets(Period(first, last), interval, zone)]


def test_days_of_23_and_25_hours() -> None:
    spring, autumn = starts(SPRING, SPRING, Interval.HOUR), starts(AUTUMN, AUTUMN, Interval.HOUR)
    assert (len(spring), len(autumn)) == (23, 25)
    assert spring[:3] == ["2026-03-29T00:00+0100", "2026-03-29T01:00+0100", "2026-03-29T03:00+0200"]
    assert autumn[2:4] == ["2026-10-25T02:00+0200", "2026-10-25T02:00+0100"]


def test_days_weeks_and_months() -> None:
    assert starts(SPRING, date(2026, 3, 31), Interval.DAY) == [
        "2026-03-29T00:00+0100",
        "2026-03-30T00:00+0200",
        "2026-03-31T00:00+0200",
    ]
    assert starts(date(2026, 12, 31), date(2027, 1, 4), Interval.WEEK) == [
        "2026-12-28T00:00+0100",
        "2027-01-04T00:00+0100",
    ]
    assert starts(date(2026, 11, 30), date(2027, 1, 1), Interval.MONTH) == [
        "2026-11-01T00:00+0100",
        "2026-12-01T00:00+0100",
        "2027-01-01T00:00+0100",
    ]


def test_half_hour_zones_have_24_hours_that_begin_at_the_half() -> None:
    found = starts(SPRING, SPRING, Interval.HOUR, ZoneInfo("Asia/Kolkata"))
    assert (len(found), found[0], found[-1]) == (24, "2026-03-29T00:30+0530", "2026-03-29T23:30+0530")


def test_in_zones_that_are_a_quarter_off_hours_begin_at_the_quarter() -> None:
    found = starts(SPRING, SPRING, Interval.HOUR, ZoneInfo("Asia/Kathmandu"))
    assert (len(found), found[0], found[-1]) == (24, "2026-03-29T00:45+0545", "2026-03-29T23:45+0545")


def test_a_half_hour_zone_has_days_of_23_and_25_hours_too() -> None:
    zone = ZoneInfo("America/St_Johns")
    days = date(2026, 3, 8), date(2026, 11, 1)
    spring, autumn = (starts(day, day, Interval.HOUR, zone) for day in days)
    assert (len(spring), len(autumn)) == (23, 25)
    assert spring[1:3] == ["2026-03-08T01:30-0330", "2026-03-08T03:30-0230"]
    assert autumn[1:3] == ["2026-11-01T01:30-0230", "2026-11-01T01:30-0330"]


def test_where_clocks_change_by_half_an_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    found = starts(date(2026, 4, 5), date(2026, 4, 5), Interval.HOUR, zone)
    assert found[:4] == [
        "2026-04-05T00:00+1100",
        "2026-04-05T01:00+1100",
        "2026-04-05T01:30+1030",
        "2026-04-05T02:30+1030",
    ]
    assert found[-1] == "2026-04-05T23:30+1030"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", Interval)
def test_every_hour_of_a_year_falls_into_one_of_the_buckets(zone: str, interval: Interval) -> None:
    period = Period(date(2026, 1, 1), date(2026, 12, 31))
    where = ZoneInfo(zone)
    starts = list(buckets(period, interval, where))
    begin, end = (int(midnight(date(year, 1, 1), where).timestamp()) for year in (2026, 2027))
    found = {
        part.day * 24 + hour: starts[part.bucket]
        for part in parts([int(start.timestamp()) for start in starts], begin, end)
        for hour in range(part.first, part.last + 1)
    }
    first, last = utc_days(period, where)
    inside = [hour for hour in range(first * 24, last * 24 + 24) if local(hour, where).year == 2026]
    assert len(inside) in (365 * 24, 365 * 24 + 1)
    for hour in inside:
        at = local(hour, where)
        assert (
            found[hour]
            == {
                Interval.HOUR: at,
                Interval.DAY: midnight(at.date(), where),
                Interval.WEEK: midnight(at.date() - timedelta(days=at.weekday()), where),
                Interval.MONTH: midnight(at.date().replace(day=1), where),
            }[interval]
        )
    assert list(found) == inside
    assert set(found.values()) == set(starts)


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana"])
def test_what_each_hour_of_a_year_is_called(zone: str) -> None:
    where = ZoneInfo(zone)
    begin, end = (int(midnight(date(year, 1, 1), where).timestamp()) for year in (2026, 2027))
    pieces = list(shifted(begin, end, where))
    found = {
        part.day * 24 + hour: (part.day * 24 + hour + shift)
        for part, shift in pieces
        for hour in range(part.first, part.last + 1)
    }
    assert list(found) == [
        hour for hour in range(begin // 3_600 - 1, end // 3_600 + 2) if local(hour, where).year == 2026
    ]
    for hour, called in found.items():
        at = local(hour, where)
        assert divmod(called, 24) == (number_of(at.date()), at.hour)
    assert len(pieces) < 420  # a day each, but for those on which clocks change


def local(hour: int, zone: ZoneInfo) -> datetime:
    """When an hour of UTC begins."""
    return datetime.fromtimestamp(hour * 3_600, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def test_parts_are_cut_where_buckets_and_days_begin() -> None:
    day = 86_400
    assert list(parts([0], 0, 2 * day)) == [Part(0, 0, 0, 23), Part(0, 1, 0, 23)]
    assert list(parts([0, 7_200, day], 3_600, day + 3_601)) == [
        *(Part(0, 0, 1, 1), Part(1, 0, 2, 23)),
        Part(2, 1, 0, 1),
    ]
    # Hours that begin after the end, or before the beginning, are not in it, nor are buckets without an hour.
    assert list(parts([0, 1_800, 3_600], 1, 3_600)) == []
    assert list(parts([0, 1_800, 3_600], 0, 3_601)) == [Part(0, 0, 0, 0), Part(2, 0, 1, 1)]
    assert list(parts([0], day, day)) == []


def test_periods() -> None:
    period = last_days(7, date(2026, 3, 10))
    assert period == Period(date(2026, 3, 4), date(2026, 3, 10))
    assert (period.days, period.before()) == (7, Period(date(2026, 2, 25), date(2026, 3, 3)))
    assert utc_days(Period(SPRING, SPRING), BERLIN) == utc_days(Period(date(2026, 3, 28), SPRING), UTC)


@pytest.mark.parametrize("since", [0, month_of(number_of(date(2026, 3, 1)))])
@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 31), date(2025, 12, 31)])
@pytest.mark.parametrize(
    "last", [date(2026, 1, 31), date(2026, 2, 27), date(2026, 2, 28), date(2026, 5, 31), date(2026, 6, 1)]
)
def test_months_and_days_are_all_days_once(first: date, last: date, since: int) -> None:
    months, days = whole_months(number_of(first), number_of(last), since)
    all_days = days + [day for month in months for day in range(first_of(month), first_of(month + 1))]
    assert sorted(all_days) == list(range(number_of(first), number_of(last) + 1))
    assert all(month >= since for month in months)
    # No month that could be taken whole is left to days.
    left = {month_of(day) for day in days if month_of(day) >= since}
    for month in left:
        whole = set(range(first_of(month), first_of(month + 1)))
        assert not whole <= set(days), date_of(first_of(month))


def test_months_of_times_that_have_no_end() -> None:
    months, days = whole_months(number_of(date(2026, 1, 1)), number_of(date.max), 0)
    assert (months[0], months[-1]) == (2026 * 12, 9_999 * 12 + 10)
    assert date_of(days[-1]).year == 9_999
