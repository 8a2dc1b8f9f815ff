"""Counts the records of a segment: the hot path of the collector.

Nearly all visits are redirects by GET of somebody who has not asked to be left alone: these are counted right here, by
the same steps as ``Aggregate.add`` takes with what ``Classifier.of_record`` says, which all others go through.
``tests/clicks/test_tally.py`` holds the two together. What is written without a function's call here is so because the
call would take longer than what it does.
"""

from collections.abc import Callable, Mapping

from clicks.aggregate import NS_IN_MS, Aggregate, Keys, Number, Profile
from clicks.classes import KINDS
from clicks.classify import Classifier, Place
from clicks.marks import NO_MARKS, Marks, marks_of
from clicks.raw import RawVisit
from clicks.record import LOST, REDIRECT, VISITS, Raw
from clicks.segment import Name

REMEMBERED_PEERS = 200_000
"""Addresses, half a kilobyte each at most, and none of yesterday's."""

MOST_FORWARDED = 128
"""Bytes that a proxy told of a visitor whose address is remembered by them: two IPv6 addresses take 80."""
MOST_VALUES = 4
"""Fields that it told them in: empty ones take room, too, and a visitor may send a hundred."""

REMEMBERED_QUERIES = 8_192
"""Queries: those of a campaign's visits are all the same."""

Query = tuple[Marks, int, Keys]
"""What it says, what that adds to a class, and its values."""

Peer = tuple[Place, Number, Number | None, int, bytes]
"""What is to be known of a visitor's address: where it is, the numbers of country and city, its hash of the day, and
the address itself. A plain tuple: one with names takes longer to take apart."""

_GET = b"GET "
_MARK = ord("?")


class Tally:
    """``lost``: visits that workers could not record, ``damaged``: records of no known kind; since :meth:`clear`."""

    def __init__(self, classifier: Classifier, aggregate: Aggregate) -> None:
        self._classifier = classifier
        self._aggregate = aggregate
        self._peers: dict[bytes, Peer | None] = {}
        self._clients: dict[tuple[bytes, ...], Peer] = {}
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
        today, hour = aggregate.today, aggregate.hour
        counted = 0
        for offset, kind, word, time_ns, link_id, address, section, text in records:
            try:
                profile = profiles[section]
            except KeyError:
                profile = profiles[section] = profile_of(section)
            try:
                peer = peers[address]
            except KeyError:
                peer = self._meet(address, peers)
            if peer is None:
                peer = self._client(address, text, profile)
            class_ = profile.usual
            if (
                kind != REDIRECT
                or class_ < 0
                or peer is None
                or text[:4] != _GET
                or not begin_ns <= time_ns < end_ns
                or (erased and link_id in erased)
            ):
                record = offset, kind, word, time_ns, link_id, address, section, text
                self._count_slowly(name, record, profile, erased, raw)
                if begin_ns != aggregate.begin_ns:
                    peers = self._peers_of_day()
                    queries = self._queries
                    day, begin_ns, end_ns = aggregate.day, aggregate.begin_ns, aggregate.end_ns
                    today, hour = aggregate.today, aggregate.hour
                continue
            try:
                bucket = today[link_id]
            except KeyError:
                made = aggregate.bucket(link_id)
                if made is None:
                    continue
                bucket = made
            counted += 1
            place, country, city, number, address = peer
            marks = NO_MARKS
            if _MARK in text:
                query = text.partition(b"\r\n")[0].partition(b"?")[2]
                marks, via, values = queries.get(query) or self._ask(query, queries)
                class_ += via
                keys = profile.keys[class_] + values[class_]
            else:
                keys = profile.usual_keys
            if city is not None:
                keys += (city[class_],)
            if word:
                aggregate.add_rule(bucket, class_, word)
            agent = profile.hash if profile.day == day else aggregate.hash_of_agent(profile)
            # The visitor's hash as of clicks.aggregate.visitor.
            bucket.usual += (keys, country[class_], hour[class_], time_ns, None if agent is None else number ^ agent)
            if raw is not None:
                raw.append((name, offset, time_ns, link_id, class_, profile.facts, place, marks, word, address))
        aggregate.visits += counted

    def _peers_of_day(self) -> dict[bytes, Peer | None]:
        """Those that have been met; hashes are of a day, countries' numbers of a generation."""
        state = (self._aggregate.day, self._aggregate.generation)
        if self._state != state or len(self._peers) + len(self._clients) > REMEMBERED_PEERS:
            self._peers = {}
            self._clients = {}
            self._queries = {}
            self._state = state
        return self._peers

    def _meet(self, address: bytes, peers: dict[bytes, Peer | None]) -> Peer | None:
        """Get to know an address; ``None`` for a proxy's, and for none."""
        place = self._classifier.place_of_peer(address)
        found = peers[address] = None if place is None or not address else self._known(address, place)
        return found

    def _client(self, proxy: bytes, text: bytes, profile: Profile) -> Peer | None:
        """Whom a proxy stands for; ``None`` where that is told at length, and for no address."""
        forwarded = self._classifier.forwarded(text.partition(b"\r\n")[2], profile.facts)
        key = (proxy, *forwarded)
        found = self._clients.get(key)
        is_short = len(forwarded) <= MOST_VALUES and sum(map(len, forwarded)) <= MOST_FORWARDED
        if found is None and proxy and is_short:
            found = self._clients[key] = self._known(*self._classifier.client_of(proxy, forwarded))
        return found

    def _known(self, address: bytes, place: Place) -> Peer:
        aggregate = self._aggregate
        city = aggregate.city(place) if place.city else None
        return place, aggregate.country(place.country), city, aggregate.hash_of(address), address

    def _ask(self, query: bytes, queries: dict[bytes, Query]) -> Query:
        """Get to know a query."""
        if len(queries) >= REMEMBERED_QUERIES:
            queries.clear()
        marks = marks_of(query)
        found = queries[query] = (marks, marks.via * KINDS, self._aggregate.keys_of(marks))
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
