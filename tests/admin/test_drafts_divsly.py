import msgspec
import pytest

from admin.drafts_divsly import PUBLIC_LIFETIME_MS, changes, draft
from admin.models_divsly import ChangeQrCode, ChangeShortLink, CreateQrCode, CreateShortLink
from admin.validation import context, validated
from links.errors import LinkError
from links.model import Changes, Draft
from tests.links.storing import link

URL = "https://example.com/long-url"
NOW = 1_774_103_400_500
GENERATED = {"slug_alphabet": "abcdefghijklmnopqrstuvwxyz0123456789", "slug_length": 5}


def drafted(**body):
    return draft(validated(CreateShortLink, {"destinationUrl": URL, **body}, context("localhost:8080")), NOW)


def test_a_bare_request_gets_a_slug_of_five():
    assert drafted() == Draft(destination=URL, **GENERATED)


def test_everything_that_is_stored():
    asked = drafted(
        track=False,
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
        track=False,
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


def test_a_qr_code_is_said_by_the_type_or_by_itself():
    assert drafted(isQrGenerated=True).extras == {"isQrGenerated": True}
    assert drafted(type="QR").extras == {"type": "QR", "isQrGenerated": True}
    assert drafted(type="QR", isQrGenerated=False).extras == {"type": "QR", "isQrGenerated": True}
    assert drafted(type="BIO_LINK", isQrGenerated=False).extras == {"type": "BIO_LINK"}


def test_settings_beside_the_other_fields_win():
    body = validated(
        CreateQrCode,
        {"destinationUrl": URL, "color": "#111", "qrSettings": {"color": "#222", "text": "x"}, "bgColor": None},
        context("localhost:8080"),
    )
    assert draft(body, NOW).extras == {"color": "#111", "text": "x"}


# Changes


OLD = link(
    "old",
    labels=("a",),
    title="T",
    utm={"source": "x", "id": "7"},
    extras={"type": "QR", "isQrGenerated": True, "color": "#102030", "text": "Scan", "btnLabel": "Go"},
    password="old hash",
    expires_at=NOW + 10,
)


def changed(old=OLD, model=ChangeShortLink, **body):
    """What a change asks for, without what is as it was."""
    asked = changes(validated(model, body, context("localhost:8080")), old, NOW, None, None)
    return {
        name: value
        for name in Changes.__struct_fields__
        if (value := getattr(asked, name)) is not msgspec.UNSET and value != getattr(old, name)
    }


FIELDS = (
    *("destinationUrl", "brandedDomain", "slashTag", "title", "tags", "type", "public", "password", "utm_params"),
    *("passwordProtectionEnabled", "utm_source", "bioPage", "isQrGenerated", "qrSettings", "isLinkInBio", "btnLabel"),
)


def test_what_is_left_out_or_null_stays():
    assert changed() == {}
    assert changed(**dict.fromkeys(FIELDS)) == {}
    assert changed(qrSettings={"color": None, "text": None}, utm_params={"source": None}) == {}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"destinationUrl": "https://example.org/"}, {"destination": "https://example.org/"}),
        ({"slashTag": "new"}, {"slug": "new"}),
        ({"track": False}, {"track": False}),
        ({"track": True}, {}),
        ({"track": None}, {}),
        ({"slashTag": ""}, {}),
        ({"title": "New"}, {"title": "New"}),
        ({"title": ""}, {"title": ""}),
        ({"tags": " b,a,b"}, {"labels": ("b", "a")}),
        ({"tags": ""}, {"labels": ()}),
        ({"expirationDate": None}, {"expires_at": None}),
        ({"expirationDate": ""}, {"expires_at": None}),
        ({"expirationDate": "2026-03-21"}, {"expires_at": 1_774_051_200_000}),
        ({"public": True}, {}),
        ({"public": True, "expirationDate": None}, {"expires_at": NOW + PUBLIC_LIFETIME_MS}),
        ({"public": True, "expirationDate": "2099-01-01"}, {"expires_at": NOW + PUBLIC_LIFETIME_MS}),
        ({"public": False}, {}),
        ({"passwordProtectionEnabled": True}, {}),
        ({"passwordProtectionEnabled": False}, {"password": None}),
        ({"password": "new", "passwordProtectionEnabled": False}, {"password": None}),
        ({"password": ""}, {"password": None}),
        ({"utm_source": "y"}, {"utm": {"source": "y", "id": "7"}}),
        ({"utm_params": {"medium": "m"}}, {"utm": {"source": "x", "id": "7", "medium": "m"}}),
        ({"utm_source": ""}, {"utm": {"id": "7"}}),
        ({"utm_params": {"source": "", "id": ""}}, {"utm": {}}),
        ({"utm_source": "", "utm_params": {"source": "n"}}, {"utm": {"source": "n", "id": "7"}}),
    ],
)
def test_only_what_is_sent_changes(body, fields):
    assert changed(**body) == fields


def test_a_new_password_and_another_domain():
    asked = changes(
        validated(ChangeShortLink, {"password": "x"}, context("localhost:8080")), OLD, NOW, "new hash", "go.example"
    )
    assert (asked.password, asked.domain) == ("new hash", "go.example")


def test_protection_needs_a_password():
    for body in ({}, {"password": ""}):
        old = OLD if body else link("old")
        with pytest.raises(LinkError, match="needs a password") as caught:
            changed(old, passwordProtectionEnabled=True, **body)
        assert caught.value.field == "is_protected"


@pytest.mark.parametrize(
    ("body", "extras"),
    [
        ({"qrSettings": {"color": "#445566"}}, {"color": "#445566"}),
        ({"qrSettings": {"text": ""}}, {"text": None}),
        ({"btnLabel": ""}, {"btnLabel": None}),
        ({"btnLabel": "Click Here"}, {"btnLabel": None}),
        ({"faviconUrl": "https://example.com/i"}, {"faviconUrl": "https://example.com/i"}),
        ({"isQrGenerated": False}, {}),
        ({"type": "SHORT_LINK"}, {"type": None}),
        ({"type": "SHORT_LINK", "isQrGenerated": False}, {"type": None, "isQrGenerated": None}),
        ({"type": "BIO_LINK"}, {"type": "BIO_LINK"}),
        ({"type": ""}, {}),
    ],
)
def test_extras_are_laid_over_those_that_are_there(body, extras):
    expected = {name: value for name, value in {**OLD.extras, **extras}.items() if value is not None}
    assert changed(**body).get("extras", OLD.extras) == expected


def test_a_type_with_a_code_brings_one():
    assert changed(link("old"), type="QR") == {"extras": {"type": "QR", "isQrGenerated": True}}


def test_settings_of_a_changed_qr_code():
    assert changed(model=ChangeQrCode, color="", pattern="dots")["extras"] == {
        "type": "QR",
        "isQrGenerated": True,
        "text": "Scan",
        "btnLabel": "Go",
        "pattern": "dots",
    }
