from dataclasses import replace

import pytest
from pydantic import BaseModel

from admin.dialect import PLAIN, Reply
from admin.errors import Failure
from admin.routing import Route
from admin.wire_xqr import XQR


class Anything(BaseModel):
    """Anything."""


async def handler(call):
    return Reply(None)


ROUTE = Route(
    method="GET",
    path="/things/{id}",
    handler=handler,
    dialect=XQR,
    operation_id="getThing",
    tag="Things",
    summary="Get a thing",
    description="Answers a thing.",
    scope=None,
    response=Anything,
    path_help={"id": "Which thing."},
)


@pytest.mark.parametrize("field", ["operation_id", "tag", "summary", "description"])
@pytest.mark.parametrize("text", ["", "  "])
def test_a_route_without_documentation_cannot_be_made(field, text):
    with pytest.raises(ValueError, match="not documented"):
        replace(ROUTE, **{field: text})


@pytest.mark.parametrize("path_help", [{}, {"id": "x", "other": "y"}, {"other": "y"}])
def test_every_variable_part_of_the_path_is_described(path_help):
    with pytest.raises(ValueError, match="variable part"):
        replace(ROUTE, path_help=path_help)


def test_failures_follow_from_what_the_route_does():
    assert ROUTE.failures == (Failure.INTERNAL,)
    assert replace(ROUTE, raises=(Failure.NOT_FOUND,)).failures == (Failure.NOT_FOUND, Failure.INTERNAL)
    assert replace(ROUTE, query=Anything).failures == (Failure.VALIDATION, Failure.INTERNAL)
    assert set(replace(ROUTE, request=Anything).failures) == {
        Failure.VALIDATION,
        Failure.TOO_LARGE,
        Failure.MEDIA_TYPE,
        Failure.INTERNAL,
    }
    assert set(replace(ROUTE, scope="links:read").failures) == {
        Failure.INVALID_KEY,
        Failure.REVOKED_KEY,
        Failure.EXPIRED_KEY,
        Failure.SCOPE,
        Failure.UNAVAILABLE,
        Failure.INTERNAL,
    }


def test_prefixes():
    assert ROUTE.prefixes == ("/api/v1", "/v1")
    assert replace(ROUTE, dialect=PLAIN).prefixes == ("",)
