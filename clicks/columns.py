"""Visits as columns: a field of thousands of records at a time, read out of a segment's bytes at once.

For the collector alone: numpy takes megabytes and a tenth of a second to be loaded. Layout: ``clicks.record``.
"""

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clicks.record import ALIGN, PREFIX_BYTES, VISIT_BYTES, Raw, visit_at

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
"""64 bits without a sign: what comes from a record, and hashes."""
Which = NDArray[np.bool_] | Ints
"""A choice of rows: one truth for each, or their numbers."""

_WORD_SHIFT = 3
_KIND, _TIME, _LINK, _FIRST, _SECOND, _SECTION = range(1, 7)
"""Words of 8 bytes in a record: kind and rule, time, link, address, section and the first four bytes of the text."""
_HALF_BITS = np.uint64(32)
_HALF = np.uint64(0xFFFF_FFFF)
_ADDRESS_BYTES = 16
_MARK = ord("?")


@dataclass(slots=True, frozen=True)
class Columns:
    """Visits of a chunk (``clicks.reader``). ``start``: where in ``data`` a record begins; ``size``: of its body;
    ``method``: the first four bytes of its text as a number, which say nothing where the text is shorter;
    ``has_mark``: whether there is a question mark in the text; ``first`` and ``second``: the two halves of the
    address. Other columns: as of ``clicks.record.Raw``."""

    data: bytes
    base: int
    start: Ints
    size: Ints
    kind: Ints
    word: Ints
    time_ns: Words
    link: Words
    first: Words
    second: Words
    section: Ints
    method: Ints
    has_mark: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def take(self, which: Which) -> "Columns":
        """Some of them."""
        return Columns(
            self.data,
            self.base,
            self.start[which],
            self.size[which],
            self.kind[which],
            self.word[which],
            self.time_ns[which],
            self.link[which],
            self.first[which],
            self.second[which],
            self.section[which],
            self.method[which],
            self.has_mark[which],
        )

    def address(self, number: int) -> bytes:
        """The address of one of them."""
        at = int(self.start[number]) + _FIRST * ALIGN
        return self.data[at : at + _ADDRESS_BYTES]

    def text(self, number: int) -> bytes:
        """The text of one of them."""
        at = int(self.start[number])
        return self.data[at + VISIT_BYTES : at + PREFIX_BYTES + int(self.size[number])]

    def record(self, number: int) -> Raw:
        """One of them as a whole."""
        return visit_at(self.data, int(self.start[number]), self.base)


def columns_of(data: bytes, base: int, starts: list[int]) -> Columns:
    """The columns of visits that ``clicks.record.take_visits`` has found in ``data``, which begins at ``base``."""
    words = np.frombuffer(data, "<u8", len(data) // ALIGN)
    start = np.array(starts, np.int64)
    at = start >> _WORD_SHIFT
    size, (kind, word), (section, method) = _low(words[at]), _halves(words[at + _KIND]), _halves(words[at + _SECTION])
    marks = np.flatnonzero(np.frombuffer(data, np.uint8) == _MARK)
    whose = np.searchsorted(start, marks, "right") - 1
    behind = marks - start[whose]
    in_text = (whose >= 0) & (behind >= VISIT_BYTES) & (behind < size[whose] + PREFIX_BYTES)
    has_mark = np.zeros(len(start), np.bool_)
    has_mark[whose[in_text]] = True
    return Columns(
        data,
        base,
        start,
        size,
        kind,
        word,
        words[at + _TIME],
        words[at + _LINK],
        words[at + _FIRST],
        words[at + _SECOND],
        section,
        method,
        has_mark,
    )


def _low(words: Words) -> Ints:
    low: Ints = (words & _HALF).astype(np.int64)
    return low


def _halves(words: Words) -> tuple[Ints, Ints]:
    high: Ints = (words >> _HALF_BITS).astype(np.int64)
    return _low(words), high


class Pile:
    """Whole numbers that pile up: many at a time, and single ones. Not in the order in which they come, but in the same
    one for piles that get as many each time."""

    def __init__(self) -> None:
        self._many: list[Ints] = []
        self._few = array("q")
        self.add_one = self._few.append

    def add(self, numbers: Ints) -> None:
        self._many.append(numbers)

    def all(self) -> Ints:
        """All of them."""
        return np.concatenate([*self._many, np.array(self._few, np.int64)])


def each_once(numbers: Ints) -> Ints:
    """The different ones among ``numbers``, sorted. (By sorting, which takes a tenth of ``np.unique``'s hash table.)"""
    numbers = np.sort(numbers)
    return numbers[starts_of(numbers)]


def starts_of(numbers: Ints) -> Ints:
    """Where each of the different ones among sorted ``numbers`` begins."""
    return np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)])


def distinct(numbers: NDArray[Any]) -> tuple[list[int], Ints]:
    """The different ones among ``numbers``, and for each of these which of them it is."""
    found, which = np.unique(numbers, return_inverse=True)
    return found.tolist(), which
