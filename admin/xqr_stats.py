"""The handlers under ``/stats``, which are this server's own: take what was parsed, ask the statistics, say what to
answer. Days are those that visits are counted by; each answer names their zone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from admin.dialect import Reply, Stream
from admin.errors import Failure, Problem
from admin.insight import Insight, Questions
from admin.models_stats import ExportQuery, LiveQuery, SeriesQuery, StatsQuery, TopQuery, require_few_points
from admin.ports import Clock, Domains, Links
from admin.routing import Call
from admin.stats_export import headers_of
from admin.xqr_analytics import point_date
from clicks.answers import By, Which, of_links
from clicks.classes import Kind, Outcome, Via
from clicks.dimensions import EVERYBODY, SEPARATOR
from clicks.periods import Interval, Period
from clicks.query import Statistics
from links.model import DEFAULT_WORKSPACE

WEEK_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_OUTCOMES = (Outcome.REDIRECT, Outcome.LOCKED, Outcome.GONE)

SSE_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    # nginx holds an answer back until it has some kilobytes of it, unless told not to.
    "X-Accel-Buffering": "no",
}


class XqrStats:
    """The handlers."""

    def __init__(self, links: Links, domains: Domains, clock: Clock, insight: Insight) -> None:
        self._insight = insight
        self._questions = Questions(links, domains, insight.link_index, insight.asks, clock)

    async def summary(self, call: Call) -> Reply:
        """GET /stats/summary"""
        asked: StatsQuery = call.query
        asked.unfiltered("kind", "via", "include")
        which, period = await self._asked(call)
        classes = await self._insight.asks.ask(lambda statistics: statistics.by_class(period, which.subjects))
        counted = self._insight.asks.counted
        visits = {key: n for key, n in classes.items() if key[0] is Outcome.REDIRECT}
        return self._reply(
            asked,
            period,
            visits=sum(n for (_, _, kind), n in visits.items() if kind in counted),
            by_via={
                via.name.lower(): sum(n for (_, v, k), n in visits.items() if v is via and k in counted) for via in Via
            },
            by_kind={kind.name.lower(): sum(n for (_, _, k), n in visits.items() if k is kind) for kind in Kind},
            by_outcome={
                outcome.name.lower(): sum(n for (o, _, k), n in classes.items() if o is outcome and k in counted)
                for outcome in _OUTCOMES
            },
        )

    async def timeseries(self, call: Call) -> Reply:
        """GET /stats/timeseries"""
        asked: SeriesQuery = call.query
        which, period = await self._asked(call)
        interval = Interval(asked.interval)
        require_few_points(period, interval)

        def answer(statistics: Statistics) -> list[dict[str, Any]]:
            apart = {
                kind.name.lower(): statistics.series(period, interval, only(which, kind)) for kind in _apart(asked)
            }
            points = statistics.series(period, interval, which)
            return [
                {"date": point_date(interval, point), "visits": point.visits}
                | ({"kinds": {name: series[at].visits for name, series in apart.items()}} if apart else {})
                for at, point in enumerate(points)
            ]

        return self._reply(asked, period, interval=interval, points=await self._insight.asks.ask(answer))

    async def comparison(self, call: Call) -> Reply:
        """GET /stats/comparison"""
        asked: StatsQuery = call.query
        which, period = await self._asked(call)
        before = period.before()

        def answer(statistics: Statistics) -> dict[str, Any]:
            found = statistics.compare(period, which)
            kinds = {
                kind.name.lower(): {"visits": one.visits, "before": one.before}
                for kind in _apart(asked)
                for one in [statistics.compare(period, only(which, kind))]
            }
            shown = {"visits": found.visits, "before": found.before, "change": found.change}
            return shown | ({"kinds": kinds} if kinds else {})

        dates = {"before_from": before.first.isoformat(), "before_to": before.last.isoformat()}
        return self._reply(asked, period, **dates, **await self._insight.asks.ask(answer))

    async def heat_map(self, call: Call) -> Reply:
        """GET /stats/heatmap"""
        asked: StatsQuery = call.query
        which, period = await self._asked(call)

        def answer(statistics: Statistics) -> list[dict[str, Any]]:
            apart = {kind.name.lower(): statistics.heat_map(period, only(which, kind)) for kind in _apart(asked)}
            rows = statistics.heat_map(period, which)
            return [
                {"weekday": day, "hours": rows[at]}
                | ({"kinds": {name: found[at] for name, found in apart.items()}} if apart else {})
                for at, day in enumerate(WEEK_DAYS)
            ]

        return self._reply(asked, period, rows=await self._insight.asks.ask(answer))

    async def uniques(self, call: Call) -> Reply:
        """GET /stats/uniques"""
        asked: StatsQuery = call.query
        asked.unfiltered("label", "domain", "kind", "via", "include")
        which, period = await self._asked(call)
        found = await self._insight.asks.ask(lambda statistics: statistics.visitors(period, which.subjects[0]))
        days = [{"date": day.isoformat(), "visitors": count} for day, count in sorted(found.by_day.items())]
        return self._reply(asked, period, visitor_days=found.visitor_days, days=days)

    async def orphans(self, call: Call) -> Reply:
        """GET /stats/orphans"""
        asked: TopQuery = call.query
        asked.unfiltered("link_id", "label", "domain", "via")
        if call.workspace != DEFAULT_WORKSPACE:
            raise Problem(Failure.SCOPE, "This is for keys of the first workspace, the operator's.")
        period = await self._questions.period(asked)
        which = of_links([EVERYBODY], kinds=asked.kinds(), outcome=Outcome.NOT_FOUND)

        def answer(statistics: Statistics) -> dict[str, Any]:
            visits = statistics.count(period, which)
            return {"visits": visits, "items": tops(statistics, period, By.PATH, which, asked, _named("path"))}

        return self._reply(asked, period, **await self._insight.asks.ask(answer))

    def top(self, by: By) -> Callable[[Call], Any]:
        """GET /stats/referrers and the like"""

        async def handler(call: Call) -> Reply:
            asked: TopQuery = call.query
            which, period = await self._asked(call)
            show = _SHOWN.get(by) or _named(by.value)
            items = await self._insight.asks.ask(lambda statistics: tops(statistics, period, by, which, asked, show))
            return self._reply(asked, period, items=items)

        return handler

    async def export(self, call: Call) -> Stream:
        """GET /stats/export"""
        asked: ExportQuery = call.query
        ids = await self._questions.ids(asked, call.workspace)
        period = asked.period_on(self._questions.today())
        chunks = self._insight.exports.open(asked, call.workspace, ids, period)
        return Stream(chunks, headers_of(asked.what, asked.format))

    async def live(self, call: Call) -> Stream:
        """GET /stats/live"""
        asked: LiveQuery = call.query
        ids = await self._questions.ids(asked, call.workspace)
        wanted = self._insight.live.wanted(
            call.workspace, ids, asked.kinds() or self._insight.asks.counted, asked.vias()
        )
        return Stream(self._insight.live.listen(wanted, call.last_event_id), SSE_HEADERS)

    async def _asked(self, call: Call) -> tuple[Which, Period]:
        asked: StatsQuery = call.query
        which = await self._questions.which(asked, call.workspace)
        return which, await self._questions.period(asked)

    def _reply(self, asked: StatsQuery, period: Period, **data: Any) -> Reply:
        kinds = asked.kinds() or self._insight.asks.counted
        about = {
            "from_date": period.first.isoformat(),
            "to_date": period.last.isoformat(),
            "timezone": self._insight.zone_name,
            "kinds_counted": [kind.name.lower() for kind in sorted(kinds)],
        }
        return Reply(about | data)


def only(which: Which, kind: Kind) -> Which:
    """Those of one kind."""
    return which._replace(kinds=frozenset({kind}))


def _apart(asked: StatsQuery) -> Iterable[Kind]:
    """The kinds whose numbers are shown apart."""
    return Kind if asked.include else ()


Show = Callable[[str], dict[str, Any]]


def tops(
    statistics: Statistics, period: Period, by: By, which: Which, asked: TopQuery, show: Show
) -> list[dict[str, Any]]:
    """The most frequent values, as ``show`` says, with their counts."""
    found = statistics.top(period, by, which, asked.limit)
    apart: dict[str, Mapping[str, int]] = {
        kind.name.lower(): dict(statistics.top(period, by, only(which, kind))) for kind in _apart(asked)
    }
    return [
        show(value)
        | {"count": count}
        | ({"kinds": {name: counts.get(value, 0) for name, counts in apart.items()}} if apart else {})
        for value, count in found
    ]


def _named(name: str) -> Show:
    return lambda value: {name: value or None}


def _city(value: str) -> dict[str, Any]:
    country, _, city = value.rpartition(SEPARATOR)
    return {"country": country or None, "city": city}


def rule_indices(rule: int, variant: int) -> dict[str, int | None]:
    """From 0, as errors of the API name them."""
    return {"rule_index": rule - 1 if rule else None, "variant_index": variant - 1 if variant else None}


def _rule(value: str) -> dict[str, Any]:
    rule, _, variant = value.partition(SEPARATOR)
    return rule_indices(int(rule), int(variant or 0))


_SHOWN: dict[By, Show] = {By.CITY: _city, By.RULE: _rule}
