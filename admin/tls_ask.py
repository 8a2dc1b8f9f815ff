"""``GET /tls/allowed?domain=…``: whether a proxy in front may have a certificate made for a name.

Asked by Caddy (on-demand TLS) at the first connection for a name, before there is any certificate: so it needs no key,
answers out of memory, and answers this machine alone.
"""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

from links.hosts import MAX_HOST

PATH = "/tls/allowed"


def is_loopback(address: str | None) -> bool:
    """Whether a peer's address is of this machine; an IPv4 address in IPv6 form counts as what it is."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    four = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (four or ip).is_loopback


def asking(may_have_certificate: Callable[[str], bool]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler: 200 for a name that ``may_have_certificate``, 404 for another, 403 for strangers; no body."""

    async def answer(request: web.Request) -> web.StreamResponse:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if not is_loopback(peer[0] if isinstance(peer, tuple) else None):
            return web.Response(status=403)
        names = request.query.getall("domain", [])
        known = len(names) == 1 and len(names[0]) <= MAX_HOST + 1 and may_have_certificate(names[0])
        return web.Response(status=200 if known else 404)

    return answer
