"""Which addresses a link may lead to, and the bytes that are sent for them.

URLs are read as browsers read them (WHATWG URL, by can_ada), because a browser is what follows the redirect; what
is stored is the serialised form, so nothing has to be parsed again. Knows nothing of links, rules or the network: no
host is ever looked up.
"""

import re
from collections.abc import Container
from hashlib import blake2b

import can_ada

from links.errors import invalid

# In bytes, of what is sent and of what it is serialised to: servers and clients commonly refuse longer header lines.
MAX_DESTINATION_BYTES = 8_192

# C0, DEL and C1. WHATWG URL §4.4 removes tabs and line ends without a word, so they have to be found before parsing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_NO_HOST = re.compile(r"https?:[/\\]*(?:[:?#]|\Z)", re.IGNORECASE)

_WEB_SCHEMES = frozenset(("http", "https"))
_EXAMPLE = 'such as "https://example.com/"'


class Destinations:
    """Checks destinations against what this server allows.

    ``schemes``: URL schemes without the colon. ``own_hosts``: authorities that this server answers, ``host`` or
    ``host:port``, lower-case ASCII as WHATWG serialises them (without the default port). ``registered``: those of
    registered domains, which come and go while this is used.
    """

    def __init__(
        self, schemes: tuple[str, ...], own_hosts: frozenset[str], registered: Container[str] = frozenset()
    ) -> None:
        self._schemes = frozenset(scheme.lower() for scheme in schemes)
        self._allowed = ", ".join(schemes)
        self._own_hosts = frozenset(map(_without_root_dot, own_hosts))
        self._registered = registered

    def check(self, url: str, field: str = "destination") -> str:
        """The WHATWG-serialised form of ``url``: printable ASCII without spaces, fit for a header.

        Raises :class:`LinkError` (``INVALID``, ``field``) for what is not an absolute URL of an allowed scheme, is
        longer than 8,192 bytes, holds control characters, credentials or spaces at its ends, or leads to this server.
        """
        _check_text(url, field)
        try:
            parsed = can_ada.parse(url)
        except ValueError:
            raise invalid(field, _why_unparsable(url)) from None
        scheme = parsed.protocol[:-1]
        if scheme not in self._schemes:
            raise invalid(field, f'must have one of the schemes {self._allowed}, not "{scheme}"')
        if parsed.username or parsed.password:
            raise invalid(field, "must not contain a user name or password")
        # Another scheme does not come back to this server, whatever its host.
        if scheme in _WEB_SCHEMES and self._is_own(_without_root_dot(parsed.host)):
            raise invalid(field, f'must not lead to this server ("{parsed.host}"): it would redirect to itself')
        # WHATWG leaves spaces in the path of opaque URLs (mailto:, data:).
        href = parsed.href.replace(" ", "%20")
        if len(href) > MAX_DESTINATION_BYTES:
            raise invalid(field, f"must not be longer than {MAX_DESTINATION_BYTES} bytes once it is percent-encoded")
        if not (href.isascii() and href.isprintable()):  # no library is trusted with the safety of a header
            raise invalid(field, "must be a URL that can be written in printable ASCII")
        return href

    def leads_here(self, url: str) -> str | None:
        """The domain that ``url``, an absolute URL, leads to: ``""`` for the server's own, a registered host,
        ``None`` for another server."""
        try:
            parsed = can_ada.parse(url)
        except ValueError:
            return None
        authority = _without_root_dot(parsed.host)
        if parsed.protocol[:-1] not in _WEB_SCHEMES or not self._is_own(authority):
            return None
        return "" if authority in self._own_hosts else _without_root_dot(parsed.hostname)

    def _is_own(self, authority: str) -> bool:
        return authority in self._own_hosts or authority in self._registered


def destination_hash(href: str) -> int:
    """A signed 64-bit number that stands for ``href`` in an index; equal numbers are a hint, not proof."""
    return int.from_bytes(blake2b(href.encode("utf-8"), digest_size=8).digest(), "big", signed=True)


def _check_text(url: str, field: str) -> None:
    """Raises for what a URL parser would alter or must not see."""
    if not isinstance(url, str) or not url:
        raise invalid(field, f"must be a URL, {_EXAMPLE}")
    size = len(url)
    if not url.isascii() and size <= MAX_DESTINATION_BYTES:
        try:
            size = len(url.encode("utf-8"))
        except UnicodeEncodeError as error:
            code = ord(url[error.start])
            raise invalid(field, f"must be Unicode text: U+{code:04X} is half of a character") from None
    if size > MAX_DESTINATION_BYTES:
        raise invalid(field, f"must not be longer than {MAX_DESTINATION_BYTES} bytes")
    control = None if url.isprintable() else _CONTROL.search(url)  # the first is far quicker, but refuses more
    if control:
        raise invalid(field, f"must not contain the control character U+{ord(control[0]):04X}")
    if url[0].isspace() or url[-1].isspace():
        raise invalid(field, "must not start or end with a space")


def _why_unparsable(url: str) -> str:
    if not _HAS_SCHEME.match(url):
        return f"must be an absolute URL, {_EXAMPLE}"
    if _NO_HOST.match(url):
        return f"must have a host, {_EXAMPLE}"
    return "must be a valid URL"


def _without_root_dot(authority: str) -> str:
    """``example.com.`` is ``example.com`` written in full (RFC 1034 §3.1); the same with a port."""
    return authority.removesuffix(".").replace(".:", ":")
