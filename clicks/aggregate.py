"""Visits in memory until they are stored, as whole numbers that pile up.

What a header section says becomes numbers once (:class:`Profile`). Knows no files; the store (``clicks.store``) writes
what :mod:`clicks.batch` makes of the piles.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TypeVar

import numpy as np

from clicks.calendar_days import HOUR_S, QUARTER_S
from clicks.classes import CLASS_BITS, Kind, Outcome, classes
from clicks.classify import Classified, Facts, Place
from clicks.columns import Ints, Pile
from clicks.dimensions import EVERYBODY, FREE, SEPARATOR, Dimension
from clicks.hyperloglog import ENTRY_BITS, entry_of
from clicks.marks import Marks, printable
from clicks.record import rule_of

NS = 1_000_000_000
NS_IN_MS = 1_000_000

MOST_VALUES_KNOWN = 200_000
"""Values with a number; then all numbers are given anew. 40 MB at most."""

MOST_PATH = 255
"""Characters of a path that was not found."""

HASH_BYTES = 8

MOST_LINK = (1 << 63) - 1

NO_GROUP = -1

CLASS_SHIFT = 23
HOUR_BITS = CLASS_SHIFT + CLASS_BITS
VALUE_BITS = 32
"""Of what stands behind a group's number."""

_CHARTED = frozenset(classes([Outcome.REDIRECT, Outcome.PAGE]))
"""Classes of which more than totals are kept."""
_OF_PEOPLE = frozenset(classes([Outcome.REDIRECT, Outcome.PAGE], [Kind.PERSON]))
_NOT_FOUND = frozenset(classes([Outcome.NOT_FOUND]))


class Values:
    """Numbers for values of dimensions, until :meth:`clear`: odd ones for :data:`~clicks.dimensions.FREE` ones."""

    def __init__(self) -> None:
        self.entries: list[tuple[Dimension, str]] = []
        self.dimensions: list[int] = []
        self._numbers: dict[tuple[Dimension, str], int] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def number(self, dimension: Dimension, text: str) -> int:
        key = (dimension, text)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.entries) << 1 | (dimension in FREE)
            self.entries.append(key)
            self.dimensions.append(int(dimension))
        return found

    def entry(self, number: int) -> tuple[Dimension, str]:
        """What has this number."""
        return self.entries[number >> 1]

    def clear(self) -> None:
        self.entries.clear()
        self.dimensions.clear()
        self._numbers.clear()


class Profile:
    """A header section's part of what is counted. ``values``: the numbers of its values, each with room for a class
    behind it. ``index``: its place in the aggregate's :attr:`Aggregate.profiles`. ``hash``: of the user agent, with the
    salt of ``day``; ``None`` where no visitor is to be counted."""

    __slots__ = ("day", "facts", "hash", "index", "values")

    def __init__(self, facts: Facts, values: tuple[int, ...], index: int) -> None:
        self.facts = facts
        self.values = values
        self.index = index
        self.day = -1
        self.hash: int | None = None


class Aggregate:
    """Counts visits, of links of ``is_untracked`` none. ``day_of``: the day of epoch seconds; ``salt_of``: a day's
    salt, ``None`` once it is gone.

    A *group* is a link's (or bio page's) part of a day, and has a number. What piles up of a visit: its hour and class,
    its values with its class, and what tells its visitor apart, each behind the number of its group
    (:func:`hour_key`, :func:`value_key`, :func:`visitor_key`). They are counted when they are stored
    (``clicks.batch``): sorting millions of numbers takes less than looking for each of them where it belongs.
    """

    def __init__(
        self,
        day_of: Callable[[int], int],
        salt_of: Callable[[int], bytes | None],
        is_untracked: Callable[[int], bool],
    ) -> None:
        self._day_of = day_of
        self._salt_of = salt_of
        self._is_untracked = is_untracked
        self.values = Values()
        self.profiles: list[Profile] = []
        self.generation = 0
        """Profiles, and numbers of values, of another generation are of no use any more."""
        self._begin()

    def _begin(self) -> None:
        self.visits = 0
        self.group_days: list[int] = []
        self.group_links: list[int] = []
        self.dropped: set[int] = set()
        """Groups that are not to be counted."""
        self._groups: dict[int, dict[int, int]] = {}
        self.hours, self.times, self.keys, self.visitors = Pile(), Pile(), Pile(), Pile()
        """Of each visit the hour, and its time in epoch milliseconds; of each of its values; of those of people."""
        # Where the last visit was: a quarter of an hour, whose day and hour its visits have in common.
        self.quarter = -1
        self.day = -1
        self.hour = 0
        self.today: dict[int, int] = {}
        """The groups of the day, by link; of links that are not counted ``NO_GROUP``."""
        self.salt: bytes | None = None

    def profile(self, facts: Facts) -> Profile:
        """Of what a header section says; good until the next generation."""
        number = self.values.number
        values = [number(Dimension.AGENT, SEPARATOR.join((facts.device, facts.browser, facts.os)))]
        if facts.language:
            values.append(number(Dimension.LANGUAGE, facts.language))
        if facts.referrer:  # those without are all the others
            values.append(number(Dimension.REFERRER, facts.referrer))
        made = Profile(facts, tuple(value << CLASS_BITS for value in values), len(self.profiles))
        self.profiles.append(made)
        return made

    def add(self, time_ns: int, link_id: int, visit: Classified, profile: Profile, text: bytes = b"") -> bool:
        """Count one visit; whether more than totals may be kept of it. ``text``: its request line, for a 404."""
        self.begin_quarter(time_ns // NS // QUARTER_S)
        group = self.group(link_id)
        if group == NO_GROUP:
            return False
        self.visits += 1
        class_ = visit.class_
        self.hours.add_one(hour_key(group, class_, self.hour))
        self.times.add_one(time_ns // NS_IN_MS)
        if profile.facts.is_quiet:
            return False
        if class_ not in _CHARTED:
            if class_ in _NOT_FOUND:
                self._add_value(group, self._path(text), class_)
            return True
        for value in profile.values:
            self._add_value(group, value, class_)
        self._add_value(group, self.country(visit.place), class_)
        if visit.word:
            self._add_value(group, self.rule(visit.word), class_)
        if visit.place.city:
            self._add_value(group, self.city(visit.place), class_)
        for value in self.campaign(visit.marks):
            self._add_value(group, value, class_)
        if class_ in _OF_PEOPLE and visit.address and (agent := self.hash_of_agent(profile)) is not None:
            entry = entry_of(visitor(self.hash_of(visit.address), agent))
            self.visitors.add_one(visitor_key(group, entry))
        return True

    def _add_value(self, group: int, value: int, class_: int) -> None:
        self.keys.add_one(value_key(group, value | class_))

    def begin_quarter(self, quarter: int) -> None:
        """Visits of this quarter of an hour (since the epoch) come now."""
        if quarter == self.quarter:
            return
        self.quarter = quarter
        start = quarter * QUARTER_S
        self.hour = start // HOUR_S
        self.day = self._day_of(start)
        self.today = self._groups.setdefault(self.day, {})
        self.salt = self._salt_of(self.day)

    def group(self, link_id: int) -> int:
        """The group of a link for the present day, ``NO_GROUP`` where it is not counted."""
        found = self.today.get(link_id)
        if found is None:
            found = self.today[link_id] = NO_GROUP if self._skips(link_id) else self._new_group(link_id)
        return found

    def _new_group(self, link_id: int) -> int:
        self.group_days.append(self.day)
        self.group_links.append(link_id)
        return len(self.group_links) - 1

    def _skips(self, link_id: int) -> bool:
        # Link ids that SQLite has no room for are nobody's.
        return link_id > MOST_LINK or (link_id != EVERYBODY and self._is_untracked(link_id))

    def hash_of(self, text: bytes) -> int:
        """A hash of 64 bits with the day's salt."""
        return int.from_bytes(blake2b(text, key=self.salt or b"", digest_size=HASH_BYTES).digest())

    def hash_of_agent(self, profile: Profile) -> int | None:
        """That of a profile's user agent, worked out once a day; ``None`` if it is nobody's, or the salt is gone."""
        if profile.day != self.day:
            is_counted = profile.facts.kind is Kind.PERSON and self.salt is not None
            profile.hash = self.hash_of(profile.facts.user_agent) if is_counted else None
            profile.day = self.day
        return profile.hash

    def clear(self) -> None:
        """Everything has been stored: begin anew."""
        self._begin()
        if len(self.values) > MOST_VALUES_KNOWN:
            self.values.clear()
            self.forget_profiles()

    def forget_profiles(self) -> None:
        """For those that hold them: they are to be made anew. They know the salts of days that are over."""
        self.profiles.clear()
        self.generation += 1

    def drop(self, erased: Mapping[int, int]) -> None:
        """Forget what is counted of links that have been erased meanwhile, if it is of before. ``erased``: up to which
        epoch milliseconds, by link."""
        found = [
            (groups, link, until)
            for groups in self._groups.values()
            for link, until in erased.items()
            if link in groups
        ]
        if not found:
            return
        latest = np.full(len(self.group_links), -1)
        np.maximum.at(latest, self.hours.all() >> HOUR_BITS, self.times.all())
        for groups, link, until in found:
            group = groups[link]
            if group != NO_GROUP and latest[group] <= until:
                self.dropped.add(group)
                del groups[link]

    # The numbers of values, each with room for a class behind it

    def _value(self, dimension: Dimension, text: str) -> int:
        return self.values.number(dimension, text) << CLASS_BITS

    def country(self, place: Place) -> int:
        return self._value(Dimension.COUNTRY, place.country)

    def city(self, place: Place) -> int:
        return self._value(Dimension.CITY, f"{place.country}{SEPARATOR}{place.city}")

    def rule(self, word: int) -> int:
        """Which rule and variant answered."""
        rule, variant = rule_of(word)
        return self._value(Dimension.RULE, f"{rule}{SEPARATOR}{variant}")

    def campaign(self, marks: Marks) -> list[int]:
        """UTM parameters."""
        return [self._value(dimension, text) for dimension, text in zip(_UTM, marks.utm, strict=True) if text]

    def _path(self, text: bytes) -> int:
        """What was asked for and is not there."""
        path = text.partition(b" ")[2].partition(b"\r\n")[0].partition(b"?")[0]
        return self._value(Dimension.PATH, printable(path[:MOST_PATH].decode("utf-8", "replace")))


Key = TypeVar("Key", int, Ints)
"""One, or a column of them."""


def hour_key(group: Key, class_: Key, hour: int) -> Key:
    """``hour``: of the epoch; those of 64 bits of nanoseconds have 23."""
    return group << HOUR_BITS | class_ << CLASS_SHIFT | hour


def value_key(group: Key, value: Key) -> Key:
    """``value``: its number and class: of 400,000 visits there are no 16 million."""
    return group << VALUE_BITS | value


def visitor_key(group: Key, entry: Key) -> Key:
    """``entry``: of ``clicks.hyperloglog``."""
    return group << ENTRY_BITS | entry


def visitor(address: int, agent: int) -> int:
    """One hash out of both of somebody's: each is even over 64 bits, so their difference is."""
    return address ^ agent


_UTM = (Dimension.UTM_SOURCE, Dimension.UTM_MEDIUM, Dimension.UTM_CAMPAIGN)
