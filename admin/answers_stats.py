"""What statistics are answered as, for the documentation."""

from pydantic import BaseModel, ConfigDict, Field

from admin.fields import Time
from admin.wire_xqr import XqrMeta

_COUNT = "Visits."
_KINDS = "Visits of each kind; only there with `include=all`."

Kinds = dict[str, int]


class Summary(BaseModel):
    """A workspace in four numbers."""

    total_links: int = Field(description="Links that there are now.")
    total_scans: int = Field(description="Visits in the period, those of deleted links among them.")
    active_links_30d: int = Field(description="Links with a visit within 30 days, whatever the period.")
    unique_countries: int = Field(description="Countries that the visits of the period came from.")


class SummaryAnswer(BaseModel):
    """A workspace in four numbers."""

    data: Summary
    meta: XqrMeta


class CountryCount(BaseModel):
    """Visits from a country."""

    country: str = Field(description="ISO 3166-1 alpha-2 code, or `unknown`.", examples=["DE"])
    count: int = Field(description=_COUNT)


class DeviceCount(BaseModel):
    """Visits with a kind of device."""

    device: str = Field(description="`mobile`, `tablet`, `desktop` or `unknown`.")
    count: int = Field(description=_COUNT)


class BrowserCount(BaseModel):
    """Visits with a browser."""

    browser: str = Field(description="Name of the browser, `Other` for the rest.")
    count: int = Field(description=_COUNT)


class DayScans(BaseModel):
    """Visits of a day."""

    date: str = Field(description="The day, in UTC.", json_schema_extra={"format": "date"})
    scans: int = Field(description=_COUNT)


class LinkStats(BaseModel):
    """What is known of a link's visits."""

    link_id: str = Field(description="UUID of the link.")
    short_code: str = Field(description="Its short code.")
    total_scans: int = Field(description="Visits since ever.")
    last_scan_at: Time | None = Field(description="Time of the last visit.")
    countries: list[CountryCount] = Field(description="The most frequent first.")
    devices: list[DeviceCount] = Field(description="The most frequent first.")
    browsers: list[BrowserCount] = Field(description="The most frequent first.")
    daily_scans: list[DayScans] = Field(description="Each day from the first visit on, or each day of the period.")


class LinkStatsAnswer(BaseModel):
    """What is known of a link's visits."""

    data: LinkStats
    meta: XqrMeta


class ScanPoint(BaseModel):
    """A point of a series."""

    date: str = Field(description="The first day of it, or for hours the instant at which it begins.")
    scans: int = Field(description=_COUNT)


class Timeseries(BaseModel):
    """Visits over time."""

    interval: str = Field(description="How long each point is.")
    points: list[ScanPoint] = Field(description="In order, those without visits included.")


class TimeseriesAnswer(BaseModel):
    """Visits over time."""

    data: Timeseries
    meta: XqrMeta


class GeographyAnswer(BaseModel):
    """Visits by country."""

    data: list[CountryCount] = Field(description="The most frequent first.")
    meta: XqrMeta


class About(BaseModel):
    """What numbers are about."""

    from_date: str = Field(description="The first day.", json_schema_extra={"format": "date"})
    to_date: str = Field(description="The last day, included.", json_schema_extra={"format": "date"})
    timezone: str = Field(description="The zone of these days: the operator's setting `stats.timezone`.")
    kinds_counted: list[str] = Field(description="The kinds of visits that are in the numbers.")


class StatsSummary(About):
    """Visits by way, kind and outcome."""

    visits: int = Field(description="Visits of the kinds that count that were redirected.")
    by_via: dict[str, int] = Field(description="By way: `click`, `qr`, `bio`.")
    by_kind: dict[str, int] = Field(description="By kind, those that do not count included.")
    by_outcome: dict[str, int] = Field(
        description="`redirect`: redirected; `locked`: asked for a password; `gone`: the link was off or had expired."
    )


class StatsSummaryAnswer(BaseModel):
    """Visits by way, kind and outcome."""

    data: StatsSummary
    meta: XqrMeta


class VisitPoint(BaseModel):
    """A point of a series."""

    date: str = Field(description="The first day of it, or for hours the instant at which it begins.")
    visits: int = Field(description=_COUNT)
    kinds: Kinds = Field(default_factory=dict, description=_KINDS)


class StatsSeries(About):
    """Visits over time."""

    interval: str = Field(description="How long each point is.")
    points: list[VisitPoint] = Field(description="In order, those without visits included.")


class StatsSeriesAnswer(BaseModel):
    """Visits over time."""

    data: StatsSeries
    meta: XqrMeta


class NowAndBefore(BaseModel):
    """Visits of a kind."""

    visits: int = Field(description="In the period.")
    before: int = Field(description="In the period before.")


class StatsComparison(About):
    """A period and the one before."""

    before_from: str = Field(description="The first day of the period before.", json_schema_extra={"format": "date"})
    before_to: str = Field(description="Its last day, included.", json_schema_extra={"format": "date"})
    visits: int = Field(description="In the period.")
    before: int = Field(description="In the period before.")
    change: float | None = Field(description="0.5 for half as many again; null where there was nothing before.")
    kinds: dict[str, NowAndBefore] = Field(default_factory=dict, description=_KINDS)


class StatsComparisonAnswer(BaseModel):
    """A period and the one before."""

    data: StatsComparison
    meta: XqrMeta


class HeatRow(BaseModel):
    """A weekday."""

    weekday: str = Field(description="`monday` to `sunday`.")
    hours: list[int] = Field(description="Visits of each of the 24 hours.")
    kinds: dict[str, list[int]] = Field(default_factory=dict, description=_KINDS)


class StatsHeatMap(About):
    """Visits by weekday and hour."""

    rows: list[HeatRow] = Field(description="Seven, from Monday.")


class StatsHeatMapAnswer(BaseModel):
    """Visits by weekday and hour."""

    data: StatsHeatMap
    meta: XqrMeta


class DayVisitors(BaseModel):
    """Visitors of a day."""

    date: str = Field(description="The day.", json_schema_extra={"format": "date"})
    visitors: int = Field(description="Different people, about.")


class StatsUniques(About):
    """How many different people came."""

    visitor_days: int = Field(
        description="The sum of the days: who comes on three days counts three times, as nobody is recognised the day "
        "after."
    )
    days: list[DayVisitors] = Field(description="The days on which anybody came.")


class StatsUniquesAnswer(BaseModel):
    """How many different people came."""

    data: StatsUniques
    meta: XqrMeta


class Item(BaseModel):
    """A value and how often it came up. The value's own member is named after the question: `referrer`, `os`,
    `browser`, `device`, `language`, `country`, `utm_source`, …; null where it is not known (of a referrer: none)."""

    model_config = ConfigDict(extra="allow")

    count: int = Field(description=_COUNT)
    kinds: Kinds = Field(default_factory=dict, description=_KINDS)


class StatsTop(About):
    """The most frequent values."""

    items: list[Item] = Field(description="The most frequent first. `other`: those beyond what is kept of a day.")


class StatsTopAnswer(BaseModel):
    """The most frequent values."""

    data: StatsTop
    meta: XqrMeta


class StatsOrphans(StatsTop):
    """Requests for links that do not exist."""

    visits: int = Field(description="All of them.")


class StatsOrphansAnswer(BaseModel):
    """Requests for links that do not exist."""

    data: StatsOrphans
    meta: XqrMeta
