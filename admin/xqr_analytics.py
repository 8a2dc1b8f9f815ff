"""The XQR API's handlers under ``/analytics``: take what was parsed, ask the statistics, say what to answer."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from admin.dialect import Reply
from admin.insight import Insight, Questions, instant
from admin.models_stats import (
    ALL,
    DEFAULT_PERIOD,
    EverQuery,
    SummaryQuery,
    TimeseriesQuery,
    period_of,
    require_few_points,
)
from admin.ports import Clock, Domains, Links
from admin.routing import Call
from admin.xqr import link_id
from clicks.answers import By, Point, Which, of_links, of_workspace
from clicks.periods import Interval, last_days
from clicks.query import Statistics
from links.model import LinkQuery
from links.times import format_seconds

UNKNOWN = "unknown"
"""What stands for a country, device or browser that is not known."""

ACTIVE_DAYS = 30


class XqrAnalytics:
    """The handlers. Days are those of UTC, but those that countries, devices and browsers are counted by."""

    def __init__(self, links: Links, domains: Domains, clock: Clock, insight: Insight) -> None:
        self._links = links
        self._asks = insight.asks
        self._questions = Questions(links, domains, insight.link_index, insight.asks, clock)

    async def summary(self, call: Call) -> Reply:
        """GET /analytics/summary"""
        asked: SummaryQuery = call.query
        today = self._questions.today(UTC)
        period = period_of(asked.period, None, None, today, DEFAULT_PERIOD)
        which = of_workspace(call.workspace)
        total = (await self._links.page(LinkQuery(workspace=call.workspace, limit=1))).total

        def answer(statistics: Statistics) -> dict[str, Any]:
            days = period or statistics.everything(today)
            countries = statistics.top(days, By.COUNTRY, which)
            return {
                "total_links": total,
                # Totals are kept when older days are dropped.
                "total_scans": statistics.count(days, which, UTC) if period else statistics.total(which),
                "active_links_30d": statistics.active_links(call.workspace, last_days(ACTIVE_DAYS, today).first),
                "unique_countries": sum(1 for country, _ in countries if country),
            }

        return Reply(await self._asks.ask(answer))

    async def link(self, call: Call) -> Reply:
        """GET /analytics/links/{id} and /analytics/links/{id}/stats"""
        asked: EverQuery = call.query
        link = await self._links.get(link_id(call), call.workspace)
        today = self._questions.today(UTC)
        period = period_of(asked.period, None, None, today, ALL)
        which = of_links([link.id])

        def answer(statistics: Statistics) -> dict[str, Any]:
            counts = statistics.counts_of([link.id])[link.id]
            days = period or statistics.everything(today)
            series = statistics.series(days, Interval.DAY, which, UTC)
            return {
                "link_id": link.uuid,
                "short_code": link.slug,
                "total_scans": counts.total,
                "last_scan_at": None if counts.last_at is None else format_seconds(counts.last_at),
                "countries": _items("country", statistics.top(days, By.COUNTRY, which)),
                "devices": _items("device", statistics.top(days, By.DEVICE, which)),
                "browsers": _items("browser", statistics.top(days, By.BROWSER, which)),
                "daily_scans": _points(Interval.DAY, series if period else _from_first(series)),
            }

        return Reply(await self._asks.ask(answer))

    async def timeseries(self, call: Call) -> Reply:
        """GET /analytics/timeseries"""
        asked: TimeseriesQuery = call.query
        interval, today = asked.asked_interval(), self._questions.today(UTC)
        period = period_of(asked.period, asked.from_date, asked.to_date, today, DEFAULT_PERIOD)
        which = await self._which(asked.link_id, call.workspace)
        days = period or await self._questions.everything(today)
        require_few_points(days, interval)
        points = await self._asks.ask(lambda statistics: statistics.series(days, interval, which, UTC))
        return Reply({"interval": interval, "points": _points(interval, points)})

    async def geography(self, call: Call) -> Reply:
        """GET /analytics/geography"""
        asked: EverQuery = call.query
        today = self._questions.today()
        period = period_of(asked.period, None, None, today, ALL)
        which = of_workspace(call.workspace)

        def answer(statistics: Statistics) -> list[tuple[str, int]]:
            return statistics.top(period or statistics.everything(today), By.COUNTRY, which)

        return Reply(_items("country", await self._asks.ask(answer)))

    async def _which(self, uuid: str | None, workspace: int) -> Which:
        if uuid is None:
            return of_workspace(workspace)
        return of_links([(await self._links.get(uuid, workspace)).id])


def _items(name: str, values: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{name: value or UNKNOWN, "count": count} for value, count in values]


def _points(interval: Interval, points: Iterable[Point]) -> list[dict[str, Any]]:
    return [{"date": point_date(interval, point), "scans": point.visits} for point in points]


def point_date(interval: Interval, point: Point) -> str:
    """A day, or for hours the instant."""
    return instant(point.start) if interval is Interval.HOUR else point.start.date().isoformat()


def _from_first(points: list[Point]) -> list[Point]:
    """Without the days before the first visit."""
    first = next((at for at, point in enumerate(points) if point.visits), len(points))
    return points[first:]
