import orjson
import pytest

from admin.dialect import Reply, Stamp, unlimited
from admin.errors import Failure, Problem, refused
from admin.wire_divsly import DIVSLY


def body_of(problem):
    return orjson.loads(DIVSLY.failure(problem, "req_1"))


def test_the_data_is_the_body():
    assert orjson.loads(DIVSLY.success(Reply({"success": True}), Stamp("r", unlimited(0)))) == {"success": True}


@pytest.mark.parametrize("failure", [Failure.INVALID_KEY, Failure.REVOKED_KEY, Failure.EXPIRED_KEY])
def test_unauthorized(failure):
    assert body_of(Problem(failure)) == {"message": "Unauthorized!"}
    assert DIVSLY.statuses[failure] == 401


@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        (Failure.SLUG_TAKEN, 400, "Slug already exists"),
        (Failure.SCOPE, 403, "Forbidden"),
        (Failure.NOT_FOUND, 404, "Not Found"),
        (Failure.METHOD, 405, "Method Not Allowed"),
        (Failure.TOO_LARGE, 413, "Payload Too Large"),
        (Failure.INTERNAL, 500, "Internal Server Error"),
        (Failure.UNAVAILABLE, 503, "Service Unavailable"),
    ],
)
def test_failure_says_what_the_dialect_says_and_no_more(failure, status, message):
    assert body_of(Problem(failure, "something else")) == {"error": True, "data": {"message": message}}
    assert DIVSLY.statuses[failure] == status


def test_a_bad_request_lists_the_fields():
    assert body_of(refused("destinationUrl", "is required")) == {
        "error": True,
        "data": {"message": "Bad Request", "errors": [{"field": "destinationUrl", "message": "is required"}]},
    }


def test_a_bad_request_names_the_header_or_the_body_where_no_field_is_at_fault():
    assert body_of(Problem(Failure.MEDIA_TYPE))["data"]["errors"][0]["field"] == "Content-Type"
    assert body_of(Problem(Failure.VALIDATION, "no"))["data"]["errors"] == [{"field": "body", "message": "no"}]
    assert DIVSLY.statuses[Failure.MEDIA_TYPE] == 400
