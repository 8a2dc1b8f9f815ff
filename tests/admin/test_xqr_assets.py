"""Assets in the XQR API, over HTTP; files are kept in memory."""

import pytest

from links.assets import STORAGE
from links.errors import Code, LinkError
from tests.admin.qr_fakes import API

PRESIGN = "/api/v1/assets/presign?filename=%C3%BC%20b.png&content_type=Image/PNG&file_size=3"


async def test_a_file_from_its_announcement_to_its_end(admin):
    status, answer, _ = await admin.call("POST", PRESIGN)
    data = answer["data"]
    assert status == 200
    assert list(data) == ["asset_id", "upload_url", "method", "headers"]
    assert (data["method"], data["headers"]) == ("PUT", {"Content-Type": "image/png"})
    assert data["upload_url"] == f"{API}/api/v1/assets/uploads/token1"
    asset = await admin.media.assets.get(data["asset_id"], 1)
    assert (asset.filename, asset.mime_type, asset.file_size) == ("ü b.png", "image/png", 3)
    async with admin.client.put("/api/v1/assets/uploads/token1", data=b"abc") as response:  # without a key
        assert (response.status, await response.read()) == (204, b"")
    assert admin.media.assets.bodies == {"token1": b"abc"}


async def test_a_type_with_a_plus_may_come_unencoded(admin):
    for kind in ("image/svg+xml", "image/svg%2Bxml"):
        _, answer, _ = await admin.call("POST", f"/v1/assets/presign?filename=a&content_type={kind}&file_size=1")
        assert answer["data"]["headers"] == {"Content-Type": "image/svg+xml"}


async def test_an_asset_as_it_is_answered(admin):
    admin.media.assets.put(1, filename="ü/b.png")
    path = f"/v1/assets/ast_{1:032x}"
    _, answer, _ = await admin.call("GET", path)
    assert answer["data"] == {
        "id": f"ast_{1:032x}",
        "filename": "ü/b.png",
        "mime_type": "image/png",
        "file_size": 3,
        "status": "confirmed",
        "is_public": False,
        "public_url": None,
        "tags": [],
        "created_at": "2026-03-21T14:30:00Z",
        "updated_at": "2026-03-21T14:30:00Z",
    }
    status, answer, _ = await admin.call("POST", f"{path}/publish")
    assert (status, answer["data"]["is_public"]) == (200, True)
    assert answer["data"]["public_url"] == f"{API}/assets/ast_{1:032x}/%C3%BC%2Fb.png"
    status, nothing, _ = await admin.call("DELETE", path)
    assert (status, nothing) == (204, None)
    assert (await admin.call("GET", path))[0] == 404


@pytest.mark.parametrize("path", ["/v1/assets/{}/confirm", "/api/v1/assets/presign/{}/confirm"])
async def test_a_file_is_confirmed_once_it_is_there(admin, path):
    path = path.format(f"ast_{1:032x}")
    admin.media.assets.put(1, status="pending", is_uploaded=False)
    status, answer, _ = await admin.call("POST", path)
    assert (status, answer["error"]["message"]) == (400, "asset_id: has not been uploaded yet")
    admin.media.assets.put(1, status="pending")
    status, answer, _ = await admin.call("POST", path)
    assert (status, answer["data"]["status"]) == (200, "confirmed")


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("content_type=a/b&file_size=1", "filename", "is required"),
        ("filename=a&file_size=1", "content_type", "is required"),
        ("filename=a&content_type=a/b", "file_size", "is required"),
        ("filename=&content_type=a/b&file_size=1", "filename", "must not be empty"),
        ("filename=a%2Fb&content_type=a/b&file_size=1", "filename", "no slashes"),
        ("filename=a%5Cb&content_type=a/b&file_size=1", "filename", "no slashes"),
        ("filename=a%0D%0Ab&content_type=a/b&file_size=1", "filename", "control characters"),
        ("filename=a%E2%80%AEgnp.exe&content_type=a/b&file_size=1", "filename", "control characters"),
        ("filename=..&content_type=a/b&file_size=1", "filename", "must be a file's name"),
        (f"filename={'x' * 256}&content_type=a/b&file_size=1", "filename", "at most 255"),
        ("filename=a&content_type=png&file_size=1", "content_type", "media type"),
        ("filename=a&content_type=text/html;x=y&file_size=1", "content_type", "media type"),
        ("filename=a&content_type=a/b%0D%0AX:y&file_size=1", "content_type", "media type"),
        ("filename=a&content_type=a/b&file_size=0", "file_size", "must be at least 1"),
        ("filename=a&content_type=a/b&file_size=26214401", "file_size", "must be at most 26214400"),
        ("filename=a&content_type=a/b&file_size=1e3", "file_size", "whole number"),
        ("filename=a&content_type=a/b&file_size=1&public=1", "public", "unknown parameter"),
    ],
)
async def test_what_is_wrong_with_an_announcement_is_named(admin, query, field, said):
    status, answer, _ = await admin.call("POST", f"/v1/assets/presign?{query}")
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    (detail,) = answer["error"]["details"]
    assert detail["field"] == field
    assert said in detail["message"]
    assert admin.media.assets.assets == {}


async def test_a_server_without_room_says_so(admin):
    admin.media.assets.failing = LinkError(Code.LIMIT, "there is no room for it", STORAGE)
    status, answer, _ = await admin.call("POST", PRESIGN)
    assert (status, answer["error"]["code"]) == (403, "PLAN_LIMIT_EXCEEDED")
    assert answer["error"]["message"] == "There is no room for more files on this server."


async def test_assets_are_listed_by_page(admin):
    for number in range(1, 4):
        admin.media.assets.put(number)
    admin.media.assets.put(9, workspace=2)
    _, answer, _ = await admin.call("GET", "/v1/assets?limit=2")
    assert [asset["id"][-1] for asset in answer["data"]] == ["3", "2"]
    meta = answer["meta"]
    assert (meta["total"], meta["limit"], meta["offset"]) == (3, 2, 0)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/confirm"), ("POST", "/publish"), ("DELETE", "")])
async def test_another_workspaces_is_not_found(admin, method, path):
    asset = admin.media.assets.put(1, workspace=2)
    status, answer, _ = await admin.call(method, f"/v1/assets/{asset.id}{path}")
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")
    assert asset.id in admin.media.assets.assets
