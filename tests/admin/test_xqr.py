import pytest

from admin.dialect import NO_LIMIT
from links.errors import Code, LinkError
from links.model import Changes, Draft, LinkQuery
from links.quotas import over

URL = "https://example.com/summer-sale?utm_source=qr"
BODY = {
    "url": URL,
    "custom_slug": "summer24",
    "labels": ["campaign", "summer"],
    "expires_at": "2026-09-30T23:59:59Z",
}
LINK = {
    "id": "00000000-0000-4000-8000-000000000001",
    "short_url": "http://localhost:8080/summer24",
    "short_code": "summer24",
    "destination": URL,
    "enabled": True,
    "labels": ["campaign", "summer"],
    "routing_rules": [],
    "scan_count": 0,
    "last_scan_at": None,
    "expires_at": "2026-09-30T23:59:59Z",
    "created_at": "2026-03-21T14:30:00Z",
    "updated_at": "2026-03-21T14:30:00Z",
}
RATE_LIMIT = {
    "limit": NO_LIMIT,
    "remaining": NO_LIMIT,
    "reset": 1_774_103_460,
    "burst_limit": NO_LIMIT,
    "burst_remaining": NO_LIMIT,
}
PATH = f"/v1/links/{LINK['id']}"
ABSENT = "/v1/links/00000000-0000-4000-8000-00000000ffff"


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
async def test_create(admin, prefix):
    status, body, headers = await admin.post(BODY, f"{prefix}/links")
    assert status == 201
    assert body == {"data": LINK, "meta": {"request_id": "req_0000000000000001", "rate_limit": RATE_LIMIT}}
    assert list(body["data"]) == list(LINK)
    assert admin.links.drafts == [
        Draft(destination=URL, slug="summer24", labels=("campaign", "summer"), expires_at=1_790_812_799_000)
    ]
    assert admin.links.who == ["key:fp_pk_0000000a"]
    assert headers["X-Request-Id"] == "req_0000000000000001"


async def test_a_taken_slug(admin):
    await admin.post(BODY)
    status, body, _ = await admin.post(BODY)
    assert (status, body["error"]["code"]) == (409, "SLUG_TAKEN")


async def test_get(admin):
    await admin.post(BODY)
    status, body, _ = await admin.call("GET", PATH)
    assert (status, body["data"]) == (200, LINK)
    assert (await admin.call("GET", PATH.upper().replace("/V1/LINKS", "/v1/links")))[0] == 200


async def test_head_is_get_without_the_body(admin):
    await admin.post(BODY)
    _, _, got = await admin.call("GET", PATH)
    status, body, headers = await admin.call("HEAD", PATH)
    assert (status, body) == (200, None)
    assert headers["Content-Length"] == got["Content-Length"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [ABSENT, "/v1/links/7", "/v1/links/%00", "/v1/links/é", "/v1/links/bulk"])
async def test_what_is_not_there(admin, method, path):
    status, body, _ = await admin.call(method, path, {"enabled": True} if method == "PATCH" else None)
    assert (status, body["error"]["code"]) == (404, "NOT_FOUND")


async def test_patch(admin):
    await admin.post(BODY)
    status, body, _ = await admin.call("PATCH", PATH, {"enabled": False, "labels": [], "expires_at": None})
    assert status == 200
    assert body["data"] == {**LINK, "enabled": False, "labels": [], "expires_at": None}


async def test_a_patch_of_nothing_answers_the_link_and_edits_nothing(admin):
    await admin.post(BODY)
    status, body, _ = await admin.call("PATCH", PATH, {})
    assert (status, body["data"]) == (200, LINK)
    assert "edit" not in admin.links.calls


async def test_delete(admin):
    await admin.post(BODY)
    status, body, headers = await admin.call("DELETE", PATH)
    assert (status, body) == (204, None)
    assert "Content-Type" not in headers and "Content-Length" not in headers
    assert headers["X-RateLimit-Reset"] == "1774103460"
    assert (await admin.call("DELETE", PATH))[0] == 404


async def test_a_listing_by_offset(admin):
    for _ in range(3):
        await admin.post({"url": URL})
    status, body, _ = await admin.call("GET", "/v1/links?limit=2&offset=1")
    assert status == 200
    assert [link["id"][-1] for link in body["data"]] == ["2", "1"]
    meta = body["meta"]
    assert list(meta) == ["request_id", "rate_limit", "total", "limit", "offset", "next_cursor"]
    assert (meta["total"], meta["limit"], meta["offset"], meta["next_cursor"]) == (3, 2, 1, None)


async def test_a_listing_by_cursor(admin):
    for _ in range(5):
        await admin.post({"url": URL})
    path, seen = "/v1/links?limit=2", []
    while path:
        _, body, _ = await admin.call("GET", path)
        seen += [link["id"][-1] for link in body["data"]]
        cursor = body["meta"]["next_cursor"]
        path = cursor and f"/v1/links?limit=2&cursor={cursor}"
    assert seen == ["5", "4", "3", "2", "1"]
    assert admin.links.queries[1] == LinkQuery(limit=2, before=4)


@pytest.mark.parametrize("query", ["limit=0", "offset=-1", "enabled=perhaps", "cursor=x", "page=2", "limit=1&limit=2"])
async def test_a_bad_parameter_is_named(admin, query):
    status, body, _ = await admin.call("GET", f"/v1/links?{query}")
    name = query.partition("=")[0]
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert body["error"]["details"][0]["field"] == name
    assert name in body["error"]["message"]


@pytest.mark.parametrize(
    ("code", "status", "wire"),
    [
        (Code.INVALID, 400, "VALIDATION_ERROR"),
        (Code.SLUG_TAKEN, 409, "SLUG_TAKEN"),
        (Code.NOT_FOUND, 404, "NOT_FOUND"),
        (Code.UNAVAILABLE, 503, "SERVICE_UNAVAILABLE"),
    ],
)
async def test_what_the_links_refuse(admin, code, status, wire):
    admin.links.failing = LinkError(code, "because", "destination")
    answered, body, headers = await admin.post({"url": URL})
    assert (answered, body["error"]["code"]) == (status, wire)
    assert "because" in body["error"]["message"]
    assert headers.get("Retry-After") == ("1" if status == 503 else None)
    if code is Code.INVALID:
        assert body["error"]["details"] == [{"field": "url", "message": "because"}]


async def test_scopes(admin, bearer):
    async with admin.client.get("/v1/links", headers=bearer("b")) as response:
        assert response.status == 200
    async with admin.client.post("/v1/links", json=BODY, headers=bearer("b")) as response:
        body = await response.json()
        assert (response.status, body["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert body["error"]["message"] == "This endpoint requires the links:write scope."
    async with admin.client.post("/v1/links", json=BODY, headers=bearer("c")) as response:
        assert response.status == 201


@pytest.mark.parametrize(
    ("end", "code"), [("d", "REVOKED_API_KEY"), ("e", "EXPIRED_API_KEY"), ("f", "INVALID_API_KEY")]
)
async def test_a_key_that_is_not_good(admin, bearer, end, code):
    async with admin.client.get("/v1/links", headers=bearer(end)) as response:
        body = await response.json()
        assert (response.status, body["error"]["code"]) == (401, code)
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert "rate_limit" not in body["meta"]


async def test_changes_are_as_the_links_expect_them(admin):
    await admin.post(BODY)
    seen = []
    edit = admin.links.edit

    async def spy(uuid, changes, who, workspace):
        seen.append((uuid, changes, who, workspace))
        return await edit(uuid, changes, who, workspace)

    admin.links.edit = spy
    await admin.call("PATCH", PATH, {"custom_slug": "other"})
    assert seen == [(LINK["id"], Changes(slug="other"), "key:fp_pk_0000000a", 1)]


# Many at once


async def test_many_links_are_made_each_by_itself(admin):
    rows = [
        {"url": URL, "custom_slug": "one", "labels": ["a"]},
        {"url": "x", "custom_slug": "nope", "labels": [""]},
        {"url": URL, "custom_slug": "one"},
        5,
        {"url": URL, "unknown": 1},
        {"url": URL},
    ]
    status, body, _ = await admin.post({"links": rows}, "/v1/links/bulk")
    assert (status, list(body), list(body["data"])) == (201, ["data", "meta"], ["created", "errors"])
    assert [link["short_code"] for link in body["data"]["created"]] == ["one", "ggggggg"]
    assert len(body["data"]["created"][0]) == 12
    errors = body["data"]["errors"]
    assert [(error["index"], error["url"], error["custom_slug"]) for error in errors] == [
        (1, "x", "nope"),
        (2, URL, "one"),
        (3, None, None),
        (4, URL, None),
    ]
    assert list(errors[0]) == ["index", "url", "custom_slug", "error"]
    assert [(error["error"]["code"], error["error"]["status"]) for error in errors] == [
        ("VALIDATION_ERROR", 400),
        ("SLUG_TAKEN", 409),
        ("VALIDATION_ERROR", 400),
        ("VALIDATION_ERROR", 400),
    ]
    assert [detail["field"] for detail in errors[0]["error"]["details"]] == ["url", "labels[0]"]
    assert "details" not in errors[1]["error"]
    assert admin.links.batches == [3]


async def test_a_full_workspace_is_told_for_each_row(admin):
    admin.links.failing, admin.links.failing_in = over("links"), "create"
    status, body, _ = await admin.post({"links": [{"url": URL}] * 2}, "/v1/links/bulk")
    assert (status, body["data"]["created"]) == (201, [])
    assert [error["error"]["code"] for error in body["data"]["errors"]] == ["PLAN_LIMIT_EXCEEDED"] * 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "links"),
        ({"links": None}, "links"),
        ({"links": []}, "links"),
        ({"links": {"url": URL}}, "links"),
        ({"links": [{"url": URL}] * 4}, "links"),
        ({"links": [{"url": URL}], "more": 1}, "more"),
    ],
)
async def test_a_faulty_bulk_makes_nothing(admin_with, body, field):
    admin = await admin_with(bulk_links=3)
    status, answer, _ = await admin.post(body, "/v1/links/bulk")
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (400, [field])
    assert admin.links.calls == []


async def test_many_links_are_switched(admin):
    ids = [(await admin.post({"url": URL}))[1]["data"]["id"] for _ in range(2)]
    asked = {"ids": [ids[0].upper(), ids[1], ids[0], "nonsense"], "enabled": False}
    status, body, _ = await admin.call("PATCH", "/v1/links/bulk/status", asked)
    assert (status, body["data"], list(body["meta"])) == (200, {"updated": 2}, ["request_id", "rate_limit"])
    assert [link.enabled for link in admin.links.links.values()] == [False, False]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enabled": True}, "ids"),
        ({"ids": [], "enabled": True}, "ids"),
        ({"ids": ["x"] * 201, "enabled": True}, "ids"),
        ({"ids": [1], "enabled": True}, "ids[0]"),
        ({"ids": ["x"]}, "enabled"),
        ({"ids": ["x"], "enabled": None}, "enabled"),
        ({"ids": ["x"], "enabled": 1}, "enabled"),
    ],
)
async def test_a_faulty_switch_switches_nothing(admin, body, field):
    status, answer, _ = await admin.call("PATCH", "/v1/links/bulk/status", body)
    assert (status, [detail["field"] for detail in answer["error"]["details"]]) == (400, [field])
    assert admin.links.calls == []


async def test_no_link_is_called_bulk(admin):
    for method in ("GET", "DELETE"):
        status, body, _ = await admin.call(method, "/v1/links/bulk")
        assert (status, body["error"]["code"]) == (404, "NOT_FOUND")
