"""Quotas, workspaces and links without a key, over HTTP against running products."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.product import KEY, Client, Product

URL = "https://example.com/"
CLIENTS = 64


def key_of(product: Product, workspace: str) -> str:
    done = product.run("keys", "create", "--name", "x", "--scope", "*", "--workspace", workspace)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def workspace(product: Product, *quotas: str) -> str:
    done = product.run("workspaces", "create", "--name", "other", *quotas)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def at_once(product: Product, key: str, method: str, path: str, bodies: list[Any]) -> Counter[tuple[int, str]]:
    """(status, what is said of it) of a request of each of 64 clients at once."""
    return each_at_once(product, key, method, [(path, body) for body in bodies])


def each_at_once(product: Product, key: str, method: str, requests: list[tuple[str, Any]]) -> Counter[tuple[int, str]]:
    """As :func:`at_once`, each with a path of its own."""

    async def one(path: str, body: Any) -> tuple[int, str]:
        client = Client(product.api_port, key)
        try:
            status, _, answer = await client.request(method, path, body)
        finally:
            client.close()
        data = json.loads(answer)
        error = data.get("error")
        return status, error["code"] if isinstance(error, dict) else data["data"]["message"] if error else ""

    async def main() -> list[tuple[int, str]]:
        return await asyncio.gather(*(one(*request) for request in requests))

    return Counter(asyncio.run(main()))


def test_64_clients_at_once_make_no_link_too_many(product: Product) -> None:
    number = workspace(product, "--links", "20")
    key = key_of(product, number)
    bodies = [{"destinationUrl": URL, "slashTag": f"many-{n}"} for n in range(CLIENTS)]
    message = "Link Limit Exceeded for your current plan. Please upgrade!"
    assert at_once(product, key, "POST", "/v1/short-link", bodies) == {(201, ""): 20, (429, message): 44}
    status, listed = product.api("GET", "/v1/links", key=key)
    assert (status, listed["meta"]["total"], len(listed["data"])) == (200, 20, 20)
    assert product.api("POST", "/v1/links", {"url": URL}, key=key)[1]["error"]["code"] == "PLAN_LIMIT_EXCEEDED"
    for link in listed["data"][:5]:
        assert product.api("DELETE", f"/v1/links/{link['id']}", key=key)[0] == 204
    again = at_once(product, key, "POST", "/v1/links", [{"url": URL}] * CLIENTS)
    assert again == {(201, ""): 5, (403, "PLAN_LIMIT_EXCEEDED"): 59}


def test_64_clients_at_once_make_no_edit_too_many(product: Product) -> None:
    key = key_of(product, workspace(product, "--edits", "10"))
    made = product.api("POST", "/v1/links", {"url": URL}, key=key)[1]["data"]
    path = f"/v1/links/{made['id']}"
    assert product.api("PATCH", path, {"enabled": True}, key=key)[0] == 200  # changes nothing
    bodies = [{"url": f"{URL}{n}"} for n in range(CLIENTS)]
    assert at_once(product, key, "PATCH", path, bodies) == {(200, ""): 10, (403, "PLAN_LIMIT_EXCEEDED"): 54}


def test_qr_codes_have_a_quota_of_their_own(product: Product) -> None:
    key = key_of(product, workspace(product, "--qr-codes", "1"))
    for body, status in (({"isQrGenerated": True}, 201), ({"type": "QR"}, 429), ({}, 201)):
        answered, said = product.api("POST", "/v1/short-link", {"destinationUrl": URL} | body, key=key)
        assert answered == status
        assert status == 201 or said["data"]["message"].startswith("Qr Code Limit Exceeded for your")


def test_a_workspace_sees_and_changes_only_its_own(product: Product) -> None:
    number = workspace(product)
    key = key_of(product, number)
    mine = product.create(custom_slug="of-the-first")
    theirs = product.api("POST", "/v1/short-link", {"destinationUrl": URL}, key=key)[1]["data"]
    assert theirs["userId"] == int(number)
    listed = product.api("GET", "/v1/links", key=key)[1]
    assert ([link["short_code"] for link in listed["data"]], listed["meta"]["total"]) == ([theirs["slashTag"]], 1)
    path = f"/v1/links/{mine['id']}"
    for method, body in (("GET", None), ("PATCH", {"enabled": False}), ("PATCH", {}), ("DELETE", None)):
        assert product.api(method, path, body, key=key)[1]["error"]["code"] == "NOT_FOUND"
    assert product.api("GET", path)[0] == 200
    assert product.api("POST", "/v1/links", {"url": URL, "custom_slug": "of-the-first"}, key=key)[0] == 409


def test_an_import_stops_at_the_quota(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    assert product.run("workspaces", "set", "1", "--links", "2").returncode == 0
    file = product.directory / "links.csv"
    file.write_text("slug,url\n" + "".join(f"row{n},https://example.com/{n}\n" for n in range(4)))
    done = product.run("links", "import", str(file))
    assert (done.returncode, done.stdout) == (1, "2 created, 0 unchanged, 2 failed\n")
    reason = "the workspace has as many links as it may have"
    assert done.stderr.splitlines() == [f"line 4: {reason}", f"line 5: {reason}"]
    assert product.stop() == 0


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A product that takes 5 links an hour without a key, and looks for ended ones every second."""
    settings = {"FINGERPOST_LINKS__PUBLIC": "true", "FINGERPOST_LINKS__PUBLIC_PER_HOUR": "5"}
    product = Product(tmp_path_factory.mktemp("opened"), workers=1, **settings, FINGERPOST_LINKS__SWEEP_SECONDS="1")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def guest(product: Product, address: str, key: str | None = None, **fields: Any) -> tuple[int, dict[str, str], Any]:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address, "Origin": "https://app.example"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    body = json.dumps({"destinationUrl": URL} | fields).encode()
    status, answered, data = product.request(product.api_port, "POST", "/api/v1/short-link", body, headers)
    return status, answered, json.loads(data)


def test_a_link_without_a_key_ends_and_is_swept_out(opened: Product) -> None:
    status, headers, body = guest(opened, "192.0.2.1", public=True, slashTag="swept", expirationDate="2020-01-01")
    assert (status, headers["access-control-allow-origin"], body["data"]["userId"]) == (201, "*", 0)
    deadline = time.monotonic() + 30
    while opened.follow("swept")[0] != 404:
        assert opened.follow("swept")[0] in (410, 404)
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert opened.create(custom_slug="swept")["short_code"] == "swept"
    status, _, body = guest(opened, "192.0.2.1", public=True, slashTag="lives")
    assert opened.follow("lives")[0] == 301
    assert body["data"]["expirationDate"] is not None
    assert "lives" not in [link["short_code"] for link in opened.api("GET", "/v1/links")[1]["data"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "x"),
        ("brandedDomain", "its own"),
        ("isQrGenerated", True),
        ("qrSettings", {}),
        ("type", "QR"),
        ("bioPage", 1),
    ],
)
def test_what_needs_a_key_is_refused_by_name(opened: Product, field: str, value: Any) -> None:
    value = f"localhost:{opened.port}" if value == "its own" else value
    status, _, body = guest(opened, "192.0.2.2", public=True, **{field: value})
    assert (status, [error["field"] for error in body["data"]["errors"]]) == (400, [field])


def test_without_a_key_only_public_links_are_made(opened: Product) -> None:
    for fields in ({}, {"public": False}, {"public": "true"}):
        assert guest(opened, "192.0.2.3", **fields)[0::2] == (401, {"message": "Unauthorized!"})
    assert guest(opened, "192.0.2.3", "nonsense", public=True)[0] == 401
    assert guest(opened, "192.0.2.3", KEY, public=True)[2]["data"]["userId"] == 1


def test_an_address_makes_so_many_an_hour(opened: Product) -> None:
    made = [guest(opened, "192.0.2.4", public=True) for _ in range(6)]
    assert [status for status, _, _ in made] == [201] * 5 + [429]
    assert 0 < int(made[-1][1]["retry-after"]) <= 3600
    assert guest(opened, "203.0.113.9, 192.0.2.4", public=True)[0] == 429
    assert guest(opened, "192.0.2.5", public=True)[0] == 201
    assert guest(opened, "192.0.2.4", KEY, public=True)[0] == 201
