"""The XQR dialect on the wire: its table of failures, its envelopes. Pure: no sockets, no clock."""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from pydantic import BaseModel, ConfigDict, Field

from admin.dialect import NO_LIMIT, Reply, Stamp
from admin.errors import Failure, Problem

_LIMIT = "PLAN_LIMIT_EXCEEDED"

# The one table from failure to what an XQR client sees: HTTP status, error.code.
_WIRE: Mapping[Failure, tuple[int, str]] = {
    Failure.VALIDATION: (400, "VALIDATION_ERROR"),
    Failure.DNS: (400, "DNS_CONFIGURATION_ERROR"),
    Failure.INVALID_KEY: (401, "INVALID_API_KEY"),
    Failure.REVOKED_KEY: (401, "REVOKED_API_KEY"),
    Failure.EXPIRED_KEY: (401, "EXPIRED_API_KEY"),
    Failure.SCOPE: (403, "INSUFFICIENT_SCOPE"),
    Failure.LINK_LIMIT: (403, _LIMIT),
    Failure.EDIT_LIMIT: (403, _LIMIT),
    Failure.QR_LIMIT: (403, _LIMIT),
    Failure.BIO_LIMIT: (403, _LIMIT),
    Failure.DOMAIN_LIMIT: (403, _LIMIT),
    Failure.STORAGE: (403, _LIMIT),
    Failure.NOT_FOUND: (404, "NOT_FOUND"),
    Failure.METHOD: (405, "METHOD_NOT_ALLOWED"),
    Failure.SLUG_TAKEN: (409, "SLUG_TAKEN"),
    Failure.TOO_LARGE: (413, "PAYLOAD_TOO_LARGE"),
    Failure.MEDIA_TYPE: (415, "UNSUPPORTED_MEDIA_TYPE"),
    Failure.TOO_MANY: (429, "RATE_LIMIT_EXCEEDED"),
    Failure.INTERNAL: (500, "INTERNAL_ERROR"),
    Failure.UNAVAILABLE: (503, "SERVICE_UNAVAILABLE"),
}

_REQUEST_ID = "req_8f3a2b1c4d5e6f70"


class XqrRateLimit(BaseModel):
    """The allowance of calls of the key."""

    limit: int = Field(description=f"Calls allowed in the window; {NO_LIMIT} where there is no limit.")
    remaining: int = Field(description="Calls left in the window.")
    reset: int = Field(description="When the window ends, in unix seconds.")
    burst_limit: int = Field(description="Calls allowed in a second.")
    burst_remaining: int = Field(description="Calls left in this second.")


class XqrMeta(BaseModel):
    """About the answer."""

    request_id: str = Field(description="Finds the request in the server's log.", examples=[_REQUEST_ID])
    rate_limit: XqrRateLimit


class XqrListMeta(XqrMeta):
    """About the answer and its place in the listing."""

    total: int = Field(description="Links that match, on all pages.")
    limit: int = Field(description="Links a page, as asked for.")
    offset: int = Field(description="Links skipped, as asked for.")
    next_cursor: str | None = Field(description="Send it as `cursor` to get the next page; null at the end.")


class XqrErrorMeta(BaseModel):
    """About the answer."""

    request_id: str = Field(description="Finds the request in the server's log.", examples=[_REQUEST_ID])


class XqrDetail(BaseModel):
    """One field that is at fault."""

    field: str = Field(description="The field, such as `url` or `labels[3]`.")
    message: str = Field(description="What is wrong with it.")


class XqrErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs: one of the codes listed with the endpoint.")
    message: str = Field(description="For people. It names every field that is at fault.")
    status: int = Field(description="The HTTP status again.")
    details: list[XqrDetail] = Field(
        default_factory=list, description="Each field that is at fault; only there with VALIDATION_ERROR."
    )


class XqrError(BaseModel):
    """Every error of the XQR API."""

    model_config = ConfigDict(title="Error (XQR)")

    error: XqrErrorBody
    meta: XqrErrorMeta


class Xqr:
    """Success is ``{data, meta}``, failure is ``{error, meta}``."""

    name = "xqr"
    fields: Mapping[str, str] = {"destination": "url", "slug": "custom_slug", "rules": "routing_rules"}
    statuses: Mapping[Failure, int] = {failure: status for failure, (status, _) in _WIRE.items()}

    def success(self, reply: Reply, stamp: Stamp) -> bytes:
        """``meta`` has the request id, the rate limit, then what the handler adds."""
        meta = {"request_id": stamp.request_id, "rate_limit": msgspec.structs.asdict(stamp.rate_limit), **reply.meta}
        return orjson.dumps({"data": reply.data, "meta": meta})

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """``error.details`` is there only where fields are at fault."""
        return orjson.dumps({"error": self.fault(problem), "meta": {"request_id": request_id}})

    def fault(self, problem: Problem) -> dict[str, Any]:
        """What an error has as its ``error``."""
        status, code = _WIRE[problem.failure]
        error: dict[str, Any] = {"code": code, "message": problem.message, "status": status}
        if problem.details:
            error["details"] = [msgspec.structs.asdict(detail) for detail in problem.details]
        return error

    def error_model(self, failure: Failure) -> type[BaseModel]:
        """One shape for all."""
        return XqrError


XQR = Xqr()
