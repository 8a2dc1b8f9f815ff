"""Everything that can go wrong with a request, as one family: :class:`Problem`, a failure plus what to say about it.

Each API dialect turns a failure into its own status and body, from one table of its own (``wire_xqr``,
``wire_divsly``). Nothing here knows of either.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from admin.auth import AuthCode, AuthError
from links.errors import Code, LinkError


class Failure(StrEnum):
    """What went wrong, before a dialect gives it a status."""

    VALIDATION = "validation"
    INVALID_KEY = "invalid_key"
    REVOKED_KEY = "revoked_key"
    EXPIRED_KEY = "expired_key"
    SCOPE = "scope"
    NOT_FOUND = "not_found"
    METHOD = "method"
    SLUG_TAKEN = "slug_taken"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


# What is said where the place of the error has nothing better to say.
MESSAGES: Mapping[Failure, str] = {
    Failure.VALIDATION: "The request is not valid.",
    Failure.INVALID_KEY: "The API key is missing, malformed or unknown. Send it as: Authorization: Bearer <key>",
    Failure.REVOKED_KEY: "This API key has been revoked.",
    Failure.EXPIRED_KEY: "This API key has expired.",
    Failure.SCOPE: "This endpoint requires another scope.",
    Failure.NOT_FOUND: "There is nothing here.",
    Failure.METHOD: "This path does not answer that method.",
    Failure.SLUG_TAKEN: "This slug is already in use.",
    Failure.TOO_LARGE: "The request body is too large.",
    Failure.MEDIA_TYPE: "The request body must be JSON: Content-Type: application/json",
    Failure.INTERNAL: "Something went wrong here. The request id finds it in the server's log.",
    Failure.UNAVAILABLE: "This cannot be done at the moment. Try again in a second.",
}

# Seconds. Workers reconnect, and a busy database frees up, well within that.
RETRY_AFTER = 1

_LINK_FAILURES = {
    Code.INVALID: Failure.VALIDATION,
    Code.SLUG_TAKEN: Failure.SLUG_TAKEN,
    Code.NOT_FOUND: Failure.NOT_FOUND,
    Code.UNAVAILABLE: Failure.UNAVAILABLE,
}
_AUTH_FAILURES = {
    AuthCode.INVALID: Failure.INVALID_KEY,
    AuthCode.REVOKED: Failure.REVOKED_KEY,
    AuthCode.EXPIRED: Failure.EXPIRED_KEY,
}
_AUTHENTICATION = frozenset(_AUTH_FAILURES.values())


class Detail(msgspec.Struct, frozen=True):
    """One field that is at fault, named as the caller's dialect names it, and what is wrong with it."""

    field: str
    message: str


class Problem(Exception):
    """A request that is refused: the failure, a message for a person, and the fields at fault.

    ``allow`` is the value of the ``Allow`` header of a refused method.
    """

    def __init__(
        self, failure: Failure, message: str = "", details: tuple[Detail, ...] = (), allow: str | None = None
    ) -> None:
        super().__init__(message or MESSAGES[failure])
        self.failure = failure
        self.message = message or MESSAGES[failure]
        self.details = details
        self.allow = allow

    def headers(self) -> dict[str, str]:
        """The response headers that the failure calls for, in every dialect."""
        if self.allow is not None:
            return {"Allow": self.allow}  # RFC 9110 §15.5.6: a 405 must carry it
        if self.failure is Failure.UNAVAILABLE:
            return {"Retry-After": str(RETRY_AFTER)}
        if self.failure in _AUTHENTICATION:
            return {"WWW-Authenticate": "Bearer"}  # RFC 9110 §15.5.2: a 401 must carry it
        return {}


def refused(field: str, message: str) -> Problem:
    """A :class:`Problem` of failure ``VALIDATION`` with one field at fault."""
    return Problem(Failure.VALIDATION, f"{field}: {message}", (Detail(field, message),))


def from_auth(error: AuthError) -> Problem:
    """The problem that a refused key is."""
    return Problem(_AUTH_FAILURES[error.code])


def from_link(error: LinkError, names: Mapping[str, str]) -> Problem:
    """The problem that the links refused, its field renamed by ``names`` to the caller's dialect."""
    failure = _LINK_FAILURES[error.code]
    if error.field is None:
        return Problem(failure, error.message)
    field = translate(error.field, names)
    if failure is Failure.VALIDATION:
        return refused(field, error.message)
    return Problem(failure, f"{field}: {error.message}")


def translate(field: str, names: Mapping[str, str]) -> str:
    """``field`` in a dialect's own words: ``labels[3]`` becomes ``tags[3]`` where ``names`` maps labels to tags."""
    if field in names:
        return names[field]
    for mark in "[.":
        head, found, rest = field.partition(mark)
        if found and head in names:
            return names[head] + mark + rest
    return field
