"""The Divsly API's clicks by city: take what was parsed, ask the statistics, say what to answer. No HTTP here."""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from admin.country_names import code_of, name_of
from admin.dialect import Reply
from admin.errors import Detail, Failure, Problem, refused
from admin.insight import MS, Insight
from admin.models_divsly_more import CityAnalytics
from admin.ports import Clock, Domains
from admin.routing import Call
from admin.validation import invalid
from clicks.answers import By, of_links
from clicks.classes import Via
from clicks.dimensions import SEPARATOR
from clicks.periods import Period
from clicks.query import Statistics
from links.errors import LinkError
from links.slug import canonical_slug

SAID = "City analytics fetched successfully."
"""Ours: the reference names no message for it."""


class Cities:
    """``clock`` gives epoch milliseconds."""

    def __init__(self, domains: Domains, clock: Clock, insight: Insight) -> None:
        self._domains = domains
        self._clock = clock
        self._insight = insight

    async def analytics(self, call: Call) -> Reply:
        """POST /city-analytics"""
        body: CityAnalytics = call.body
        if not self._insight.has_cities:
            raise Problem(Failure.VALIDATION, "clicks cannot be told by city: no city database is configured")
        codes = None if body.countries is None else codes_of(body.countries)
        link = await self._link(body.shortlink, call.workspace)
        today = datetime.fromtimestamp(self._clock() / MS, self._insight.asks.zone).date()

        def answer(statistics: Statistics) -> list[dict[str, Any]]:
            days = statistics.everything(today)
            clicks = cities_of(statistics, days, link, frozenset({Via.CLICK, Via.BIO}))
            scans = cities_of(statistics, days, link, frozenset({Via.QR}))
            return rows_of(clicks, scans, codes)

        return Reply({"success": True, "message": SAID, "data": await self._insight.asks.ask(answer)})

    async def _link(self, shortlink: str, workspace: int) -> int:
        """The number of the workspace's link of that address, with or without its scheme, or of that slug alone."""
        host, slug = parts_of(shortlink)
        try:
            domain = self._domains.host_for(host, workspace)
        except LinkError:
            raise refused("shortlink", "is not on a domain of this workspace") from None
        try:
            found = await self._insight.link_index.at(workspace, domain, canonical_slug(slug))
        except LinkError as error:
            if error.field != "slug":
                raise
            found = None  # what is no slug names no link
        if found is None:
            raise Problem(Failure.NOT_FOUND, "There is no such link.")
        return found


def parts_of(shortlink: str) -> tuple[str | None, str]:
    """Host and slug of a short link's address; ``None`` where there is no host."""
    text = shortlink.strip().removeprefix("https://").removeprefix("http://")
    text = text.partition("#")[0].partition("?")[0]
    host, slash, path = text.partition("/")
    return (host, unquote(path).removesuffix("/")) if slash else (None, host)


def codes_of(names: list[str]) -> frozenset[str]:
    """The alpha-2 codes of countries. Raises :class:`Problem` that names those that are none."""
    codes = [code_of(name) for name in names]
    details = [
        Detail(f"countries[{at}]", f"is no country: {name!r}")
        for at, (name, code) in enumerate(zip(names, codes, strict=True))
        if code is None
    ]
    if details:
        raise invalid(details)
    return frozenset(code for code in codes if code is not None)


def cities_of(statistics: Statistics, days: Period, link: int, vias: frozenset[Via]) -> dict[str, int]:
    """Visits of a link by city, as ``clicks`` has its text."""
    return dict(statistics.top(days, By.CITY, of_links([link], vias=vias)))


def rows_of(clicks: dict[str, int], scans: dict[str, int], codes: frozenset[str] | None) -> list[dict[str, Any]]:
    """A row for each city of the countries with these codes (``None``: all), the most visited first."""
    rows = []
    for text in clicks.keys() | scans.keys():
        code, _, city = text.rpartition(SEPARATOR)
        if codes is None or code in codes:
            named = {"country": name_of(code), "countryCode": code or None, "city": city}
            rows.append({**named, "clicks": clicks.get(text, 0), "scans": scans.get(text, 0)})
    return sorted(rows, key=lambda row: (-row["clicks"] - row["scans"], row["city"], row["countryCode"] or ""))
