"""Whose request it is: the visitor's address behind proxies that are trusted.

Everybody can write anything into a header field. What counts is what trusted proxies have added, and they add at the
right-hand end: so the chain is read from there, as far as each hop was told by one that is trusted.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from clicks.addresses import NO_PEER, Networks, peer_bytes

MOST_STEPS = 64
"""List entries that are looked at: no visitor comes through as many proxies, and each costs microseconds."""
MOST_ENTRY_BYTES = 1_024
"""Of one entry: an element of ``Forwarded`` may hold a host name (255) and more besides an address."""

MOST_PAIRS = 16
"""Of one element of ``Forwarded``: RFC 7239 has four, and extensions are rare."""

_OWS = b" \t"

_TCHAR = rb"!#$%&'*+.^_`|~0-9A-Za-z-"
_QUOTED = rb'"(?:[^"\\]|\\.)*"'
# RFC 7239 section 4, with what some write besides: white space around ";", and "[", "]", ":" without quotation marks.
_PAIR = re.compile(rb"[ \t]*(?:([%b]+)=([][:%b]+|%b)[ \t]*)?(?:;|\Z)" % (_TCHAR, _TCHAR, _QUOTED), re.DOTALL)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
# A quotation mark, and what is none because of the backslash before it (RFC 9110 section 5.6.4).
_QUOTE = re.compile(rb'\\.|(")', re.DOTALL)

# RFC 7239 section 6, and the bare IPv6 address that X-Forwarded-For is written with. A zone (RFC 4007 section 11) means
# nothing on another machine. A port may be obfuscated.
_V4 = rb"(?P<v4>[0-9.]{7,15})"
_V6 = rb"(?P<%b>[0-9A-Fa-f:.]{2,45})(?:%%[0-9A-Za-z._~-]{1,32})?"
_PORT = rb"(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]{1,64}))?"
_NODE = re.compile(rb"%b%b|\[%b\]%b|%b" % (_V4, _PORT, _V6 % b"v6", _PORT, _V6 % b"bare"))


HEADERS = ("X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "X-Real-IP")
"""The fields that a proxy may tell its visitor's address in. Which one it is, is for the operator to say: a proxy
passes those on that it does not set itself, so whoever believed them all would believe the visitor."""


Fields = Callable[[bytes], tuple[bytes, ...]]
"""All values of the field with this name (lower-case), in order, without space around them."""


class ForwardingFields(NamedTuple):
    """The values of the header fields in which proxies tell whom they speak for, in the order they came in."""

    forwarded: tuple[bytes, ...] = ()
    x_forwarded_for: tuple[bytes, ...] = ()
    cf_connecting_ip: bytes | None = None
    x_real_ip: bytes | None = None


def told(fields: Fields, header: str) -> ForwardingFields:
    """What the one field that is believed says. ``header``: one of :data:`HEADERS`."""
    name = header.lower().encode()
    values = fields(name)
    if header == HEADERS[0]:
        return ForwardingFields(x_forwarded_for=values)
    if header == HEADERS[1]:
        return ForwardingFields(forwarded=values)
    # One that comes twice is of two minds: neither counts.
    only = values[0] if len(values) == 1 else None
    return ForwardingFields(x_real_ip=only)


def client_address(peer: bytes, forwarding: ForwardingFields, trusted: Networks) -> bytes:
    """The visitor's address, 16 bytes as in :mod:`clicks.addresses`. Never raises.

    ``peer`` itself, the other end of the connection, unless it is trusted. Otherwise the first address from the right
    that is not; where an entry holds no address, or all are trusted, the last one that was found. The first kind of
    field that says anything is the only one looked at: ``Forwarded`` (RFC 7239), ``X-Forwarded-For``,
    ``CF-Connecting-IP``, ``X-Real-IP``.
    """
    if peer not in trusted:
        return peer
    found = peer
    for address in _hops(forwarding):
        if address is None:
            break
        found = address
        if address not in trusted:
            break
    return found


def _hops(forwarding: ForwardingFields) -> Iterator[bytes | None]:
    """The addresses from the last hop to the first, ``None`` for what is none."""
    if any(value.strip(_OWS) for value in forwarding.forwarded):
        return map(_forwarded_for, _entries(forwarding.forwarded))
    if any(value.strip(_OWS) for value in forwarding.x_forwarded_for):
        return map(_address, _entries(forwarding.x_forwarded_for))
    single = forwarding.cf_connecting_ip or forwarding.x_real_ip
    return iter(() if single is None else (_address(single.strip(_OWS)),))


def _entries(values: tuple[bytes, ...]) -> Iterator[bytes]:
    """The entries of a list from the right, without the empty ones (RFC 9110 section 5.6.1.2). After one that is too
    long, or a quoted string that is not begun, no others come.

    A comma within a quoted string is none. From the right, it is within if an odd number of quotation marks comes
    after it: what stands further to the left, and may be a stranger's, cannot change that.
    """
    left = MOST_STEPS
    for value in reversed(values):
        entry, is_open = b"", False
        for part in reversed(value.rsplit(b",", left)):
            if len(part) > MOST_ENTRY_BYTES:
                yield part
                return
            entry = part + b"," + entry if is_open else part
            is_open ^= sum(map(bool, _QUOTE.findall(part))) % 2 == 1
            left -= 1
            if not is_open and entry.strip(_OWS):
                yield entry.strip(_OWS)
            if left <= 0:
                return
        if is_open:
            yield entry
            return


def _forwarded_for(element: bytes) -> bytes | None:
    """The address of the ``for`` parameter of an element of ``Forwarded``."""
    if len(element) > MOST_ENTRY_BYTES:
        return None
    at, pairs, node = 0, 0, None
    while at < len(element):
        pair = _PAIR.match(element, at) if pairs < MOST_PAIRS else None
        if pair is None:
            return None
        at, pairs = pair.end(), pairs + 1
        name, value = pair.groups()
        if name is not None and name.lower() == b"for":
            if node is not None:  # RFC 7239 section 4: no parameter twice
                return None
            node = _QUOTED_PAIR.sub(rb"\1", value[1:-1]) if value.startswith(b'"') else value
    return None if node is None else _address(node)


def _address(node: bytes) -> bytes | None:
    """The address out of ``192.0.2.7``, ``192.0.2.7:4711``, ``2001:db8::1``, ``[2001:db8::1]:4711`` and the like."""
    match = _NODE.fullmatch(node)
    if match is None:
        return None
    host = match["v4"] or match["v6"] or match["bare"]
    try:
        address = peer_bytes((host.decode("ascii"), 0))
    except OSError:
        return None
    # "::" is how it is written that there is no address (RFC 4291 section 2.5.2).
    return None if address == NO_PEER else address
