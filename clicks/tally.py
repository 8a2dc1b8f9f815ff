"""Counts the visits of a chunk: the hot path of the collector.

Nearly all visits are redirects by GET of somebody who has not asked to be left alone: these are counted as columns, by
the same steps as ``Aggregate.add`` takes with what ``Classifier.of_record`` says, which all others go through, one by
one. ``tests/clicks/test_tally.py`` holds the two together. What is looked up in Python is looked up once for all visits
that have it in common.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from clicks.aggregate import NO_GROUP, NS, NS_IN_MS, Aggregate, hour_key, value_key, visitor_key
from clicks.calendar_days import QUARTER_S
from clicks.classes import CLASS_BITS, CLASS_MASK
from clicks.classify import Classifier
from clicks.columns import Columns, Ints, Words, columns_of, distinct
from clicks.lookups import NOTHING, UNKNOWN, Lookups, Sections, of
from clicks.reader import Chunk
from clicks.record import LOST, NO_RULE, PREFIX_BYTES, REDIRECT, VISIT_BYTES, VISITS, Raw, visit_at
from clicks.segment import Name
from clicks.singles import Kept, Singles, Traits
from clicks.sketches import entries_of_all

FEW = 16
"""Visits of a quarter of an hour in a chunk: so many take less one by one."""

_QUARTER_NS = np.uint64(QUARTER_S * NS)
_MS_NS = np.uint64(NS_IN_MS)
_GET = int.from_bytes(b"GET ", "little")
_SHORTEST = VISIT_BYTES - PREFIX_BYTES + len(b"GET ")
"""The body of a record whose text begins so."""

_PLACE_SHIFT, _WORD_SHIFT = 32, 32
"""Of numbers that are put behind one another."""


class Source(NamedTuple):
    """What visits are counted from, and for. ``name``: the segment; ``erased``: up to which epoch milliseconds visits
    of a link are not counted; ``kept``: where to put what may be kept of each."""

    name: Name
    sections: Sections
    erased: Mapping[int, int]
    kept: Kept | None


class Tally:
    """``lost``: visits that workers could not record, ``damaged``: records of no known kind; since :meth:`clear`."""

    def __init__(self, classifier: Classifier, aggregate: Aggregate) -> None:
        self._classifier = classifier
        self._aggregate = aggregate
        self._lookups = Lookups(classifier, aggregate)
        self._erased = np.array([], np.uint64)
        self.lost = self.damaged = 0

    def clear(self) -> None:
        self.lost = self.damaged = 0

    def count(self, chunk: Chunk, source: Source) -> None:
        """Count the visits of a chunk of the segment."""
        for record in chunk.others:
            self._count_one(record, source)
        if len(chunk.starts) < FEW:
            for at in chunk.starts:
                self._count_one(visit_at(chunk.data, at, chunk.base), source)
            return
        columns = columns_of(chunk.data, chunk.base, chunk.starts)
        quarters = columns.time_ns // _QUARTER_NS
        if quarters.min() == quarters.max():
            self._count_quarter(columns, source)
            return
        for quarter in np.unique(quarters):
            self._count_quarter(columns.take(quarters == quarter), source)

    def _count_quarter(self, columns: Columns, source: Source) -> None:
        """Visits of the same quarter of an hour."""
        if len(columns) < FEW:
            for number in range(len(columns)):
                self._count_one(columns.record(number), source)
            return
        aggregate, lookups = self._aggregate, self._lookups
        aggregate.begin_quarter(int(columns.time_ns[0]) // NS // QUARTER_S)
        lookups.begin()
        profile = lookups.profiles_of(columns, source.sections)
        peer = lookups.peers_of(columns, profile)
        is_usual = (columns.kind == REDIRECT) & (columns.method == _GET) & (columns.size >= _SHORTEST)
        is_usual &= (peer != UNKNOWN) & (of(lookups.profiles.usual, profile) != NOTHING)
        if source.erased:
            is_usual &= ~np.isin(columns.link, self._links_of(source.erased))
        for number in np.flatnonzero(~is_usual).tolist():
            self._count_one(columns.record(number), source)
        links, which = distinct(columns.link[is_usual])
        group = np.array([aggregate.group(link) for link in links], np.int64)[which]
        is_counted = group != NO_GROUP
        usual = np.flatnonzero(is_usual)[is_counted]
        if len(usual):
            self._add(columns.take(usual), group[is_counted], profile[usual], peer[usual], source)

    def _links_of(self, erased: Mapping[int, int]) -> Words:
        """Its keys, which become more with time."""
        if len(self._erased) != len(erased):
            self._erased = np.array(list(erased), np.uint64)
        return self._erased

    def _add(self, columns: Columns, group: Ints, profile: Ints, peer: Ints, source: Source) -> None:
        """Count usual visits: of each its group, profile and address."""
        aggregate, lookups = self._aggregate, self._lookups
        profiles, places, queries = lookups.profiles, lookups.places, lookups.queries
        query, place = lookups.queries_of(columns), of(lookups.peers.place, peer)
        class_ = of(profiles.usual, profile) + of(queries.via, query)
        at = (columns.time_ns // _MS_NS).astype(np.int64)
        aggregate.visits += len(columns)
        aggregate.hours.add(hour_key(group, class_, aggregate.hour))
        aggregate.times.add(at)

        self._add_values(group, class_, of(places.country, place))
        self._add_values(group, class_, of(places.city, place))
        for values in profiles.values:
            self._add_values(group, class_, of(values, profile))
        if len(some := np.flatnonzero(query)):
            for values in queries.values:
                self._add_values(group[some], class_[some], of(values, query[some]))
        if len(some := np.flatnonzero(columns.word)):
            words, which = distinct(columns.word[some])
            rules = np.array([aggregate.rule(word) for word in words], np.int64)
            self._add_values(group[some], class_[some], rules[which])

        some, hashes = lookups.visitors_of(profile, peer)
        aggregate.visitors.add(visitor_key(group[some], entries_of_all(hashes)))
        if source.kept is not None:
            facts, of_facts = distinct(profile)
            traits, of_traits = self._traits(class_, place, query, columns.word)
            source.kept.many.append(
                Singles(
                    source.name,
                    [aggregate.profiles[index].facts for index in facts],
                    traits,
                    lookups.peers.addresses,
                    columns.start + columns.base,
                    at,
                    columns.link.astype(np.int64),
                    of_facts,
                    of_traits,
                    peer,
                )
            )

    def _add_values(self, group: Ints, class_: Ints, values: Ints) -> None:
        """Count values: of each visit one, or ``NOTHING``."""
        some = values != NOTHING
        if some.any():
            self._aggregate.keys.add(value_key(group[some], (values | class_)[some]))

    def _traits(self, class_: Ints, place: Ints, query: Ints, word: Ints) -> tuple[list[Traits], Ints]:
        """What visits have in common, and of each which that is."""
        codes, which = distinct(place << _PLACE_SHIFT | query << CLASS_BITS | class_)
        pairs = [(code, NO_RULE) for code in codes]
        if word.any():
            found, which = distinct(which << _WORD_SHIFT | word)
            pairs = [(codes[code >> _WORD_SHIFT], code & (1 << _WORD_SHIFT) - 1) for code in found]
        places, marks, low = self._lookups.places.all, self._lookups.queries.marks, (1 << _PLACE_SHIFT) - 1
        return [
            Traits(code & CLASS_MASK, places[code >> _PLACE_SHIFT], marks[(code & low) >> CLASS_BITS], word)
            for code, word in pairs
        ], which

    def _count_one(self, record: Raw, source: Source) -> None:
        offset, kind, word, time_ns, link_id, address, section, text = record
        if kind not in VISITS:
            if kind == LOST:
                self.lost += link_id
            else:  # of a newer program
                self.damaged += 1
            return
        if time_ns // NS_IN_MS <= source.erased.get(link_id, -1):
            return
        profile = source.sections.profile(section)
        visit = self._classifier.of_record(kind, word, address, text, profile.facts)
        if not self._aggregate.add(time_ns, link_id, visit, profile, text):
            return
        if source.kept is not None:
            facts = profile.facts
            where = source.name, offset, time_ns, link_id
            source.kept.few.append((*where, visit.class_, facts, visit.place, visit.marks, word, visit.address))
