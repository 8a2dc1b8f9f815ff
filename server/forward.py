"""A visitor's query string added to a destination, where a link forwards it.

Works on bytes: the destination is never parsed and written again, so that what was stored is what goes out.
Knows neither links nor settings; whether to forward is decided elsewhere.
"""

from urllib.parse import quote_from_bytes, unquote_to_bytes

# A visit that came through a QR code, or by a button of a bio page. They are for us, not for the destination.
MARKERS = frozenset({b"qr=1", b"bio=1"})

# What a query may hold (RFC 3986 §3.4) and "%", so that what is encoded already stays as it is. "'" is missing, as in
# the WHATWG query set.
_QUERY_SAFE = "!$&()*+,;=:@/?%"


def forward(location: bytes, query: bytes) -> bytes:
    """``location`` with the parameters of ``query`` added to its own, in their order, before its fragment.

    A parameter whose name ``location`` has already is not added: the destination's own win. Names are compared
    decoded, or ``?%75tm_source=`` would get past. Markers and empty parameters are left out.
    The result is ASCII without spaces and controls if ``location`` is.
    """
    head, hash_, fragment = location.partition(b"#")
    own = head.partition(b"?")[2]
    taken = {_name(pair) for pair in own.split(b"&") if pair}
    added = [pair for pair in query.split(b"&") if pair and pair not in MARKERS and _name(pair) not in taken]
    if not added:
        return location
    joint = b"?" if b"?" not in head else b"&" if own else b""
    return head + joint + quote_from_bytes(b"&".join(added), _QUERY_SAFE).encode() + hash_ + fragment


def _name(pair: bytes) -> bytes:
    return unquote_to_bytes(pair.partition(b"=")[0].replace(b"+", b" "))
