"""Old slugs leave the table when their grace period is over.

That is housekeeping, not correctness: an entry whose time is due is compared with the clock when it is looked up, so a
sweep that comes late is never seen. Pure: the table, the time and the clock are passed in.
"""

from collections.abc import Callable
from heapq import heappop, heappush

from server.entry import unpack
from server.table import Table

ENTRIES_PER_LOOK = 64
"""Between two looks at the clock: some 100 µs."""


class Endings:
    """What is to leave, the soonest first: (epoch milliseconds, domain, path)."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, bytes, bytes]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, until_ms: int, domain: bytes, path: bytes) -> None:
        """``path`` on ``domain`` ends at ``until_ms``, unless something else has become of it by then."""
        heappush(self._heap, (until_ms, domain, path))

    def sweep(self, table: Table, now_ms: int, clock_ns: Callable[[], int], budget_ns: int) -> bool:
        """Remove what is due for about ``budget_ns``; whether there is more. ``clock_ns`` is a monotonic clock."""
        stop = clock_ns() + budget_ns
        while self._heap and self._heap[0][0] <= now_ms:
            for _ in range(ENTRIES_PER_LOOK):
                if not self._heap or self._heap[0][0] > now_ms:
                    return False
                _, domain, path = heappop(self._heap)
                entry = table.get(domain, path)
                if entry is None:
                    continue
                until_ms = unpack(entry).until_ms
                if until_ms is not None and until_ms <= now_ms:
                    table.remove(domain, path)
            if clock_ns() >= stop:
                return True
        return False
