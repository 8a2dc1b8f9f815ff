"""clicks.db with visits of a table, counted by the collector's own parts."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from admin.asking import Asking, VisitCounts
from admin.insight import Insight
from admin.stats_export import Exports
from admin.stats_links import Named
from clicks import database
from clicks.aggregate import Aggregate
from clicks.batch import rows_of
from clicks.calendar_days import day_of
from clicks.caps import Caps
from clicks.classes import Kind, Outcome, Via, class_of
from clicks.classify import Classified, Facts, Place
from clicks.marks import Marks
from clicks.raw import RawVisit, RawVisits
from clicks.record import rule_word
from clicks.segment import Name
from clicks.store import Notes, Store

SEGMENT = Name(1, 2, 3)
SALT = b"s" * 16


class Visit(NamedTuple):
    """One visit. ``rule``, ``variant``: from 1, 0 for none."""

    link: int
    at: str
    kind: Kind = Kind.PERSON
    via: Via = Via.CLICK
    outcome: Outcome = Outcome.REDIRECT
    country: str = "DE"
    city: str = ""
    device: str = "mobile"
    browser: str = "Safari"
    os: str = "iOS"
    language: str = "de"
    referrer: str = ""
    utm: tuple[str, str, str] = ("", "", "")
    rule: int = 0
    variant: int = 0
    address: int = 1
    path: str = ""


def time_ns(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000


def classified(visit: Visit) -> Classified:
    facts = Facts(
        visit.kind, visit.device, visit.browser, visit.os, visit.language, visit.referrer, False, b"agent", ()
    )
    return Classified(
        class_of(visit.outcome, visit.via, visit.kind),
        Marks(visit.via, visit.utm, any(visit.utm)),
        facts,
        Place(visit.country, visit.city),
        visit.address.to_bytes(16),
        rule_word(visit.rule, visit.variant) if visit.rule else 0,
    )


def count(data_dir: Path, visits: Iterable[Visit], owners: Mapping[int, int], zone: tzinfo = UTC) -> None:
    """Store visits as the collector does. ``owners``: workspaces by link."""
    aggregate = Aggregate(day_of(zone), lambda day: SALT, lambda link: False)
    raw: list[RawVisit] = []
    for number, visit in enumerate(visits):
        made = classified(visit)
        at = time_ns(visit.at)
        aggregate.add(at, visit.link, made, aggregate.profile(made.facts), b"GET " + visit.path.encode())
        raw.append((SEGMENT, 100 + number, at, visit.link, made.class_, made.facts, made.place, made.marks, made.word))
    store = Store.open(data_dir / database.FILE_NAME)
    store.commit(
        lambda: rows_of(
            aggregate,
            lambda ids: {one: owners[one] for one in ids if one in owners},
            Caps(store.stored),
            store.name_id,
        ),
        {},
        [],
        Notes(),
    )
    store.close()
    files = RawVisits(data_dir)
    files.write(raw)
    files.close()


class FakeIndex:
    """The numbers of ``links`` (a ``FakeLinks``)."""

    def __init__(self, links) -> None:
        self._links = links

    async def ids(self, workspace, label, domain, limit):
        return [
            link.id
            for link in self._links.links.values()
            if link.workspace == workspace and label in (None, *link.labels) and domain in (None, link.domain)
        ][:limit]

    async def named(self, ids):
        wanted = set(ids)
        return {
            link.id: Named(link.workspace, link.uuid, link.slug)
            for link in self._links.links.values()
            if link.id in wanted
        }


class SilentLive:
    """A stream that ends at once."""

    def wanted(self, *asked):
        return asked

    async def listen(self, wanted, last_id=""):
        for event in ():
            yield event


@contextmanager
def insight_of(data_dir: Path, links, zone_name: str = "UTC", *, live=None) -> Iterator[Insight]:
    """Statistics over ``data_dir``."""
    zone = UTC if zone_name == "UTC" else ZoneInfo(zone_name)
    counted = frozenset({Kind.PERSON, Kind.TOOL})
    asking = Asking(data_dir / database.FILE_NAME, zone, counted, time.monotonic)
    index = FakeIndex(links)
    exports = Exports(data_dir, index, zone, counted)
    try:
        yield Insight(asking, index, live, exports, zone_name, VisitCounts(asking).of_links)
    finally:
        exports.close()
        asking.close()
