"""Times as they are written by clients and for them; inside they are epoch milliseconds, UTC."""

import re
from datetime import datetime, timedelta

from links.errors import invalid

_EPOCH = datetime(1970, 1, 1)
_END_MS = 253_402_300_800_000  # the year 10000, which four digits cannot write

# Calendar dates in the extended form of ISO 8601 alone: week dates, ordinal dates and the compact forms are as often
# a mistake as meant. A space for the T and lower-case letters are what RFC 3339 §5.6 adds.
_ISO_8601 = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<offset_hours>[0-9]{2})(?::?(?P<offset_minutes>[0-9]{2}))?)?)?"
)
_NUMBERS = ("year", "month", "day", "hour", "minute", "second", "offset_hours", "offset_minutes")
# Longer than any time that means something; bounds the digits of a fraction.
_MAX_CHARACTERS = 64

_EXPECTED = 'must be an ISO 8601 date or time, such as "2026-09-30T23:59:59Z" or "2026-09-30"'


def parse_time(text: str, field: str = "expires_at") -> int:
    """Epoch milliseconds of an ISO 8601 date or time.

    Without a zone it is UTC; a date alone is its 00:00 UTC; of a fraction, milliseconds are kept and the rest is cut.
    Raises :class:`LinkError` (``INVALID``, ``field``) for anything else, for days and times that do not exist, for
    leap seconds, and outside of the years 1970 to 9999 (UTC).
    """
    match = _ISO_8601.fullmatch(text) if isinstance(text, str) and len(text) <= _MAX_CHARACTERS else None
    if match is None:
        raise invalid(field, _EXPECTED)
    number = {name: int(match[name] or 0) for name in _NUMBERS}
    if number["second"] == 60:
        raise invalid(field, f"{_EXPECTED}; a leap second (:60) has no number, use :59")
    try:
        day = datetime(number["year"], number["month"], number["day"])
        moment = day.replace(hour=number["hour"], minute=number["minute"], second=number["second"])
    except ValueError:
        raise invalid(field, f"{_EXPECTED}; there is no such day or time of day") from None
    if number["offset_hours"] > 23 or number["offset_minutes"] > 59:
        raise invalid(field, f"{_EXPECTED}; there is no such offset from UTC")
    offset = timedelta(hours=number["offset_hours"], minutes=number["offset_minutes"])
    local = (moment - _EPOCH) // timedelta(milliseconds=1) + int((match["fraction"] or "")[:3].ljust(3, "0"))
    result = local - offset // timedelta(milliseconds=1) * (-1 if match["sign"] == "-" else 1)
    if not 0 <= result < _END_MS:
        raise invalid(field, f"{_EXPECTED}; the year must be from 1970 to 9999")
    return result


def format_seconds(ms: int) -> str:
    """``2026-09-30T23:59:59Z``; the fraction is cut. ``ms``: epoch milliseconds of the years 1 to 9999, else
    ``OverflowError``."""
    return _moment(ms).isoformat(timespec="seconds") + "Z"


def format_millis(ms: int) -> str:
    """``2026-09-30T23:59:59.000Z``. ``ms``: epoch milliseconds of the years 1 to 9999, else ``OverflowError``."""
    return _moment(ms).isoformat(timespec="milliseconds") + "Z"


def _moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
