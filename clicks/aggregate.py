"""Visits counted in memory until they are stored: by link and day.

A :class:`Bucket` is a link's part of a day. What a header section says becomes numbers once (:class:`Profile`), so that
counting a visit is a handful of additions to dictionaries of whole numbers. Knows no files; the store
(``clicks.store``) writes what :mod:`clicks.batch` makes of the buckets.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import chain
from typing import Any

from clicks.calendar_days import HOUR_S, QUARTER_S
from clicks.classes import CLASS_BITS, CLASS_MASK, Kind, Outcome, Via, class_of, classes
from clicks.classify import Classified, Facts, Place
from clicks.dimensions import EVERYBODY, FREE, SEPARATOR, Dimension
from clicks.hyperloglog import entries_of_all, entry_of
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


class Keys(dict[int, tuple[int, ...]]):
    """Values' numbers, each with a class behind it, by class: the same objects for all visits. ``values``: the numbers,
    each with room for a class behind it."""

    __slots__ = ("_values",)

    def __init__(self, values: tuple[int, ...]) -> None:
        super().__init__()
        self._values = values

    def __missing__(self, class_: int) -> tuple[int, ...]:
        found = self[class_] = tuple(value | class_ for value in self._values)
        return found


class Profile:
    """A header section's part of what is counted. ``keys``: of its values. ``hash``: of the user agent, with the salt
    of ``day``; ``None`` where no visitor is to be counted. ``usual``: the class of the usual visit, a redirect by GET
    without marks, -1 where that is not to be counted in full; ``usual_keys``: those of that class."""

    __slots__ = ("day", "facts", "hash", "keys", "usual", "usual_keys")

    def __init__(self, facts: Facts, values: tuple[int, ...]) -> None:
        self.facts = facts
        self.keys = Keys(values)
        self.day = -1
        self.hash: int | None = None
        self.usual = -1 if facts.is_quiet else class_of(Outcome.REDIRECT, Via.CLICK, facts.kind)
        self.usual_keys = self.keys[self.usual]


class Bucket:
    """Counts of one link (or workspace) and day. Keys: an hour (epoch hours) or a value's number, with a class behind
    it. ``last``: the latest visit of a class, epoch milliseconds; ``visitors``: entries of ``clicks.hyperloglog``.

    ``usual``: visits that :meth:`add_up` is to add up, each as five entries: keys of its values, that of its country,
    that of its hour, epoch nanoseconds, the visitor's hash or ``None``. Visits of thousands of links come in turn, and
    what is touched of each link is not in the processor's caches any more: so it is touched once a batch.
    """

    __slots__ = ("hours", "last", "usual", "values", "visitors")

    def __init__(self) -> None:
        self.hours: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self.values: dict[int, int] = {}
        self.visitors: set[int] = set()
        self.usual: list[Any] = []

    def add(self, other: "Bucket") -> None:
        """Count what the other one has, too."""
        other.add_up()
        for mine, theirs in ((self.hours, other.hours), (self.values, other.values)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count
        for class_, at in other.last.items():
            if at > self.last.get(class_, 0):
                self.last[class_] = at
        self.visitors |= other.visitors

    def add_up(self) -> None:
        """Add up what is listed."""
        listed, self.usual = self.usual, []
        if not listed:
            return
        hours, last = listed[2::5], self.last
        _count_all(self.values, chain(chain.from_iterable(listed[0::5]), listed[1::5]))
        _count_all(self.hours, hours)
        latest: dict[int, int] = {}
        for hour, time_ns in zip(hours, listed[3::5], strict=True):
            if time_ns > latest.get(hour, 0):
                latest[hour] = time_ns
        for hour, time_ns in latest.items():
            class_ = hour & CLASS_MASK
            last[class_] = max(last.get(class_, 0), time_ns // NS_IN_MS)
        self.visitors.update(entries_of_all([number for number in listed[4::5] if number is not None]))


def _count_all(counts: dict[int, int], keys: Iterable[int]) -> None:
    """Count one more of each key: by ``Counter``'s loop, which runs in C, and takes any dictionary."""
    Counter.update(counts, keys)  # type: ignore[call-overload]


class Number(dict[int, int]):
    """A number with each class behind it, by class: the same objects for all visits."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number << CLASS_BITS

    def __missing__(self, class_: int) -> int:
        found = self[class_] = self._number | class_
        return found


class _Countries(dict[str, Number]):
    """The numbers of countries."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self._values = values

    def __missing__(self, country: str) -> Number:
        found = self[country] = Number(self._values.number(Dimension.COUNTRY, country))
        return found


class Aggregate:
    """Counts visits. ``day_of``: the day that epoch seconds are on; ``salt_of``: what visitors of a day are hashed
    with, ``None`` where it is gone; ``is_untracked``: links of which nothing is counted."""

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
        self.days: dict[int, dict[int, Bucket]] = {}
        """By day and link."""
        self.visits = 0
        self.generation = 0
        """Profiles of another generation are of no use any more."""
        self._countries = _Countries(self.values)
        self._untracked: dict[int, bool] = {}
        # Where the last visit was: a quarter of an hour, whose day and hour its visits have in common.
        self.begin_ns = self.end_ns = 0
        self.day = -1
        self.hour = Number(0)
        self.today: dict[int, Bucket] = {}
        self.salt: bytes | None = None

    def profile(self, facts: Facts) -> Profile:
        """Of what a header section says; good until :meth:`clear` says otherwise."""
        number = self.values.number
        values = [number(Dimension.AGENT, SEPARATOR.join((facts.device, facts.browser, facts.os)))]
        if facts.language:
            values.append(number(Dimension.LANGUAGE, facts.language))
        if facts.referrer:  # those without are all the others
            values.append(number(Dimension.REFERRER, facts.referrer))
        return Profile(facts, tuple(value << CLASS_BITS for value in values))

    def add(self, time_ns: int, link_id: int, visit: Classified, profile: Profile, text: bytes = b"") -> bool:
        """Count one visit; whether more than totals may be kept of it. ``text``: its request line, for a 404."""
        if not self.begin_ns <= time_ns < self.end_ns:
            self._begin_quarter(time_ns // NS // QUARTER_S)
        bucket = self.today.get(link_id) or self.bucket(link_id)
        if bucket is None:
            return False
        self.visits += 1
        class_ = visit.class_
        key = self.hour[class_]
        counts = bucket.hours
        counts[key] = counts.get(key, 0) + 1
        at = time_ns // NS_IN_MS
        if at > bucket.last.get(class_, 0):
            bucket.last[class_] = at
        if profile.facts.is_quiet:
            return False
        if class_ not in _CHARTED:
            if class_ in _NOT_FOUND:
                self._not_found(bucket, class_, text)
            return True
        counts = bucket.values
        for key in profile.keys[class_]:
            counts[key] = counts.get(key, 0) + 1
        key = self._countries[visit.place.country][class_]
        counts[key] = counts.get(key, 0) + 1
        if visit.word:
            self.add_rule(bucket, class_, visit.word)
        if visit.place.city:
            key = self.city(visit.place)[class_]
            counts[key] = counts.get(key, 0) + 1
        if visit.marks.has_utm:
            for key in self.keys_of(visit.marks)[class_]:
                counts[key] = counts.get(key, 0) + 1
        if class_ in _OF_PEOPLE and visit.address and (agent := self.hash_of_agent(profile)) is not None:
            bucket.visitors.add(entry_of(visitor(self.hash_of(visit.address), agent)))
        return True

    def bucket(self, link_id: int) -> Bucket | None:
        """The bucket of a link for the present day, made where there is none; ``None`` where it is not counted."""
        if self._skips(link_id):
            return None
        bucket = self.today[link_id] = Bucket()
        return bucket

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

    def country(self, code: str) -> Number:
        """A country's number, by class."""
        return self._countries[code]

    def city(self, place: Place) -> Number:
        """A city's number, by class."""
        return Number(self.values.number(Dimension.CITY, f"{place.country}{SEPARATOR}{place.city}"))

    def clear(self) -> None:
        """Everything has been stored: begin anew."""
        self.days = {}
        self.visits = 0
        self.begin_ns = self.end_ns = 0
        self._untracked.clear()
        if len(self.values) > MOST_VALUES_KNOWN:
            self.values.clear()
            self._countries.clear()
            self.forget_profiles()

    def forget_profiles(self) -> None:
        """For those that hold them: they are to be made anew. They know the salts of days that are over."""
        self.generation += 1

    def drop(self, link_id: int, until_ms: int) -> None:
        """Forget what is counted of a link that has been erased meanwhile, if it is of before."""
        for links in self.days.values():
            if link_id in links:
                links[link_id].add_up()
                if all(at <= until_ms for at in links[link_id].last.values()):
                    del links[link_id]

    def _skips(self, link_id: int) -> bool:
        found = self._untracked.get(link_id)
        if found is None:
            # Link ids that SQLite has no room for are nobody's.
            is_none = link_id > MOST_LINK
            found = self._untracked[link_id] = is_none or (link_id != EVERYBODY and self._is_untracked(link_id))
        return found

    def _count(self, bucket: Bucket, class_: int, dimension: Dimension, text: str) -> None:
        value = self.values.number(dimension, text) << CLASS_BITS | class_
        bucket.values[value] = bucket.values.get(value, 0) + 1

    def add_rule(self, bucket: Bucket, class_: int, word: int) -> None:
        """Count which rule and variant answered."""
        rule, variant = rule_of(word)
        self._count(bucket, class_, Dimension.RULE, f"{rule}{SEPARATOR}{variant}")

    def keys_of(self, marks: Marks) -> Keys:
        """Those of UTM parameters; good as long as profiles are."""
        return Keys(
            tuple(
                self.values.number(dimension, text) << CLASS_BITS
                for dimension, text in zip(_UTM, marks.utm, strict=True)
                if text
            )
        )

    def _not_found(self, bucket: Bucket, class_: int, text: bytes) -> None:
        path = text.partition(b" ")[2].partition(b"\r\n")[0].partition(b"?")[0]
        self._count(bucket, class_, Dimension.PATH, printable(path[:MOST_PATH].decode("utf-8", "replace")))

    def _begin_quarter(self, quarter: int) -> None:
        start = quarter * QUARTER_S
        self.begin_ns, self.end_ns = start * NS, (start + QUARTER_S) * NS
        self.hour = Number(start // HOUR_S)
        self.day = self._day_of(start)
        self.today = self.days.setdefault(self.day, {})
        self.salt = self._salt_of(self.day)


def visitor(address: int, agent: int) -> int:
    """One hash out of both of somebody's: each is even over 64 bits, so their difference is."""
    return address ^ agent


_UTM = (Dimension.UTM_SOURCE, Dimension.UTM_MEDIUM, Dimension.UTM_CAMPAIGN)
