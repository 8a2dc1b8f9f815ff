"""Numbers for keys of two words."""

import random

import numpy as np
import pytest

from clicks.columns import Words
from clicks.numbering import UNMET, Numbers

SEED = 2


def words(keys: list[tuple[int, int]], which: int) -> Words:
    return np.array([key[which] for key in keys], np.uint64)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1])
def test_what_is_added_is_found_and_nothing_else(share: float) -> None:
    """Up to the last place, where every key is in another's way."""
    rng = random.Random(SEED)
    bits = 8
    numbers = Numbers(bits)
    keys = [(rng.getrandbits(64), rng.randrange(3)) for _ in range(int((1 << bits) * share) - (share == 1))]
    known = 0
    while known < len(keys):
        some = keys[known : known + rng.randrange(1, 40)]
        assert numbers.find(words(some, 0), words(some, 1)).tolist() == [UNMET] * len(some)
        numbers.add(words(some, 0), words(some, 1), np.arange(known, known + len(some)))
        known += len(some)
    assert numbers.find(words(keys, 0), words(keys, 1)).tolist() == list(range(known))
    others = [(first, second + 3) for first, second in keys]
    assert numbers.find(words(others, 0), words(others, 1)).tolist() == [UNMET] * known


def test_a_key_may_be_nothing_but_zeros() -> None:
    numbers = Numbers(4)
    zero = np.array([0], np.uint64)
    assert numbers.find(zero, zero).tolist() == [UNMET]
    numbers.add(zero, zero, np.array([0]))
    assert numbers.find(zero, zero).tolist() == [0]


@pytest.mark.parametrize("step", [1, 1 << 20, 1 << 45, 1 << 48])
@pytest.mark.parametrize("which", [0, 1])
def test_keys_in_a_row_are_not_in_each_others_way(step: int, which: int) -> None:
    """Addresses of one network differ in some bits only."""
    count, bits = 1 << 12, 14
    keys = [(number * step, 7)[:: 1 if which else -1] for number in range(count)]
    numbers = Numbers(bits)
    slots = numbers._slots(words(keys, 0), words(keys, 1))
    assert np.bincount(slots).max() < 40
    numbers.add(words(keys, 0), words(keys, 1), np.arange(count))
    assert numbers.find(words(keys, 0), words(keys, 1)).tolist() == list(range(count))
