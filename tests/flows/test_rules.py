"""Smart routing from the API to the journal, down both roads through a worker."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from clicks.record import REDIRECT, rule_of
from tests.flows.journals import journal_of, link_ids, visits_of
from tests.flows.product import Product, parse_response

URL, SHOP = "https://example.com/", "https://shop.example/"
PHONE, GERMAN, HALF = f"{SHOP}app", f"{SHOP}de", f"{SHOP}half"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
RULES: list[dict[str, Any]] = [
    {"destination": GERMAN, "priority": 2, "conditions": {"languages": ["de"]}},
    {"destination": PHONE, "priority": 1, "conditions": {"device_types": ["mobile"]}},
    {"priority": 3, "variants": [{"destination": HALF}], "conditions": {"query": {"ab": None}}},
]
VISITS: list[tuple[dict[str, str], str, str, tuple[int, int]]] = [
    ({}, "", URL, (0, 0)),
    ({"User-Agent": IPHONE}, "", PHONE, (2, 0)),
    ({"Accept-Language": "de-AT, en;q=0.5"}, "", GERMAN, (1, 0)),
    ({"Accept-Language": "en, de;q=0"}, "", URL, (0, 0)),
    ({"Accept-Language": "de", "User-Agent": IPHONE}, "?ab=1", PHONE, (2, 0)),
    ({"User-Agent": "curl/8.0"}, "?ab=1", HALF, (3, 1)),
]


def visit(product: Product, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """A plain request, which the fast path answers: it declines what says how it is framed."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
    with socket.create_connection(("127.0.0.1", product.port), timeout=30) as sock:
        sock.sendall(f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode())
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            chunk = sock.recv(65_536)
            assert chunk, data
            data += chunk
    return parse_response(data)


@pytest.mark.parametrize("fast", ["true", "false"])
def test_visitors_are_sent_where_the_rules_say(product_at: Callable[..., Product], fast: str) -> None:
    product = product_at(FINGERPOST_SERVER__FAST_PATH=fast)
    product.start()
    link = product.create(URL, custom_slug="shop", routing_rules=RULES)
    assert link["routing_rules"] == RULES

    for headers, query, location, _ in VISITS:
        status, answered, _ = visit(product, f"/shop{query}", headers)
        assert (status, answered["location"]) == (302, location)
        assert answered["cache-control"] == "private, no-store"

    status, body = product.api("PATCH", f"/api/v1/links/{link['id']}", {"routing_rules": RULES[:1]})
    assert (status, body["data"]["routing_rules"]) == (200, RULES[:1])
    status, answered, _ = visit(product, "/shop", {"User-Agent": IPHONE})
    assert (status, answered["location"]) == (302, URL)

    status, body = product.api("PATCH", f"/api/v1/links/{link['id']}", {"routing_rules": []})
    assert (status, body["data"]["routing_rules"]) == (200, [])
    assert product.follow("shop") == (301, URL)

    ids = link_ids(product)
    assert product.stop() == 0, product.stderr
    visits = visits_of(journal_of(product))
    assert {(visit.kind, visit.link_id) for visit in visits} == {(REDIRECT, ids["shop"])}
    told = sorted(rule_of(visit.rule) for visit in visits)
    assert told == sorted([*(rule for *_, rule in VISITS), (0, 0), (0, 0)])


def test_zones_need_no_files_of_the_system(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, PYTHONTZPATH="")
    product.start()
    # One of them holds at any time; a rule whose zone is not known never does.
    windows = [{"start": 0, "end": 12}, {"start": 12, "end": 24}]
    rules = [
        {"destination": f"{SHOP}{window['start']}", "conditions": {"hours": window, "timezone": "Pacific/Kiritimati"}}
        for window in windows
    ]
    product.create(URL, custom_slug="zone", routing_rules=rules)
    assert visit(product, "/zone", {})[1]["location"] in (f"{SHOP}0", f"{SHOP}12")
    unknown = [{"destination": SHOP, "conditions": {"days": ["mon"], "timezone": "Mars/Olympus"}}]
    assert product.api("POST", "/api/v1/links", {"url": URL, "routing_rules": unknown})[0] == 400


def test_rules_at_fault_are_named(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    bad = [{"destination": f"http://localhost:{product.port}/x", "conditions": {"hours": {"start": 24, "end": 1}}}]
    status, body = product.api("POST", "/api/v1/links", {"url": URL, "routing_rules": bad})
    assert status == 400
    assert [detail["field"] for detail in body["error"]["details"]] == [
        "routing_rules[0].destination",
        "routing_rules[0].conditions.hours.start",
    ]


def test_a_variant_stays_with_a_visitor_over_workers_and_a_restart(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    variants = [{"destination": f"{SHOP}{name}"} for name in ("a", "b")]
    product.create(URL, custom_slug="shop", routing_rules=[{"variants": variants}])

    def ask(agent: int) -> str:
        return visit(product, "/shop", {"User-Agent": f"agent {agent}"})[1]["location"]

    first = [ask(agent) for agent in range(20)]
    assert set(first) == {variant["destination"] for variant in variants}
    assert [ask(agent) for agent in range(20)] == first
    assert product.stop() == 0, product.stderr
    product.start()
    assert [ask(agent) for agent in range(20)] == first
