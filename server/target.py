"""What a request asks for: the request target and the host, from bytes.

Two outcomes each: a value, or :class:`BadTarget`. Knows neither links nor domains nor what will be answered.
"""

import re
from typing import NamedTuple

import idna


class BadTarget(ValueError):
    """A request target or Host that names no resource of ours; the message says why."""


class RequestTarget(NamedTuple):
    """The parts of a request target, as they were sent.

    ``authority``: host and port of an absolute-form target, ``None`` in origin-form. ``path`` begins with ``/``.
    ``query``: what follows the ``?``, ``None`` where there is none.
    """

    authority: bytes | None
    path: bytes
    query: bytes | None


_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)

# uri-host [":" port] (RFC 9110 §7.2, RFC 3986 §3.2.2), without user information: RFC 9110 §4.2.4 calls it an error.
# Bytes from 0x80 are not in the grammar; clients that do not know IDNA send them.
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z\-._~%!$&'()*+,;=\x80-\xff]*)(?::[0-9]*)?")

# Characters; a longer name cannot be a host (RFC 1035 §2.3.4), and IDNA's cost grows with the length.
MAX_HOST_NAME = 253


def parse_target(target: bytes) -> RequestTarget:
    """The parts of an origin-form or absolute-form request target (RFC 9112 §3.2.1, §3.2.2).

    A fragment, which no target may have, is cut off. Raises :class:`BadTarget` for every other form, for schemes other
    than http and https, and for an absolute-form without a host.
    """
    if target[:1] == b"/":
        authority, rest = None, target
    else:
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise BadTarget("neither a path nor an http address")
        authority, rest = absolute.groups()
        if not authority:
            raise BadTarget("an address without a host")
    path, mark, query = rest.partition(b"#")[0].partition(b"?")
    return RequestTarget(authority, path or b"/", query if mark else None)


def host_key(host: bytes | None) -> bytes:
    """The name under which ``host`` (a Host header, or the authority of a target) has its table.

    Lower-case, without port and one trailing dot, IDNA as ASCII; ``b""`` for ``None`` and for an empty Host. A name
    that IDNA refuses is given back in lower-case UTF-8, which is no table's name.
    Raises :class:`BadTarget` where the grammar is broken: such a request is to be refused (RFC 9112 §3.2).
    """
    if host is None:
        return b""
    match = _HOST.fullmatch(host)
    if match is None:
        raise BadTarget("not a host")
    name: bytes = match[1]
    return name.lower().removesuffix(b".") if name.isascii() else _to_ascii(name)


def _to_ascii(name: bytes) -> bytes:
    try:
        text = name.decode()
    except UnicodeDecodeError as error:
        raise BadTarget("a host that is not UTF-8") from error
    if len(text) > MAX_HOST_NAME:
        return text.lower().encode()
    try:
        return idna.encode(text, uts46=True).removesuffix(b".")
    except idna.IDNAError:
        # An emoji name, for one: registrable in places, not in IDNA 2008. Browsers send such names as ASCII.
        return text.lower().encode()
