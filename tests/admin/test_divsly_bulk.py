import pytest

from links.errors import Code, LinkError
from links.quotas import over
from tests.admin.domains import domain

URL = "https://example.com/"
DELETE = pytest.mark.parametrize(
    "path", ["/v1/bulk-delete", "/v1/shortlinks/bulk-delete", "/v1/short-link/bulk-delete"]
)


async def imported(admin, *rows, **more):
    status, body, _ = await admin.post({"importData": list(rows)} | more, "/v1/import-short-link")
    return status, body


async def test_rows_are_made_each_by_itself(admin):
    status, body = await imported(
        admin,
        {"destinationUrl": URL, "slashTag": "one", "tags": "b, a", "title": "T", "utm_source": "x", "utm_id": ""},
        {"destinationUrl": "example.com", "slashTag": "bad"},
        {"destinationUrl": URL, "slashTag": "one"},
        "no object",
        {"slashTag": 5},
        {"destinationUrl": URL, "slashTag": None, "expirationDate": "2040-01-01", "faviconUrl": "https://a.b/i"},
        tags="all, a",
    )
    assert (status, body["success"], list(body)) == (201, True, ["success", "message", "data"])
    first, last = body["data"]["created"]
    assert (first["slashTag"], first["tags"], first["title"], first["utm_source"]) == ("one", "all,a,b", "T", "x")
    assert (last["tags"], last["expirationDate"], last["faviconUrl"]) == (
        "all,a",
        "2040-01-01T00:00:00.000Z",
        "https://a.b/i",
    )
    assert len(last["slashTag"]) == 5
    assert [(error["index"], error["destinationUrl"], error["slashTag"]) for error in body["data"]["errors"]] == [
        (1, "example.com", "bad"),
        (2, URL, "one"),
        (3, None, None),
        (4, None, None),
    ]
    said = [error["message"] for error in body["data"]["errors"]]
    assert said == ["Bad Request", "Slug already exists", "Bad Request", "Bad Request"]
    fields = [[one["field"] for one in error.get("errors", ())] for error in body["data"]["errors"]]
    assert fields == [["destinationUrl"], [], ["body"], ["destinationUrl", "slashTag"]]
    assert admin.links.batches == [3]


async def test_an_import_that_makes_nothing_says_so(admin):
    status, body = await imported(admin, {}, {"destinationUrl": URL, "password": "x"})
    assert (status, body["success"], body["data"]["created"]) == (201, False, [])
    assert body["data"]["errors"][1]["errors"][0]["field"] == "password"


async def test_a_full_workspace_is_told_for_each_row(admin):
    admin.links.failing, admin.links.failing_in = over("links"), "create"
    _, body = await imported(admin, {"destinationUrl": URL})
    assert body["data"]["errors"][0]["message"] == "Link Limit Exceeded for your current plan. Please upgrade!"


async def test_an_import_on_a_domain(admin):
    admin.domains.domains = {1: domain()}
    await imported(admin, {"destinationUrl": URL}, brandedDomain="go.example.com")
    assert admin.links.drafts[0].domain == "go.example.com"
    status, body = await imported(admin, {"destinationUrl": URL}, brandedDomain="other.example.com")
    assert (status, body["code"]) == (400, "DNS_CONFIGURATION_ERROR")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "importData"),
        ({"importData": []}, "importData"),
        ({"importData": {}}, "importData"),
        ({"importData": [{}] * 4}, "importData"),
        ({"importData": [{}], "tags": 5}, "tags"),
    ],
)
async def test_a_faulty_import(admin_with, body, field):
    admin = await admin_with(bulk_links=3)
    status, answer, _ = await admin.post(body, "/v1/import-short-link")
    assert (status, [error["field"] for error in answer["data"]["errors"]]) == (400, [field])
    assert admin.links.calls == []


@DELETE
async def test_many_are_deleted_and_their_slugs_kept(admin, path):
    for _ in range(3):
        await admin.post({"destinationUrl": URL}, "/v1/short-link")
    links = [{"id": 3, "type": "QR"}, {"id": 9}, {"id": 1, "type": "short link"}, {"id": 3}]
    status, body, _ = await admin.post({"bulkLinks": links}, path)
    assert (status, body["success"], body["data"]) == (200, True, {"deleted": [3, 1], "notFound": [9]})
    assert [link.id for link in admin.links.links.values()] == [2]
    assert admin.links.kept == [True, True]


@pytest.mark.parametrize(
    ("links", "field"),
    [
        (None, "bulkLinks"),
        ([], "bulkLinks"),
        ([{"id": "1"}], "bulkLinks[0].id"),
        ([{"id": 1, "type": "x"}], "bulkLinks[0].type"),
        ([{"id": 1}] * 4, "bulkLinks"),
        ([1], "bulkLinks[0]"),
    ],
)
async def test_a_faulty_deletion_deletes_nothing(admin_with, links, field):
    admin = await admin_with(bulk_links=3)
    status, body, _ = await admin.post({"bulkLinks": links}, "/v1/bulk-delete")
    assert (status, [error["field"] for error in body["data"]["errors"]]) == (400, [field])
    assert admin.links.calls == []


async def test_what_the_links_refuse_as_a_whole(admin):
    admin.links.failing = LinkError(Code.UNAVAILABLE, "busy")
    assert (await imported(admin, {"destinationUrl": URL}))[0] == 503
    assert (await admin.post({"bulkLinks": [{"id": 1}]}, "/v1/bulk-delete"))[0] == 503


async def test_keys_are_not_made_here(admin):
    for headers in (admin.auth, {}):
        async with admin.client.post("/v1/create-token", json={"registrationId": "x"}, headers=headers) as response:
            body = await response.json()
        assert (response.status, body["data"]["message"]) == (400, "Bad Request")
        assert "operator" in body["data"]["errors"][0]["message"]
