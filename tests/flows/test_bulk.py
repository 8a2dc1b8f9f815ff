"""Many links at once through the XQR API, against a running product."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from links import database
from tests.flows.product import KEY, Client, Product, get_fresh
from tests.flows.test_workspaces import each_at_once, key_of, workspace

BULK = "/api/v1/links/bulk"
STATUS = "/api/v1/links/bulk/status"
URL = "https://example.com/"


def bulk(product: Product, rows: list[Any], key: str = KEY) -> tuple[int, Any]:
    return product.api("POST", BULK, {"links": rows}, key=key)


def test_a_thousand_links_are_there_when_the_call_returns(product: Product) -> None:
    rows = [{"url": f"{URL}{n}", "custom_slug": f"bulk-{n}", "labels": ["bulk"]} for n in range(1_000)]
    status, answer = bulk(product, rows)
    assert (status, answer["data"]["errors"]) == (201, [])
    assert [link["short_code"] for link in answer["data"]["created"]] == [row["custom_slug"] for row in rows]

    async def visit() -> Counter[tuple[int, str | None]]:
        # On fresh connections, so that every worker answers some.
        answers = [await get_fresh(product.port, f"/bulk-{n}") for n in range(0, 1_000, 25)]
        return Counter((status, headers.get("location")) for status, headers, _ in answers)

    assert asyncio.run(visit()) == {(301, f"{URL}{n}"): 1 for n in range(0, 1_000, 25)}
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        # One transaction: one time, and revs without a gap.
        found = connection.execute(
            "SELECT COUNT(DISTINCT created_at), MAX(rev) - MIN(rev) FROM links WHERE slug LIKE 'bulk-%'"
        )
        assert found.fetchone() == (1, 999)


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_bad_rows_do_not_stop_the_others(product: Product, prefix: str) -> None:
    mine = f"row-{prefix.count('/')}"
    rows = [
        {"url": URL, "custom_slug": mine, "expires_at": "2020-01-01"},
        {"url": "ftp://example.com", "custom_slug": f"{mine}-x"},
        {"url": URL, "custom_slug": mine},
        {"url": URL, "custom_slug": "api"},
        None,
        {"url": URL, "routing_rules": [{"destination": URL, "conditions": {"moon": "full"}}]},
        {"url": URL, "labels": None},
    ]
    status, answer = product.api("POST", f"{prefix}/links/bulk", {"links": rows})
    assert (status, list(answer), list(answer["data"])) == (201, ["data", "meta"], ["created", "errors"])
    first, second = answer["data"]["created"]
    assert (first["short_code"], product.follow(mine)[0]) == (mine, 410)
    assert product.follow(second["short_code"]) == (301, URL)
    errors = answer["data"]["errors"]
    assert [(error["index"], error["url"], error["custom_slug"], error["error"]["code"]) for error in errors] == [
        (1, "ftp://example.com", f"{mine}-x", "VALIDATION_ERROR"),
        (2, URL, mine, "SLUG_TAKEN"),
        (3, URL, "api", "VALIDATION_ERROR"),
        (4, None, None, "VALIDATION_ERROR"),
        (5, URL, None, "VALIDATION_ERROR"),
    ]
    assert {error["error"]["status"] for error in errors} == {400, 409}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "links"),
        ({"links": []}, "links"),
        ({"links": [{"url": URL}] * 1_001}, "links"),
        ({"links": [{"url": URL}], "link": 1}, "link"),
    ],
)
def test_a_faulty_call_makes_nothing(product: Product, body: Any, field: str) -> None:
    total = product.api("GET", "/v1/links?limit=1")[1]["meta"]["total"]
    status, answer = product.api("POST", BULK, body)
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer["error"]["details"]] == [field]
    assert product.api("GET", "/v1/links?limit=1")[1]["meta"]["total"] == total


def test_the_operator_says_how_many(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, FINGERPOST_ADMIN__BULK_LINKS="2")
    product.start()
    for path, rows in (
        (BULK, {"links": [{"url": URL}] * 3}),
        ("/v1/import-short-link", {"importData": [{"destinationUrl": URL}] * 3}),
        ("/v1/bulk-delete", {"bulkLinks": [{"id": 1}] * 3}),
    ):
        status, answer = product.api("POST", path, rows)
        assert (status, "at most 2 items, this has 3" in json.dumps(answer)) == (400, True)
    assert bulk(product, [{"url": URL}] * 2)[0] == 201
    assert product.stop() == 0


def test_calls_at_once_never_make_one_too_many(product: Product) -> None:
    key = key_of(product, workspace(product, "--links", "100"))

    async def one(number: int) -> tuple[int, int]:
        client = Client(product.api_port, key)
        rows = [{"url": URL, "custom_slug": f"rival-{n}"} for n in range(number, number + 20)]
        try:
            status, _, answer = await client.request("POST", BULK, {"links": rows})
        finally:
            client.close()
        data = json.loads(answer)["data"]
        assert status == 201
        codes = {error["error"]["code"] for error in data["errors"]}
        assert codes <= {"SLUG_TAKEN", "PLAN_LIMIT_EXCEEDED"}
        return len(data["created"]), len(data["errors"])

    async def main() -> list[tuple[int, int]]:
        return await asyncio.gather(*(one(10 * number) for number in range(64)))

    outcomes = asyncio.run(main())
    assert sum(made for made, _ in outcomes) == 100
    assert sum(made + failed for made, failed in outcomes) == 64 * 20
    assert product.api("GET", "/v1/links?limit=1", key=key)[1]["meta"]["total"] == 100


def test_status_of_many(product: Product) -> None:
    created = bulk(product, [{"url": URL}] * 5)[1]["data"]["created"]
    ids, slugs = [link["id"] for link in created], [link["short_code"] for link in created]
    other = key_of(product, workspace(product))
    assert product.api("PATCH", STATUS, {"ids": ids, "enabled": False}, key=other)[1]["data"] == {"updated": 0}
    asked = {"ids": [*ids[:3], ids[0].upper(), "nonsense"], "enabled": False}
    status, answer = product.api("PATCH", STATUS, asked)
    assert (status, answer["data"], list(answer)) == (200, {"updated": 3}, ["data", "meta"])
    assert [product.follow(slug)[0] for slug in slugs] == [410, 410, 410, 301, 301]
    assert product.api("PATCH", STATUS, {"ids": ids, "enabled": True})[1]["data"] == {"updated": 5}
    assert [product.follow(slug)[0] for slug in slugs] == [301] * 5
    assert product.api("GET", f"/v1/links/{ids[0]}")[1]["data"]["enabled"] is True
    for body in ({"ids": ids * 41, "enabled": True}, {"ids": [], "enabled": True}, {"ids": ids}):
        assert product.api("PATCH", STATUS, body)[1]["error"]["code"] == "VALIDATION_ERROR"


def test_switches_at_once_never_make_one_edit_too_many(product: Product) -> None:
    key = key_of(product, workspace(product, "--edits", "10"))
    created = bulk(product, [{"url": URL}] * 64, key)[1]["data"]["created"]
    ids = [link["id"] for link in created]
    bodies = [(STATUS, {"ids": ids[n : n + 2], "enabled": False}) for n in range(0, 64, 2)]
    answered = each_at_once(product, key, "PATCH", bodies)
    assert answered == {(200, ""): 5, (403, "PLAN_LIMIT_EXCEEDED"): 27}
    listed = product.api("GET", "/v1/links?limit=1&enabled=false", key=key)[1]["meta"]["total"]
    assert listed == 10


def test_without_the_right_key(product: Product) -> None:
    reader = product.run("keys", "create", "--name", "reader", "--scope", "links:read").stdout.strip()
    for method, path in (("POST", BULK), ("PATCH", STATUS)):
        assert product.api(method, path, {}, key=None)[0] == 401
        assert product.api(method, path, {}, key=reader)[1]["error"]["code"] == "INSUFFICIENT_SCOPE"
