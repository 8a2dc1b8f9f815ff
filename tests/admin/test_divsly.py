import msgspec
import pytest

from admin.qr_jobs import Refused
from links.errors import Code, LinkError
from tests.admin.domains import domain

URL = "https://example.com/long-url"

# In the order of the sample answer of the reference.
KEYS = [
    "id",
    "type",
    "type2",
    "userId",
    "clicks",
    "lbClicks",
    "scans",
    "destinationUrl",
    "faviconUrl",
    "title",
    "titleLabel",
    "btnLabel",
    "brandedDomain",
    "slashTag",
    "edit",
    "utm_id",
    "utm_content",
    "utm_term",
    "utm_campaign",
    "utm_medium",
    "utm_source",
    "preset",
    "bgColor",
    "color",
    "pattern",
    "corner",
    "logo",
    "qr",
    "qrLogoId",
    "tags",
    "linkInBioId",
    "uniqueTagId",
    "isActive",
    "isStarred",
    "expirationDate",
    "createdAt",
    "updatedAt",
    "fieldData",
    "frame",
    "isadminblocked",
    "isEdit",
    "password",
    "passwordProtectionEnabled",
    "primary",
    "qrType",
    "secondary",
    "text",
    "textColor",
]


@pytest.mark.parametrize("path", ["/api/v1/short-link", "/api/v1/shortlinks", "/v1/short-link", "/v1/shortlinks"])
async def test_create_answers_all_keys_in_order(admin, path):
    status, body, headers = await admin.post({"destinationUrl": URL, "title": "JS dev", "slashTag": "tw9e1"}, path)
    assert status == 201
    assert list(body) == ["success", "message", "data"]
    assert (body["success"], body["message"]) == (True, "Short Link Created Successfully.")
    assert list(body["data"]) == KEYS
    assert len(KEYS) == 48
    assert {key: value for key, value in body["data"].items() if value is not None} == {
        "id": 1,
        "type": "shortlink",
        "userId": 1,
        "clicks": 0,
        "lbClicks": 0,
        "scans": 0,
        "destinationUrl": URL,
        "faviconUrl": "",
        "title": "JS dev",
        "titleLabel": "js dev",
        "btnLabel": "Click Here",
        "brandedDomain": "localhost:8080",
        "slashTag": "tw9e1",
        "edit": 0,
        "tags": "",
        "uniqueTagId": 1,
        "isActive": True,
        "isStarred": False,
        "createdAt": "2026-03-21T14:30:00.500Z",
        "updatedAt": "2026-03-21T14:30:00.500Z",
        "isadminblocked": False,
        "isEdit": False,
        "passwordProtectionEnabled": False,
    }
    assert headers["X-RateLimit-Limit"] == "2147483647"
    assert admin.links.who == ["key:fp_pk_0000000a"]


async def test_what_is_stored_is_echoed(admin):
    qr = {"color": "#000000", "bgColor": "#ffffff", "pattern": "classy", "corner": "square", "qrType": "website"}
    sent = {"tags": "b, a,b", "utm_source": "x", "utm_params": {"id": "7"}, "qrSettings": {**qr, "preset": 3}}
    _, body, _ = await admin.post({"destinationUrl": URL, **sent, "btnLabel": "Go"}, "/v1/shortlinks")
    data = body["data"]
    assert (data["tags"], data["utm_source"], data["utm_id"], data["preset"]) == ("b,a", "x", "7", 3)
    assert {key: data[key] for key in qr} == qr
    assert (data["destinationUrl"], data["btnLabel"], data["qr"]) == (URL, "Go", None)


async def test_a_taken_slug(admin):
    await admin.post({"destinationUrl": URL, "slashTag": "one"}, "/v1/short-link")
    status, body, _ = await admin.post({"destinationUrl": URL, "slashTag": "one"}, "/v1/short-link")
    assert (status, body) == (400, {"error": True, "data": {"message": "Slug already exists"}})


async def test_a_bad_body(admin):
    status, body, _ = await admin.post({"password": "x" * 1_025}, "/v1/short-link")
    assert status == 400
    assert body["data"]["message"] == "Bad Request"
    assert [error["field"] for error in body["data"]["errors"]] == ["destinationUrl", "password"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"password": "pässword"}, "hash of pässword"),
        ({"password": "x", "passwordProtectionEnabled": True}, "hash of x"),
        ({"password": "x", "passwordProtectionEnabled": None}, "hash of x"),
        ({"password": "x", "passwordProtectionEnabled": False}, None),
        ({"password": "", "passwordProtectionEnabled": False}, None),
        ({"password": None}, None),
    ],
)
async def test_a_password_is_kept_as_a_hash_and_never_shown(admin, body, kept):
    status, answer, _ = await admin.post({"destinationUrl": URL, **body}, "/v1/short-link")
    assert (status, answer["data"]["password"]) == (201, None)
    assert answer["data"]["passwordProtectionEnabled"] is (kept is not None)
    assert admin.links.drafts[0].password == kept


async def test_a_fault_that_the_links_find_is_named_as_this_api_names_it(admin):
    admin.links.failing = LinkError(Code.INVALID, "is too long", "utm.source")
    _, body, _ = await admin.post({"destinationUrl": URL}, "/v1/short-link")
    assert body["data"]["errors"] == [{"field": "utm_source", "message": "is too long"}]


@pytest.mark.parametrize("end", ["d", "e", "f"])
async def test_without_a_good_key(admin, bearer, end):
    async with admin.client.post("/v1/short-link", json={"public": True}, headers=bearer(end)) as response:
        assert (response.status, await response.json()) == (401, {"message": "Unauthorized!"})


async def test_without_a_key_there_are_no_public_links(admin):
    async with admin.client.post("/v1/short-link", json={"destinationUrl": URL, "public": True}) as response:
        assert (response.status, await response.json()) == (401, {"message": "Unauthorized!"})
    assert admin.links.calls == []


async def test_a_reader_may_not_write(admin, bearer):
    async with admin.client.post("/v1/short-link", json={"destinationUrl": URL}, headers=bearer("b")) as response:
        assert (response.status, await response.json()) == (403, {"error": True, "data": {"message": "Forbidden"}})


# Reading, changing, deleting; a QR code is a link all the same


QR = "http://localhost:8080/qr/ggggg.svg"
BOTH = pytest.mark.parametrize(("base", "method"), [("/v1/short-link", "PUT"), ("/v1/qr-code", "POST")])


async def made(admin, base="/v1/qr-code", **body):
    status, answer, _ = await admin.post({"destinationUrl": URL} | body, base)
    assert status == 201, answer
    return answer["data"]


@pytest.mark.parametrize("base", ["/v1/short-link", "/v1/shortlinks", "/v1/qr-code", "/v1/qr-codes"])
async def test_a_list(admin, base):
    first, second = await made(admin, title="one"), await made(admin, title="two")
    status, body, _ = await admin.call("GET", f"{base}?limit=1&offset=1&user_id=1&parentUser=1&page=3")
    assert (status, list(body)) == (200, ["message", "success", "resultData", "error"])
    assert (body["success"], body["resultData"], body["error"]) == (True, [first], None)
    assert [link["id"] for link in (await admin.call("GET", base))[1]["resultData"]] == [second["id"], first["id"]]
    asked = admin.links.queries[0]
    assert (asked.limit, asked.offset, asked.workspace, asked.counted) == (1, 1, 1, False)


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/v1/short-link", None),
        ("/v1/short-link?type=", None),
        ("/v1/short-link?type=short_link", ("",)),
        ("/v1/short-link?type=QR_N", ("QR_N_BIO_PAGE",)),
        ("/v1/qr-code", ("QR", "QR_N_BIO_PAGE")),
        ("/v1/qr-code?type=qr", ("QR",)),
    ],
)
async def test_a_list_of_a_type(admin, path, kinds):
    assert (await admin.call("GET", path))[0] == 200
    assert admin.links.queries[0].kinds == kinds


@pytest.mark.parametrize("query", ["user_id=2", "parentUser=2", "user_id=1&parentUser=0", "user_id=me", "user_id=01"])
async def test_a_list_of_somebody_else_is_forbidden(admin, query):
    status, body, _ = await admin.call("GET", f"/v1/short-link?{query}")
    assert (status, body) == (403, {"error": True, "data": {"message": "Forbidden"}})
    assert admin.links.calls == []


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=201", "limit"), ("offset=x", "offset"), ("type=page", "type")]
)
async def test_a_list_with_a_fault(admin, query, field):
    status, body, _ = await admin.call("GET", f"/v1/short-link?{query}")
    assert (status, [error["field"] for error in body["data"]["errors"]]) == (400, [field])


@BOTH
async def test_one_link(admin, base, method):
    link = await made(admin)
    assert await _told(admin, "GET", f"{base}/1") == (200, {"success": True, "data": link})
    status, body = await _told(admin, method, f"{base}/1", {"title": "New"})
    assert (status, list(body), body["success"]) == (200, ["success", "message", "data"], True)
    assert body["data"] == link | {"title": "New", "titleLabel": "new", "edit": 1, "isEdit": True}
    status, body = await _told(admin, "DELETE", f"{base}/1")
    assert (status, list(body), body["success"]) == (200, ["success", "message"], True)
    assert admin.links.kept == [True]
    assert (await _told(admin, "GET", f"{base}/1"))[0] == 404


async def _told(admin, method, path, json=None):
    status, body, _ = await admin.call(method, path, json)
    return status, body


NOT_FOUND = (404, {"error": True, "data": {"message": "Not Found"}})


@BOTH
@pytest.mark.parametrize("name", ["2", "0", "-1", "x", "00000000-0000-4000-8000-000000000001", "9" * 30])
async def test_what_is_no_link_is_not_found(admin, base, method, name):
    await made(admin)
    for verb, body in (("GET", None), (method, {}), ("DELETE", None)):
        assert await _told(admin, verb, f"{base}/{name}", body) == NOT_FOUND
    assert len(admin.links.links) == 1


async def test_a_short_link_is_no_qr_code(admin):
    await made(admin, "/v1/short-link", isQrGenerated=True)
    for verb, body in (("GET", None), ("POST", {}), ("DELETE", None)):
        assert await _told(admin, verb, "/v1/qr-code/1", body) == NOT_FOUND
    assert (await _told(admin, "GET", "/v1/short-link/1"))[0] == 200


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(None, "qr"), ("SHORT_LINK", "qr"), ("BIO_LINK", "qr"), ("QR", "qr"), ("QR_N_", "qrnbiopage")],
)
async def test_the_type_of_a_qr_code(admin, sent, answered):
    assert (await made(admin, type=sent))["type"] == answered
    status, body = await _told(admin, "POST", "/v1/qr-code/1", {"type": "SHORT_LINK"})
    assert (status, body["data"]["type"]) == (200, answered)


async def test_qr_settings_stand_beside_the_other_fields_of_a_qr_code(admin):
    data = await made(admin, color="#102030", qrType="website", qrSettings={"color": "#ffffff", "text": "Scan"})
    assert (data["color"], data["qrType"], data["text"], data["qr"]) == ("#102030", "website", "Scan", QR)
    _, body = await _told(admin, "POST", "/v1/qr-code/1", {"pattern": "dots", "text": ""})
    assert (body["data"]["color"], body["data"]["pattern"], body["data"]["text"]) == ("#102030", "dots", None)


@pytest.mark.parametrize(
    ("body", "generated"), [({}, False), ({"isQrGenerated": True}, True), ({"type": "QR_N_BIO_PAGE"}, True)]
)
async def test_the_address_of_the_image_is_told_once_there_is_a_code(admin, body, generated):
    assert (await made(admin, "/v1/short-link", **body))["qr"] == (QR if generated else None)
    _, answer = await _told(admin, "PUT", "/v1/short-link/1", {"isQrGenerated": not generated})
    assert answer["data"]["qr"] == (QR if not generated or "type" in body else None)


@pytest.mark.parametrize(
    ("base", "sent", "field"),
    [
        ("/v1/short-link", {"qrSettings": {"color": "#123456"}}, "qrSettings.color"),
        ("/v1/qr-code", {"color": "#123"}, "color"),
    ],
)
async def test_a_design_that_nobody_could_read_is_refused(admin, base, sent, field):
    admin.media.pool.answer = Refused("foreground", "the contrast is 1.10:1")
    status, body, _ = await admin.post({"destinationUrl": URL} | sent, base)
    assert (status, body["data"]["errors"]) == (400, [{"field": field, "message": "the contrast is 1.10:1"}])
    assert admin.links.calls == []


async def test_a_changed_design_is_checked_together_with_what_stays(admin):
    await made(admin, color="#102030")
    admin.media.pool.jobs.clear()
    await _told(admin, "POST", "/v1/qr-code/1", {"bgColor": "#eeeeee"})
    ((job, _),) = admin.media.pool.jobs
    assert (job.design.foreground, job.design.background) == ("#102030", "#eeeeee")
    await _told(admin, "POST", "/v1/qr-code/1", {"title": "No design in it"})
    assert len(admin.media.pool.jobs) == 1


# Passwords, domains, bio pages


async def test_a_password_of_a_change_is_hashed(admin):
    await made(admin)
    _, body = await _told(admin, "PUT", "/v1/short-link/1", {"password": "new"})
    assert (body["data"]["passwordProtectionEnabled"], admin.links.changes[-1].password) == (True, "hash of new")
    assert (await _told(admin, "PUT", "/v1/short-link/1", {"passwordProtectionEnabled": True}))[0] == 200
    _, body = await _told(admin, "PUT", "/v1/short-link/1", {"password": ""})
    assert (body["data"]["passwordProtectionEnabled"], admin.links.changes[-1].password) == (False, None)
    status, body = await _told(admin, "PUT", "/v1/short-link/1", {"passwordProtectionEnabled": True})
    assert (status, body["data"]["errors"]) == (
        400,
        [{"field": "passwordProtectionEnabled", "message": "needs a password"}],
    )


async def test_a_change_of_the_domain(admin):
    await made(admin)
    admin.domains.domains = {1: domain()}
    await _told(admin, "PUT", "/v1/short-link/1", {"brandedDomain": "go.example.com"})
    assert admin.links.changes[-1].domain == "go.example.com"
    await _told(admin, "PUT", "/v1/short-link/1", {"brandedDomain": "localhost:8080"})
    assert admin.links.changes[-1].domain == ""
    await _told(admin, "PUT", "/v1/short-link/1", {"brandedDomain": ""})
    assert admin.links.changes[-1].domain is msgspec.UNSET
    status, body = await _told(admin, "PUT", "/v1/short-link/1", {"brandedDomain": "other.example.com"})
    assert (status, body["code"]) == (400, "DNS_CONFIGURATION_ERROR")


async def test_a_link_is_put_on_a_bio_page(admin):
    more = {"btnLabel": "Go", "faviconUrl": "https://example.com/i.png", "isLinkInBio": True}
    assert (await made(admin, "/v1/short-link", bioPage=3, **more))["linkInBioId"] == 3
    assert admin.page_links.calls == [
        ("check", 3, "Go", ""),
        ("put", 3, "Go", "https://example.com/i.png"),
    ]
    assert (await _told(admin, "GET", "/v1/short-link/1"))[1]["data"]["linkInBioId"] == 3
    assert (await _told(admin, "GET", "/v1/short-link"))[1]["resultData"][0]["linkInBioId"] == 3


@pytest.mark.parametrize(
    ("sent", "called", "page"),
    [
        ({"title": "T"}, [], 3),
        ({"btnLabel": "New"}, [("put", 3, "New", "")], 3),
        ({"btnLabel": ""}, [("put", 3, "Click Here", "")], 3),
        ({"faviconUrl": "https://example.com/i.png"}, [("put", 3, "Old", "https://example.com/i.png")], 3),
        ({"bioPage": 3}, [], 3),
        ({"isLinkInBio": True}, [], 3),
        ({"bioPage": None}, [], 3),
        ({"bioPage": 4}, [("check", 4, "Old", ""), ("take_off", 3, "", ""), ("put", 4, "Old", "")], 4),
        ({"bioPage": 4, "btnLabel": "N"}, [("check", 4, "N", ""), ("take_off", 3, "", ""), ("put", 4, "N", "")], 4),
        ({"isLinkInBio": False}, [("take_off", 3, "", "")], None),
    ],
)
async def test_a_change_of_the_bio_page(admin, sent, called, page):
    await made(admin, "/v1/short-link", bioPage=3, btnLabel="Old")
    admin.page_links.calls.clear()
    status, body = await _told(admin, "PUT", "/v1/short-link/1", sent)
    assert (status, body["data"]["linkInBioId"]) == (200, page)
    assert admin.page_links.calls == called


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"bioPage": 10}, "bioPage"), ({"isLinkInBio": True}, "isLinkInBio"), ({"bioPage": 1.5}, "bioPage")],
)
async def test_without_such_a_bio_page(admin, sent, field):
    status, body, _ = await admin.post({"destinationUrl": URL} | sent, "/v1/short-link")
    assert (status, [error["field"] for error in body["data"]["errors"]]) == (400, [field])
    assert admin.links.calls == []
    await made(admin)
    status, body = await _told(admin, "PUT", "/v1/short-link/1", sent | {"title": "T"})
    assert (status, [error["field"] for error in body["data"]["errors"]]) == (400, [field])
    assert "edit" not in admin.links.calls
