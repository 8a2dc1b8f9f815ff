import pytest


async def test_the_front_door_leads_to_the_documentation(admin):
    async with admin.client.get("/", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/docs")


async def test_the_document_is_served_to_everybody(admin):
    async with admin.client.get("/openapi.json") as response:
        assert (response.status, (await response.json())["openapi"]) == (200, "3.1.0")
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("status", "report"), [(200, {"status": "ok"}), (503, {"status": "unavailable", "reason": "x"})]
)
async def test_health(admin, status, report):
    admin.health = (status, report)
    async with admin.client.get("/healthz") as response:
        assert (response.status, await response.json()) == (status, report)
        assert response.headers["Cache-Control"] == "no-store"
    async with admin.client.head("/healthz") as response:
        assert (response.status, await response.read()) == (status, b"")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/healthz"])
async def test_head_works_where_get_does(admin, path):
    async with admin.client.head(path, allow_redirects=False) as response:
        assert response.status in (200, 302)
        assert response.headers["Server"] == "fingerpost"


async def test_schemes_are_handed_to_the_check_of_destinations(admin):
    status, body, _ = await admin.post({"url": "ftp://example.com/", "labels": [1]})
    assert status == 400
    assert [fault["field"] for fault in body["error"]["details"]] == ["url", "labels[0]"]
