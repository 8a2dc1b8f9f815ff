"""Visits out of the journal as they come, for the live stream: read and classified in a thread.

The journal is the workers' and the collector's; nothing is written here. A finished segment goes once the collector
has counted it: what was read of it before is read on (the file is open), the rest of it is not seen.
"""

import logging
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from clicks.addresses import Networks
from clicks.classify import Classified, Classifier
from clicks.country import Countries, CountryFileError
from clicks.keeper import AHEAD
from clicks.reader import JournalReader, Visit
from clicks.record import LOST
from clicks.segment import Name, name_of, names
from clicks.settings import CollectorSettings

log = logging.getLogger(__name__)

MOST_AT_ONCE = 1_000
"""Visits between two looks that are shown. Nobody reads 4,000 a second, and to classify them all would keep the APIs
waiting."""

_BEHIND = 1 << 40
"""A position that no segment reaches: nothing of it is read."""

_by_time = attrgetter("time_ns")


class Place(NamedTuple):
    """Where a visit's record stands: what names it for ever."""

    segment: Name
    offset: int

    def __str__(self) -> str:
        return f"{self.segment}:{self.offset}"


class Seen(NamedTuple):
    """A visit, understood."""

    place: Place
    time_ns: int
    link: int
    visit: Classified


class Batch(NamedTuple):
    """Visits, by time. ``missed``: whether there were more of them."""

    seen: list[Seen]
    missed: bool


def place_of(text: str) -> Place | None:
    """What :class:`Place` made as text; ``None`` for anything else."""
    name, _, offset = text.rpartition(":")
    segment = name_of(name)
    is_number = offset.isascii() and offset.isdecimal() and len(offset) < len(str(_BEHIND))
    return None if segment is None or not is_number else Place(segment, int(offset))


def classifier_of(settings: CollectorSettings) -> Classifier:
    """What the collector classifies with; a damaged file of countries knows none."""
    # The lists of user agents: 10 MB that nobody needs until somebody listens.
    from clicks.agent_kinds import AgentKinds

    try:
        countries = Countries.open(Path(settings.geoip.path) if settings.geoip.path else None)
    except CountryFileError as error:
        log.warning("countries: %s: all are unknown", error)
        countries = None

    def place_of_address(address: bytes) -> tuple[str, str]:
        if countries is None:
            return "", ""
        try:
            return countries.country_of(address), countries.city_of(address)
        except CountryFileError:
            return "", ""  # the collector's log has it

    return Classifier(
        AgentKinds().kind_of,
        place_of_address,
        Networks(settings.trusted_proxies),
        settings.forwarded_header,
        respects_privacy=settings.stats.respect_privacy_signals,
    )


class Source:
    """For one thread. ``classifier`` is made there, at the first visit: its lists take 50 ms and 10 MB."""

    def __init__(self, directory: Path, classifier: Callable[[], Classifier]) -> None:
        self._directory = directory
        self._make = classifier
        self._classifier: Classifier | None = None
        self._reader = JournalReader(directory)

    def begin(self) -> None:
        """From now on."""
        self._reader = JournalReader(self._directory)
        self._reader.skip()

    def begin_after(self, place: Place, pause: Callable[[], object]) -> Batch:
        """From a visit on; what there is after it. Read are its segment and the newest of each writer: that which is
        being written, and those that are ready behind it.

        ``pause``: called between two looks: a record is read at the look after the one that saw it.
        """
        present = names(self._directory)
        last = {(name.boot_ns, name.pid): name.seq for name in present}
        old = {name: _BEHIND for name in present if name.seq < last[name.boot_ns, name.pid] - AHEAD}
        self._reader = JournalReader(self._directory, old | {place.segment: place.offset})
        found = list(self._reader.poll())
        pause()
        found += self._reader.poll()
        found.sort(key=_by_time)
        start = next((at for at, visit in enumerate(found) if (visit.segment, visit.offset) == place), None)
        if start is None:
            return Batch([], missed=True)
        return self._classified(found[start + 1 :])

    def more(self) -> Batch:
        """What has come since the last time."""
        found: list[Visit] = []
        for visit in self._reader.poll():
            found.append(visit)
            if len(found) > MOST_AT_ONCE:
                # There may be millions: go on from now.
                self._reader.close()
                self.begin()
                break
        found.sort(key=_by_time)
        return self._classified(found)

    def close(self) -> None:
        self._reader.close()

    def _classified(self, visits: list[Visit]) -> Batch:
        shown = [visit for visit in visits if visit.kind != LOST and visit.link_id]
        if not shown:
            return Batch([], missed=False)
        if self._classifier is None:
            self._classifier = self._make()
        seen = [_seen(visit, self._classifier) for visit in shown[-MOST_AT_ONCE:]]
        return Batch(seen, missed=len(visits) > MOST_AT_ONCE)


def _seen(visit: Visit, classifier: Classifier) -> Seen:
    place = Place(visit.segment, visit.offset)
    return Seen(place, visit.time_ns, visit.link_id, classifier.classified(visit))
