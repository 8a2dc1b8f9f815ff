"""What is looked up for the visits of a chunk: got to know once, and the same for all."""

from collections.abc import Callable
from datetime import UTC

import numpy as np
import pytest

from clicks import lookups
from clicks.addresses import Networks
from clicks.aggregate import Aggregate, Profile
from clicks.calendar_days import day_of
from clicks.classes import Kind
from clicks.classify import Classifier, Facts
from clicks.columns import Columns, columns_of
from clicks.lookups import NOTHING, UNKNOWN, Lookups, Sections, of
from clicks.record import ALIGN, REDIRECT, frame, pack_visit, take_visits
from tests.clicks.counting import packed

PROXY = packed("127.0.0.1")
ADDRESS, OTHER = packed("198.51.100.7"), packed("2001:db8::7")
SIZE = 1 << 12


def aggregate() -> Aggregate:
    made = Aggregate(day_of(UTC), lambda day: bytes([day % 256]) * 32, lambda link: False)
    made.begin_quarter(2_000_000)
    return made


def facts(agent: bytes = b"agent", *, kind: Kind = Kind.PERSON, is_quiet: bool = False, referrer: str = "") -> Facts:
    return Facts(kind, "desktop", "b", "os", "de", referrer, is_quiet, agent, ())


class Asked:
    """Profiles, made where they are asked for."""

    def __init__(self, aggregate: Aggregate) -> None:
        self.at: list[int] = []
        self._aggregate = aggregate

    def profile_of(self, at: int) -> Profile:
        self.at.append(at)
        return self._aggregate.profile(facts(b"%d" % at))


# Header sections


def test_a_section_is_asked_for_once() -> None:
    asked = Asked(aggregate())
    sections = Sections(SIZE, asked.profile_of)
    first = sections.profile(64)
    found = sections.indices_of(np.array([64, 128, 64, 256, 128])).tolist()
    assert found[0] == found[2] == first.index == 0
    assert found[1] == found[4]
    assert set(found) == {0, 1, 2}
    assert sections.indices_of(np.array([256, 128])).tolist() == [found[3], found[1]]
    assert sections.profile(128).index == found[1]
    assert sorted(asked.at) == [64, 128, 256]
    sections.clear()
    sections.profile(64)
    assert sorted(asked.at) == [64, 64, 128, 256]


@pytest.mark.parametrize("at", [SIZE, SIZE + ALIGN, 2**32 - ALIGN, 68, 65, 0])
def test_a_section_that_stands_nowhere_is_no_others(at: int) -> None:
    """A visit may point anywhere, if its journal was damaged."""
    asked = Asked(aggregate())
    sections = Sections(SIZE, asked.profile_of)
    others = [sections.profile(where).index for where in (64, 72, SIZE - ALIGN, *([0] if at else []))]
    found = sections.indices_of(np.array([64, at, 72, SIZE - ALIGN, at])).tolist()
    assert [found[0], found[2], found[3]] == others[:3]
    assert found[1] == found[4] not in others
    assert sections.profile(at).index == found[1]
    assert asked.at.count(at) == 1


# Addresses and queries


def columns(*visits: tuple[bytes, bytes]) -> Columns:
    """Of addresses and texts."""
    data = b"".join(frame(pack_visit(REDIRECT, 0, 1, bytes(8), peer, 64) + text) for peer, text in visits)
    starts: list[int] = []
    take_visits(data, 0, len(data), starts)
    assert len(starts) == len(visits)
    return columns_of(data, 0, starts)


class Known:
    """Lookups; ``places``: the addresses whose place was asked for."""

    def __init__(self) -> None:
        self.places: list[bytes] = []
        self.aggregate = aggregate()
        place_of: Callable[[bytes], tuple[str, str]] = self._place_of
        networks = Networks(("127.0.0.0/8",))
        self.lookups = Lookups(
            Classifier(lambda agent: Kind.PERSON, place_of, networks, "X-Forwarded-For"), self.aggregate
        )
        self.lookups.begin()
        self.aggregate.profile(facts())

    def _place_of(self, address: bytes) -> tuple[str, str]:
        self.places.append(address)
        return ("DE", "Köln") if address == OTHER else ("FR", "")

    def peers(self, *visits: tuple[bytes, bytes]) -> list[int]:
        found = self.lookups.peers_of(columns(*visits), np.zeros(len(visits), np.int64))
        return found.tolist()


def test_an_address_is_got_to_know_once() -> None:
    known = Known()
    visits = [(ADDRESS, b"GET /x"), (OTHER, b"GET /x"), (ADDRESS, b"GET /y")]
    assert known.peers(*visits) == [0, 1, 0]
    assert known.peers(*reversed(visits)) == [0, 1, 0]
    assert known.places == [ADDRESS, OTHER]
    peers, places = known.lookups.peers, known.lookups.places
    assert peers.addresses == [ADDRESS, OTHER]
    place = of(peers.place, np.array([0, 1]))
    assert [places.all[number].country for number in place] == ["FR", "DE"]
    cities = of(places.city, place).tolist()
    assert cities[0] == NOTHING != cities[1]
    assert list(peers.hash) == [known.aggregate.hash_of(ADDRESS), known.aggregate.hash_of(OTHER)]


def test_a_proxys_visitors_are_those_that_it_names() -> None:
    known = Known()
    named = b"GET /x\r\nX-Forwarded-For: 198.51.100.7"
    at_length = named + b"," + b" ," * lookups.MOST_FORWARDED + b"198.51.100.9"
    found = known.peers((PROXY, named), (ADDRESS, b"GET /x"), (PROXY, at_length), (PROXY, named))
    assert found[2] == UNKNOWN
    assert found[0] == found[3]
    assert known.lookups.peers.addresses[found[0]] == known.lookups.peers.addresses[found[1]] == ADDRESS
    assert len(known.lookups.peers.told) == 1


def test_hashes_are_of_a_day() -> None:
    known = Known()
    assert known.peers((ADDRESS, b"GET /x"), (OTHER, b"GET /x")) == [0, 1]
    before = list(known.lookups.peers.hash)
    profile, peer = np.array([0, 0]), np.array([0, 1])
    known.lookups.profiles.learn(known.aggregate.profiles)
    some, hashes = known.lookups.visitors_of(profile, peer)
    assert some.tolist() == [0, 1]
    known.aggregate.begin_quarter(known.aggregate.quarter + 24 * 4)
    known.lookups.begin()
    assert known.peers((ADDRESS, b"GET /x"), (OTHER, b"GET /x")) == [0, 1]
    assert set(before).isdisjoint(known.lookups.peers.hash)
    assert set(hashes.tolist()).isdisjoint(known.lookups.visitors_of(profile, peer)[1].tolist())


def test_only_people_whose_day_has_a_salt_are_visitors() -> None:
    known = Known()
    for kind in (Kind.BOT, Kind.PERSON):
        known.aggregate.profile(facts(b"other", kind=kind))
    known.aggregate.profile(facts(is_quiet=True))
    known.lookups.profiles.learn(known.aggregate.profiles)
    assert list(known.lookups.profiles.usual)[-1] == NOTHING
    known.peers((ADDRESS, b"GET /x"))
    some, _ = known.lookups.visitors_of(np.array([0, 1, 2]), np.array([0, 0, 0]))
    assert some.tolist() == [0, 2]
    known.aggregate._salt_of = lambda day: None
    known.aggregate.begin_quarter(known.aggregate.quarter + 24 * 4)
    some, hashes = known.lookups.visitors_of(np.array([0, 1, 2]), np.array([0, 0, 0]))
    assert len(some) == len(hashes) == 0


def test_queries_say_the_same_wherever_they_come() -> None:
    known = Known()
    texts = [
        b"GET /x",
        b"GET /x?qr=1",
        b"GET /y?qr=1",
        b"GET /x?a=b",
        b"GET /x\r\nX-Id: ?qr=1",
        b"GET /x?utm_source=s&bio=1",
        b"GET /x?",
    ]
    found = known.lookups.queries_of(columns(*((ADDRESS, text) for text in texts))).tolist()
    assert found == [0, 1, 1, 0, 0, 2, 0]
    queries = known.lookups.queries
    assert [queries.marks[number].via.name for number in (0, 1, 2)] == ["CLICK", "QR", "BIO"]
    source = queries.values[0][2]
    assert known.aggregate.campaign(queries.marks[2]) == [source]
    assert [column[1] for column in queries.values] == [NOTHING] * 3


def test_more_than_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "REMEMBERED_QUERIES", 2)
    monkeypatch.setattr(lookups, "REMEMBERED_PEERS", 1)
    known = Known()
    for n in range(5):
        known.lookups.begin()
        visits = columns((packed(f"198.51.100.{n}"), b"GET /x?qr=1&n=%d" % n))
        assert known.lookups.queries_of(visits).tolist() != [0]
        assert known.lookups.peers_of(visits, np.array([0])).tolist() != [UNKNOWN]
        assert len(known.lookups.queries.numbers) <= 3
        assert len(known.lookups.peers.addresses) <= 2
    assert len(known.places) == 5


def test_another_generation_begins_anew() -> None:
    known = Known()
    known.peers((OTHER, b"GET /x"))
    known.aggregate.forget_profiles()
    known.lookups.begin()
    assert known.lookups.places.all == known.lookups.peers.addresses == []
    assert len(known.lookups.profiles.usual) == 0
