"""A page as a document."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import product
from typing import Any

import msgspec
import pytest

from bio.icons import ICONS
from bio.page import Button, Colours, PageError, Social, Theme
from bio.render import due_at, initials, render
from bio.themes import THEMES
from tests.bio.hostile import BIDI, CONTROLS, MARKUP, QUOTES, SCRIPTS
from tests.bio.pages import NOW, Parsed, button, full, page

# What a page may be made of. Anything else came from somebody's text.
TAGS = {
    *("html", "head", "meta", "title", "link", "style", "body", "main", "header", "h1", "p", "div", "img"),
    *("nav", "ul", "li", "a", "span", "svg", "path", "circle", "rect"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "property", "content", "media", "rel", "href", "class", "dir", "src", "alt"),
    *("width", "height", "loading", "referrerpolicy", "role", "aria-label", "aria-hidden", "focusable", "viewbox"),
    *("d", "cx", "cy", "r", "x", "y", "rx"),
}


def parsed(now: int = NOW, **fields: Any) -> Parsed:
    return Parsed(render(full(**fields), now).html)


def test_what_stands_on_it() -> None:
    html = parsed()
    assert html.text("title") == html.text("h1") == "Marta Öberg"
    assert html.text("p") == "Illustrator.\nBooks & posters."
    assert html.all("html") == [{"lang": "en"}]
    assert [link["href"] for link in html.all("link") if link["rel"] == "canonical"] == ["https://go.example/marta"]
    assert [a["href"] for a in html.all("a")] == [
        *["https://go.example/shop?bio=1"] * 3,
        "https://instagram.com/x",
        "mailto:a@example.com",
    ]
    assert [a.get("aria-label") for a in html.all("a")] == [None, None, None, "Instagram", "Email"]
    assert [nav["aria-label"] for nav in html.all("nav")] == ["Links", "Profiles and contact"]
    assert html.texts["span"] == ["Shop", "Blog", "🎪", "Fair"]
    assert html.all("img")[0] == {
        "class": "a",
        "src": "https://example.com/marta.png",
        "alt": "",
        "width": "96",
        "height": "96",
        "referrerpolicy": "no-referrer",
    }


def test_what_previews_are_told() -> None:
    html = parsed(description="word " * 100)
    summary = "word " * 39 + "word…"
    for name in ("description", "og:description", "twitter:description"):
        assert html.meta(name) == [summary]
    assert html.meta("og:title") == html.meta("twitter:title") == ["Marta Öberg"]
    assert html.meta("og:url") == ["https://go.example/marta"]
    assert html.meta("og:type") == ["profile"]
    assert html.meta("twitter:card") == ["summary"]
    assert html.meta("og:image") == html.meta("twitter:image") == ["https://example.com/marta.png"]
    assert html.meta("theme-color") == ["#f8f3e9", "#1e1b18"]


def test_what_is_not_given_is_not_there() -> None:
    html = Parsed(render(page(), NOW).html)
    assert html.all("nav") == html.all("img") == html.all("p") == html.all("a") == []
    assert html.meta("description") == html.meta("og:image") == []
    assert html.text("div") == "MÖ"
    assert html.all("div") == [{"class": "a", "aria-hidden": "true"}]


def test_the_policy_allows_its_style_alone() -> None:
    for name, own in product(THEMES, (None, Colours(background="#ffffff", text="#000000"))):
        rendered = render(full(theme=Theme(name), colours=own), NOW)
        (style,) = re.findall(rb"<style>(.*?)</style>", rendered.html, re.DOTALL)
        digest = b64encode(sha256(style).digest()).decode()
        assert rendered.policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src https: data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )


def test_the_same_page_is_the_same_bytes() -> None:
    assert render(full(), NOW) == render(full(), NOW) == render(full(), NOW + 1)


def test_icons_of_buttons() -> None:
    html = render(page(buttons=(button(icon="https://example.com/i.png?a&b"), button(icon="mail"))), NOW).html.decode()
    assert '<img class="i" src="https://example.com/i.png?a&amp;b" alt="" width="28" height="28" loading="lazy"' in html
    assert (
        f'<span class="i"><svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{ICONS["mail"].shapes}' in html
    )


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("Marta Öberg", "MÖ"),
        ("marta", "M"),
        ("Ana de la Cruz", "AC"),
        ("«Café» (Berlin)", "CB"),
        ("東京 案内", "東案"),
        ("ßeta", "ß"),
        ("42 things", "4T"),
        ("🎪 ❤️", "•"),
        ("<script>", "S"),
    ],
)
def test_initials(title: str, letters: str) -> None:
    assert initials(title) == letters


# Schedules


def shown(now: int, *buttons: Button) -> list[str]:
    return Parsed(render(page(buttons=buttons), now).html).texts.get("span", [])


def test_a_button_is_there_from_its_start_to_its_end() -> None:
    one = button(starts_at=NOW, ends_at=NOW + 10)
    assert [shown(NOW + at, one) for at in (-1, 0, 9, 10)] == [[], ["Shop"], ["Shop"], []]
    assert shown(NOW, button(enabled=False), button(label="B")) == ["B"]
    assert shown(NOW, button(ends_at=NOW)) == []


@pytest.mark.parametrize(
    ("buttons", "due"),
    [
        ([], None),
        ([button()], None),
        ([button(starts_at=NOW)], None),
        ([button(starts_at=NOW + 5)], NOW + 5),
        ([button(ends_at=NOW)], None),
        ([button(ends_at=NOW + 1), button(starts_at=NOW + 5)], NOW + 1),
        ([button(starts_at=NOW + 3, ends_at=NOW + 9)], NOW + 3),
        ([button(starts_at=NOW + 3, enabled=False)], None),
        ([button(starts_at=NOW + 3, ends_at=NOW - 3)], None),
    ],
)
def test_when_it_will_be_another_one(buttons: list[Button], due: int | None) -> None:
    assert due_at(page(buttons=tuple(buttons)), NOW) == due
    assert render(page(buttons=tuple(buttons)), NOW).due_at == due


def test_nothing_changes_before_it_is_due() -> None:
    one = full(buttons=(button(starts_at=NOW + 5), button(label="B", ends_at=NOW + 7)))
    first = render(one, NOW)
    assert first.due_at == NOW + 5
    assert render(one, NOW + 4).html == first.html
    second = render(one, NOW + 5)
    assert second.html != first.html
    assert second.due_at == NOW + 7


# Size


@pytest.mark.parametrize("icon", ["", "instagram", "🎪", "https://cdn.example.com/icons/some-service.png"])
@pytest.mark.parametrize("name", THEMES)
def test_fifty_buttons_fit_in_30_kilobytes(name: str, icon: str) -> None:
    label = "A label that is about as long as they get, with é and &"
    buttons = tuple(
        button(label=label, icon=icon, href=f"https://links.example.com/abcdef{n}?bio=1") for n in range(50)
    )
    socials = tuple(Social(network, f"https://{network}.example.com/somebody") for network in ICONS)
    rendered = render(full(theme=Theme(name), buttons=buttons, socials=socials, description="x" * 300), NOW)
    assert len(rendered.html) < 30_000


# Hostile content


def check_harmless(html: bytes) -> Parsed:
    """The document is made of what pages are made of, and leads nowhere else."""
    found = Parsed(html)
    assert found.names() <= TAGS
    assert {key for _, attributes in found.tags for key in attributes} <= ATTRIBUTES
    assert html.count(b"<style>") == html.count(b"</style>") == html.count(b"<html") == 1
    for a in found.all("a"):
        assert re.match(r"https?://|mailto:|tel:", a["href"] or "")
    for img in found.all("img"):
        assert (img["src"] or "").startswith("https://")
    return found


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_as_text(text: str) -> None:
    found = check_harmless(render(full(title=text, description=text, buttons=(button(label=text),)), NOW).html)
    assert found.text("title") == found.text("h1") == found.text("p") == text.strip()
    assert found.text("span") == text.strip()
    assert found.meta("og:title") == [text.strip()]


@pytest.mark.parametrize("text", [*CONTROLS, *BIDI])
def test_controls_do_not_get_on_a_page(text: str) -> None:
    for one in (page(title=text), page(description=text), page(buttons=(button(label=text),))):
        with pytest.raises(PageError):
            render(one, NOW)


@pytest.mark.parametrize("url", SCRIPTS)
def test_no_script_is_a_link(url: str) -> None:
    for field in (
        {"url": url},
        {"avatar_url": url or "x:"},
        {"buttons": (button(href=url),)},
        {"buttons": (button(icon=url or "x:"),)},
        {"socials": (Social("x", url),)},
    ):
        with pytest.raises(PageError):
            render(page(**field), NOW)


@pytest.mark.parametrize("url", QUOTES)
def test_a_link_stays_inside_its_quotes(url: str) -> None:
    for field in (
        {"url": url},
        {"avatar_url": url},
        {"buttons": (button(href=url),)},
        {"buttons": (button(icon=url),)},
        {"socials": (Social("x", url),)},
    ):
        try:
            check_harmless(render(msgspec.structs.replace(full(), **field), NOW).html)
        except PageError:
            continue


def test_names_are_looked_up_never_written() -> None:
    for hostile in MARKUP:
        for field in (
            {"lang": hostile},
            {"theme": Theme(hostile)},
            {"theme": Theme("paper", hostile)},
            {"socials": (Social(hostile, "https://example.com/"),)},
            {"buttons": (button(icon=hostile),)},
        ):
            with pytest.raises(PageError):
                render(page(**field), NOW)
