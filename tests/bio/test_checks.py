"""What may stand on a page, and how a fault is named."""

import msgspec
import pytest

from bio import checks
from bio.page import Colours, Page, PageError, Social, Theme
from tests.bio.hostile import BIDI, COLOURS, CONTROLS, MARKUP, QUOTES, SCRIPTS
from tests.bio.pages import button, full, page


@pytest.mark.parametrize("text", [*CONTROLS, *BIDI])
@pytest.mark.parametrize("lines", [True, False])
def test_controls_and_what_turns_text_are_refused(text: str, lines: bool) -> None:
    with pytest.raises(ValueError, match=r"must not contain (bidirectional )?control characters: found U\+"):
        checks.text(text, 100, lines=lines)


@pytest.mark.parametrize("text", BIDI)
def test_bidirectional_ones_are_called_so(text: str) -> None:
    with pytest.raises(ValueError, match="bidirectional control"):
        checks.text(text, 100)


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text_like_any_other(text: str) -> None:
    assert checks.text(text, 200) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["שלום עולם", "مرحبا", "می‌خواهم", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "日本語", "e\u0301", "co\u00adoperate", "a\u00a0b", "हिन्दी"],
)
def test_every_script_may_be_written(text: str) -> None:
    assert checks.text(text, 100) == text


def test_lengths_and_blanks() -> None:
    assert checks.text("  a  ", 1) == "a"
    assert checks.text("a\r\nb\n", 3, lines=True) == "a\nb"
    assert checks.text("", 3, lines=True) == ""
    with pytest.raises(ValueError, match="must have at most 3 characters, this has 4"):
        checks.text("abcd", 3)
    for blank in ("", "   ", "\u3000"):
        with pytest.raises(ValueError, match="must not be blank"):
            checks.text(blank, 3)
    with pytest.raises(ValueError, match=r"U\+000A"):
        checks.text("a\nb", 3)
    with pytest.raises(ValueError, match=r"U\+0009"):
        checks.text("a\tb", 3, lines=True)


@pytest.mark.parametrize("url", SCRIPTS)
@pytest.mark.parametrize("check", [checks.web_url, checks.picture_url, checks.social_url])
def test_only_web_addresses_are_links(url: str, check: object) -> None:
    with pytest.raises(ValueError, match=r"^(must|has)"):
        check(url)  # type: ignore[operator]


@pytest.mark.parametrize("url", QUOTES)
def test_links_are_written_in_harmless_characters(url: str) -> None:
    try:
        href = checks.web_url(url)
    except ValueError:
        return
    assert href.isascii()
    assert not set(href) & set('"<>` \\')


def test_a_picture_is_https() -> None:
    assert checks.picture_url("HTTPS://Example.com/ä.png") == "https://example.com/%C3%A4.png"
    with pytest.raises(ValueError, match="must have the scheme https$"):
        checks.picture_url("http://example.com/a.png")


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://social.example/@me", "https://social.example/@me"),
        ("MailTo:a.b+c@example.com", "mailto:a.b+c@example.com"),
        ("tel:+49(30)123-45.6", "tel:+49(30)123-45.6"),
    ],
)
def test_social_links(url: str, href: str) -> None:
    assert checks.social_url(url) == href


@pytest.mark.parametrize(
    "url",
    [
        "mailto:",
        "mailto:a",
        "mailto:a@example.com?body=x",
        "mailto:a@example.com,b@example.com",
        "mailto:a@example.com%0Abcc:b@example.com",
        'mailto:"><script>"@example.com',
        "mailto:a@example.com\n",
        "tel:",
        "tel:110;ext=1",
        "tel:javascript",
        "tel:+49 30",
        "sms:110",
    ],
)
def test_what_is_no_address_or_number(url: str) -> None:
    with pytest.raises(ValueError, match="^must"):
        checks.social_url(url)


@pytest.mark.parametrize(
    "icon", ["", "instagram", "🛍️", "❤️", "☎", "1️⃣", "👩🏽‍🚀", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "→", "https://example.com/i.png"]
)
def test_icons(icon: str) -> None:
    assert checks.icon(icon) == icon


@pytest.mark.parametrize(
    "icon",
    [
        "<b>",
        "a",
        "é",
        "1",
        "\u200d",
        "\ufe0f",
        "🏽",
        "🛍️x",
        "😀" * 17,
        "Instagram",
        "http://example.com/i.png",
        "\u202e",
        "data:image/png;base64,AAAA",
        *SCRIPTS[:-1],
    ],
)
def test_what_is_no_icon(icon: str) -> None:
    with pytest.raises(ValueError, match="^must"):
        checks.icon(icon)


@pytest.mark.parametrize("tag", ["de", "pt-BR", "zh-Hant-TW"])
def test_languages(tag: str) -> None:
    assert checks.language(tag) == tag


@pytest.mark.parametrize("tag", ["", "d", "de_DE", "de-", '"><script>', "de DE", "a" * 9, "de-" + "a-" * 17 + "a"])
def test_what_is_no_language(tag: str) -> None:
    with pytest.raises(ValueError, match="BCP 47"):
        checks.language(tag)


# Colours


def colours(**given: str) -> Colours:
    values = {"background": "#FFFFFF", "text": "#111111"}
    return checks.colours(Colours(**(values | given)))


def test_colours_are_completed() -> None:
    assert colours() == Colours(background="#ffffff", text="#111111", button="#111111", button_text="#ffffff")
    assert colours(button="#ffee00").button_text == "#000000"
    assert colours(button="#1f5a3a").button_text == "#ffffff"
    assert colours(button="#ffee00", button_text="#333333").button_text == "#333333"
    assert colours(button_text="#eeeeee").button_text == "#eeeeee"


@pytest.mark.parametrize("name", ["background", "text", "button", "button_text"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_of_another_form_is_refused(name: str, colour: str) -> None:
    with pytest.raises(PageError) as caught:
        colours(**{name: colour})
    assert caught.value.field == name
    assert "#rrggbb" in caught.value.message


@pytest.mark.parametrize(
    ("given", "field", "ratio", "what"),
    [
        ({"text": "#888888"}, "text", "3.54:1", "background"),
        ({"text": "#ffffff"}, "text", "1.00:1", "background"),
        ({"button": "#888888", "button_text": "#999999"}, "button_text", "1.24:1", "button"),
        ({"button_text": "#222222"}, "button_text", "1.18:1", "button"),
    ],
)
def test_what_cannot_be_read_is_refused(given: dict[str, str], field: str, ratio: str, what: str) -> None:
    with pytest.raises(PageError) as caught:
        colours(**given)
    assert caught.value.field == field
    assert f"a contrast of {ratio} to {what}" in caught.value.message


# Whole pages


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (page(title=" "), "title"),
        (page(description="a" * 1_001), "description"),
        (page(url="javascript:1"), "url"),
        (page(lang="x y"), "lang"),
        (page(theme=Theme("none")), "theme.name"),
        (page(theme=Theme("paper", "dim")), "theme.scheme"),
        (page(avatar_url="data:image/png,x"), "avatar_url"),
        (page(colours=Colours(background="#000000", text="#000000")), "text"),
        (page(buttons=(button(), button(label="\x00"))), "buttons[1].label"),
        (page(buttons=(button(href="javascript:1"),)), "buttons[0].href"),
        (page(buttons=(button(icon="<b>"),)), "buttons[0].icon"),
        (page(buttons=(button(),) * 101), "buttons"),
        (page(socials=(Social("myspace", "https://example.com/"),)), "socials[0].network"),
        (page(socials=(Social("x", "javascript:1"),)), "socials[0].url"),
        (page(socials=(Social("x", "https://x.example/"),) * 21), "socials"),
    ],
)
def test_the_fault_of_a_page_has_a_path(wrong: Page, field: str) -> None:
    with pytest.raises(PageError) as caught:
        checks.check(wrong)
    assert caught.value.field == field


def test_a_full_page_is_fine() -> None:
    checks.check(full())
    checks.check(msgspec.structs.replace(full(), buttons=(button(),) * 100, socials=full().socials * 10))
