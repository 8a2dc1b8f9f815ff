"""What an API dialect is: how success and failure look on the wire. Pure: no sockets, no clock.

The two dialects are ``wire_xqr.XQR`` and ``wire_divsly.DIVSLY``; ``PLAIN`` here is for what belongs to neither.
"""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

import msgspec
import orjson
from pydantic import BaseModel, Field

from admin.errors import Failure, Problem

NO_LIMIT = 2_147_483_647
"""What ``limit`` and ``remaining`` say where there is no limit: the largest number that every client can hold."""

_MINUTE_MS = 60_000
_MINUTE_S = 60


class RateLimit(msgspec.Struct, frozen=True):
    """The caller's allowance of calls. ``reset`` is in unix seconds; ``burst_*`` are per second."""

    limit: int
    remaining: int
    reset: int
    burst_limit: int
    burst_remaining: int


def unlimited(now: int) -> RateLimit:
    """The allowance where no limit is set; it resets at the end of the current minute. ``now``: epoch ms."""
    return RateLimit(NO_LIMIT, NO_LIMIT, (now // _MINUTE_MS + 1) * _MINUTE_S, NO_LIMIT, NO_LIMIT)


class Stamp(msgspec.Struct, frozen=True):
    """What one answer is marked with."""

    request_id: str
    rate_limit: RateLimit


class Reply(msgspec.Struct, frozen=True):
    """What a handler answers: the data, more members for ``meta`` where the dialect has that, and the HTTP status
    where it is not the route's own."""

    data: Any
    meta: Mapping[str, Any] = {}
    status: int | None = None


class Binary(msgspec.Struct, frozen=True):
    """What a handler answers that is no JSON: bytes as they are, and the header fields that go with them."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200


class Stream(msgspec.Struct, frozen=True):
    """What a handler answers that is made while it is sent: ``chunks`` is closed whatever becomes of the client."""

    chunks: AsyncGenerator[bytes, None]
    headers: Mapping[str, str]


class Dialect(Protocol):
    """How one API looks on the wire. ``statuses`` is its one table from failure to HTTP status; ``fields`` translates
    field names of the links to its own."""

    @property
    def name(self) -> str: ...

    @property
    def statuses(self) -> Mapping[Failure, int]: ...

    @property
    def fields(self) -> Mapping[str, str]: ...

    def success(self, reply: Reply, stamp: Stamp) -> bytes:
        """The body of a success."""

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """The body of a failure; its status is ``statuses[problem.failure]``."""

    def error_model(self, failure: Failure) -> type[BaseModel]:
        """The documentation of the body that ``failure`` has."""


class PlainError(BaseModel):
    """An error outside both APIs."""

    error: str = Field(description="What went wrong, for a person.")
    request_id: str = Field(description="Finds the request in the server's log.")


class Plain:
    """Outside both APIs: the data is the body."""

    name = "plain"
    fields: Mapping[str, str] = {}
    statuses: Mapping[Failure, int] = {
        Failure.VALIDATION: 400,
        Failure.DNS: 400,
        Failure.INVALID_KEY: 401,
        Failure.REVOKED_KEY: 401,
        Failure.EXPIRED_KEY: 401,
        Failure.SCOPE: 403,
        Failure.LINK_LIMIT: 403,
        Failure.EDIT_LIMIT: 403,
        Failure.QR_LIMIT: 403,
        Failure.BIO_LIMIT: 403,
        Failure.DOMAIN_LIMIT: 403,
        Failure.STORAGE: 403,
        Failure.NOT_FOUND: 404,
        Failure.METHOD: 405,
        Failure.SLUG_TAKEN: 409,
        Failure.TOO_LARGE: 413,
        Failure.MEDIA_TYPE: 415,
        Failure.TOO_MANY: 429,
        Failure.INTERNAL: 500,
        Failure.UNAVAILABLE: 503,
    }

    def success(self, reply: Reply, stamp: Stamp) -> bytes:
        """The data as JSON."""
        return orjson.dumps(reply.data)

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """Message and request id as JSON."""
        return orjson.dumps({"error": problem.message, "request_id": request_id})

    def error_model(self, failure: Failure) -> type[BaseModel]:
        """One shape for all."""
        return PlainError


PLAIN = Plain()
