"""Walks the route table: what is documented is what happens."""

import pytest
from pydantic import BaseModel

from admin.auth import SCOPES
from admin.errors import from_link
from admin.routes import routes
from admin.routes_bio import TAG as BIO_TAG
from admin.routes_divsly import QR_TAG, TAG
from admin.routes_domains import TAG as DOMAIN_TAG
from admin.wire_divsly import DIVSLY
from links.errors import Code, LinkError
from links.quotas import over
from tests.admin.domains import domain
from tests.admin.pages import bio_page, id_of

URL = "https://example.com/"

# What each method of the links may raise (admin.ports).
RAISES = {
    "create": (Code.INVALID, Code.SLUG_TAKEN, Code.UNAVAILABLE),
    "create_all": (Code.UNAVAILABLE,),
    "get": (Code.NOT_FOUND, Code.UNAVAILABLE),
    "page": (Code.UNAVAILABLE,),
    "edit": (Code.NOT_FOUND, Code.INVALID, Code.SLUG_TAKEN, Code.UNAVAILABLE),
    "delete": (Code.NOT_FOUND, Code.UNAVAILABLE),
    "delete_all": (Code.UNAVAILABLE,),
    "switch": (Code.UNAVAILABLE,),
}

# And by what they are limited.
LIMITED = {"create": ("links", "qr_codes"), "edit": ("edits", "qr_codes"), "switch": ("edits",)}

# A body that makes each route call the links, by operation id.
BODIES = {
    "addCustomDomain": {"domain": "new.example"},
    "changeCustomDomain": {"robots": "disallow"},
    "createLink": {"url": URL},
    "updateLink": {"enabled": False},
    "createShortLink": {"destinationUrl": URL},
    "createShortLinkAlias": {"destinationUrl": URL},
    "updateShortLink": {"title": "T"},
    "updateShortLinkAlias": {"title": "T"},
    "createLinks": {"links": [{"url": URL}]},
    "updateLinksStatus": {"ids": ["00000000-0000-4000-8000-000000000001"], "enabled": False},
    "importShortLinks": {"importData": [{"destinationUrl": URL}]},
    **dict.fromkeys(
        ("deleteShortLinks", "deleteShortLinksBelow", "deleteShortLinksBelowAlias"), {"bulkLinks": [{"id": 1}]}
    ),
    **dict.fromkeys(("createQrCode", "createQrCodeAlias"), {"destinationUrl": URL}),
    **dict.fromkeys(("updateQrCode", "updateQrCodeAlias"), {"title": "T"}),
    "cityAnalytics": {"shortlink": "g" * 5},
    "createTemplate": {"name": "T"},
    "updateTemplate": {"name": "T"},
    "renderQrPost": {"data": "T"},
    "createBioPage": {"title": "T"},
    "updateBioPage": {"title": "T"},
}


# What each route needs in its query, by operation id.
QUERIES = {
    **dict.fromkeys(("renderQr", "renderTemplate", "renderTemplatePost"), "?data=x"),
    "getAnalyticsTimeseries": "?interval=day",
    "exportStats": "?format=jsonl",
    "presignAsset": "?filename=a.png&content_type=image/png&file_size=1",
}


async def health():
    return 200, {}


TABLE = routes(None, health, lambda: 0, None, domains=None)
GUARDED = [route for route in TABLE if route.scope]


UUID = "00000000-0000-4000-8000-000000000001"
NUMBERED = (TAG, QR_TAG, DOMAIN_TAG)
LINK_TAGS = ("Links", TAG, QR_TAG)
CALLING_LINKS = [route for route in GUARDED if route.tag in LINK_TAGS and route.operation_id != "cityAnalytics"]


def path_of(route, prefix):
    id_ = "1" if route.tag in NUMBERED else id_of(1) if route.tag == BIO_TAG else UUID
    path = route.path.replace("{id}", id_).replace("{token}", "x")
    return prefix + path + QUERIES.get(route.operation_id, "")


async def make_one(admin):
    """A link that every route about links has to do with: number 1, of type QR."""
    await admin.call("POST", "/v1/qr-code", {"destinationUrl": URL})


def named(table):
    return {"argvalues": table, "ids": [f"{route.method} {route.path}" for route in table]}


def test_operation_ids_and_endpoints_are_unique():
    assert len({route.operation_id for route in TABLE}) == len(TABLE)
    assert len({(route.method, route.path) for route in TABLE}) == len(TABLE)


@pytest.mark.parametrize("route", **named(TABLE))
def test_models_describe_every_field(route):
    for model in (route.request, route.query, route.response):
        for name, field in model.model_fields.items() if model else ():
            nested = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
            assert field.description or nested, f"{model.__name__}.{name}"
    assert route.scope is None or route.scope in SCOPES


@pytest.mark.parametrize("route", **named(TABLE))
async def test_every_route_answers_under_every_prefix(admin, route):
    seen = []
    for prefix in route.prefixes:
        await make_one(admin)
        admin.domains.domains = {1: domain()}
        admin.pages.put(bio_page())
        admin.media.templates.put(UUID)
        admin.media.assets.put(1, id=UUID)
        status, _, _ = await admin.call(route.method, path_of(route, prefix), BODIES.get(route.operation_id))
        seen.append(status)
        admin.links.links.clear()
        admin.links.__init__()
    assert seen == [route.status] * len(route.prefixes)


@pytest.mark.parametrize("route", **named(CALLING_LINKS))
async def test_whatever_the_links_raise_is_documented(admin, route):
    await make_one(admin)
    admin.links.calls.clear()
    body = BODIES.get(route.operation_id)
    await admin.call(route.method, path_of(route, "/v1"), body)
    documented = {route.dialect.statuses[failure] for failure in route.failures}
    assert admin.links.calls
    calls = ["create_all"] if "create_all" in admin.links.calls else list(dict.fromkeys(admin.links.calls))
    for called in calls:
        # The XQR API asks for no QR code.
        things = [thing for thing in LIMITED.get(called, ()) if thing != "qr_codes" or route.dialect is DIVSLY]
        raised = [LinkError(code, "because", "slug") for code in RAISES[called]]
        for error in raised + [over(thing) for thing in things]:
            admin.links.__init__()
            await make_one(admin)
            admin.links.failing, admin.links.failing_in = error, called
            status, _, _ = await admin.call(route.method, path_of(route, "/v1"), body)
            assert status in documented, error
            assert from_link(error, {}).failure in route.failures


@pytest.mark.parametrize("route", **named(GUARDED))
async def test_no_route_is_open(admin, bearer, route):
    path = path_of(route, "/v1")
    for headers in ({}, bearer("f")):
        async with admin.client.request(route.method, path, headers=headers, json={}) as response:
            assert response.status == 401
    without = bearer("b" if route.scope == "links:write" else "c")
    async with admin.client.request(route.method, path, headers=without, json={}) as response:
        assert response.status == 403
    assert admin.links.calls == []


@pytest.mark.parametrize("route", **named([route for route in TABLE if route.request]))
async def test_every_body_is_checked(admin_with, route):
    admin = await admin_with(max_body_bytes=5_000)
    path, raw = path_of(route, "/v1"), {"headers": {"Content-Type": "application/json"}}
    for data in (b"", b"{", b"[]", b"[" * 5_000):
        status, _, _ = await admin.call(route.method, path, data=data, **raw)
        assert status == 400
    assert (await admin.call(route.method, path, data=b" " * 5_001, **raw))[0] == 413
    assert admin.links.calls == []
