"""What shows that a visitor has given a link's password: a signed cookie, for that link, that password, some minutes.

Nothing is stored: every worker can tell. Pure: the key and the time are passed in.
"""

import hmac
from hashlib import sha256

_DIGITS = 12
"""Of a time in seconds: more is none."""


class Tickets:
    """Makes and judges them. ``key``: 32 bytes; ``lifetime_s``: seconds that one is good for."""

    def __init__(self, key: bytes, lifetime_s: int) -> None:
        self._key = key
        self.lifetime_s = lifetime_s

    def make(self, link: int, mark: bytes, now_ms: int) -> bytes:
        """A ticket for ``link``, whose password has ``mark``: when it ends, and the signature."""
        end = b"%d" % (now_ms // 1000 + self.lifetime_s)
        return end + b"." + self._signature(link, mark, end)

    def is_good(self, ticket: bytes, link: int, mark: bytes, now_ms: int) -> bool:
        """Whether ``ticket`` was made for this link and the password it has now, and has not ended."""
        end, _, signature = ticket.partition(b".")
        if not hmac.compare_digest(signature, self._signature(link, mark, end)):
            return False
        return end.isdigit() and len(end) <= _DIGITS and int(end) > now_ms // 1000

    def _signature(self, link: int, mark: bytes, end: bytes) -> bytes:
        # No part can be taken for another: a number, base64 and digits have no "|".
        return hmac.digest(self._key, b"%d|%s|%s" % (link, mark, end), sha256).hex().encode()


def name_of(link: int) -> bytes:
    """The name of the link's cookie."""
    return b"fp_%x" % link


def cookies(values: tuple[bytes, ...], name: bytes) -> list[bytes]:
    """The values of the cookies called ``name`` in the values of Cookie fields (RFC 6265 section 4.2.1)."""
    pairs = (pair.strip(b" \t").partition(b"=") for value in values for pair in value.split(b";"))
    return [value for given, _, value in pairs if given == name]
