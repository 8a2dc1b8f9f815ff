"""Every parameter and every error of the two ways to create a link, one row each, against a running product."""

import json
from base64 import b64encode
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.admin.qr_pictures import decoded, png
from tests.flows.product import Product

URL = "https://example.com/page?a=1#end"
UTM = ("source", "medium", "campaign", "term", "content", "id")
_numbers = count(1)


def xqr(product: Product, **fields: Any) -> tuple[int, Any]:
    return product.api("POST", "/api/v1/links", {"url": URL} | fields)


def divsly(product: Product, **fields: Any) -> tuple[int, Any]:
    return product.api("POST", "/api/v1/short-link", {"destinationUrl": URL} | fields)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"url": "http://example.org/ü x"}, {"destination": "http://example.org/ü x"}),
        ({"custom_slug": "abc"}, {"short_code": "abc"}),
        ({"custom_slug": "Summer-" + "x" * 57}, {"short_code": "Summer-" + "x" * 57}),
        ({"labels": [" b ", "a", "b"]}, {"labels": ["b", "a"]}),
        ({"labels": [str(n) for n in range(10)]}, {"labels": [str(n) for n in range(10)]}),
        ({"routing_rules": []}, {"routing_rules": []}),
        ({"expires_at": "2040-01-02"}, {"expires_at": "2040-01-02T00:00:00Z"}),
        ({"expires_at": "2040-01-02T03:04:05.678+01:00"}, {"expires_at": "2040-01-02T02:04:05Z"}),
        (
            {"custom_slug": None, "labels": None, "routing_rules": None, "expires_at": None},
            {"labels": [], "expires_at": None, "enabled": True, "scan_count": 0},
        ),
    ],
)
def test_xqr_parameter(product: Product, sent: dict[str, Any], answered: dict[str, Any]) -> None:
    status, body = xqr(product, **sent)
    assert status == 201, body
    assert {key: body["data"][key] for key in answered} == answered
    assert product.follow(body["data"]["short_code"])[0] == 301


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "example.com"),
        ("url", "ftp://example.com"),
        ("url", None),
        ("url", 5),
        ("custom_slug", "ab"),
        ("custom_slug", "x" * 65),
        ("custom_slug", "a_b"),
        ("custom_slug", "🎉🎉🎉"),
        ("labels", ["x"] * 11),
        ("labels", "x"),
        ("labels", [""]),
        ("routing_rules", "x"),
        ("expires_at", "tomorrow"),
        ("expires_at", 5),
        ("unknown", 1),
    ],
)
def test_xqr_parameter_refused(product: Product, field: str, value: Any) -> None:
    status, body = xqr(product, **{field: value})
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"].partition("[")[0] for detail in body["error"]["details"]] == [field]


TYPES = {
    "shortlink": ["SHORT_LINK", "shortlink", "Short Link", "short-link"],
    "qr": ["QR", "qr", "qr_code"],
    "biolink": ["BIO_LINK", "BIO_PAGE", "biolink"],
    "qrnbiopage": ["QR_N_BIO_PAGE", "QR_N_", "QR_N", "qrnbiopage"],
}
LOGO = "data:image/png;base64," + b64encode(png()).decode()
QR = {
    "color": "#102030",
    "bgColor": "#ffffff",
    "pattern": "classy-rounded",
    "corner": "extra-rounded",
    "preset": "3",
    "logo": LOGO,
    "qrLogoId": 7,
    "frame": "banner-top",
    "text": "scan",
    "textColor": "#fff",
    "primary": "#000",
    "secondary": "#123456",
    "qrType": "website",
}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"destinationUrl": "http://example.org/ü"}, {"destinationUrl": "http://example.org/ü", "userId": 1}),
        ({"slashTag": "my-custom-slug"}, {"slashTag": "my-custom-slug"}),
        ({"title": "Summer Sale"}, {"title": "Summer Sale", "titleLabel": "summer sale"}),
        ({}, {"title": "", "tags": "", "btnLabel": "Click Here", "faviconUrl": "", "expirationDate": None, "qr": None}),
        ({"tags": "b, a,b," + ",".join(map(str, range(12)))}, {"tags": "b,a," + ",".join(map(str, range(12)))}),
        *(({"type": said}, {"type": answer}) for answer, spellings in TYPES.items() for said in spellings),
        ({"type": ""}, {"type": "shortlink"}),
        ({"public": False}, {"expirationDate": None}),
        ({"public": True, "expirationDate": "2020-01-01"}, {"expirationDate": "2020-01-01T00:00:00.000Z"}),
        ({"expirationDate": "2040-06-25T04:30:15.979Z"}, {"expirationDate": "2040-06-25T04:30:15.979Z"}),
        ({"password": "secret"}, {"password": None, "passwordProtectionEnabled": True}),
        (
            {"password": "secret", "passwordProtectionEnabled": False},
            {"password": None, "passwordProtectionEnabled": False},
        ),
        ({"password": ""}, {"passwordProtectionEnabled": False}),
        ({"utm_params": {key: f"n{key}" for key in UTM}}, {f"utm_{key}": f"n{key}" for key in UTM}),
        ({f"utm_{key}": f"f{key}" for key in UTM}, {f"utm_{key}": f"f{key}" for key in UTM}),
        ({"utm_params": {"source": "n"}, "utm_source": "f"}, {"utm_source": "f"}),
        ({"isQrGenerated": True, "qrSettings": QR}, QR),
        ({"qrSettings": QR}, {**QR, "qr": None}),
        ({"qrSettings": {"isBgTransparent": True}}, {"color": None}),
        ({"bioPage": None, "isLinkInBio": False, "isQrGenerated": False}, {"linkInBioId": None}),
        ({"faviconUrl": "https://example.com/f.ico", "btnLabel": "Go"}, {"btnLabel": "Go"}),
        ({"whatever": 1}, {"isActive": True}),
    ],
)
def test_divsly_parameter(product: Product, sent: dict[str, Any], answered: dict[str, Any]) -> None:
    status, body = divsly(product, **sent)
    assert (status, body["success"]) == (201, True), body
    assert {key: body["data"][key] for key in answered} == answered
    assert len(body["data"]) == 48


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("destinationUrl", "example.com"),
        ("destinationUrl", None),
        ("slashTag", "a_b"),
        ("slashTag", "x" * 65),
        ("title", 5),
        ("tags", ["a"]),
        ("tags", "x" * 65),
        ("type", "PAGE"),
        ("public", "yes"),
        ("expirationDate", "tomorrow"),
        ("password", 5),
        ("passwordProtectionEnabled", True),
        ("utm_params", "x"),
        ("utm_source", 5),
        ("bioPage", 99),
        ("bioPage", "one"),
        ("isLinkInBio", True),
        ("isQrGenerated", "yes"),
        ("qrSettings", {"color": "red"}),
        ("qrSettings", {"pattern": "x"}),
        ("qrSettings", {"corner": "dots"}),
        ("qrSettings", {"color": "#ffffff"}),
        ("qrSettings", {"logo": "https://example.com/logo.png"}),
        ("qrSettings", {"logo": "data:image/png;base64,AAAA"}),
        ("qrSettings", {"qrLogoId": "ast_" + "0" * 32}),
        ("faviconUrl", "x"),
        ("btnLabel", 5),
    ],
)
def test_divsly_parameter_refused(product: Product, field: str, value: Any) -> None:
    status, body = divsly(product, **{field: value})
    assert (status, body["error"], body["data"]["message"]) == (400, True, "Bad Request")
    assert [error["field"].partition(".")[0] for error in body["data"]["errors"]] == [field]


@pytest.mark.parametrize("asked", [{"isQrGenerated": True}, {"type": "QR"}, {"isQrGenerated": True, "qrSettings": QR}])
def test_the_address_of_the_code_leads_to_one_that_can_be_read(product: Product, asked: dict[str, Any]) -> None:
    data = divsly(product, **asked)[1]["data"]
    status, _, image = product.get(product.port, urlsplit(data["qr"]).path)
    assert (status, decoded(image)) == (200, f"http://localhost:{product.port}/{data['slashTag']}?qr=1")


def test_a_domain_that_is_not_registered(product: Product) -> None:
    status, body = divsly(product, brandedDomain="custom.domain.example")
    assert status == 400
    assert "DNS_CONFIGURATION_ERROR" in json.dumps(body)
    assert divsly(product, brandedDomain=f"localhost:{product.port}")[0] == 201


def test_utm_parameters_are_sent_in_their_order(product: Product) -> None:
    values = {f"utm_{key}": "ü &" for key in reversed(UTM)}
    _, body = divsly(product, destinationUrl="https://example.com/?utm_medium=old&x=%7e#end", **values)
    _, location = product.follow(body["data"]["slashTag"])
    utm = "&".join(f"utm_{key}={quote('ü &')}" for key in UTM)
    assert location == f"https://example.com/?x=%7e&{utm}#end"


def test_a_public_link_of_a_key_lives_an_hour(product: Product) -> None:
    data = divsly(product, public=True)[1]["data"]
    assert data["userId"] == 1
    assert data["createdAt"] < data["expirationDate"] <= "9999"
    assert divsly(product, public=True, expirationDate="2999-01-01")[1]["data"]["expirationDate"] < "2999"


def test_errors_that_are_nobodys_field(product: Product) -> None:
    xqr(product, custom_slug="taken")
    assert xqr(product, custom_slug="taken")[1]["error"]["code"] == "SLUG_TAKEN"
    assert divsly(product, slashTag="taken") == (400, {"error": True, "data": {"message": "Slug already exists"}})
    for path, unauthorized in (("links", "INVALID_API_KEY"), ("short-link", "Unauthorized!")):
        status, body = product.api("POST", f"/v1/{path}", {"public": True}, key=None)
        assert (status, unauthorized in json.dumps(body)) == (401, True)
        made = product.run("keys", "create", "--name", "reader", "--scope", "links:read").stdout.strip()
        assert product.api("POST", f"/v1/{path}", {}, key=made)[0] == 403


@pytest.mark.parametrize("slug", ["🎉-party", "👩‍👩‍👧", "zürich", "東京", "ñandú", "❤️"])
def test_slugs_outside_of_ascii_go_all_the_way(product: Product, slug: str) -> None:
    to = f"https://example.com/emoji/{next(_numbers)}"
    status, body = divsly(product, slashTag=slug, destinationUrl=to)
    assert status == 201, body
    stored = body["data"]["slashTag"]
    assert product.follow(quote(slug)) == product.follow(quote(stored)) == (301, to)
    listed = product.api("GET", f"/api/v1/links?q={quote(to, safe='')}")[1]["data"]
    assert [(link["short_code"], link["destination"]) for link in listed] == [(stored, to)]
    assert product.get(product.port, "/" + listed[0]["short_url"].rpartition("/")[2])[1]["location"] == to
    exported = [line for line in product.run("links", "export").stdout.splitlines() if to in line]
    assert [line.partition(",")[0] for line in exported] == [stored]
    assert divsly(product, slashTag=slug)[0] == 400
