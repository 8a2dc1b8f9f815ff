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


class LinkError(Exception):
    """A request that cannot be carried out; nothing has been stored.

    ``field`` is the name in this room's vocabulary (``destination``, ``slug``, ``labels``, …) or ``None``;
    a dialect translates it to its own (``url``, ``destinationUrl``, …).
    """

    def __init__(self, code: Code, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class SchemaError(Exception):
    """The database cannot be used by this program (newer schema, not a database, network file system)."""


def invalid(field: str, message: str) -> LinkError:
    """A :class:`LinkError` of code ``INVALID`` for one field."""
    return LinkError(Code.INVALID, message, field)
