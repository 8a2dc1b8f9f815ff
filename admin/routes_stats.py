"""The endpoints of statistics, as a part of the route table (``admin.routes``)."""

from typing import Any

from admin.answers_stats import (
    GeographyAnswer,
    LinkStatsAnswer,
    StatsComparisonAnswer,
    StatsHeatMapAnswer,
    StatsOrphansAnswer,
    StatsSeriesAnswer,
    StatsSummaryAnswer,
    StatsTopAnswer,
    StatsUniquesAnswer,
    SummaryAnswer,
    TimeseriesAnswer,
)
from admin.errors import Failure
from admin.insight import Insight
from admin.models_stats import (
    EverQuery,
    ExportQuery,
    LiveQuery,
    SeriesQuery,
    StatsQuery,
    SummaryQuery,
    TimeseriesQuery,
    TopQuery,
)
from admin.ports import Clock, Domains, Links
from admin.routing import Handler, Route
from admin.wire_xqr import XQR
from admin.xqr_analytics import XqrAnalytics
from admin.xqr_stats import XqrStats
from clicks.answers import By

TAG, STATS_TAG = "Analytics", "Statistics"

_TOPS = {
    By.COUNTRY: ("countries", "Countries", "Visits by country."),
    By.CITY: ("cities", "Cities", "Visits by city. Nothing is known of cities unless the operator has a database."),
    By.DEVICE: ("devices", "Devices", "Visits by kind of device."),
    By.BROWSER: ("browsers", "Browsers", "Visits by browser."),
    By.OS: ("os", "Operating systems", "Visits by operating system."),
    By.LANGUAGE: ("languages", "Languages", "Visits by the language that the browser asks for first."),
    By.REFERRER: ("referrers", "Referrers", "Visits by the host that referred to the link; null for none."),
    By.UTM_SOURCE: ("utm-sources", "UTM sources", "Visits by `utm_source` of the short link's own query."),
    By.UTM_MEDIUM: ("utm-mediums", "UTM media", "Visits by `utm_medium` of the short link's own query."),
    By.UTM_CAMPAIGN: ("utm-campaigns", "UTM campaigns", "Visits by `utm_campaign` of the short link's own query."),
    By.RULE: (
        "variants",
        "Rules and variants",
        "Visits by the routing rule and the variant of it that answered, both counted from 0; `variant_index` is null "
        "for a rule without variants. Visits that no rule answered are not listed. Of use with `link_id`.",
    ),
}


def stats_routes(links: Links, domains: Domains, clock: Clock, insight: Insight) -> tuple[Route, ...]:
    """The routes under ``/analytics`` and ``/stats``."""
    analytics = XqrAnalytics(links, domains, clock, insight)
    stats = XqrStats(links, domains, clock, insight)
    return (*_analytics(analytics), *_stats(stats), *_tops(stats), *_streams(stats))


def _route(path: str, handler: Handler, operation_id: str, summary: str, description: str, **more: Any) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        dialect=XQR,
        operation_id=operation_id,
        summary=summary,
        description=description,
        **{"tag": STATS_TAG, "scope": "analytics:read", "raises": (Failure.NOT_FOUND,)} | more,
    )


def _analytics(analytics: XqrAnalytics) -> tuple[Route, ...]:
    of_link: dict[str, Any] = {
        "tag": TAG,
        "query": EverQuery,
        "response": LinkStatsAnswer,
        "path_help": {"id": "UUID of the link."},
    }
    about = "A link's visits by country, device, browser and day."
    return (
        _route(
            "/analytics/summary",
            analytics.summary,
            "getAnalyticsSummary",
            "Summarise the workspace",
            "The workspace in four numbers.",
            tag=TAG,
            query=SummaryQuery,
            response=SummaryAnswer,
            raises=(),
        ),
        _route("/analytics/links/{id}", analytics.link, "getLinkAnalytics", "Analyse a link", about, **of_link),
        _route(
            "/analytics/links/{id}/stats",
            analytics.link,
            "getLinkStats",
            "Analyse a link (other path)",
            about,
            **of_link,
        ),
        _route(
            "/analytics/timeseries",
            analytics.timeseries,
            "getAnalyticsTimeseries",
            "Visits over time",
            "Visits of each hour, day, week (from Monday) or month, in UTC.",
            tag=TAG,
            query=TimeseriesQuery,
            response=TimeseriesAnswer,
        ),
        _route(
            "/analytics/geography",
            analytics.geography,
            "getAnalyticsGeography",
            "Visits by country",
            "Visits of the workspace by country.",
            tag=TAG,
            query=EverQuery,
            response=GeographyAnswer,
            raises=(),
        ),
    )


def _stats(stats: XqrStats) -> tuple[Route, ...]:
    return (
        _route(
            "/stats/summary",
            stats.summary,
            "getStatsSummary",
            "Visits by way, kind and outcome",
            "How many visits there were, and what they were.",
            query=StatsQuery,
            response=StatsSummaryAnswer,
        ),
        _route(
            "/stats/timeseries",
            stats.timeseries,
            "getStatsTimeseries",
            "Visits over time, filtered",
            "Visits of each hour, day, week (from Monday) or month, in the zone that the answer names.",
            query=SeriesQuery,
            response=StatsSeriesAnswer,
        ),
        _route(
            "/stats/comparison",
            stats.comparison,
            "getStatsComparison",
            "Compare with the period before",
            "Visits of a period, and of as many days right before it.",
            query=StatsQuery,
            response=StatsComparisonAnswer,
        ),
        _route(
            "/stats/heatmap",
            stats.heat_map,
            "getStatsHeatMap",
            "Visits by weekday and hour",
            "When visits come, in the zone that the answer names.",
            query=StatsQuery,
            response=StatsHeatMapAnswer,
        ),
        _route(
            "/stats/uniques",
            stats.uniques,
            "getStatsUniques",
            "How many people came",
            "An estimate (3 % or so) of different people a day, of the workspace or of a link. Visitors who ask not to "
            "be tracked are not in it. Other filters are refused.",
            query=StatsQuery,
            response=StatsUniquesAnswer,
        ),
        _route(
            "/stats/orphans",
            stats.orphans,
            "getStatsOrphans",
            "Requests for links that do not exist",
            "Paths that were answered 404, where the operator has them recorded (`clicks.record_not_found`). They "
            "belong to no workspace: a key of the first workspace with the scope `*` is needed.",
            scope="*",
            query=TopQuery,
            response=StatsOrphansAnswer,
            raises=(),
        ),
    )


def _tops(stats: XqrStats) -> tuple[Route, ...]:
    return tuple(
        _route(
            f"/stats/{path}",
            stats.top(by),
            f"getStats{''.join(word.capitalize() for word in path.split('-'))}",
            title,
            about,
            query=TopQuery,
            response=StatsTopAnswer,
        )
        for by, (path, title, about) in _TOPS.items()
    )


def _streams(stats: XqrStats) -> tuple[Route, ...]:
    return (
        _route(
            "/stats/export",
            stats.export,
            "exportStats",
            "Export what has been counted",
            "A file, sent as it is read. Where it breaks off it is not whole.",
            query=ExportQuery,
            response=None,
            media=("text/csv", "application/x-ndjson"),
        ),
        _route(
            "/stats/live",
            stats.live,
            "streamVisits",
            "Visits as they come",
            "Server-sent events: `visit` has a visit as JSON, `missed` says that some were left out. A stream that is "
            "asked for with `Last-Event-ID` goes on after that visit.",
            query=LiveQuery,
            response=None,
            media=("text/event-stream",),
        ),
    )
