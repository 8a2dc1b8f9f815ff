"""All connections of a worker, on both roads: how many there may be, and which have had their time.

One look at all of them a second instead of a timer for each. What a connection is doing, it knows itself; here are the
clock, the limits and the counting.
"""

import logging
from collections import Counter
from heapq import nsmallest
from operator import attrgetter
from typing import Protocol as Interface
from typing import TypeVar

from server.peer import NO_PEER, Networks, counted_as
from server.refusals import BUSY, TOO_MANY, Refusals
from server.settings import ServerSettings

log = logging.getLogger(__name__)

PAUSED_SECONDS = 10.0
"""How long a client may leave its responses unread before the connection is closed. Reading is paused meanwhile, so it
costs memory for its buffers and a descriptor."""

SPARED_SECONDS = 5.0
"""Connections that asked something so recently are not closed to make room: their next request is likely under way."""

EVICTED_AT_ONCE = 256
"""How many of the longest idle are found in one look at all: a look costs a millisecond, and so some microseconds for
each connection that is made room for."""

TELL_SECONDS = 60.0
"""At most one log line about refused connections in so long: a flood of them must not become one of the disk."""

FIRST_REQUEST_SECONDS = 1.0
"""How long a connection without a request yet is left open when a worker ends. Its visitor's request is on its way, and
would meet a closed connection; after a second it is one that a browser opened in advance."""

FIRST_REQUEST_LOOK_SECONDS = 0.02


class Member(Interface):
    """A connection. ``peer``: the client's address; ``seen``: when it last asked or was answered, seconds."""

    peer: bytes
    seen: float

    def close_idle(self) -> bool:
        """Close, after what has been written, if nothing of a request is here; whether it was so."""

    def abort(self) -> None:
        """Close, and throw away what has not been sent."""


class Asking(Member, Interface):
    """A connection that a part of a head has come on."""

    def time_out(self) -> None:
        """The head took too long."""


class Pipe(Interface):
    """A transport, as far as refusing goes."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


_Any = TypeVar("_Any", bound=Member)


class Connections:
    """The connections of a worker. ``settings``: its limits, ``max_connections`` no more than descriptors allow.

    ``open``: those that are not being closed. ``heads``: those that wait for the rest of a head, and since when;
    ``stuck``: those that wait for their client to read, or are being closed, and since when. ``refused``: how many
    connections and requests got a refusal.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.refusals = Refusals()
        self.refused = 0
        self.now = 0.0
        self.open: set[Member] = set()
        self.heads: dict[Asking, float] = {}
        self.stuck: dict[Member, float] = {}
        self._trusted = Networks(settings.trusted_proxies)
        self._count = 0
        self._by_address: Counter[bytes] = Counter()
        self._idle: list[Member] = []
        self._looked = -1.0
        self._refused: Counter[str] = Counter()
        self._told = -TELL_SECONDS

    # Coming and going

    def admit(self, member: Member, pipe: Pipe) -> None:
        """A connection was made: count it, or refuse it and close it."""
        if self._is_counted(member.peer) and not self._count_address(counted_as(member.peer)):
            self._refuse(pipe, TOO_MANY, "max_connections_per_address")
        elif self._count >= self.settings.max_connections and not self._make_room():
            self._uncount(member.peer)
            self._refuse(pipe, BUSY, "max_connections")
        else:
            self._count += 1
            self.open.add(member)

    def replace(self, old: Member, new: Member) -> None:
        """``old`` is handed over to ``new``."""
        self.open.discard(old)
        self.open.add(new)

    def leaving(self, member: Member) -> None:
        """It is being closed: its client has :data:`PAUSED_SECONDS` to read what was written. It counts until then."""
        self.open.discard(member)
        self.stuck.setdefault(member, self.now)

    def lost(self, member: Member) -> None:
        """It is closed."""
        if member in self.open or member in self.stuck:
            self.open.discard(member)
            self.stuck.pop(member, None)
            self._count -= 1
            self._uncount(member.peer)

    # Limits

    def _is_counted(self, peer: bytes) -> bool:
        return bool(self.settings.max_connections_per_address) and peer != NO_PEER and peer not in self._trusted

    def _count_address(self, address: bytes) -> bool:
        if self._by_address[address] >= self.settings.max_connections_per_address:
            return False
        self._by_address[address] += 1
        return True

    def _uncount(self, peer: bytes) -> None:
        if self._is_counted(peer):
            address = counted_as(peer)
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _refuse(self, pipe: Pipe, status: int, key: str) -> None:
        self.refused += 1
        self._refused[key] += 1
        pipe.write(self.refusals[status])
        pipe.close()

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest; whether there was one."""
        before = self.now - SPARED_SECONDS
        if self._close_one(before):
            return True
        if self._looked == self.now:  # whatever was idle has been found: not again before the clock moves
            return False
        self._idle = nsmallest(EVICTED_AT_ONCE, self.open, key=attrgetter("seen"))[::-1]
        if self._close_one(before):
            return True
        self._looked = self.now
        return False

    def _close_one(self, before: float) -> bool:
        """Close one of those that were found idle, if it still is."""
        while self._idle:
            member = self._idle.pop()
            if member in self.open and member.seen < before and self._close(member):
                return True
        return False

    def _close(self, member: Member) -> bool:
        if not member.close_idle():
            return False
        self.leaving(member)
        return True

    # The clock

    def set_date(self, date: bytes) -> None:
        """``date``: the current time as an IMF-fixdate, for refusals."""
        self.refusals.set_date(date)

    def sweep(self, now: float) -> None:
        """Close what is idle, does not end its head or does not read for too long. ``now``: seconds, monotonic."""
        self.now = now
        for asking in _before(self.heads, now - self.settings.head_seconds):
            asking.time_out()
        for member in _before(self.stuck, now - PAUSED_SECONDS):
            member.abort()
        quiet = now - self.settings.keepalive_seconds
        for member in [member for member in self.open if member.seen < quiet]:
            self._close(member)
        if self._refused and now - self._told >= TELL_SECONDS:
            self._told = now
            for key, count in self._refused.items():
                log.warning("server.%s is reached: %d connections refused", key, count)
            self._refused.clear()


def _before(since: dict[_Any, float], time: float) -> list[_Any]:
    """Those that have been in ``since``, which is in the order of time, since before ``time``."""
    found = []
    for member, began in since.items():
        if began >= time:
            break
        found.append(member)
    return found
