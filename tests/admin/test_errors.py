import orjson
import pytest

from admin.auth import AuthCode, AuthError
from admin.dialect import PLAIN
from admin.errors import MESSAGES, Detail, Failure, Problem, from_auth, from_link, refused, translate
from admin.wire_divsly import DIVSLY
from admin.wire_xqr import XQR
from links.errors import Code, LinkError
from links.quotas import THINGS, over


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_a_message_and_a_status_in_every_dialect(failure):
    assert MESSAGES[failure]
    assert all(400 <= dialect.statuses[failure] <= 503 for dialect in (PLAIN, XQR, DIVSLY))


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.LIMIT])
def test_every_link_error_is_a_problem_that_keeps_its_message(code):
    problem = from_link(LinkError(code, "because"), {})
    assert (problem.failure.value.upper(), problem.message, problem.details) == (
        {"INVALID": "VALIDATION"}.get(code.name, code.name),
        "because",
        (),
    )


@pytest.mark.parametrize(
    ("thing", "failure", "said"),
    [
        ("links", Failure.LINK_LIMIT, "Link"),
        ("edits", Failure.EDIT_LIMIT, "Link Edit"),
        ("qr_codes", Failure.QR_LIMIT, "Qr Code"),
        ("bio_pages", Failure.BIO_LIMIT, "Bio Page"),
        ("domains", Failure.DOMAIN_LIMIT, "Domain"),
    ],
)
def test_every_quota_has_its_failure(thing, failure, said):
    problem = from_link(over(thing), DIVSLY.fields)
    assert (problem.failure, problem.message) == (failure, MESSAGES[failure])
    assert (XQR.statuses[failure], DIVSLY.statuses[failure]) == (403, 429)
    message = f"{said} Limit Exceeded for your current plan. Please upgrade!"
    assert orjson.loads(DIVSLY.failure(problem, "req_0")) == {"error": True, "data": {"message": message}}
    assert orjson.loads(XQR.failure(problem, "req_0"))["error"]["code"] == "PLAN_LIMIT_EXCEEDED"


def test_there_is_a_failure_for_every_quota():
    assert {from_link(over(thing), {}).failure.value for thing in THINGS} == {
        failure.value for failure in Failure if failure.value.endswith("_limit")
    }


def test_too_many_requests_say_when_to_come_again():
    assert Problem(Failure.TOO_MANY, retry_after=17).headers() == {"Retry-After": "17"}


@pytest.mark.parametrize("code", AuthCode)
def test_every_refused_key_is_a_problem_that_says_how_to_authenticate(code):
    problem = from_auth(AuthError(code))
    assert problem.failure.value == f"{code.value.lower()}_key"
    assert problem.headers() == {"WWW-Authenticate": "Bearer"}


def test_the_field_of_a_link_error_is_named_in_the_callers_dialect():
    error = LinkError(Code.INVALID, "must be a URL", "destination")
    assert from_link(error, XQR.fields).details == (Detail("url", "must be a URL"),)
    assert from_link(error, DIVSLY.fields).details == (Detail("destinationUrl", "must be a URL"),)
    assert from_link(error, XQR.fields).message == "url: must be a URL"


def test_a_conflict_names_its_field_in_the_message_alone():
    problem = from_link(LinkError(Code.SLUG_TAKEN, "is already in use", "slug"), XQR.fields)
    assert (problem.message, problem.details) == ("custom_slug: is already in use", ())


@pytest.mark.parametrize(
    ("field", "xqr", "divsly"),
    [
        ("slug", "custom_slug", "slashTag"),
        ("labels[3]", "labels[3]", "tags[3]"),
        ("expires_at", "expires_at", "expirationDate"),
        ("title", "title", "title"),
        ("utm.source", "utm.source", "utm_source"),
        ("utm.other", "utm.other", "utm_params.other"),
        ("rules[0].priority", "routing_rules[0].priority", "rules[0].priority"),
        ("domain", "domain", "brandedDomain"),
    ],
)
def test_translate(field, xqr, divsly):
    assert (translate(field, XQR.fields), translate(field, DIVSLY.fields)) == (xqr, divsly)


def test_headers_that_a_failure_calls_for():
    assert Problem(Failure.UNAVAILABLE).headers() == {"Retry-After": "1"}
    assert Problem(Failure.METHOD, allow="GET").headers() == {"Allow": "GET"}
    assert refused("url", "no").headers() == {}
