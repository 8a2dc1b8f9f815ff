"""Counting different ones: against the numbers that there really are."""

import random

import pytest

from clicks.hyperloglog import MOST_SPARSE, REGISTERS, count, entries_of, entry_of, merged, packed

SEED = 3
# Four standard errors of 1.04 / sqrt(4096).
MOST_ERROR = 0.065


def some(many: int, seed: int = SEED) -> set[int]:
    rng = random.Random(seed)
    return {entry_of(rng.getrandbits(64)) for _ in range(many)}


@pytest.mark.parametrize("many", [0, 1, 2, 3, 10])
def test_few_are_counted_exactly(many: int) -> None:
    assert count(packed(some(many))) == many


@pytest.mark.parametrize("many", [100, 1_000, MOST_SPARSE, 2_000, 5_000, 10_000, 12_000, 50_000, 200_000])
def test_many_are_counted_nearly(many: int) -> None:
    assert count(packed(some(many))) == pytest.approx(many, rel=MOST_ERROR)


def test_what_is_kept_grows_from_three_bytes_to_a_byte_a_register() -> None:
    assert packed(set()) == b""
    assert len(packed(some(1))) == 3
    assert len(packed(some(100_000))) == REGISTERS


def test_entries_come_back() -> None:
    for many in (1, 500, 100_000):
        assert packed(entries_of(packed(some(many)))) == packed(some(many))


@pytest.mark.parametrize(("one", "other"), [(1, 1), (10, 700), (700, 900), (5, 50_000), (50_000, 80_000), (0, 7)])
def test_merging_is_counting_both(one: int, other: int) -> None:
    first, second = some(one, 1), some(other, 2)
    both = packed(first | second)
    assert merged(packed(first), packed(second)) == merged(packed(second), packed(first)) == both
    assert merged(both, packed(first)) == both
    assert merged(both, both) == both


@pytest.mark.parametrize("many", [17, 100, 1_000, MOST_SPARSE - 5, MOST_SPARSE, 1_700])
def test_few_are_merged_into_many_as_all_of_them_are(many: int) -> None:
    kept = packed(some(many))
    for seed in range(200):
        few = some(1 + seed % 5, 100 + seed)
        assert merged(kept, packed(few)) == merged(packed(few), kept) == packed(some(many) | few)
    # Below, between and above all others; higher and lower than what is there.
    for entry in (0, 1, REGISTERS << 5, (REGISTERS << 6) - 1, max(some(many)) + 1, max(some(many)) - 1):
        assert merged(kept, packed({entry})) == packed(some(many) | {entry})


def test_the_same_one_is_counted_once() -> None:
    assert count(packed({entry_of(7), entry_of(7)})) == 1


def test_the_rarest_hashes() -> None:
    assert count(packed({entry_of(0)})) == 1
    assert count(packed({entry_of((1 << 64) - 1)})) == 1
