"""Walks the route table: what is documented is what happens."""

import pytest
from pydantic import BaseModel

from admin.auth import SCOPES
from admin.errors import from_link
from admin.routes import routes
from admin.routes_domains import TAG
from admin.wire_divsly import DIVSLY
from links.errors import Code, LinkError
from links.quotas import over
from tests.admin.domains import domain

URL = "https://example.com/"

# What each method of the links may raise (admin.ports).
RAISES = {
    "create": (Code.INVALID, Code.SLUG_TAKEN, Code.UNAVAILABLE),
    "get": (Code.NOT_FOUND, Code.UNAVAILABLE),
    "page": (Code.UNAVAILABLE,),
    "edit": (Code.NOT_FOUND, Code.INVALID, Code.SLUG_TAKEN, Code.UNAVAILABLE),
    "delete": (Code.NOT_FOUND, Code.UNAVAILABLE),
}

# And by what they are limited.
LIMITED = {"create": ("links", "qr_codes"), "edit": ("edits",)}

# A body that makes each route call the links, by operation id.
BODIES = {
    "addCustomDomain": {"domain": "new.example"},
    "changeCustomDomain": {"robots": "disallow"},
    "createLink": {"url": URL},
    "updateLink": {"enabled": False},
    "createShortLink": {"destinationUrl": URL},
    "createShortLinkAlias": {"destinationUrl": URL},
}


async def health():
    return 200, {}


TABLE = routes(None, health, lambda: 0, None, domains=None)
GUARDED = [route for route in TABLE if route.scope]


def path_of(route, prefix):
    name = "1" if route.tag == TAG else "00000000-0000-4000-8000-000000000001"
    return prefix + route.path.replace("{id}", name)


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
        await admin.call("POST", "/v1/links", {"url": URL})
        admin.domains.domains = {1: domain()}
        status, _, _ = await admin.call(route.method, path_of(route, prefix), BODIES.get(route.operation_id))
        seen.append(status)
        admin.links.links.clear()
        admin.links.__init__()
    assert seen == [route.status] * len(route.prefixes)


@pytest.mark.parametrize("route", **named([route for route in GUARDED if route.tag != TAG]))
async def test_whatever_the_links_raise_is_documented(admin, route):
    await admin.call("POST", "/v1/links", {"url": URL})
    admin.links.calls.clear()
    body = BODIES.get(route.operation_id)
    await admin.call(route.method, path_of(route, "/v1"), body)
    called = admin.links.calls[0]
    documented = {route.dialect.statuses[failure] for failure in route.failures}
    # The XQR API asks for no QR code.
    things = [thing for thing in LIMITED.get(called, ()) if thing != "qr_codes" or route.dialect is DIVSLY]
    for error in [LinkError(code, "because", "slug") for code in RAISES[called]] + [over(thing) for thing in things]:
        admin.links.failing = error
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
