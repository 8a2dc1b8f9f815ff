"""Who is calling: the API key, its scopes, and the ``Authorization`` header.

The token is a secret: it appears in no message and no log line.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from links.model import DEFAULT_WORKSPACE

ALL_SCOPES = "*"

SCOPES = (
    ALL_SCOPES,
    "links:read",
    "links:write",
    "qr:read",
    "qr:write",
    "qr:render",
    "analytics:read",
    "assets:read",
    "assets:write",
    "bio:read",
    "bio:write",
    "reports:read",
    "reports:write",
    "workspace:read",
    "webhooks:read",
    "webhooks:write",
)

# Characters; a key is 78. Room for other keys that an operator brings, none for hashing megabytes.
MAX_TOKEN = 512

# RFC 9110 §11.1: the scheme is case-insensitive; RFC 6750 §2.1: the token is b64token. Exactly one space, so that a
# doubled "Bearer Bearer " cannot pass.
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-._~+/]+=*)")


class AuthCode(StrEnum):
    """Why a key does not let its bearer in."""

    INVALID = "INVALID"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class AuthError(Exception):
    """The request carries no key that lets it in."""

    def __init__(self, code: AuthCode) -> None:
        super().__init__(code.value)
        self.code = code


class Key(msgspec.Struct, frozen=True):
    """An API key that was recognised. ``id`` is its public prefix, ``fp_pk_`` and 8 hexadecimal digits; ``workspace``
    the number of the one whose links it is for."""

    id: str
    name: str
    scopes: frozenset[str]
    workspace: int = DEFAULT_WORKSPACE

    def allows(self, scope: str) -> bool:
        """Whether the key has ``scope``, by name or by ``*``."""
        return scope in self.scopes or ALL_SCOPES in self.scopes


def bearer_token(headers: Sequence[str]) -> str:
    """The token of the ``Authorization`` header, given all values of that header.

    Raises ``AuthError`` ``INVALID`` unless there is exactly one, of the form ``Bearer <token>``.
    """
    if len(headers) != 1:
        raise AuthError(AuthCode.INVALID)
    match = _BEARER.fullmatch(headers[0])
    if match is None or len(match[1]) > MAX_TOKEN:
        raise AuthError(AuthCode.INVALID)
    return match[1]
