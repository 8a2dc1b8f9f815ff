"""Callers without a key: whether there may be any, where they come from, and how much they may make."""

import ipaddress
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence

from admin.errors import Failure, Problem

HOUR_S = 3_600.0

MOST_ADDRESSES = 65_536
"""Addresses that are remembered, some 10 MB. Beyond, the one that began first is forgotten."""

IPV6_PREFIX = 64
"""Bits: the least that a provider gives to one customer."""

_PORT = re.compile(r"\[([^]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")


class Guests:
    """How many links an address may make in an hour without a key; 0: none, callers need one.

    ``monotonic`` gives seconds. Everything is forgotten when the process ends.
    """

    def __init__(self, per_hour: int, monotonic: Callable[[], float]) -> None:
        self._per_hour = per_hour
        self._monotonic = monotonic
        # By address: when its hour began, and how many. Oldest first.
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    @property
    def are_welcome(self) -> bool:
        """Whether anything can be made without a key."""
        return self._per_hour > 0

    def admit(self, address: str) -> None:
        """Count one more of ``address``. Raises :class:`Problem` ``TOO_MANY`` where that is one too many."""
        now = self._monotonic()
        self._forget(now)
        began, count = self._seen.get(address, (now, 0))
        if count >= self._per_hour:
            raise Problem(Failure.TOO_MANY, retry_after=math.ceil(began + HOUR_S - now))
        if count == 0 and len(self._seen) >= MOST_ADDRESSES:
            self._seen.popitem(last=False)
        self._seen[address] = (began, count + 1)

    def _forget(self, now: float) -> None:
        while self._seen and now - next(iter(self._seen.values()))[0] >= HOUR_S:
            self._seen.popitem(last=False)


NO_GUESTS = Guests(0, lambda: 0.0)


def address_of(peer: str, forwarded_for: Sequence[str]) -> str:
    """Whom a request counts for: the other end of its connection, ``peer``; where that is this machine itself, and so
    a proxy in front, the last entry of ``X-Forwarded-For`` (its values in the order they came in), which is what
    that proxy has added. IPv6 addresses count by their /64."""
    entry = ",".join(forwarded_for).rpartition(",")[2].strip()
    if entry and (address := _address(peer)) and address.is_loopback and _address(entry):
        return _counted(entry)
    return _counted(peer)


def _counted(text: str) -> str:
    address = _address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))
    return text if address is None else str(address)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, without port and zone; an IPv4 address that is written as IPv6 is IPv4."""
    match = _PORT.fullmatch(text)
    bare = (match[1] or match[2]) if match else text
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
