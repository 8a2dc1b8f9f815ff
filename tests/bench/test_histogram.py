"""bench/histogram.py"""

import pytest

from bench.histogram import Histogram

PRINTED = {"count": 10, "max": 3_001, "buckets": [[5, 5, 4], [7, 7, 5], [3_000, 3_001, 1]]}


def test_it_reads_what_the_client_prints() -> None:
    histogram = Histogram.parse(PRINTED)
    assert (histogram.count, histogram.max) == (10, 3_001)
    assert histogram.buckets == {(5, 5): 4, (7, 7): 5, (3_000, 3_001): 1}


def test_a_count_that_is_not_that_of_the_buckets_is_an_error() -> None:
    with pytest.raises(ValueError, match="10 in the buckets, 11 counted"):
        Histogram.parse(PRINTED | {"count": 11})


@pytest.mark.parametrize(
    ("q", "value"), [(0.0, 5), (0.1, 5), (0.4, 5), (0.41, 7), (0.5, 7), (0.9, 7), (0.91, 3_001), (1.0, 3_001)]
)
def test_quantiles_are_of_the_nearest_rank(q: float, value: int) -> None:
    assert Histogram.parse(PRINTED).quantile(q) == value


def test_no_quantile_is_above_the_largest_value() -> None:
    assert Histogram({(4_096, 4_099): 3}, 4_097).quantile(0.5) == 4_097


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Histogram({}, 0).quantile(0.5)


def test_runs_are_merged_as_if_they_had_been_one() -> None:
    one, other = Histogram({(5, 5): 1, (9, 9): 1}, 9), Histogram({(1, 1): 2, (5, 5): 3}, 5)
    merged = Histogram.merged([one, other])
    assert list(merged.buckets.items()) == [((1, 1), 2), ((5, 5), 4), ((9, 9), 1)]
    assert (merged.count, merged.max) == (7, 9)
    assert merged.quantile(0.5) == 5
