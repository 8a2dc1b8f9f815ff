"""A proxy that nobody listed: it names its visitors, is not believed, and so all of them look like one.

Only private addresses are suspected: a proxy of one's own has one, and any visitor may send such a header field. Pure:
what to do about it is passed in.
"""

import ipaddress
from collections.abc import Callable

from links.counts import proxy_warning
from server.fields import Fields
from server.peer import Networks

PRIVATE = Networks(
    (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""RFC 1918, 4193, 6598 (which some container networks use), loopback and link-local addresses."""

MOST_JUDGED = 1_024
"""Addresses whose verdict is remembered: 100 KB."""

_USUAL = b"x-forwarded-for"


class ProxyWatch:
    """Looks at requests that say whom they come from. ``header``: the field that trusted proxies name visitors in;
    ``warn`` is called once, with what to tell the operator.

    ``judged``: addresses that need no further look. ``address``: the proxy that was found, empty for none.
    """

    def __init__(self, trusted: Networks, header: str, warn: Callable[[str], None]) -> None:
        self._trusted = trusted
        self._names = dict.fromkeys((_USUAL, header.lower().encode()))
        self._warn = warn
        self.judged: set[bytes] = set()
        self.address = ""

    @property
    def warnings(self) -> list[str]:
        """What there is to be told."""
        return [proxy_warning(self.address)] if self.address else []

    def look(self, peer: bytes, fields: Fields) -> None:
        """``peer``, which is not ``judged``, has sent ``fields``."""
        is_harmless = peer in self._trusted or peer not in PRIVATE
        if not is_harmless and not any(map(fields, self._names)):
            return
        if len(self.judged) >= MOST_JUDGED:
            self.judged.clear()
        self.judged.add(peer)
        if is_harmless or self.address:
            return
        ip = ipaddress.IPv6Address(peer)
        self.address = str(ip.ipv4_mapped or ip)
        self._warn(proxy_warning(self.address))
