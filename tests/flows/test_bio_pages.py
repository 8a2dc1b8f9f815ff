"""Bio pages over real processes: made, shown, followed, changed, gone."""

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import wait_for
from tests.flows.product import FINGERPOST, KEY, Client, Product

PATH = "/api/v1/bio/pages"
FRESH = 6
"""Connections, so that both workers answer some."""


def link(name: str, **fields: Any) -> dict[str, Any]:
    return {"label": name, "url": f"https://example.com/{name}"} | fields


def make(
    product: Product, *links: dict[str, Any], key: str = KEY, publish: bool = True, **fields: Any
) -> dict[str, Any]:
    """A new page; what the API says of it."""
    body = {"title": "A page", "page_data": {"links": list(links)}} | fields
    status, answer = product.api("POST", PATH, body, key=key)
    assert status == 201, answer
    if publish:
        status, answer = product.api("POST", f"{PATH}/{answer['data']['id']}/publish", key=key)
        assert status == 200, answer
    data: dict[str, Any] = answer["data"]
    return data


def patch(product: Product, page: dict[str, Any], **body: Any) -> dict[str, Any]:
    status, answer = product.api("PATCH", f"{PATH}/{page['id']}", body)
    assert status == 200, answer
    data: dict[str, Any] = answer["data"]
    return data


def shown(product: Product, page: dict[str, Any], host: str | None = None) -> dict[str, str]:
    """Label and address of the buttons, as every worker shows them."""
    seen = []
    for _ in range(FRESH):
        headers = {"Host": host} if host else {}
        status, _, body = product.request(product.port, "GET", f"/{page['slug']}", headers=headers)
        assert status == 200
        found = re.findall(r'<a href="([^"]*)">.*?<span dir="auto">(.*?)</span></a>', body.decode())
        seen.append({unescape(label): unescape(href) for href, label in found})
    assert all(one == seen[0] for one in seen)
    return seen[0]


def statuses(product: Product, path: str) -> set[int]:
    return {product.get(product.port, path)[0] for _ in range(FRESH)}


def slug_of(address: str) -> str:
    return address.rpartition("/")[2].partition("?")[0]


def links_of(product: Product, key: str = KEY) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = product.api("GET", "/api/v1/links?limit=200", key=key)[1]["data"]
    return data


def by_code(product: Product, code: str) -> dict[str, Any]:
    (found,) = [one for one in links_of(product) if one["short_code"] == code]
    return found


def workspace(product: Product, *quotas: str) -> str:
    """The key of a new workspace."""
    number = product.run("workspaces", "create", "--name", "other", *quotas).stdout.strip()
    done = product.run("keys", "create", "--name", "x", "--scope", "*", "--workspace", number)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_from_nothing_to_a_click_that_counts(product: Product) -> None:
    page = make(product, link("shop"), link("blog"), publish=False, title="Marta Öberg")
    assert page["html_url"] == f"http://localhost:{product.port}/marta-oberg"
    assert (page["is_published"], page["published_at"]) == (False, None)
    assert statuses(product, "/marta-oberg") == {404}
    status, answer = product.api("POST", f"{PATH}/{page['id']}/publish")
    assert (status, answer["data"]["is_published"]) == (200, True)
    buttons = shown(product, page)
    assert list(buttons) == ["shop", "blog"]
    assert re.fullmatch(rf"http://localhost:{product.port}/\w{{7}}\?bio=1", buttons["shop"])
    code = slug_of(buttons["shop"])
    command = [*FINGERPOST, "clicks", "tail", "--all", "--json", "--config", str(product.config)]
    assert product.follow(f"{code}?bio=1") == (301, "https://example.com/shop")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=product.environment) as tail:
        try:
            assert tail.stdout is not None
            visits: list[dict[str, Any]] = []
            while not any(visit["target"] == f"/{code}?bio=1" for visit in visits):
                visits.append(json.loads(tail.stdout.readline()))
        finally:
            tail.kill()
    assert visits[-1]["outcome"] == "redirect"
    done = product.run("clicks", "count", "--json", code)
    assert json.loads(done.stdout)["visits"] == 1


def test_what_a_page_is_sent_with(product: Product) -> None:
    page = make(product, link("a"))
    status, headers, body = product.get(product.port, f"/{page['slug']}")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert body.startswith(b"<!DOCTYPE html>")
    assert b"<script" not in body


def test_unpublished_and_published_again(product: Product) -> None:
    page = make(product, link("a"))
    for _ in range(2):
        status, answer = product.api("POST", f"{PATH}/{page['id']}/unpublish")
        assert (status, answer["data"]["is_published"]) == (200, False)
        assert answer["data"]["published_at"] == page["published_at"]
        assert statuses(product, f"/{page['slug']}") == {404}
    for _ in range(2):
        assert product.api("POST", f"{PATH}/{page['id']}/publish")[0] == 200
        assert list(shown(product, page)) == ["a"]


def test_a_change_is_live_at_once(product: Product) -> None:
    page = make(product, link("a"), link("b"))
    before = shown(product, page)
    patch(product, page, page_data={"links": [link("b"), link("a", url="https://example.com/new")]}, title="New")
    after = shown(product, page)
    assert list(after) == ["b", "a"]
    assert after == before
    assert product.follow(slug_of(after["a"])) == (301, "https://example.com/new")
    patched = patch(product, page, page_data={"links": [link("b")]}, slug="other-name")
    assert product.follow(slug_of(before["a"]))[0] == 404
    assert list(shown(product, patched)) == ["b"]
    assert list(shown(product, page)) == ["b"]  # the old name answers for a while
    assert patched["html_url"].endswith("/other-name")


def test_a_page_shows_what_becomes_of_a_link(product: Product) -> None:
    ours = product.create("https://example.com/ours", custom_slug="ours")
    page = make(product, {"label": "Ours", "url": ours["short_url"]}, link("b"))
    path = f"/api/v1/links/{ours['id']}"
    assert list(shown(product, page)) == ["Ours", "b"]
    for change, there in (
        ({"enabled": False}, False),
        ({"enabled": True}, True),
        ({"expires_at": "2020-01-01"}, False),
        ({"expires_at": None}, True),
    ):
        assert product.api("PATCH", path, change)[0] == 200
        assert ("Ours" in shown(product, page)) is there
    assert product.api("PATCH", path, {"custom_slug": "renamed"})[0] == 200
    assert slug_of(shown(product, page)["Ours"]) == "renamed"
    assert product.api("DELETE", path)[0] == 204
    assert list(shown(product, page)) == ["b"]


def test_a_scheduled_button_comes_and_goes(product: Product) -> None:
    page = make(product, link("a"))
    now = time.time()
    times = {"starts_at": iso(now + 2), "ends_at": iso(now + 4)}
    patch(product, page, page_data={"links": [link("a"), link("then", **times)]})
    early = shown(product, page)
    assert "then" not in early or time.time() >= now + 2
    wait_for(lambda: ">then<" in shown_by_one(product, page), "the button that is due")
    assert time.time() >= int(now + 2)
    wait_for(lambda: ">then<" not in shown_by_one(product, page), "the end of it")
    assert time.time() >= int(now + 4)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def shown_by_one(product: Product, page: dict[str, Any]) -> str:
    return product.get(product.port, f"/{page['slug']}")[2].decode()


def test_a_deleted_page_leaves_nothing(product: Product) -> None:
    ours = product.create("https://example.com/kept", custom_slug="kept")
    page = make(product, {"label": "Kept", "url": ours["short_url"]}, link("x1"), link("x2"), title="Short lived")
    codes = [slug_of(address) for address in shown(product, page).values()]
    assert product.api("DELETE", f"{PATH}/{page['id']}") == (204, None)
    assert product.api("GET", f"{PATH}/{page['id']}")[0] == 404
    assert statuses(product, f"/{page['slug']}") == {404}
    assert [product.follow(code)[0] for code in codes] == [301, 404, 404]
    assert make(product, title="Short lived")["slug"] == page["slug"]


def test_slugs_of_pages_and_links_are_one_set(product: Product) -> None:
    assert make(product, title="Twice")["slug"] == "twice"
    assert make(product, title="Twice")["slug"] == "twice-2"
    status, answer = product.api("POST", PATH, {"title": "x", "slug": "twice"})
    assert (status, answer["error"]["code"]) == (409, "SLUG_TAKEN")
    status, answer = product.api("POST", "/api/v1/links", {"url": "https://example.com/", "custom_slug": "twice"})
    assert (status, answer["error"]["code"]) == (409, "SLUG_TAKEN")
    assert make(product, title="Admin")["slug"] == "admin-2"


@pytest.mark.parametrize(
    ("quota", "message"),
    [
        (("--links", "2"), "The workspace has as many links as it may have."),
        (("--bio-pages", "0"), "The workspace has as many bio pages as it may have."),
    ],
)
def test_a_quota_leaves_nothing_half_made(product: Product, quota: tuple[str, str], message: str) -> None:
    key = workspace(product, *quota)
    body = {"title": "Too much", "page_data": {"links": [link(name) for name in "abc"]}}
    status, answer = product.api("POST", PATH, body, key=key)
    assert (status, answer["error"]["code"], answer["error"]["message"]) == (403, "PLAN_LIMIT_EXCEEDED", message)
    assert product.api("GET", PATH, key=key)[1]["data"] == []
    assert links_of(product, key) == []


def test_a_quota_stops_a_change_as_a_whole(product: Product) -> None:
    key = workspace(product, "--links", "2", "--edits", "1")
    page = make(product, link("a"), link("b"), key=key)
    before = links_of(product, key)
    for links in (
        [link("a"), link("b"), link("c")],
        [link("a", url="https://x.example/"), link("b", url="https://y.example/")],
    ):
        body = {"page_data": {"links": links}, "title": "New"}
        status, answer = product.api("PATCH", f"{PATH}/{page['id']}", body, key=key)
        assert (status, answer["error"]["code"]) == (403, "PLAN_LIMIT_EXCEEDED")
        assert links_of(product, key) == before
        assert product.api("GET", f"{PATH}/{page['id']}", key=key)[1]["data"] == page


def test_many_changes_at_once_leave_a_whole_page(product: Product) -> None:
    key = workspace(product)
    page = make(product, link("start"), key=key)

    async def one(number: int) -> int:
        client = Client(product.api_port, key)
        links = [link(f"{number}-{n}") for n in range(number % 5 + 1)]
        try:
            return (await client.request("PATCH", f"{PATH}/{page['id']}", {"page_data": {"links": links}}))[0]
        finally:
            client.close()

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*map(one, range(20)))

    assert asyncio.run(all_at_once()) == [200] * 20
    stored = product.api("GET", f"{PATH}/{page['id']}", key=key)[1]["data"]["page_data"]["links"]
    assert list(shown(product, page)) == [one["label"] for one in stored]
    assert sorted(one["destination"] for one in links_of(product, key)) == sorted(one["url"] for one in stored)


def test_what_is_refused_names_the_place(product: Product) -> None:
    page = make(product, link("a"))
    for links, field in (
        ([link("a"), {"label": "x", "url": "javascript:alert(1)"}], "page_data.links[1].url"),
        ([link("a"), {"label": "x", "url": f"http://localhost:{product.port}/nothing"}], "page_data.links[1].url"),
        ([{"label": "a\u202eb", "url": "https://example.com/"}], "page_data.links[0].label"),
    ):
        status, answer = product.api("PATCH", f"{PATH}/{page['id']}", {"page_data": {"links": links}})
        assert (status, answer["error"]["details"][0]["field"]) == (400, field)
    assert list(shown(product, page)) == ["a"]


def test_a_page_at_the_root(product: Product) -> None:
    page = make(product, link("a"), at_root=True)
    assert {product.get(product.port, "/")[2] for _ in range(FRESH)} == {
        product.get(product.port, f"/{page['slug']}")[2]
    }
    patch(product, page, at_root=False)
    assert statuses(product, "/") == {200}
    assert b"Short links live here" in product.get(product.port, "/")[2]


def test_a_key_needs_the_scope(product: Product) -> None:
    done = product.run("keys", "create", "--name", "x", "--scope", "bio:read")
    key = done.stdout.strip()
    assert product.api("GET", PATH, key=key)[0] == 200
    status, answer = product.api("POST", PATH, {"title": "x"}, key=key)
    assert (status, answer["error"]["message"]) == (403, "This endpoint requires the bio:write scope.")


def test_pages_outlive_the_processes(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    later = iso(time.time() + 1)
    page = make(product, link("a"), link("then", starts_at=later))
    product.kill_all()
    product.start()
    wait_for(lambda: ">then<" in shown_by_one(product, page), "the button that was due meanwhile")
    assert list(shown(product, page)) == ["a", "then"]
    assert product.stop() == 0


def test_the_documented_commands_work(product: Product) -> None:
    text = (Path(__file__).parents[2] / "docs" / "bio-pages.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 5
    script = "set -euo pipefail\n" + "".join(f"{block}echo\n" for block in blocks)
    script = script.replace("127.0.0.1:8081", f"127.0.0.1:{product.api_port}")
    environment = product.environment | {"KEY": KEY, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line)["data"] for line in done.stdout.splitlines() if line]
    assert [(one["is_published"], one["page_data"]["theme"]) for one in answers] == [
        (True, "sunset"),
        (True, "ocean"),
        (True, "ocean"),
        (False, "ocean"),
    ]
    assert [len(one["page_data"]["links"]) for one in answers] == [3, 3, 2, 2]


def test_the_other_api_puts_links_on_a_page(product: Product) -> None:
    page = make(product, link("a"))
    number = page["number"]
    body = {
        "destinationUrl": "https://example.com/other",
        "slashTag": "other-api",
        "bioPage": number,
        "btnLabel": "Other",
    }
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert (status, answer["data"]["linkInBioId"]) == (201, number)
    assert slug_of(shown(product, page)["Other"]) == "other-api"
    sent = product.api("GET", f"{PATH}/{page['id']}")[1]["data"]["page_data"]
    assert [one["label"] for one in sent["links"]] == ["a", "Other"]
    # What was answered can be sent back: nothing changes.
    patch(product, page, page_data=sent)
    assert list(shown(product, page)) == ["a", "Other"]
    one = f"/api/v1/short-link/{answer['data']['id']}"
    assert product.api("PUT", one, {"isLinkInBio": False})[0] == 200
    assert list(shown(product, page)) == ["a"]
    assert product.follow("other-api")[0] == 301
    body = {"destinationUrl": "https://example.com/", "bioPage": number + 1_000}
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert (status, answer["data"]["errors"][0]["field"]) == (400, "bioPage")
