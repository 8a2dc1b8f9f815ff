"""How often passwords may be tried: by one address at one link, and by all at one link.

What is counted is lost with the process: an admin that is restarted gives everybody five attempts more. Pure: the
clock is passed in, and memory is bounded.
"""

import math
from collections import OrderedDict
from collections.abc import Callable

FREE = 5
"""Attempts without waiting: people mistype."""

MOST_DELAY_S = 300
"""The longest wait: it is doubled from 1 s on with each wrong attempt."""

FORGOTTEN_S = 3_600.0
"""After so long without an attempt an address begins anew."""

MOST_KEPT = 10_000
"""Addresses, and links, that are remembered; some 200 bytes each. The longest unused are forgotten first."""

BURST = 30
"""Wrong attempts at one link from all addresses at once, after which it refills: who has thousands of addresses gets
no further than 30 a minute either, and keeps others from trying meanwhile. Right ones do not count."""

REFILL_S = 2.0
"""Seconds until there is one more: 30 a minute."""

_V4 = bytes(10) + b"\xff\xff"
_NETWORK_BYTES = 8
_MOST_DOUBLINGS = 9


class _Tries:
    __slots__ = ("count", "seen", "until")

    def __init__(self) -> None:
        self.count = 0
        self.seen = 0.0
        self.until = 0.0


class _Bucket:
    __slots__ = ("left", "seen")

    def __init__(self, now: float) -> None:
        self.left = float(BURST)
        self.seen = now


class Attempts:
    """Counts attempts. ``monotonic`` gives seconds. An IPv6 /64 counts as one address: one customer has that many."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tries: OrderedDict[tuple[int, bytes], _Tries] = OrderedDict()
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def begin(self, link: int, address: bytes) -> int:
        """0: it may be tried, and counts as wrong from now on, so that many at once are no way around; otherwise the
        whole seconds to wait. ``address``: 16 bytes."""
        now = self._monotonic()
        tries = self._tries_of(link, address, now)
        if tries.until > now:
            return math.ceil(tries.until - now)
        bucket = self._bucket_of(link, now)
        if bucket.left < 1:
            return math.ceil((1 - bucket.left) * REFILL_S)
        bucket.left -= 1
        tries.count += 1
        tries.seen = now
        if tries.count >= FREE:
            tries.until = now + min(MOST_DELAY_S, 2 ** min(tries.count - FREE, _MOST_DOUBLINGS))
        return 0

    def right(self, link: int, address: bytes) -> None:
        """The attempt that was begun was right: it does not count, and those before it are forgotten."""
        self._tries.pop((link, _counted_as(address)), None)
        self._give_back(link)

    def not_made(self, link: int, address: bytes) -> None:
        """The attempt that was begun was not looked at: it does not count."""
        tries = self._tries.get((link, _counted_as(address)))
        if tries is not None and tries.count:
            tries.count -= 1
            tries.until = 0.0
        self._give_back(link)

    def _give_back(self, link: int) -> None:
        bucket = self._buckets.get(link)
        if bucket is not None:
            bucket.left = min(BURST, bucket.left + 1)

    def _tries_of(self, link: int, address: bytes, now: float) -> _Tries:
        key = (link, _counted_as(address))
        tries = self._tries.get(key)
        if tries is None or now - tries.seen >= FORGOTTEN_S:
            tries = self._tries[key] = _Tries()
        self._tries.move_to_end(key)
        if len(self._tries) > MOST_KEPT:
            self._tries.popitem(last=False)
        return tries

    def _bucket_of(self, link: int, now: float) -> _Bucket:
        bucket = self._buckets.get(link)
        if bucket is None:
            bucket = self._buckets[link] = _Bucket(now)
        self._buckets.move_to_end(link)
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        bucket.left = min(BURST, bucket.left + (now - bucket.seen) / REFILL_S)
        bucket.seen = now
        return bucket


def _counted_as(address: bytes) -> bytes:
    return address if address.startswith(_V4) else address[:_NETWORK_BYTES]
