import pytest

from admin.divsly_types import QrSettings
from admin.models_divsly import CreateShortLink
from admin.qr_designs import (
    CORNER_STYLES,
    DEFAULTS,
    DIVSLY_KEYS,
    DOT_STYLES,
    FRAMES,
    PLAIN,
    filled,
    has_settings,
    logo_of,
    of_settings,
    of_template,
)
from qr.check import check
from qr.design import Design

ASSET = "ast_" + "0123456789abcdef" * 2
DATA_URL = "data:image/png;base64,iVBORw0KGgo="


def test_the_defaults_of_a_template_are_those_of_the_reference():
    assert filled({}) == {
        "foreground_color": "#000000",
        "background_color": "#FFFFFF",
        "error_correction": "M",
        "dot_style": "square",
        "corner_style": "square",
        "logo_url": None,
        "logo_size": 0.2,
        "quiet_zone": 1,
    }
    assert of_template({}).design == Design(background="#FFFFFF", quiet_zone=1)
    check(of_template({}).design)


@pytest.mark.parametrize(
    ("given", "design"),
    [
        ({"foreground_color": "#123", "background_color": "#fed"}, {"foreground": "#123", "background": "#fed"}),
        ({"error_correction": "Q"}, {"level": "Q"}),
        *[({"dot_style": name}, {"pattern": pattern}) for name, pattern in DOT_STYLES.items()],
        *[({"corner_style": name}, {"corner": one, "corner_dot": one}) for name, one in CORNER_STYLES.items()],
        ({"logo_size": 0.4, "quiet_zone": 0}, {"logo_size": 0.4, "quiet_zone": 0}),
    ],
)
def test_what_a_template_says_is_what_is_drawn(given, design):
    look = of_template(given)
    assert {name: getattr(look.design, name) for name in design} == design
    check(look.design)


def test_the_defaults_of_divsly_are_those_of_the_reference():
    look = of_settings({"isQrGenerated": True})
    assert look.design == Design(pattern="classy", corner="square", foreground="#000000", background="#ffffff")
    check(look.design)


@pytest.mark.parametrize(
    ("given", "design"),
    [
        ({"color": "#112233", "bgColor": "#ffeedd"}, {"foreground": "#112233", "background": "#ffeedd"}),
        ({"isBgTransparent": True, "bgColor": "#fff"}, {"background": None}),
        ({"isBgTransparent": False}, {"background": "#ffffff"}),
        *[({"pattern": name}, {"pattern": name}) for name in ("square", "extra-rounded", "classy-rounded")],
        ({"corner": "dot"}, {"corner": "dot", "corner_dot": "dot"}),
        ({"frame": "banner-top", "text": " Scan me "}, {"frame": "banner-top", "text": "Scan me"}),
        ({"frame": "box"}, {"frame": "box"}),
        ({"frame": "banner-top"}, {"frame": "none"}),
        ({"frame": "none", "text": "Scan me"}, {"frame": "none"}),
        ({"frame": 7, "text": "Scan me"}, {"frame": "banner-bottom"}),
        ({"frame": "somebody else's"}, {"frame": "none"}),
        ({"text": "Scan me"}, {"frame": "banner-bottom", "text": "Scan me"}),
        ({"text": " "}, {"frame": "none"}),
        ({"text": "x", "primary": "#123456", "textColor": "#fff"}, {"frame_color": "#123456", "text_color": "#fff"}),
        ({"text": "x", "color": "#123456", "secondary": "#eee"}, {"frame_color": "#123456", "text_color": "#eee"}),
        ({"preset": 3, "qrType": "website"}, {"pattern": "classy", "frame": "none"}),
    ],
)
def test_what_the_settings_say_is_what_is_drawn(given, design):
    look = of_settings(given)
    assert {name: getattr(look.design, name) for name in design} == design
    check(look.design)


def test_every_setting_of_the_api_is_known():
    assert set(DIVSLY_KEYS) == set(QrSettings.model_fields)
    assert "qrSettings" in CreateShortLink.model_fields


@pytest.mark.parametrize("frame", FRAMES)
def test_every_frame_can_be_drawn(frame):
    check(of_settings({"frame": frame, "text": "Scan me"}).design)
    check(of_settings({"frame": frame}).design)


@pytest.mark.parametrize(
    ("extras", "has"),
    [
        ({}, False),
        ({"faviconUrl": "https://e.com/", "btnLabel": "x", "type": "BIO_LINK"}, False),
        ({"isQrGenerated": False, "color": None}, False),
        ({"isQrGenerated": True}, True),
        ({"color": "#123"}, True),
        ({"preset": 0}, True),
    ],
)
def test_whether_a_link_has_settings(extras, has):
    assert has_settings(extras) is has


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ("", "")),
        (DATA_URL, (DATA_URL, "")),
        ("DATA:image/png;base64,x", ("DATA:image/png;base64,x", "")),
        (ASSET, ("", ASSET)),
        (f"http://localhost:8081/assets/{ASSET}/logo.png", ("", ASSET)),
        (f"https://api.example/assets/{ASSET}/%C3%BC.png", ("", ASSET)),
        (f"https://api.example/assets/{ASSET}/../../x", ("", ASSET)),
        (f"https://evil.example/?/assets/{ASSET}/x", ("", "")),
        (f"https://evil.example#/assets/{ASSET}/x", ("", "")),
        (ASSET.upper(), ("", "")),
        (ASSET[:-1], ("", "")),
        (f"{ASSET}?x", ("", "")),
        ("https://evil.example/logo.png", ("", "")),
        ("//evil.example/logo.png", ("", "")),
        ("file:///etc/passwd", ("", "")),
        ("../../etc/passwd", ("", "")),
        ("facebook", ("", "")),
    ],
)
def test_what_a_logo_may_be_called(text, meant):
    assert logo_of(text) == meant
    look = of_template({"logo_url": text or None})
    assert (look.logo_url, look.asset) == meant
    look = of_settings({"logo": text or None})
    assert (look.logo_url, look.asset) == meant


def test_the_id_of_a_logo_stands_above_its_address():
    look = of_settings({"qrLogoId": ASSET, "logo": DATA_URL})
    assert (look.logo_url, look.asset) == ("", ASSET)
    assert look.field("logo") == "qrSettings.qrLogoId"
    assert of_settings({"qrLogoId": 7}).asset == ""


@pytest.mark.parametrize(
    ("look", "field", "name"),
    [
        (of_template({}), "foreground", "design.foreground_color"),
        (of_template({}, prefix=""), "foreground", "foreground_color"),
        (of_template({}), "corner_dot", "design.corner_style"),
        (of_template({}), "data", "data"),
        (of_template({}), "size", "size"),
        (of_settings({}), "background", "qrSettings.bgColor"),
        (of_settings({}), "text_color", "qrSettings.textColor"),
        (of_settings({}, prefix=""), "logo", "logo"),
        (PLAIN, "size", "size"),
    ],
)
def test_complaints_are_in_the_callers_words(look, field, name):
    assert look.field(field) == name


def test_every_field_of_a_template_has_its_name():
    names = set(of_template({}).names.values())
    assert names == {f"design.{name}" for name in DEFAULTS}
