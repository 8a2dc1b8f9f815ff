"""The sketches of ``clicks.hyperloglog`` as columns: of many visitors, and of many links, at once."""

from itertools import pairwise

import numpy as np

from clicks.columns import Ints, Words
from clicks.hyperloglog import (
    ENTRY_BITS,
    HIGHEST_RANK,
    INDEX_MASK,
    MOST_SPARSE,
    PRECISION,
    RANK_BITS,
    REGISTERS,
)

_ENTRY_MASK = (1 << ENTRY_BITS) - 1
_RANK_MASK = (1 << RANK_BITS) - 1


def entries_of_all(hashes: Words) -> Ints:
    """``entry_of`` of each."""
    index = (hashes & np.uint64(INDEX_MASK)).astype(np.int64)
    # A double has 53 bits for the number, which has 52: its exponent is how many the number has.
    bits = np.frexp((hashes >> np.uint64(PRECISION)).astype(np.float64))[1]
    entries: Ints = index << RANK_BITS | HIGHEST_RANK - bits
    return entries


def packed_all(keys: Ints) -> list[tuple[int, bytes]]:
    """``packed`` of the entries of each group, the groups in their order. ``keys``: different ones, sorted, each a
    group's number with an entry behind it (``clicks.aggregate.visitor_key``)."""
    if not len(keys):
        return []
    registers = keys >> RANK_BITS
    # The highest of a register comes last.
    keys = keys[np.append(registers[1:] != registers[:-1], True)]
    groups, entries = keys >> ENTRY_BITS, keys & _ENTRY_MASK
    kept = np.column_stack((entries >> 16, entries >> 8, entries)).astype(np.uint8).tobytes()
    starts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(groups)]
    return [
        (int(groups[start]), kept[3 * start : 3 * end] if end - start <= MOST_SPARSE else _dense(entries[start:end]))
        for start, end in pairwise(starts)
    ]


def _dense(entries: Ints) -> bytes:
    registers = np.zeros(REGISTERS, np.uint8)
    registers[entries >> RANK_BITS] = entries & _RANK_MASK
    return registers.tobytes()
