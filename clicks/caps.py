"""At most so many values of a free dimension for a link and day: what comes beyond is counted as "other".

Strangers can send as many referrers as they like, and each would be a row for ever. Which values a link has is in the
database; it is asked only where the cap may be near: an estimate, which is never too low while this process runs,
counts the values that each batch brings. After a restart the estimate begins with what is stored.
"""

from array import array
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from clicks.dimensions import OTHER, most_values

if TYPE_CHECKING:  # numpy is the collector's only
    from clicks.aggregate import Values
    from clicks.columns import Ints

SLOTS = 1 << 18
"""Of estimates, a day: 1 MB. Links that share one are looked up a little early."""

MOST_DAYS = 4
"""Days with estimates: today, yesterday, and what a backlog is of."""

MOST_KNOWN = 200_000
"""Values of links that are kept in memory, beside which the database is asked: 30 MB."""

_MOST_COUNT = (1 << 32) - 1

Key = tuple[int, int]


class Stored(NamedTuple):
    """What the database says. ``counts``: of a day, free values by subject; ``values``: of a day and subject."""

    counts: Callable[[int], Iterable[tuple[int, int]]]
    values: Callable[[int, int], Iterable[tuple[int, str]]]


class Caps:
    """Says what is beyond them."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._estimates: dict[int, array[int]] = {}
        self._known: dict[Key, dict[int, set[str]]] = {}
        self._known_values = 0

    def beyond(self, day: int, subject: int, numbers: "Ints", values: "Values") -> list[int]:
        """The values, of all those of free dimensions that a batch has for a day and subject, that are to be counted as
        "other". ``numbers``: theirs, in the order in which they came; call it once for each, right before they are
        stored."""
        most = most_values(subject)
        estimates = self._estimates_of(day)
        slot = hash((day, subject)) % SLOTS
        estimates[slot] = min(estimates[slot] + len(numbers), _MOST_COUNT)
        if estimates[slot] <= most:
            return []
        known = self._known_of(day, subject)
        too_many = []
        for number in numbers.tolist():
            dimension, text = values.entry(number)
            texts = known.setdefault(dimension, set())
            if text not in texts and text != OTHER:
                if len(texts) >= most:
                    too_many.append(number)
                    continue
                texts.add(text)
                self._known_values += 1
        return too_many

    def forget(self) -> None:
        """What was told has not been stored: ask again."""
        self._estimates.clear()
        self._known.clear()
        self._known_values = 0

    def _estimates_of(self, day: int) -> "array[int]":
        found = self._estimates.get(day)
        if found is None:
            while len(self._estimates) >= MOST_DAYS:
                del self._estimates[next(iter(self._estimates))]
            found = self._estimates[day] = array("I", bytes(4 * SLOTS))
            for subject, count in self._stored.counts(day):
                slot = hash((day, subject)) % SLOTS
                found[slot] = min(found[slot] + count, _MOST_COUNT)
        return found

    def _known_of(self, day: int, subject: int) -> dict[int, set[str]]:
        key = (day, subject)
        found = self._known.pop(key, None)
        if found is None:
            while self._known_values > MOST_KNOWN and self._known:
                oldest = self._known.pop(next(iter(self._known)))
                self._known_values -= sum(map(len, oldest.values()))
            found = {}
            for dimension, text in self._stored.values(day, subject):
                if text != OTHER:
                    found.setdefault(dimension, set()).add(text)
                    self._known_values += 1
        self._known[key] = found  # the one that was asked for longest ago goes first
        return found
