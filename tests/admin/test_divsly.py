import pytest

from admin.divsly import PUBLIC_LIFETIME_MS, draft
from admin.models_divsly import CreateShortLink
from admin.validation import context, validated
from links.errors import Code, LinkError
from links.model import Draft

URL = "https://example.com/long-url"
NOW = 1_774_103_400_500
GENERATED = {"slug_alphabet": "abcdefghijklmnopqrstuvwxyz0123456789", "slug_length": 5}

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


def drafted(**body):
    return draft(validated(CreateShortLink, {"destinationUrl": URL, **body}, context("localhost:8080")), NOW)


def test_a_bare_request_gets_a_slug_of_five():
    assert drafted() == Draft(destination=URL, **GENERATED)


def test_everything_that_is_stored():
    asked = drafted(
        slashTag="🎉",
        title="JS dev",
        tags=" b, a ,b",
        expirationDate="2026-06-25T04:30:15.979Z",
        faviconUrl="https://example.com/i.png",
        btnLabel="Go",
        qrSettings={"color": "#000000", "qrLogoId": 4, "isBgTransparent": False, "frame": None},
    )
    assert asked == Draft(
        destination=URL,
        slug="🎉",
        title="JS dev",
        labels=("b", "a"),
        expires_at=1_782_361_815_979,
        extras={
            "color": "#000000",
            "qrLogoId": 4,
            "isBgTransparent": False,
            "faviconUrl": "https://example.com/i.png",
            "btnLabel": "Go",
        },
        **GENERATED,
    )


def test_flat_utm_fields_win_and_empty_ones_are_unset():
    asked = drafted(
        utm_params={"source": "nested", "medium": "nested", "campaign": ""},
        utm_source="flat",
        utm_medium="",
        utm_id=None,
    )
    assert asked.utm == {"source": "flat", "medium": "nested"}


@pytest.mark.parametrize(
    ("body", "expires"),
    [
        ({"public": True}, NOW + PUBLIC_LIFETIME_MS),
        ({"public": True, "expirationDate": "2099-01-01"}, NOW + PUBLIC_LIFETIME_MS),
        ({"public": True, "expirationDate": "2026-03-21T14:31:00Z"}, 1_774_103_460_000),
        ({"public": False}, None),
    ],
)
def test_a_public_link_lives_for_an_hour_at_most(body, expires):
    assert drafted(**body).expires_at == expires


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
