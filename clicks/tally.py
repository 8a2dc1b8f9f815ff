"""Counts the records of a segment: the hot path of the collector.

Nearly all visits are redirects by GET of somebody who is not behind a proxy and has not asked to be left alone: these
are counted right here, by the same steps as ``Aggregate.add`` takes with what ``Classifier.of_record`` says, which all
others go through. ``tests/clicks/test_tally.py`` holds the two together.
"""

from collections.abc import Callable, Mapping

from clicks.aggregate import NS_IN_MS, Aggregate, Keys, Profile, visitor
from clicks.classes import KINDS
from clicks.classify import NOWHERE, Classifier, Place, marks_in
from clicks.marks import NO_MARKS, Marks
from clicks.raw import RawVisit
from clicks.record import LOST, REDIRECT, VISITS, Raw
from clicks.segment import Name

REMEMBERED_PEERS = 200_000
"""Addresses, 200 bytes each, and none of yesterday's."""

REMEMBERED_QUERIES = 8_192
"""Queries, with the fields that only their requests had: those of a campaign's visits are all the same."""

Query = tuple[Marks, tuple[int, ...]]

_GET = b"GET "


Peer = tuple[Place, Keys, int]
"""What is to be known of an address that is no proxy's: where it is, that country's keys, its hash of the day. A plain
tuple: one with names takes longer to take apart."""

NOT_USUAL: Peer = (NOWHERE, Keys(0), 0)
"""A proxy, whose visitors are others each time; somebody in a city, which is counted; nobody knows who."""


class Tally:
    """``lost``: visits that workers could not record, ``damaged``: records of no known kind; since :meth:`clear`."""

    def __init__(self, classifier: Classifier, aggregate: Aggregate) -> None:
        self._classifier = classifier
        self._aggregate = aggregate
        self._peers: dict[bytes, Peer] = {}
        self._queries: dict[bytes, Query] = {}
        self._state = (-1, -1)
        self.lost = self.damaged = 0

    def clear(self) -> None:
        self.lost = self.damaged = 0

    def count(
        self,
        name: Name,
        records: list[Raw],
        profiles: dict[int, Profile],
        profile_of: Callable[[int], Profile],
        erased: Mapping[int, int],
        raw: list[RawVisit] | None,
    ) -> None:
        """Count records of the segment ``name``.

        ``profiles``: by where header sections stand, to be filled by ``profile_of``; ``erased``: up to which
        epoch milliseconds visits of a link are not counted; ``raw``: where to put what may be kept of each.
        """
        aggregate, peers = self._aggregate, self._peers_of_day()
        queries = self._queries
        day, begin_ns, end_ns = aggregate.day, aggregate.begin_ns, aggregate.end_ns
        today, hour, has_salt = aggregate.today, aggregate.hour, aggregate.salt is not None
        counted = 0
        for record in records:
            offset, kind, word, time_ns, link_id, address, section, text = record
            profile = profiles.get(section)
            if profile is None:
                profile = profiles[section] = profile_of(section)
            class_ = profile.usual
            peer = peers.get(address)
            if peer is None:
                peer = self._meet(address, peers)
            if (
                kind != REDIRECT
                or class_ < 0
                or peer is NOT_USUAL
                or not text.startswith(_GET)
                or link_id in erased
                or not begin_ns <= time_ns < end_ns
            ):
                self._count_slowly(name, record, profile, erased, raw)
                if begin_ns != aggregate.begin_ns:
                    peers = self._peers_of_day()
                    queries = self._queries
                    day, begin_ns, end_ns = aggregate.day, aggregate.begin_ns, aggregate.end_ns
                    today, hour, has_salt = aggregate.today, aggregate.hour, aggregate.salt is not None
                continue
            bucket = today.get(link_id)
            if bucket is None:
                bucket = aggregate.bucket(link_id)
                if bucket is None:
                    continue
            counted += 1
            place, country, number = peer
            keys = profile.keys
            marks = NO_MARKS
            if b"?" in text:
                query = text[text.find(b"?") :]
                marks, numbers = queries.get(query) or self._ask(query, queries)
                class_ += marks.via * KINDS
                keys = profile.keys_of(class_)
                if numbers:
                    keys += tuple(value | class_ for value in numbers)
            if word:
                aggregate.add_rarer(bucket, class_, word, "", "", NO_MARKS)
            hash_ = None
            if has_salt and profile.is_person:
                if profile.day != day:
                    aggregate.hash_of_agent(profile)
                hash_ = visitor(number, profile.hash)
            bucket.usual += (keys, country[class_], hour[class_], time_ns, hash_)
            if raw is not None:
                raw.append((name, offset, time_ns, link_id, class_, profile.facts, place, marks, word, address))
        aggregate.visits += counted

    def _peers_of_day(self) -> dict[bytes, Peer]:
        """Those that have been met; hashes are of a day, countries' numbers of a generation."""
        state = (self._aggregate.day, self._aggregate.generation)
        if self._state != state or len(self._peers) > REMEMBERED_PEERS:
            self._peers = {}
            self._queries = {}
            self._state = state
        return self._peers

    def _meet(self, address: bytes, peers: dict[bytes, Peer]) -> Peer:
        """Get to know an address."""
        place = self._classifier.place_of_peer(address)
        if place is None or place.city or not address:
            peer = NOT_USUAL
        else:
            peer = (place, self._aggregate.country(place.country), self._aggregate.hash_of(address))
        peers[address] = peer
        return peer

    def _ask(self, query: bytes, queries: dict[bytes, Query]) -> Query:
        """Get to know a query: what it says, and the numbers of that, each with room for a class behind it."""
        if len(queries) >= REMEMBERED_QUERIES:
            queries.clear()
        marks = marks_in(query)
        found = queries[query] = (marks, self._aggregate.numbers_of(marks))
        return found

    def _count_slowly(
        self, name: Name, record: Raw, profile: Profile, erased: Mapping[int, int], raw: list[RawVisit] | None
    ) -> None:
        offset, kind, word, time_ns, link_id, address, _, text = record
        if kind not in VISITS:
            if kind == LOST:
                self.lost += link_id
            else:  # of a newer program
                self.damaged += 1
            return
        if time_ns // NS_IN_MS <= erased.get(link_id, -1):
            return
        aggregate = self._aggregate
        visit = self._classifier.of_record(kind, word, address, text, profile.facts)
        if not aggregate.add(time_ns, link_id, visit, profile, text):
            return
        if raw is not None:
            facts = profile.facts
            made = (name, offset, time_ns, link_id, visit.class_, facts, visit.place, visit.marks, word, visit.address)
            raw.append(made)
