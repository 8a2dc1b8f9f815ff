"""What the handlers of statistics work with, and what is common to their questions: which links, which days."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from admin.errors import refused
from admin.models_stats import Filters, StatsQuery
from admin.ports import Clock, Domains, Erasing, Links, VisitCounts
from admin.stats_links import Named
from clicks.answers import Counts, Which, of_links, of_workspace
from clicks.classes import Kind, Outcome
from clicks.periods import Period
from clicks.query import Statistics
from links.errors import LinkError

MOST_LINKS = 2_000
"""Links that a label or a domain stands for: each costs a look for each day. A sum over some of them would be wrong, so
more are refused."""

Answer = TypeVar("Answer")

MS = 1_000


class Asks(Protocol):
    """The statistics (``admin.asking.Asking``)."""

    @property
    def zone(self) -> tzinfo: ...

    @property
    def counted(self) -> frozenset[Kind]: ...

    async def ask(self, question: Callable[[Statistics], Answer]) -> Answer:
        """``LinkError``: ``UNAVAILABLE``."""


class LinkIndex(Protocol):
    """Numbers of links (``admin.stats_links.StoredLinks``)."""

    async def ids(self, workspace: int, label: str | None, domain: str | None, limit: int) -> list[int]: ...

    async def at(self, workspace: int, domain: str, slug: str) -> int | None: ...

    async def named(self, ids: Iterable[int]) -> Mapping[int, Named]: ...


async def not_counted(ids: Sequence[int]) -> Mapping[int, Counts]:
    """Where no visits are counted."""
    return {}


@asynccontextmanager
async def not_kept(link: int) -> AsyncIterator[None]:
    """Where nothing is to be erased."""
    yield


class Insight(NamedTuple):
    """``zone_name``: of the days that visits are counted by. ``live``, ``exports``: see ``admin.live`` and
    ``admin.stats_export``. ``has_cities``: whether there is a database that visits are told apart by city with."""

    asks: Asks
    link_index: LinkIndex
    live: Any
    exports: Any
    zone_name: str
    counts: VisitCounts = not_counted
    erasing: Erasing = not_kept
    has_cities: bool = False


_NOTHING = cast(Any, None)

NO_INSIGHT = Insight(_NOTHING, _NOTHING, _NOTHING, _NOTHING, "UTC")
"""Where nobody calls the routes: they are only documented."""


class Questions:
    """Understands filters."""

    def __init__(self, links: Links, domains: Domains, index: LinkIndex, asks: Asks, clock: Clock) -> None:
        self._links = links
        self._domains = domains
        self._index = index
        self._asks = asks
        self._clock = clock

    def today(self, zone: tzinfo | None = None) -> date:
        """In the zone that visits are counted by, unless another one is named."""
        return datetime.fromtimestamp(self._clock() / MS, zone or self._asks.zone).date()

    async def everything(self, workspace_today: date) -> Period:
        """From the first day that there is anything of."""
        return await self._asks.ask(lambda statistics: statistics.everything(workspace_today))

    async def ids(self, asked: Filters, workspace: int) -> list[int] | None:
        """The links that a question is about; ``None`` for all of the workspace. Raises :class:`Problem`, and
        :class:`LinkError` ``NOT_FOUND``."""
        if asked.link_id is not None:
            for name in ("label", "domain"):
                if getattr(asked, name) is not None:
                    raise refused(name, "cannot be given together with link_id")
            return [(await self._links.get(asked.link_id, workspace)).id]
        if asked.label is None and asked.domain is None:
            return None
        domain = None if asked.domain is None else self._domain(asked.domain, workspace)
        found = await self._index.ids(workspace, asked.label, domain, MOST_LINKS + 1)
        if len(found) > MOST_LINKS:
            field = "label" if asked.label is not None else "domain"
            raise refused(field, f"stands for more than {MOST_LINKS:,} links, which is too many for one question")
        return found

    async def which(self, asked: StatsQuery, workspace: int, outcome: Outcome = Outcome.REDIRECT) -> Which:
        """The visits that a question is about. Raises as :meth:`ids`."""
        ids = await self.ids(asked, workspace)
        options: dict[str, Any] = {"kinds": asked.kinds(), "vias": asked.vias(), "outcome": outcome}
        return of_workspace(workspace, **options) if ids is None else of_links(ids, **options)

    async def period(self, asked: StatsQuery) -> Period:
        """The days that a question is about. Raises :class:`Problem`."""
        today = self.today()
        return asked.period_on(today) or await self.everything(today)

    def _domain(self, name: str, workspace: int) -> str:
        try:
            return self._domains.host_for(name, workspace)
        except LinkError:
            raise refused("domain", "is not a domain of this workspace") from None


def instant(at: datetime) -> str:
    """With the zone's offset; ``Z`` for UTC."""
    return at.isoformat().removesuffix("+00:00") + "Z" if at.tzinfo is UTC else at.isoformat()
