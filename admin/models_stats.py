"""The questions that statistics are asked: their parameters, and the days that they are about."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from admin.errors import refused
from admin.fields import Text
from admin.listing import Whole
from admin.validation import rule
from clicks.classes import Kind, Via
from clicks.periods import Interval, Period, last_days

PERIODS = {"7d": 7, "30d": 30, "90d": 90}
ALL = "all"
DEFAULT_PERIOD = "30d"

MOST_POINTS = 10_000
"""Of a series in one answer: more than a year of hours."""

DAYS_OF = {Interval.HOUR: 1 / 24, Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28}
"""How long a bucket is at least."""

MAX_ITEMS = 1_000

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_FIRST, _LAST = date(1970, 1, 1), date(2999, 12, 31)

_STRICT = ConfigDict(extra="forbid")


def _blank(text: str) -> Any:
    """An empty parameter asks for nothing."""
    return text or None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST <= day <= _LAST:
        raise rule("must be a date such as 2026-03-21")
    return day


def _link_id(text: str) -> str | None:
    if text and not _UUID.fullmatch(text.lower()):
        raise rule("must be the UUID of a link")
    return text.lower() or None


def _kinds(text: str) -> frozenset[Kind] | None:
    if not text:
        return None
    try:
        return frozenset(Kind[name.strip().upper()] for name in text.split(","))
    except KeyError:
        raise rule(f"must be one or more of {', '.join(KINDS)}, separated by commas") from None


KINDS = tuple(kind.name.lower() for kind in Kind)

Day = Annotated[date | None, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
LinkId = Annotated[str | None, BeforeValidator(_link_id), WithJsonSchema({"type": "string", "format": "uuid"})]
Kinds = Annotated[frozenset[Kind] | None, BeforeValidator(_kinds), WithJsonSchema({"type": "string"})]
PeriodName = Annotated[Literal["7d", "30d", "90d", "all"] | None, BeforeValidator(_blank)]
IntervalName = Annotated[Literal["hour", "day", "week", "month"] | None, BeforeValidator(_blank)]

_PERIOD = "The days up to today, today included."
_FROM = "The first day, such as 2026-03-01. Not together with `period`."
_TO = "The last day, included; today if omitted. Not together with `period`."
_LINK = "Only this link: its UUID."
_KIND = (
    f"Only these kinds of visits, separated by commas: {', '.join(KINDS)}. Otherwise those that the operator counts."
)
_VIA = "Only visits by a QR code (`qr`), by a bio page (`bio`), or by neither (`click`)."


def period_of(name: str | None, first: date | None, last: date | None, today: date, default: str) -> Period | None:
    """The days that are asked for; ``None`` for all. Raises :class:`Problem`."""
    if name is not None and (first or last):
        field = "from_date" if first else "to_date"
        raise refused(field, "cannot be given together with period")
    if first or last:
        last = last or max(today, first or today)
        first = first or last_days(PERIODS[DEFAULT_PERIOD], last).first
        if first > last:
            raise refused("from_date", "must not be after to_date")
        return Period(first, last)
    days = PERIODS.get(name or default)
    return None if days is None else last_days(days, today)


class SummaryQuery(BaseModel):
    """GET /analytics/summary"""

    model_config = _STRICT

    period: PeriodName = Field(default=None, description=f"{_PERIOD} `30d` if omitted.")


class EverQuery(BaseModel):
    """GET /analytics/geography and /analytics/links/{id}"""

    model_config = _STRICT

    period: PeriodName = Field(default=None, description=f"{_PERIOD} `all` if omitted.")


class TimeseriesQuery(BaseModel):
    """GET /analytics/timeseries"""

    model_config = _STRICT

    interval: IntervalName = Field(
        default=None, description="How long each point is. Required, here or as `granularity`."
    )
    from_date: Day = Field(default=None, description=f"{_FROM} In UTC.")
    to_date: Day = Field(default=None, description=f"{_TO} In UTC.")
    link_id: LinkId = Field(default=None, description=_LINK)
    period: PeriodName = Field(default=None, description=f"{_PERIOD} `30d` if nothing else says which days.")
    granularity: IntervalName = Field(default=None, description="Another name for `interval`.")

    def asked_interval(self) -> Interval:
        """Raises :class:`Problem` for none, and for two."""
        if self.interval and self.granularity and self.interval != self.granularity:
            raise refused("granularity", "says another thing than interval")
        found = self.interval or self.granularity
        if found is None:
            raise refused("interval", "is required")
        return Interval(found)


class Filters(BaseModel):
    """Which visits."""

    model_config = _STRICT

    link_id: LinkId = Field(default=None, description=_LINK)
    label: Annotated[Text | None, BeforeValidator(_blank)] = Field(
        default=None, description="Only links that have this label now."
    )
    domain: Annotated[Text | None, BeforeValidator(_blank)] = Field(
        default=None, description="Only links that are on this domain now."
    )
    kind: Kinds = Field(default=None, description=_KIND)
    via: Annotated[Literal["click", "qr", "bio"] | None, BeforeValidator(_blank)] = Field(
        default=None, description=_VIA
    )
    include: Annotated[Literal["all"] | None, BeforeValidator(_blank)] = Field(
        default=None, description="`all`: visits of all kinds, and how many each kind has of each number."
    )

    def kinds(self) -> frozenset[Kind] | None:
        """``None`` for those that count. Raises :class:`Problem`."""
        if self.include and self.kind:
            raise refused("kind", "cannot be given together with include")
        return frozenset(Kind) if self.include else self.kind

    def vias(self) -> frozenset[Via] | None:
        return None if self.via is None else frozenset({Via[self.via.upper()]})

    def unfiltered(self, *names: str) -> None:
        """Raises :class:`Problem` for a filter that an endpoint cannot go by."""
        for name in names:
            if getattr(self, name) is not None:
                raise refused(name, "cannot be asked for here")


class LiveQuery(Filters):
    """GET /stats/live"""


class StatsQuery(Filters):
    """Questions about days."""

    period: PeriodName = Field(default=None, description=f"{_PERIOD} `30d` if nothing else says which days.")
    from_date: Day = Field(default=None, description=_FROM)
    to_date: Day = Field(default=None, description=_TO)

    def period_on(self, today: date, default: str = DEFAULT_PERIOD) -> Period | None:
        """The days that are asked for; ``None`` for all. Raises :class:`Problem`."""
        return period_of(self.period, self.from_date, self.to_date, today, default)


class SeriesQuery(StatsQuery):
    """GET /stats/timeseries"""

    interval: Literal["hour", "day", "week", "month"] = Field(default="day", description="How long each point is.")


class TopQuery(StatsQuery):
    """The most frequent values of something."""

    limit: Whole = Field(default=50, ge=1, le=MAX_ITEMS, description="Values at most.")


class ExportQuery(StatsQuery):
    """GET /stats/export"""

    what: Literal["hours", "values", "visits"] = Field(
        default="hours",
        description="`hours`: visits of each link and hour (UTC); `values`: of each link and day by country, referrer "
        "and the rest; `visits`: single visits, as long as they are kept.",
    )
    format: Literal["csv", "jsonl"] = Field(default="csv", description="CSV (RFC 4180), or a JSON object a line.")


def require_few_points(period: Period, interval: Interval) -> None:
    """Raises :class:`Problem` for a series that is too long."""
    if period.days / DAYS_OF[interval] > MOST_POINTS:
        raise refused(
            "interval", f"makes more than {MOST_POINTS:,} points of these days: ask for fewer, or for longer ones"
        )
