"""What can be asked of statistics, and what the answers look like. Pure; :mod:`clicks.query` has them."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from clicks.classes import Kind, Outcome, Via
from clicks.dimensions import Dimension, workspace_subject


class By(StrEnum):
    """What :meth:`Statistics.top` tells visits apart by."""

    COUNTRY = "country"
    CITY = "city"
    DEVICE = "device"
    BROWSER = "browser"
    OS = "os"
    LANGUAGE = "language"
    REFERRER = "referrer"
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    RULE = "rule"
    PATH = "path"


DIMENSIONS: dict[By, tuple[Dimension, int | None]] = {
    By.COUNTRY: (Dimension.COUNTRY, None),
    By.CITY: (Dimension.CITY, None),
    By.DEVICE: (Dimension.AGENT, 0),
    By.BROWSER: (Dimension.AGENT, 1),
    By.OS: (Dimension.AGENT, 2),
    By.LANGUAGE: (Dimension.LANGUAGE, None),
    By.REFERRER: (Dimension.REFERRER, None),
    By.UTM_SOURCE: (Dimension.UTM_SOURCE, None),
    By.UTM_MEDIUM: (Dimension.UTM_MEDIUM, None),
    By.UTM_CAMPAIGN: (Dimension.UTM_CAMPAIGN, None),
    By.RULE: (Dimension.RULE, None),
    By.PATH: (Dimension.PATH, None),
}
"""Where it stands: a dimension, and which part of its text."""


class Which(NamedTuple):
    """Which visits. ``subjects``: ids of links and bio pages, or one of ``clicks.dimensions`` (a workspace, everybody).
    ``kinds``: ``None`` for those that count (the setting); ``vias``: by what way they came, all if ``None``."""

    subjects: tuple[int, ...]
    kinds: frozenset[Kind] | None = None
    vias: frozenset[Via] | None = None
    outcome: Outcome = Outcome.REDIRECT


def of_links(ids: Iterable[int], **options: Any) -> Which:
    """Visits of links (or bio pages, with the outcome ``PAGE``)."""
    return Which(tuple(ids), **options)


def of_workspace(workspace: int, **options: Any) -> Which:
    """Visits of all links that are, or were, of a workspace."""
    return Which((workspace_subject(workspace),), **options)


class Counts(NamedTuple):
    """Since ever, of the kinds that count: ``clicks`` came by the link as such, ``scans`` by its QR code,
    ``bio_clicks`` by a bio page; ``views``: how often a bio page was shown. ``last_at``: of the last of these,
    epoch milliseconds."""

    clicks: int = 0
    scans: int = 0
    bio_clicks: int = 0
    views: int = 0
    last_at: int | None = None

    @property
    def total(self) -> int:
        """All ways together: the other API's ``scan_count``."""
        return self.clicks + self.scans + self.bio_clicks


class Point(NamedTuple):
    """``start``: where a bucket begins, in the chart's zone; ``visits`` in it."""

    start: datetime
    visits: int


class Comparison(NamedTuple):
    """Visits of a period, and of the same number of days right before it."""

    visits: int
    before: int

    @property
    def change(self) -> float | None:
        """By which part it has grown; ``None`` where there was nothing before."""
        return (self.visits - self.before) / self.before if self.before else None


class Visitors(NamedTuple):
    """About how many different people came. ``by_day``: on each day on which anybody did. ``visitor_days``: their sum:
    somebody who came on three days counts three times, as nobody is recognised the day after."""

    by_day: dict[date, int]
    visitor_days: int


class State(NamedTuple):
    """How the collector is getting on. ``at``: its last commit, epoch milliseconds; ``lost``: visits that could not be
    recorded; ``damaged``: records that could not be read; ``lag``: how far behind the journal it was then."""

    commits: int
    visits: int
    lost: int
    damaged: int
    at: int
    lag_records: int
    lag_ms: int


NO_STATE = State(0, 0, 0, 0, 0, 0, 0)
