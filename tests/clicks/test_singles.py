"""Single visits as columns: the same rows as one by one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from clicks.classify import Facts, Place
from clicks.marks import NO_MARKS, marks_of
from clicks.raw import RawVisit, RawVisits
from clicks.segment import Name
from clicks.singles import Kept, Singles, Traits
from tests.clicks.counting import CURL, FIREFOX, KINDS, packed

NAME = Name(1, 2, 3)
MS = 10**6
MIDNIGHT = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000


def facts(agent: str, referrer_url: str = "") -> Facts:
    return Facts(KINDS.kind_of(agent), "desktop", "b", "os", "de", "", False, agent.encode(), (), referrer_url)


FACTS = [facts(FIREFOX), facts(CURL), facts(FIREFOX, "https://a.example/?x")]
TRAITS = [
    Traits(0, Place("DE", ""), NO_MARKS, 0),
    Traits(8, Place("DE", "Köln"), marks_of(b"qr=1&utm_source=s"), 1 << 16 | 2),
    Traits(1, Place("FR", ""), NO_MARKS, 0),
]
ADDRESSES = [packed("198.51.100.7"), packed("2001:db8::7")]
COUNT = 12


def singles(begin: int = MIDNIGHT) -> Singles:
    """From epoch milliseconds on."""
    number = np.arange(COUNT)
    where = (number * 64 + begin % 64, begin + number, number % 3 + 7)
    return Singles(NAME, FACTS, TRAITS, ADDRESSES, *where, number % 3, number // 4, number % 2)


def one_by_one(visits: Singles) -> list[RawVisit]:
    found: list[RawVisit] = []
    for n in range(len(visits)):
        class_, place, marks, word = visits.traits[visits.of_traits[n]]
        where = NAME, int(visits.offset[n]), int(visits.at[n]) * MS, int(visits.link[n])
        address = visits.addresses[visits.of_addresses[n]]
        found.append((*where, class_, visits.facts[visits.of_facts[n]], place, marks, word, address))
    return found


def stored(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for path in sorted(directory.glob("clicks-*.db")):
        with closing(sqlite3.connect(path)) as connection:
            found[path.name] = connection.execute(
                "SELECT offset, at, link, class, user_agent, kind, agent, language, country, city, utm, rule, address, "
                "referrer_url FROM visits JOIN profiles ON id = profile ORDER BY segment, offset"
            ).fetchall()
    return found


@pytest.mark.parametrize("addresses", [False, True])
def test_both_ways_write_the_same(tmp_path: Path, addresses: bool) -> None:
    many, few, mixed = (tmp_path / name for name in ("many", "few", "mixed"))
    before, after = singles(MIDNIGHT - COUNT), singles()  # of two months
    for directory, visits in (
        (many, ([], [after, before])),
        (few, (one_by_one(before) + one_by_one(after), [])),
        (mixed, (one_by_one(after)[:5] + one_by_one(before), [after.take(np.arange(COUNT) >= 5)])),
    ):
        directory.mkdir()
        raw = RawVisits(directory, addresses=addresses)
        raw.write(*visits)
        raw.close()
    assert stored(many) == stored(few) == stored(mixed)
    assert [len(rows) for rows in stored(many).values()] == [COUNT, COUNT]
    assert any(row[-1] for row in stored(many)["clicks-2026-03.db"])
    assert any(row[-2] for row in stored(many)["clicks-2026-03.db"]) is addresses


def test_those_that_are_written_again_are_there_once(tmp_path: Path) -> None:
    raw = RawVisits(tmp_path)
    raw.write([], [singles()])
    raw.write([], [singles(), singles()])
    raw.close()
    assert sum(map(len, stored(tmp_path).values())) == COUNT


def test_what_is_erased_is_not_written() -> None:
    kept = Kept()
    kept.many = [singles(), singles()]
    kept.few = one_by_one(singles())
    assert len(kept) == 3 * COUNT
    kept.drop({7: MIDNIGHT + 3, 9: MIDNIGHT - 1, 100: 2**62})
    left = [(link, at) for _, _, at, link, *_ in one_by_one(singles()) if link != 7 or at > (MIDNIGHT + 3) * MS]
    assert [(link, at) for _, _, at, link, *_ in kept.few] == left
    for some in kept.many:
        assert [(link, at) for _, _, at, link, *_ in one_by_one(some)] == left
    assert len(left) == COUNT - 2
    kept.drop(dict.fromkeys((7, 8, 9), 2**62))
    assert (kept.few, kept.many, len(kept)) == ([], [], 0)
