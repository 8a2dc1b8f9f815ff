import pytest

from admin.divsly_types import QrSettings
from admin.errors import Problem
from admin.models_divsly import ChangeQrCode, ChangeShortLink, CreateQrCode, CreateShortLink
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
    switches |= {"isLinkInBio", "track"}
    body = {field: None if field in switches else nothing for field in fields}
    assert parsed(**body).model_dump() == parsed().model_dump()


def test_unknown_fields_are_ignored():
    assert parsed(domainId=5, fieldData={"a": [1]}).model_dump() == parsed().model_dump()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"isLinkInBio": True}, {"isLinkInBio": "needs bioPage"}),
        ({"isLinkInBio": True, "bioPage": 0}, {"bioPage": "must be at least 1"}),
        ({"bioPage": 2**63}, {"bioPage": "must be at most 9223372036854775807"}),
        ({"bioPage": 1.5}, {"bioPage": "must be an integer"}),
        ({"qrSettings": {"logo": "x" * 65_537}}, {"qrSettings.logo": "must have at most 65536 characters"}),
    ],
)
def test_one_fault_is_one_complaint(body, found):
    assert {name: faults(**body)[name].replace(",", "") for name in found} == found


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
        {"bioPage": 3},
        {"bioPage": 3, "isLinkInBio": True},
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


# Changes


@pytest.mark.parametrize("model", [ChangeShortLink, ChangeQrCode])
def test_a_change_needs_nothing(model):
    assert validated(model, {}, CONTEXT).model_fields_set == set()


@pytest.mark.parametrize("model", [ChangeShortLink, ChangeQrCode])
def test_null_says_nothing_but_of_the_expiry(model):
    body = validated(model, dict.fromkeys(model.model_fields), CONTEXT)
    assert body.model_fields_set == {"expirationDate"}


def test_an_empty_text_says_that_there_is_to_be_none():
    sent = {"title": "", "tags": "", "utm_source": "", "btnLabel": "", "color": "", "qrSettings": {"text": ""}}
    body = validated(ChangeQrCode, sent, CONTEXT)
    assert body.model_fields_set == sent.keys()
    assert (body.title, body.color, body.qrSettings.model_fields_set) == (None, None, {"text"})


def test_a_change_is_checked_as_a_creation_is():
    with pytest.raises(Problem) as caught:
        validated(ChangeShortLink, {"destinationUrl": "x", "slashTag": "a_b", "password": "x" * 1_025}, CONTEXT)
    assert [detail.field for detail in caught.value.details] == ["destinationUrl", "slashTag", "password"]
    assert validated(ChangeShortLink, {"passwordProtectionEnabled": True, "isLinkInBio": True}, CONTEXT)


def test_a_qr_code_has_both_kinds_of_fields_those_of_a_link_first():
    names = list(CreateQrCode.model_fields)
    assert names[0] == "destinationUrl"
    assert set(names) == set(CreateShortLink.model_fields) | set(QrSettings.model_fields)
