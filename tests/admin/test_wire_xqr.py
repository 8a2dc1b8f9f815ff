import orjson
import pytest

from admin.dialect import Reply, Stamp, unlimited
from admin.errors import Detail, Failure, Problem, refused
from admin.wire_xqr import XQR, XqrError


def test_success_is_data_and_meta_in_the_order_of_the_reference():
    body = orjson.loads(XQR.success(Reply([1], {"total": 1, "limit": 50, "offset": 0}), Stamp("req_1", unlimited(0))))
    assert list(body) == ["data", "meta"]
    assert list(body["meta"]) == ["request_id", "rate_limit", "total", "limit", "offset"]
    assert list(body["meta"]["rate_limit"]) == ["limit", "remaining", "reset", "burst_limit", "burst_remaining"]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Failure.VALIDATION, 400, "VALIDATION_ERROR"),
        (Failure.INVALID_KEY, 401, "INVALID_API_KEY"),
        (Failure.REVOKED_KEY, 401, "REVOKED_API_KEY"),
        (Failure.EXPIRED_KEY, 401, "EXPIRED_API_KEY"),
        (Failure.SCOPE, 403, "INSUFFICIENT_SCOPE"),
        (Failure.NOT_FOUND, 404, "NOT_FOUND"),
        (Failure.METHOD, 405, "METHOD_NOT_ALLOWED"),
        (Failure.SLUG_TAKEN, 409, "SLUG_TAKEN"),
        (Failure.TOO_LARGE, 413, "PAYLOAD_TOO_LARGE"),
        (Failure.MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (Failure.INTERNAL, 500, "INTERNAL_ERROR"),
        (Failure.UNAVAILABLE, 503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_failure(failure, status, code):
    body = orjson.loads(XQR.failure(Problem(failure, "Said."), "req_1"))
    assert body == {
        "error": {"code": code, "message": "Said.", "status": status},
        "meta": {"request_id": "req_1"},
    }
    assert XQR.statuses[failure] == status
    assert XQR.error_model(failure) is XqrError


def test_details_come_with_fields_at_fault():
    body = orjson.loads(XQR.failure(refused("url", "is required"), "req_1"))
    assert body["error"]["details"] == [{"field": "url", "message": "is required"}]
    assert Detail("url", "is required") == refused("url", "is required").details[0]
