"""Sketches of many at once: those that each has alone."""

import random

import numpy as np
import pytest

from clicks.aggregate import visitor_key
from clicks.hyperloglog import ENTRY_BITS, MOST_SPARSE, REGISTERS, entry_of, packed
from clicks.sketches import entries_of_all, packed_all

SEED = 1


def test_many_entries_are_those_of_each() -> None:
    rng = random.Random(SEED)
    edges = [number for bit in range(64) for number in (1 << bit, (1 << bit) - 1)]
    numbers = [*edges, (1 << 64) - 1, *(rng.getrandbits(64) for _ in range(1_000))]
    assert entries_of_all(np.array(numbers, np.uint64)).tolist() == [entry_of(number) for number in numbers]


@pytest.mark.parametrize("seed", range(5))
def test_many_sketches_are_those_of_each(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [1, 2, 3, 50, MOST_SPARSE - 1, MOST_SPARSE, MOST_SPARSE + 1, 3 * REGISTERS]
    groups = {5 * n: {entry_of(rng.getrandbits(64)) for _ in range(size)} for n, size in enumerate(sizes)}
    keys = sorted(visitor_key(group, entry) for group, entries in groups.items() for entry in entries)
    assert max(keys) >> ENTRY_BITS == max(groups)
    assert packed_all(np.array(keys, np.int64)) == [(group, packed(entries)) for group, entries in groups.items()]


def test_of_nobody_there_is_none() -> None:
    assert packed_all(np.array([], np.int64)) == []
