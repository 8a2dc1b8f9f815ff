"""Links that ask for a password and have routing rules: the password comes first, then the rules decide."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clicks.record import LOCKED, REDIRECT, rule_of
from tests.flows.journals import journal_of, link_ids, visits_of
from tests.flows.product import Product

PASSWORD = "s3cret"
OWN = "https://example.com/own"
MARKED = f"{OWN}?utm_source=news"
GERMAN, HALF, OTHER_HALF = (f"https://shop.example/{name}" for name in ("de", "a", "b"))
RULES: list[dict[str, Any]] = [
    {"destination": GERMAN, "conditions": {"languages": ["de"]}},
    {
        "variants": [{"destination": HALF}, {"destination": OTHER_HALF}],
        "conditions": {"query": {"ab": None}},
        "priority": 1,
    },
]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENT = [{"X-Link-Password": PASSWORD}, {"Authorization": f"Basic {b64encode(b'any:s3cret').decode()}"}]

Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(params=["true", "false"])
def product(product_at: Callable[..., Product], request: pytest.FixtureRequest) -> Iterator[Product]:
    """With and without the fast path."""
    product = product_at(FINGERPOST_SERVER__FAST_PATH=request.param)
    product.start()
    yield product


def make(product: Product, rules: list[dict[str, Any]]) -> str:
    """The link ``both``: a password and UTM parameters by one API, rules by the other; its UUID there."""
    body = {"destinationUrl": OWN, "slashTag": "both", "password": PASSWORD, "utm_source": "news"}
    assert product.api("POST", "/api/v1/short-link", body)[0] == 201
    (link,) = product.api("GET", "/api/v1/links?q=both")[1]["data"]
    assert product.api("PATCH", f"/api/v1/links/{link['id']}", {"routing_rules": rules})[0] == 200
    return str(link["id"])


def get(product: Product, query: str = "", method: str = "GET", **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return product.request(product.port, method, f"/both{query}", headers=fields)


def enter(product: Product, query: str = "") -> str:
    """The cookie that the form gives."""
    status, headers, _ = product.request(product.port, "POST", f"/both{query}", b"password=s3cret", FORM)
    assert (status, headers["location"]) == (303, f"/both{query}")
    return headers["set-cookie"].partition(";")[0]


def test_first_the_password_then_the_rules(product: Product) -> None:
    make(product, RULES)
    told = []
    for headers in ({}, {"Accept_Language": "de"}, {"X_Link_Password": "wrong", "Accept_Language": "de"}):
        status, answered, body = get(product, **headers)
        assert status in (200, 403)
        assert "location" not in answered
        assert b"shop.example" not in body
        told.append((LOCKED, (0, 0)))
    cookie = enter(product)
    for sent in (*SENT, {"Cookie": cookie}):
        for method in ("GET", "HEAD"):
            for language, location, rule in (("de", GERMAN, (1, 0)), ("en", MARKED, (0, 0))):
                status, answered, body = get(product, method=method, Accept_Language=language, **sent)
                assert (status, answered["location"], body) == (302, location, b"")
                assert answered["cache-control"] == "private, no-store"
                assert "set-cookie" not in answered
                told.append((REDIRECT, rule))
    ids = link_ids(product)
    assert product.stop() == 0, product.stderr
    visits = visits_of(journal_of(product))
    assert {visit.link_id for visit in visits} == {ids["both"]}
    assert sorted((visit.kind, rule_of(visit.rule)) for visit in visits) == sorted(told)


def test_the_query_survives_the_form_and_a_variant_stays(product: Product) -> None:
    make(product, RULES)
    cookie = enter(product, "?ab=1")
    locations = set()
    for number in range(12):
        agent = f"agent {number}"
        once, again, by_header = (
            get(product, "?ab=1", User_Agent=agent, **sent)[1]["location"]
            for sent in ({"Cookie": cookie}, {"Cookie": cookie}, SENT[0])
        )
        assert once == again == by_header
        locations.add(once)
    assert locations == {HALF, OTHER_HALF}


def test_rules_that_change_hold_for_who_is_in_and_none_without_a_password(product: Product) -> None:
    uuid = make(product, RULES)
    cookie = enter(product)
    assert get(product, Accept_Language="de", Cookie=cookie)[1]["location"] == GERMAN
    assert product.api("PATCH", f"/api/v1/links/{uuid}", {"routing_rules": [{"destination": HALF}]})[0] == 200
    assert get(product, Accept_Language="de", Cookie=cookie)[1]["location"] == HALF
    assert get(product, Accept_Language="de")[0] == 200
    assert product.api("PATCH", f"/api/v1/links/{uuid}", {"routing_rules": []})[0] == 200
    status, answered, _ = get(product, Cookie=cookie)
    assert (status, answered["location"], answered["cache-control"]) == (302, MARKED, "private, no-store")
    assert product.api("PATCH", f"/api/v1/links/{uuid}", {"enabled": False})[0] == 200
    for headers in ({}, {"Cookie": cookie}, SENT[0]):
        assert get(product, **headers)[0] == 410
    assert product.request(product.port, "POST", "/both", b"password=s3cret", FORM)[0] == 410


def test_utm_parameters_are_those_of_the_links_own_destination(product: Product) -> None:
    """A rule leads where it says, byte for byte."""
    make(product, [{"destination": f"{GERMAN}?utm_source=rule&x=1", "conditions": {"languages": ["de"]}}])
    assert get(product, Accept_Language="de", **SENT[0])[1]["location"] == f"{GERMAN}?utm_source=rule&x=1"
    assert get(product, Accept_Language="en", **SENT[0])[1]["location"] == MARKED


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods(product: Product, method: str) -> None:
    make(product, RULES)
    status, answered, _ = get(product, method=method, **SENT[0])
    assert (status, answered["allow"]) == (405, "GET, HEAD, POST")
