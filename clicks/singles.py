"""Single visits on their way to the disk (``clicks.raw``), as columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clicks.classify import Facts, Place
from clicks.columns import Ints, Which
from clicks.marks import Marks
from clicks.raw import NS_IN_MS, PrivateRow, RawVisit, month_of
from clicks.segment import Name


class Traits(NamedTuple):
    """What visits have in common beside their header section. ``word``: rule and variant (``clicks.record``)."""

    class_: int
    place: Place
    marks: Marks
    word: int


@dataclass(slots=True, frozen=True)
class Singles:
    """Visits of the segment ``name`` in one quarter of an hour. Columns: where their records are, epoch milliseconds,
    links, and which of ``facts``, ``traits`` and ``addresses`` are theirs."""

    name: Name
    facts: list[Facts]
    traits: list[Traits]
    addresses: list[bytes]
    offset: Ints
    at: Ints
    link: Ints
    of_facts: Ints
    of_traits: Ints
    of_addresses: Ints

    def __len__(self) -> int:
        return len(self.offset)

    def take(self, which: Which) -> "Singles":
        """Some of them."""
        return replace(
            self,
            offset=self.offset[which],
            at=self.at[which],
            link=self.link[which],
            of_facts=self.of_facts[which],
            of_traits=self.of_traits[which],
            of_addresses=self.of_addresses[which],
        )

    def without(self, erased: Mapping[int, int]) -> "Singles":
        """Those that are left where visits of links (the keys) up to epoch milliseconds are erased."""
        some = np.flatnonzero(np.isin(self.link, np.array(list(erased), np.int64)))
        if not len(some):
            return self
        stays = np.ones(len(self), np.bool_)
        until = np.array([erased[link] for link in self.link[some].tolist()], np.int64)
        stays[some] = self.at[some] > until
        return self.take(stays)

    @property
    def month(self) -> str:
        """That of all of them (``clicks.raw.month_of``)."""
        return month_of(int(self.at[0]))

    def table(self, segment: int, profiles: list[int], traits: list[int]) -> Ints:
        """The rows of ``add_visit``. ``segment``, and of each of ``facts`` and ``traits``: its number in the file."""
        of_facts, of_traits = np.array(profiles)[self.of_facts], np.array(traits)[self.of_traits]
        segments = np.full(len(self), segment)
        return np.column_stack((segments, self.offset, self.at, self.link, of_facts, of_traits))

    def private(self, segment: int, *, addresses: bool) -> Iterator[PrivateRow]:
        """The rows of ``add_private``. ``addresses``: whether visitors' are written down."""
        if not addresses and not any(facts.referrer_url for facts in self.facts):
            return
        columns = (self.offset.tolist(), self.of_facts.tolist(), self.of_addresses.tolist())
        for offset, which, whose in zip(*columns, strict=True):
            address = self.addresses[whose] if addresses else b""
            if address or self.facts[which].referrer_url:
                yield segment, offset, address or None, self.facts[which].referrer_url or None


class Kept:
    """Single visits that wait to be written: one by one, and as columns."""

    def __init__(self) -> None:
        self.few: list[RawVisit] = []
        self.many: list[Singles] = []

    def __len__(self) -> int:
        return len(self.few) + sum(len(singles) for singles in self.many)

    def drop(self, erased: Mapping[int, int]) -> None:
        """Forget visits of links (the keys) up to epoch milliseconds."""
        self.few = [raw for raw in self.few if raw[2] // NS_IN_MS > erased.get(raw[3], -1)]
        self.many = [left for singles in self.many if len(left := singles.without(erased))]
