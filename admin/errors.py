"""Everything that can go wrong with a request, as one family: :class:`Problem`, a failure plus what to say about it.

Each API dialect turns a failure into its own status and body, from one table of its own (``wire_xqr``,
``wire_divsly``). Nothing here knows of either.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from admin.auth import AuthCode, AuthError
from links.errors import Code, DnsError, LinkError


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
    DNS = "dns"
    LINK_LIMIT = "link_limit"
    EDIT_LIMIT = "edit_limit"
    QR_LIMIT = "qr_limit"
    BIO_LIMIT = "bio_limit"
    DOMAIN_LIMIT = "domain_limit"
    STORAGE = "storage"
    TOO_MANY = "too_many"
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
    Failure.DNS: "The domain is not registered, or its DNS does not point here.",
    Failure.LINK_LIMIT: "The workspace has as many links as it may have.",
    Failure.EDIT_LIMIT: "The workspace has as many link edits as it may have.",
    Failure.QR_LIMIT: "The workspace has as many QR codes as it may have.",
    Failure.BIO_LIMIT: "The workspace has as many bio pages as it may have.",
    Failure.DOMAIN_LIMIT: "The workspace has as many domains as it may have.",
    Failure.STORAGE: "There is no room for more files on this server.",
    Failure.TOO_MANY: "Too many requests without a key from this address. Try again later.",
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
    Code.DNS: Failure.DNS,
    Code.UNAVAILABLE: Failure.UNAVAILABLE,
}
# By what the workspace has as many of as it may (``links.quotas.THINGS``), and what the server has no room for.
_LIMITS = {
    "links": Failure.LINK_LIMIT,
    "edits": Failure.EDIT_LIMIT,
    "qr_codes": Failure.QR_LIMIT,
    "bio_pages": Failure.BIO_LIMIT,
    "domains": Failure.DOMAIN_LIMIT,
    "storage": Failure.STORAGE,
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


class Records(NamedTuple):
    """DNS records as text: those that a domain should have, and those that it has."""

    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


class Problem(Exception):
    """A request that is refused: the failure, a message for a person, and the fields at fault.

    ``allow`` is the value of the ``Allow`` header of a refused method; ``retry_after`` that of ``Retry-After``, in
    seconds; ``records`` belong to failure ``DNS``.
    """

    def __init__(
        self,
        failure: Failure,
        message: str = "",
        details: tuple[Detail, ...] = (),
        allow: str | None = None,
        retry_after: int | None = None,
        records: Records | None = None,
    ) -> None:
        super().__init__(message or MESSAGES[failure])
        self.failure = failure
        self.message = message or MESSAGES[failure]
        self.details = details
        self.allow = allow
        self.records = records or Records()
        self.retry_after = RETRY_AFTER if failure is Failure.UNAVAILABLE else retry_after

    def headers(self) -> dict[str, str]:
        """The response headers that the failure calls for, in every dialect."""
        if self.allow is not None:
            return {"Allow": self.allow}  # RFC 9110 §15.5.6: a 405 must carry it
        if self.retry_after is not None:
            return {"Retry-After": str(self.retry_after)}
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
    if error.code is Code.LIMIT:
        return Problem(_LIMITS[error.field or ""])
    failure = _LINK_FAILURES[error.code]
    if isinstance(error, DnsError):
        return Problem(failure, records=Records(error.expected, error.found))
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
