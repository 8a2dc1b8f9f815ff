"""Numbers for what is looked up a million times: a hash table as columns.

A dictionary is asked for one key after the other, and waits for the memory each time; here the processor has thousands
of keys to fetch at once.
"""

import secrets

import numpy as np

from clicks.columns import Ints, Words

UNMET = -1
"""What has no number."""

_WORD_BITS = 64


class Numbers:
    """Numbers, from 0, for keys of two words: fewer than ``2**bits``, and half as many are found sooner.

    Open addressing with linear probing. Where a key goes is up to random factors (multiply-shift hashing,
    Dietzfelbinger et al. 1997), so that nobody can choose keys that get into each other's way.
    """

    def __init__(self, bits: int) -> None:
        # Keys, and numbers and one: zeros take no memory before they are written over.
        self._table = np.zeros((1 << bits, 3), np.uint64)
        self._factors = [np.uint64(secrets.randbits(_WORD_BITS) | 1) for _ in range(2)]
        self._shift = np.uint64(_WORD_BITS - bits)
        self._mask = (1 << bits) - 1

    def find(self, first: Words, second: Words) -> Ints:
        """The numbers of keys, ``UNMET`` of those that have none."""
        slots = self._slots(first, second)
        found = np.empty(len(first), np.int64)
        left = np.arange(len(first))
        while len(left):
            there = np.take(self._table, slots, axis=0)
            found[left] = there[:, 2]
            is_other = (there[:, 2] != 0) & ((there[:, 0] != first[left]) | (there[:, 1] != second[left]))
            left, slots = left[is_other], slots[is_other] + 1 & self._mask
        return found - 1

    def add(self, first: Words, second: Words, numbers: Ints) -> None:
        """Give numbers to keys that have none, each to one."""
        slots = self._slots(first, second)
        rows = np.column_stack((first, second, (numbers + 1).astype(np.uint64)))
        while len(rows):
            is_free = self._table[slots, 2] == 0
            self._table[slots[is_free]] = rows[is_free]  # one of those that want the same slot
            others = self._table[slots, 2] != rows[:, 2]
            rows, slots = rows[others], slots[others] + 1 & self._mask

    def _slots(self, first: Words, second: Words) -> Ints:
        slots: Ints = (first * self._factors[0] + second * self._factors[1] >> self._shift).astype(np.int64)
        return slots
