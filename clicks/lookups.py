"""What is looked up for the visits of a chunk, by number: header sections, addresses, places, queries.

Everything is got to know once, in Python, for all visits that have it in common, and has a number then; what is to be
known of it stands in columns, which are asked for thousands of numbers at a time.
"""

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from clicks.aggregate import Aggregate, Profile
from clicks.classes import KINDS, Outcome, Via, class_of
from clicks.classify import Classifier, Place
from clicks.columns import Columns, Ints, Words
from clicks.marks import NO_MARKS, Marks, marks_of
from clicks.numbering import UNMET, Numbers
from clicks.record import ALIGN

REMEMBERED_PEERS = 200_000
"""Addresses, half a kilobyte each at most, and none of yesterday's."""
PEER_BITS = 19
"""There is room for twice as many, and those of a chunk: 13 MB."""

MOST_FORWARDED = 128
"""Bytes that a proxy told of a visitor whose address is remembered by them: two IPv6 addresses take 80."""
MOST_VALUES = 4
"""Fields that it told them in: empty ones take room, too, and a visitor may send a hundred."""

REMEMBERED_QUERIES = 8_192
"""Queries: those of a campaign's visits are all the same."""

MOST_VALUES_OF_SECTION = 3
"""``Profile.values`` at most."""

NOTHING = -1
"""No value; and the class of what is not to be counted in full."""
UNKNOWN = -1
"""The number of a proxy's address, and of nobody's."""


class Sections:
    """Header sections of a segment of ``size`` bytes, by where they stand: their profiles, which ``profile_of``
    makes."""

    def __init__(self, size: int, profile_of: Callable[[int], Profile]) -> None:
        self._profile_of = profile_of
        self._profiles: dict[int, Profile] = {}
        self._words = size // ALIGN
        self.clear()

    def clear(self) -> None:
        """Profiles are of another generation now."""
        self._profiles.clear()
        # By word of the segment, the profile's index and one: zeros take no memory before they are written over. One
        # more, which stays empty, for what stands nowhere.
        self._indices = np.zeros(self._words + 1, np.int32)

    def profile(self, at: int) -> Profile:
        found = self._profiles.get(at)
        if found is None:
            found = self._profiles[at] = self._profile_of(at)
            if at % ALIGN == 0 and at // ALIGN < self._words:
                self._indices[at // ALIGN] = found.index + 1
        return found

    def indices_of(self, at: Ints) -> Ints:
        """The indices of many profiles."""
        words = np.where((at % ALIGN == 0) & (at < self._words * ALIGN), at // ALIGN, self._words)
        for section in set(at[self._indices[words] == 0].tolist()):
            self.profile(section)
        found: Ints = self._indices[words].astype(np.int64) - 1
        for number in np.flatnonzero(found < 0).tolist():  # of what stands nowhere
            found[number] = self.profile(int(at[number])).index
        return found


class Profiles:
    """Header sections, by the index of their profile. ``usual``: the class of the usual visit, a redirect by GET
    without marks; ``values``: numbers of up to three values; ``hash``: of the user agent, as of ``day``, where
    ``has_hash``."""

    def __init__(self) -> None:
        self.usual, self.day, self.has_hash, self.hash = array("q"), array("q"), array("b"), array("Q")
        self.values = [array("q") for _ in range(MOST_VALUES_OF_SECTION)]

    def learn(self, profiles: list[Profile]) -> None:
        """Add those that are new among ``profiles``."""
        for profile in profiles[len(self.usual) :]:
            facts = profile.facts
            self.usual.append(NOTHING if facts.is_quiet else class_of(Outcome.REDIRECT, Via.CLICK, facts.kind))
            self.day.append(NOTHING)
            self.has_hash.append(False)
            self.hash.append(0)
            _add_row(self.values, profile.values)


class Peers:
    """Visitors' addresses, by number: what is hashed of them, and which of the places they are in. ``numbers``: those
    of connections' addresses in ``known``, which has the visitors', ``UNKNOWN`` of a proxy; ``told``: by what proxies
    told."""

    def __init__(self) -> None:
        self.numbers = Numbers(PEER_BITS)
        self.known = array("q")
        self.told: dict[tuple[bytes, ...], int] = {}
        self.addresses: list[bytes] = []
        self.hash, self.place = array("Q"), array("q")


class Places:
    """Countries and cities, by number: the numbers of their values."""

    def __init__(self) -> None:
        self.numbers: dict[Place, int] = {}
        self.all: list[Place] = []
        self.country, self.city = array("q"), array("q")


class Queries:
    """What queries say, by number: what that adds to a class, and the numbers of its values. The first says nothing."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.marks = [NO_MARKS]
        self.via = array("q", [0])
        self.values = [array("q", [NOTHING]) for _ in NO_MARKS.utm]


class Lookups:
    """Whatever ``aggregate`` counts. :meth:`begin` comes before the visits of a quarter of an hour."""

    def __init__(self, classifier: Classifier, aggregate: Aggregate) -> None:
        self._classifier = classifier
        self._aggregate = aggregate
        self._generation = self._day = -1
        self.profiles, self.peers, self.places, self.queries = Profiles(), Peers(), Places(), Queries()

    def begin(self) -> None:
        """Forget what is of no use any more: hashes of addresses are of a day, the numbers of values of a
        generation."""
        aggregate, peers = self._aggregate, self.peers
        if self._generation != aggregate.generation:
            self.profiles, self.places, self.queries = Profiles(), Places(), Queries()
        if len(self.queries.numbers) > REMEMBERED_QUERIES:
            self.queries = Queries()
        now = aggregate.generation, aggregate.day
        if now != (self._generation, self._day) or len(peers.known) + len(peers.told) > REMEMBERED_PEERS:
            self.peers = Peers()
        self._generation, self._day = now

    # Header sections

    def profiles_of(self, columns: Columns, sections: Sections) -> Ints:
        """The profiles' indices."""
        found = sections.indices_of(columns.section)
        self.profiles.learn(self._aggregate.profiles)
        return found

    def visitors_of(self, profile: Ints, peer: Ints) -> tuple[Ints, Words]:
        """Which visits are of visitors that are to be counted, and these visitors' hashes."""
        profiles, day = self.profiles, self._aggregate.day
        for index in set(profile[of(profiles.day, profile) != day].tolist()):
            found = self._aggregate.hash_of_agent(self._aggregate.profiles[index])
            profiles.day[index] = day
            profiles.has_hash[index] = found is not None
            profiles.hash[index] = found or 0
        some = np.flatnonzero(of(profiles.has_hash, profile))
        # As of clicks.aggregate.visitor.
        return some, _words_of(self.peers.hash, peer[some]) ^ _words_of(profiles.hash, profile[some])

    # Queries

    def queries_of(self, columns: Columns) -> Ints:
        """The numbers of the queries."""
        queries = self.queries
        found = np.zeros(len(columns), np.int64)
        for number in np.flatnonzero(columns.has_mark).tolist():
            query = columns.text(number).partition(b"\r\n")[0].partition(b"?")[2]
            known = queries.numbers.get(query)
            if known is None:
                known = queries.numbers[query] = self._ask(marks_of(query))
            found[number] = known
        return found

    def _ask(self, marks: Marks) -> int:
        """Get to know what a query says; its number."""
        queries = self.queries
        if marks is NO_MARKS:
            return 0
        queries.marks.append(marks)
        queries.via.append(marks.via * KINDS)
        _add_row(queries.values, self._aggregate.campaign(marks))
        return len(queries.marks) - 1

    # Addresses

    def peers_of(self, columns: Columns, profile: Ints) -> Ints:
        """The numbers of the visitors' addresses, ``UNKNOWN`` where there is none."""
        peers = self.peers
        found = peers.numbers.find(columns.first, columns.second)
        if len(unmet := np.flatnonzero(found == UNMET)):
            new = {columns.address(number): number for number in unmet.tolist()}
            known = len(peers.known)
            peers.known.extend(map(self._meet, new))
            which = np.array(list(new.values()), np.int64)
            peers.numbers.add(columns.first[which], columns.second[which], np.arange(known, len(peers.known)))
            found[unmet] = peers.numbers.find(columns.first[unmet], columns.second[unmet])
        found = of(peers.known, found)
        for number in np.flatnonzero(found == UNKNOWN).tolist():
            own = self._aggregate.profiles[profile[number]]
            found[number] = self._client(columns.address(number), columns.text(number), own)
        return found

    def _meet(self, address: bytes) -> int:
        """Get to know an address: its visitor's number."""
        place = self._classifier.place_of_peer(address)
        return UNKNOWN if place is None else self._known(address, place)

    def _client(self, proxy: bytes, text: bytes, profile: Profile) -> int:
        """Whom a proxy stands for; ``UNKNOWN`` where that is told at length."""
        forwarded = self._classifier.forwarded(text.partition(b"\r\n")[2], profile.facts)
        if len(forwarded) > MOST_VALUES or sum(map(len, forwarded)) > MOST_FORWARDED:
            return UNKNOWN
        told, key = self.peers.told, (proxy, *forwarded)
        found = told.get(key)
        if found is None:
            found = told[key] = self._known(*self._classifier.client_of(proxy, forwarded))
        return found

    def _known(self, address: bytes, place: Place) -> int:
        """The number of an address from now on."""
        peers = self.peers
        peers.addresses.append(address)
        peers.hash.append(self._aggregate.hash_of(address))
        peers.place.append(self._place(place))
        return len(peers.addresses) - 1

    def _place(self, place: Place) -> int:
        places = self.places
        found = places.numbers.get(place)
        if found is None:
            found = places.numbers[place] = len(places.all)
            places.all.append(place)
            places.country.append(self._aggregate.country(place))
            places.city.append(self._aggregate.city(place) if place.city else NOTHING)
        return found


def of(column: "array[int]", numbers: Ints) -> Ints:
    """What a column has at ``numbers``."""
    found: Ints = np.asarray(column)[numbers]
    return found


def _words_of(column: "array[int]", numbers: Ints) -> Words:
    """As :func:`of`, of numbers without a sign."""
    found: Words = np.asarray(column)[numbers]
    return found


def _add_row(columns: "list[array[int]]", values: Sequence[int]) -> None:
    """Add values to as many of the columns, ``NOTHING`` to the others."""
    for number, column in enumerate(columns):
        column.append(values[number] if number < len(values) else NOTHING)
