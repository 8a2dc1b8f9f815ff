from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from links.errors import Code, LinkError
from links.times import format_millis, format_seconds, parse_time

MOMENT = 1_790_812_799_000  # 2026-09-30T23:59:59Z
LAST = 253_402_300_799_999


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-30T23:59:59Z", MOMENT),
        ("2026-09-30T23:59:59", MOMENT),
        ("2026-09-30t23:59:59z", MOMENT),
        ("2026-09-30 23:59:59", MOMENT),
        ("2026-09-30T23:59:59+00:00", MOMENT),
        ("2026-09-30T23:59:59-00:00", MOMENT),
        ("2026-10-01T01:59:59+02:00", MOMENT),
        ("2026-10-01T01:59:59+02", MOMENT),
        ("2026-10-01T05:29:59+0530", MOMENT),
        ("2026-09-30T15:59:59-08:00", MOMENT),
        ("2026-09-30T23:59:59.5Z", MOMENT + 500),
        ("2026-09-30T23:59:59,25", MOMENT + 250),
        ("2026-09-30T23:59:59.1239999999999Z", MOMENT + 123),
        ("2026-09-30T23:59:59.007-00:00", MOMENT + 7),
        ("2026-09-30T23:59Z", MOMENT - 59_000),
        ("2026-09-30", MOMENT - 86_399_000),
        ("2024-02-29", 1_709_164_800_000),
        ("1970-01-01", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("9999-12-31T23:59:59.999Z", LAST),
    ],
)
def test_parse(text: str, expected: int) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "1790812799",
        1_790_812_799,
        None,
        True,
        "2026",
        "2026-09",
        "2026-9-30",
        "20260930",
        "20260930T235959Z",
        "2026-W40-3",
        "2026-273",
        "23:59:59",
        "T23:59:59Z",
        "2026-09-30T",
        "2026-09-30T23",
        "2026-09-30Z",
        "2026-09-30+02:00",
        "2026-09-30T23:59:59 Z",
        "2026-09-30T23:59:59.Z",
        "2026-09-30T23:59.5Z",
        "2026-09-30T23:59:59+2",
        "2026-09-30T23:59:59+02:0",
        "2026-09-30  23:59:59",
        " 2026-09-30",
        "2026-09-30\n",
        "+2026-09-30",
        "12026-09-30",
        "09/30/2026",
        "２０２６-09-30",
        "2026-09-30T23:59:59." + "1" * 64,
    ],
)
def test_not_iso(text: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_time(text)
    assert (caught.value.code, caught.value.field) == (Code.INVALID, "expires_at")
    assert caught.value.message == 'must be an ISO 8601 date or time, such as "2026-09-30T23:59:59Z" or "2026-09-30"'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-13-01", "no such day or time of day"),
        ("2026-02-29", "no such day or time of day"),
        ("2026-00-10", "no such day or time of day"),
        ("0000-01-01", "no such day or time of day"),
        ("2026-09-30T24:00:00Z", "no such day or time of day"),
        ("2026-09-30T23:60:00Z", "no such day or time of day"),
        ("2026-09-30T23:59:61Z", "no such day or time of day"),
        ("2016-12-31T23:59:60Z", "a leap second (:60) has no number, use :59"),
        ("2026-09-30T23:59:59+24:00", "no such offset from UTC"),
        ("2026-09-30T23:59:59+01:60", "no such offset from UTC"),
        ("1969-12-31T23:59:59.999Z", "the year must be from 1970 to 9999"),
        ("1970-01-01T00:00:00+00:01", "the year must be from 1970 to 9999"),
        ("0001-01-01T00:00:00+23:59", "the year must be from 1970 to 9999"),
        ("9999-12-31T23:59:59-00:01", "the year must be from 1970 to 9999"),
    ],
)
def test_iso_but_no_time(text: str, reason: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_time(text, "rules")
    assert caught.value.field == "rules"
    assert caught.value.message.startswith("must be an ISO 8601 ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("ms", "seconds", "millis"),
    [
        (MOMENT, "2026-09-30T23:59:59Z", "2026-09-30T23:59:59.000Z"),
        (MOMENT + 999, "2026-09-30T23:59:59Z", "2026-09-30T23:59:59.999Z"),
        (0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        (LAST, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_format(ms: int, seconds: str, millis: str) -> None:
    assert format_seconds(ms) == seconds
    assert format_millis(ms) == millis


def test_format_beyond_what_can_be_written() -> None:
    with pytest.raises(OverflowError):
        format_seconds(LAST + 1)


@settings(derandomize=True, deadline=None)
@given(st.integers(0, LAST), st.integers(-1439, 1439))
def test_round_trip(ms: int, offset: int) -> None:
    assert parse_time(format_millis(ms)) == ms
    assert parse_time(format_seconds(ms)) == ms - ms % 1000
    zone = timezone(timedelta(minutes=offset))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms % 10**12)
    assert parse_time(moment.astimezone(zone).isoformat()) == parse_time(moment.isoformat())
