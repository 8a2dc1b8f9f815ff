"""The examples of XQR's create-link page, as a reader of that page copies them: other address, other key, no more.

The page's text came without its line breaks; :func:`lines` puts back those that shell and Python need.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.product import KEY, Product
from tests.flows.samples import needs_node, run_curl, run_fetch, run_python

CURL = r"""
curl -X POST https://xqr.co/api/v1/links \ -H "Authorization: Bearer xqr_pk_a1b2c3d4.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \ -H "Content-Type: application/json" \ -d '{ "url": "https://example.com/summer-sale?utm_source=qr", "custom_slug": "summer24", "labels": ["campaign", "summer"], "expires_at": "2026-09-30T23:59:59Z" }'
"""  # noqa: E501
FETCH = """
const response = await fetch("https://xqr.co/api/v1/links", { method: "POST", headers: { Authorization: "Bearer xqr_pk_a1b2c3d4.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "Content-Type": "application/json", }, body: JSON.stringify({ url: "https://example.com/summer-sale?utm_source=qr", custom_slug: "summer24", labels: ["campaign", "summer"], expires_at: "2026-09-30T23:59:59Z", }),});
const { data } = await response.json();console.log(data.short_url); // https://xqr.co/summer24
"""  # noqa: E501
PYTHON = """
import httpx
response = httpx.post( "https://xqr.co/api/v1/links", headers={ "Authorization": "Bearer xqr_pk_a1b2c3d4.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", }, json={ "url": "https://example.com/summer-sale?utm_source=qr", "custom_slug": "summer24", "labels": ["campaign", "summer"], "expires_at": "2026-09-30T23:59:59Z", },)
data = response.json()["data"]print(data["short_url"]) # https://xqr.co/summer24
"""  # noqa: E501

LINK_KEYS = [
    "id",
    "short_url",
    "short_code",
    "destination",
    "enabled",
    "labels",
    "routing_rules",
    "scan_count",
    "last_scan_at",
    "expires_at",
    "created_at",
    "updated_at",
]
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

Runner = Callable[[str], tuple[int, Any]]


def lines(sample: str) -> str:
    return sample.replace(" \\ ", " \\\n").replace("]print(", "]\nprint(")


@pytest.fixture(
    params=[
        pytest.param("curl", id="curl"),
        pytest.param("python", id="python"),
        pytest.param("fetch", id="fetch", marks=needs_node),
    ]
)
def send(request: pytest.FixtureRequest, product: Product, tmp_path: Path) -> Iterator[Callable[..., tuple[int, Any]]]:
    """Sends the page's example to the product; ``replace`` changes more of its text. The slug is free again after."""
    sample, run = {
        "curl": (CURL, lambda text: run_curl(text, tmp_path)),
        "python": (PYTHON, run_python),
        "fetch": (FETCH, run_fetch),
    }[request.param]
    answers: list[Any] = []

    def once(**replace: str) -> tuple[int, Any]:
        text = lines(sample).replace("https://xqr.co", f"http://127.0.0.1:{product.api_port}")
        text = re.sub(r"xqr_pk_a1b2c3d4\.x{64}", KEY, text)
        for old, new in replace.items():
            assert old in text
            text = text.replace(old, new)
        status, answer = run(text)
        answers.append(answer)
        return status, answer

    yield once
    for answer in answers:
        assert product.api("DELETE", f"/api/v1/links/{answer['data']['id']}") == (204, None)


def test_the_example_makes_its_link_and_a_link_of_the_past_is_gone(
    product: Product, send: Callable[..., tuple[int, Any]]
) -> None:
    status, answer = send()
    assert (status, list(answer)) == (201, ["data", "meta"])
    link = answer["data"]
    assert list(link) == LINK_KEYS
    assert link | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "short_url": f"http://localhost:{product.port}/summer24",
        "short_code": "summer24",
        "destination": "https://example.com/summer-sale?utm_source=qr",
        "enabled": True,
        "labels": ["campaign", "summer"],
        "routing_rules": [],
        "scan_count": 0,
        "last_scan_at": None,
        "expires_at": "2026-09-30T23:59:59Z",
        "created_at": "",
        "updated_at": "",
    }
    assert re.fullmatch(UUID, link["id"])
    assert re.fullmatch(TIME, link["created_at"])
    assert link["created_at"] == link["updated_at"]
    assert product.follow("summer24") == (410, None)


def test_the_answer_says_who_asked_and_how_much_is_left(send: Callable[..., tuple[int, Any]]) -> None:
    _, answer = send()
    assert re.fullmatch("req_[0-9a-f]{16}", answer["meta"]["request_id"])
    limit = answer["meta"]["rate_limit"]
    assert list(limit) == ["limit", "remaining", "reset", "burst_limit", "burst_remaining"]
    assert all(type(value) is int for value in limit.values())
    assert limit["reset"] % 60 == 0


def test_the_example_with_a_date_to_come_redirects(product: Product, send: Callable[..., tuple[int, Any]]) -> None:
    status, answer = send(**{"2026-09-30": "2999-09-30"})
    assert (status, answer["data"]["expires_at"]) == (201, "2999-09-30T23:59:59Z")
    assert product.follow("summer24") == (301, "https://example.com/summer-sale?utm_source=qr")


def test_the_prefix_of_the_page_s_heading_answers_too(product: Product, send: Callable[..., tuple[int, Any]]) -> None:
    status, answer = send(**{"/api/v1/links": "/v1/links"})
    assert (status, list(answer["data"])) == (201, LINK_KEYS)
    assert product.follow("summer24") == (410, None)
