import pytest

from admin.errors import Problem
from admin.models_divsly import CreateShortLink
from admin.validation import context, validated

CONTEXT = context("localhost:8080")
URL = "https://example.com/long-url"


def parsed(**body):
    return validated(CreateShortLink, {"destinationUrl": URL, **body}, CONTEXT)


def faults(**body):
    with pytest.raises(Problem) as caught:
        parsed(**body)
    return {detail.field: detail.message for detail in caught.value.details}


def test_only_the_destination_is_required():
    assert parsed().destinationUrl == URL
    with pytest.raises(Problem, match="destinationUrl: is required"):
        validated(CreateShortLink, {}, CONTEXT)


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_the_empty_string_are_as_good_as_nothing(nothing):
    fields = CreateShortLink.model_fields.keys() - {"destinationUrl"}
    switches = {"public", "passwordProtectionEnabled", "utm_params", "bioPage", "isQrGenerated", "qrSettings"}
    switches.add("isLinkInBio")
    body = {field: None if field in switches else nothing for field in fields}
    assert parsed(**body).model_dump() == parsed().model_dump()


def test_unknown_fields_are_ignored():
    assert parsed(domainId=5, fieldData={"a": [1]}).model_dump() == parsed().model_dump()


@pytest.mark.parametrize(
    "body",
    [
        {"isLinkInBio": True},
        {"bioPage": 3},
        {"bioPage": 0},
    ],
)
def test_what_is_not_available_yet_is_refused_by_name(body):
    found = faults(**body)
    assert list(found) == list(body)
    assert "not available yet" in found[next(iter(body))]


@pytest.mark.parametrize("domain", ["localhost", "custom.domain:8080", "https://custom.domain", "203.0.113.7", "a b.c"])
def test_a_branded_domain_is_a_host_name(domain):
    assert list(faults(brandedDomain=domain)) == ["brandedDomain"]


@pytest.mark.parametrize("password", [None, ""])
def test_protection_needs_a_password(password):
    assert faults(password=password, passwordProtectionEnabled=True) == {
        "passwordProtectionEnabled": "needs a password"
    }


@pytest.mark.parametrize("password", ["x" * 1_025, "é" * 513])
def test_a_password_that_is_too_long_is_one_fault_and_not_repeated(password):
    assert faults(password=password, passwordProtectionEnabled=True) == {
        "password": "must have at most 1,024 bytes of UTF-8"
    }


@pytest.mark.parametrize(
    "body",
    [
        {"passwordProtectionEnabled": False, "isQrGenerated": False, "isLinkInBio": False, "public": False},
        {"password": "x" * 1_024, "passwordProtectionEnabled": True},
        {"password": "é" * 512},
        {"password": " "},
        {"type": "SHORT_LINK"},
        {"type": "QR"},
        {"type": "qrnbiopage"},
        {"isQrGenerated": True},
        {"type": "shortlink"},
        {"brandedDomain": "localhost:8080"},
        {"brandedDomain": "LOCALHOST:8080"},
        {"slashTag": "my-custom-slug"},
        {"slashTag": "🎉-party"},
        {"slashTag": "x"},
        {"slashTag": "x" * 64},
        {"faviconUrl": "https://example.com/favicon.ico"},
        {"btnLabel": "Go"},
        {"utm_params": {"source": "a", "unknown": 5}},
        {"expirationDate": "2025-06-25T04:30:15.979Z"},
        {"qrSettings": {"color": "#000", "bgColor": "#FFFFFF", "isBgTransparent": True, "pattern": "classy"}},
        {"qrSettings": {"qrLogoId": 4, "preset": "dark", "logo": "https://example.com/l.png", "qrType": "website"}},
    ],
)
def test_what_is_accepted(body):
    assert parsed(**body).destinationUrl == URL


@pytest.mark.parametrize("slug", ["a_b", "a.b", "a~b", "a/b", "a b", "x" * 65, "api", "\u200b", "a\n"])
def test_a_bad_slash_tag(slug):
    assert list(faults(slashTag=slug)) == ["slashTag"]


def test_an_unknown_type_names_the_known_ones():
    assert faults(type="PAGE") == {"type": "must be one of SHORT_LINK, QR, BIO_LINK, QR_N_BIO_PAGE"}


def test_every_fault_is_named():
    found = faults(
        destinationUrl="x",
        title=5,
        tags=["a"],
        type=1,
        public="true",
        expirationDate=5,
        password=5,
        utm_params={"source": "s" * 256},
        utm_term=5,
        bioPage="one",
        isQrGenerated="yes",
        qrSettings={"color": "red", "pattern": "blob", "corner": "round", "isBgTransparent": 1, "preset": True},
        faviconUrl="javascript:alert(1)",
        btnLabel="b" * 65,
    )
    assert set(found) == {
        "destinationUrl",
        "title",
        "tags",
        "type",
        "public",
        "expirationDate",
        "password",
        "utm_params.source",
        "utm_term",
        "bioPage",
        "isQrGenerated",
        "qrSettings.color",
        "qrSettings.pattern",
        "qrSettings.corner",
        "qrSettings.isBgTransparent",
        "qrSettings.preset",
        "faviconUrl",
        "btnLabel",
    }
