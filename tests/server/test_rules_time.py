"""Windows of hours and days: across midnight, in time zones, and where clocks are changed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.rules import Zone, zone_of
from tests.server.routing import matches

BERLIN = "Europe/Berlin"


def ms(text: str) -> int:
    """Epoch milliseconds of a UTC time without seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def hours(start: int, end: int, zone: str | None = None) -> dict[str, Any]:
    return {"hours": {"start": start, "end": end, "timezone": zone}}


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        ((9, 17), range(9, 17)),
        ((0, 24), range(24)),
        ((0, 1), [0]),
        ((23, 24), [23]),
        ((20, 6), [*range(6), 20, 21, 22, 23]),
        ((23, 0), [23]),
        ((6, 5), [hour for hour in range(24) if hour != 5]),
        ((20, 24), [20, 21, 22, 23]),
    ],
)
def test_every_hour_of_a_window(window: tuple[int, int], inside: Any) -> None:
    for minute in ("00", "59"):
        found = [hour for hour in range(24) if matches(hours(*window), now=ms(f"2026-11-18T{hour:02}:{minute}"))]
        assert found == list(inside)


def test_a_window_is_half_open_to_the_millisecond() -> None:
    nine, five = ms("2026-11-18T09:00"), ms("2026-11-18T17:00")
    found = [matches(hours(9, 17), now=now) for now in (nine - 1, nine, five - 1, five)]
    assert found == [False, True, True, False]


# In spring 02:00 to 03:00 is left out in Berlin (01:00 UTC); in autumn it comes twice (00:00 and 01:00 UTC).
@pytest.mark.parametrize(
    ("now", "hour"),
    [
        ("2026-03-29T00:59", 1),
        ("2026-03-29T01:00", 3),
        ("2026-03-29T01:59", 3),
        ("2026-03-29T02:00", 4),
        ("2026-10-24T23:59", 1),
        ("2026-10-25T00:00", 2),
        ("2026-10-25T00:59", 2),
        ("2026-10-25T01:00", 2),
        ("2026-10-25T01:59", 2),
        ("2026-10-25T02:00", 3),
        ("2026-07-01T22:30", 0),
        ("2026-12-01T22:30", 23),
    ],
)
def test_hours_are_those_of_the_zone(now: str, hour: int) -> None:
    assert [at for at in range(24) if matches(hours(at, at + 1, BERLIN), now=ms(now))] == [hour]


def test_the_hour_that_is_left_out_does_not_come() -> None:
    quarters = range(ms("2026-03-28T23:00"), ms("2026-03-29T22:00"), 900_000)
    assert not any(matches(hours(2, 3, BERLIN), now=now) for now in quarters)


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        ("2026-11-18T23:30", None, "wed"),
        ("2026-11-18T23:30", "UTC", "wed"),
        ("2026-11-18T23:30", BERLIN, "thu"),
        ("2026-11-18T00:30", "America/New_York", "tue"),
        ("2026-11-18T18:15", "Asia/Kathmandu", "thu"),
        ("2026-11-18T18:14", "Asia/Kathmandu", "wed"),
        ("2026-10-25T22:59", BERLIN, "sun"),
        ("2026-10-25T23:00", BERLIN, "mon"),
        ("2026-03-29T21:59", BERLIN, "sun"),
        ("2026-03-29T22:00", BERLIN, "mon"),
    ],
)
def test_days_are_those_of_the_zone(now: str, zone: str | None, day: str) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found = [name for name in days if matches({"days": [name], "timezone": zone}, now=ms(now))]
    assert found == [day]


def test_days_and_hours_are_of_one_zone_wherever_it_is_named() -> None:
    friday_night = ms("2026-11-20T21:30")  # 22:30 in Berlin
    for named in (
        {"hours": {"start": 22, "end": 23, "timezone": BERLIN}, "days": ["fri"]},
        {"hours": {"start": 22, "end": 23}, "days": ["fri"], "timezone": BERLIN},
        {"hours": {"start": 22, "end": 23, "timezone": BERLIN}, "days": ["fri"], "timezone": BERLIN},
    ):
        assert matches(named, now=friday_night)
        assert not matches(named, now=friday_night + 3_600_000)


def test_after_midnight_it_is_the_next_day() -> None:
    night = {**hours(22, 4), "days": ["fri"]}
    found = [
        matches(night, now=ms(now))
        for now in ("2026-11-19T23:00", "2026-11-20T01:00", "2026-11-20T23:00", "2026-11-21T01:00")
    ]
    assert found == [False, True, True, False]


def test_what_is_remembered_of_a_zone_is_what_would_be_worked_out() -> None:
    zone = zone_of("Australia/Lord_Howe")  # its clocks are changed by half an hour
    for now in (ms("2026-04-04T14:59"), ms("2026-04-04T15:00"), ms("2026-04-04T15:44"), ms("2026-04-04T14:30")):
        assert zone.at(now) == Zone(zone._zone).at(now)
        moment = datetime.fromtimestamp(now / 1000, zone._zone)
        assert zone.at(now) == (moment.hour, moment.weekday())
