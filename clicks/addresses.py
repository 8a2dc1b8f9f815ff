"""Addresses as 16 bytes, and sets of them: who is at the other end of a connection.

Bytes, because they are what visits are recorded with and what is cheap to compare. IPv4 is written as IPv6 writes it
(``::ffff:a.b.c.d``, RFC 4291 section 2.5.5.2).
"""

import ipaddress
import socket

NO_PEER = bytes(16)
"""The address where none is known: a Unix socket's other end has none."""

_V4 = bytes(10) + b"\xff\xff"
_V4_BITS = 96
_ALL_BITS = 128
_NETWORK_BYTES = 8
"""What one customer of a provider has of IPv6 is a /64 at least (RFC 6177): its addresses count as one."""


def peer_bytes(peername: object) -> bytes:
    """The address out of what a transport calls ``peername``. Raises ``OSError`` for a tuple without an address.

    Not with ``ipaddress``, which takes 3 µs: this is done for every connection.
    """
    if not isinstance(peername, tuple):
        return NO_PEER
    host: str = peername[0]
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return _V4 + socket.inet_pton(socket.AF_INET, host)


def counted_as(peer: bytes) -> bytes:
    """What stands for ``peer`` where connections are counted: its IPv4 address, or its IPv6 /64."""
    return peer if peer.startswith(_V4) else peer[:_NETWORK_BYTES]


class Networks:
    """A set of addresses, given as addresses and networks. Raises ``ValueError`` for what is neither."""

    def __init__(self, values: tuple[str, ...]) -> None:
        self._masked = tuple(_masked(value) for value in values)

    def __contains__(self, peer: bytes) -> bool:
        number = int.from_bytes(peer)
        # Not any(): its generator takes longer than the looking.
        for network, mask in self._masked:  # noqa: SIM110
            if number & mask == network:
                return True
        return False


def _masked(value: str) -> tuple[int, int]:
    """A network's number and mask among 128-bit addresses."""
    network = ipaddress.ip_network(value)
    number, bits = int(network.network_address), network.prefixlen
    if isinstance(network, ipaddress.IPv4Network):
        number, bits = number | int.from_bytes(_V4) << (_ALL_BITS - _V4_BITS), bits + _V4_BITS
    return number, (1 << _ALL_BITS) - (1 << (_ALL_BITS - bits))
