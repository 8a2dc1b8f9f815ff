"""What ``bench/openloop.c`` measured, read back: log-linear histograms (see ``bench/histogram.h``). Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


class Histogram:
    """Counts of nanoseconds by bucket, (lowest, highest) both included; ``max`` is exact."""

    def __init__(self, buckets: Mapping[tuple[int, int], int], largest: int) -> None:
        self.buckets = dict(sorted(buckets.items()))
        self.count = sum(self.buckets.values())
        self.max = largest

    @classmethod
    def parse(cls, printed: Mapping[str, Any]) -> "Histogram":
        """From the client's JSON. Raises ``ValueError`` where its count is not that of its buckets."""
        made = cls({(low, high): count for low, high, count in printed["buckets"]}, printed["max"])
        if made.count != printed["count"]:
            raise ValueError(f"{made.count} in the buckets, {printed['count']} counted")
        return made

    @classmethod
    def merged(cls, histograms: Iterable["Histogram"]) -> "Histogram":
        """All that was measured in several runs, as if it had been one."""
        buckets: Counter[tuple[int, int]] = Counter()
        largest = 0
        for histogram in histograms:
            buckets.update(histogram.buckets)
            largest = max(largest, histogram.max)
        return cls(buckets, largest)

    def quantile(self, q: float) -> int:
        """Nanoseconds that a share ``q`` of the values did not exceed (nearest rank; the upper end of the bucket, and
        never more than the largest). Raises ``ValueError`` where there are no values."""
        if not self.count:
            raise ValueError("nothing was measured")
        rank = max(1, -int(-q * self.count // 1))  # the ceiling
        for (_, high), count in self.buckets.items():
            rank -= count
            if rank <= 0:
                return min(high, self.max)
        return self.max
