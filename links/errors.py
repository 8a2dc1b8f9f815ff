"""The one error family of this room: a code, a message for a person, and the field that is at fault.

The HTTP status of a code is decided once for each API dialect, in ``admin``; nothing here knows of HTTP.
"""

from enum import StrEnum


class Code(StrEnum):
    """What went wrong, as a program wants to tell it apart."""

    INVALID = "invalid"
    SLUG_TAKEN = "slug_taken"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"
    LIMIT = "limit"
    DNS = "dns"


class LinkError(Exception):
    """A request that cannot be carried out; nothing has been stored.

    ``field`` is the name in this room's vocabulary (``destination``, ``slug``, ``labels``, …) or ``None``;
    a dialect translates it to its own (``url``, ``destinationUrl``, …). With ``LIMIT`` it is the thing that the
    workspace has as many of as it may (``quotas.THINGS``).
    """

    def __init__(self, code: Code, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class DnsError(LinkError):
    """A domain that links cannot be made on: nobody has registered it, or its DNS does not point here.

    ``expected``, ``found``: DNS records as text.
    """

    def __init__(self, expected: tuple[str, ...], found: tuple[str, ...]) -> None:
        super().__init__(Code.DNS, "is not registered, or its DNS does not point here", "domain")
        self.expected = expected
        self.found = found


class SchemaError(Exception):
    """The database cannot be used by this program (newer schema, not a database, network file system)."""


def invalid(field: str, message: str) -> LinkError:
    """A :class:`LinkError` of code ``INVALID`` for one field."""
    return LinkError(Code.INVALID, message, field)
