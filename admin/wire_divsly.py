"""The Divsly dialect on the wire: its table of failures, its envelopes. Pure: no sockets, no clock."""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from pydantic import BaseModel, ConfigDict, Field

from admin.dialect import Reply, Stamp
from admin.errors import Detail, Failure, Problem

_UNAUTHORIZED = "Unauthorized!"
_BAD_REQUEST = "Bad Request"
_DNS = "DNS_CONFIGURATION_ERROR"
_LIMIT = "{} Limit Exceeded for your current plan. Please upgrade!"

# The one table from failure to what a Divsly client sees: HTTP status, data.message (message, in a 401).
_WIRE: Mapping[Failure, tuple[int, str]] = {
    Failure.VALIDATION: (400, _BAD_REQUEST),
    Failure.MEDIA_TYPE: (400, _BAD_REQUEST),
    Failure.SLUG_TAKEN: (400, "Slug already exists"),
    Failure.DNS: (400, _DNS),
    Failure.INVALID_KEY: (401, _UNAUTHORIZED),
    Failure.REVOKED_KEY: (401, _UNAUTHORIZED),
    Failure.EXPIRED_KEY: (401, _UNAUTHORIZED),
    Failure.SCOPE: (403, "Forbidden"),
    Failure.NOT_FOUND: (404, "Not Found"),
    Failure.METHOD: (405, "Method Not Allowed"),
    Failure.TOO_LARGE: (413, "Payload Too Large"),
    Failure.LINK_LIMIT: (429, _LIMIT.format("Link")),
    Failure.EDIT_LIMIT: (429, _LIMIT.format("Link Edit")),
    Failure.QR_LIMIT: (429, _LIMIT.format("Qr Code")),
    Failure.BIO_LIMIT: (429, _LIMIT.format("Bio Page")),
    Failure.DOMAIN_LIMIT: (429, _LIMIT.format("Domain")),
    Failure.STORAGE: (429, _LIMIT.format("Storage")),
    Failure.TOO_MANY: (429, "Too Many Requests"),
    Failure.INTERNAL: (500, "Internal Server Error"),
    Failure.UNAVAILABLE: (503, "Service Unavailable"),
}


class DivslyUnauthorized(BaseModel):
    """There is no key, or it is not valid."""

    message: str = Field(examples=[_UNAUTHORIZED])


class DivslyErrorData(BaseModel):
    """What went wrong."""

    message: str = Field(description="What went wrong.", examples=["Slug already exists"])


class DivslyError(BaseModel):
    """An error of the Divsly API."""

    model_config = ConfigDict(title="Error (Divsly)")

    error: bool = Field(description="Always true.")
    data: DivslyErrorData


class DivslyFieldError(BaseModel):
    """One field that is at fault."""

    field: str = Field(description="The field, such as `destinationUrl` or `qrSettings.color`.")
    message: str = Field(description="What is wrong with it.")


class DivslyBadRequestData(BaseModel):
    """What went wrong."""

    message: str = Field(description="`Bad Request`.", examples=[_BAD_REQUEST])
    errors: list[DivslyFieldError] = Field(description="Each field that is at fault.")


class DivslyBadRequest(BaseModel):
    """The body is not valid."""

    error: bool = Field(description="Always true.")
    data: DivslyBadRequestData


class DivslyDnsData(BaseModel):
    """The DNS records of the domain."""

    message: str = Field(description=f"`{_DNS}`", examples=[_DNS])
    expected: list[str] = Field(description="Those that it should have.", examples=[["CNAME links.example.com."]])
    found: list[str] = Field(description="Those that it has, or why none were found.", examples=[["A 203.0.113.7"]])


class DivslyDns(BaseModel):
    """The domain is not registered, or its DNS does not point here."""

    error: bool = Field(description="Always true.")
    code: str = Field(description=f"`{_DNS}`")
    data: DivslyDnsData


class Divsly:
    """A handler's data is the whole body; a failure is ``{error: true, data: {message}}``, but for the 401."""

    name = "divsly"
    fields: Mapping[str, str] = {
        "destination": "destinationUrl",
        "slug": "slashTag",
        "domain": "brandedDomain",
        "host": "domain",
        "redirect_status": "redirectStatus",
        "root_redirect": "rootRedirect",
        "not_found_redirect": "notFoundRedirect",
        "ignores_case": "ignoreCase",
        "labels": "tags",
        "expires_at": "expirationDate",
        "is_protected": "passwordProtectionEnabled",
        "utm": "utm_params",
        "utm.source": "utm_source",
        "utm.medium": "utm_medium",
        "utm.campaign": "utm_campaign",
        "utm.term": "utm_term",
        "utm.content": "utm_content",
        "utm.id": "utm_id",
    }
    statuses: Mapping[Failure, int] = {failure: status for failure, (status, _) in _WIRE.items()}

    def success(self, reply: Reply, stamp: Stamp) -> bytes:
        """The data as it is."""
        return orjson.dumps(reply.data)

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """The request id is in the header only."""
        data = self.fault(problem)
        if data["message"] is _UNAUTHORIZED:
            return orjson.dumps(data)
        if problem.failure is Failure.DNS:
            return orjson.dumps({"error": True, "code": _DNS, "data": data})
        return orjson.dumps({"error": True, "data": data})

    def fault(self, problem: Problem) -> dict[str, Any]:
        """What an error has as its ``data``."""
        message = _WIRE[problem.failure][1]
        if message is _BAD_REQUEST:
            errors = [msgspec.structs.asdict(detail) for detail in problem.details or (_without_field(problem),)]
            return {"message": message, "errors": errors}
        if problem.failure is Failure.DNS:
            return {"message": message, **problem.records._asdict()}
        return {"message": message}

    def error_model(self, failure: Failure) -> type[BaseModel]:
        """Which of the three shapes."""
        return _MODELS.get(_WIRE[failure][1], DivslyError)


_MODELS: Mapping[str, type[BaseModel]] = {
    _UNAUTHORIZED: DivslyUnauthorized,
    _BAD_REQUEST: DivslyBadRequest,
    _DNS: DivslyDns,
}


def _without_field(problem: Problem) -> Detail:
    """What to list where no field is at fault: the header, or the body as a whole."""
    field = "Content-Type" if problem.failure is Failure.MEDIA_TYPE else "body"
    return Detail(field, problem.message)


DIVSLY = Divsly()
