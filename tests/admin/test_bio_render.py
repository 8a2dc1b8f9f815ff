"""From a stored page to what is shown."""

from typing import Any

import pytest

from admin.bio_render import page_of, renderer
from bio.page import Button, Colours, Social, Theme
from links.bio_model import Button as Stored
from links.domain_rules import Placed
from tests.admin.pages import NOW, bio_page
from tests.links.storing import link


def address(placed: Placed) -> str:
    return f"https://{placed.domain or 'go.example'}/{placed.slug}"


def shown(links: dict[int, Any] | None = None, **fields: Any) -> Any:
    return page_of(bio_page(**fields), links or {}, address)


@pytest.mark.parametrize(
    ("data", "theme"),
    [
        ({}, Theme("paper", "auto")),
        ({"theme": None}, Theme("paper", "auto")),
        ({"theme": "ocean"}, Theme("ocean", "auto")),
        ({"theme": "ocean", "color_scheme": "dark"}, Theme("ocean", "dark")),
        ({"theme": "dark"}, Theme("slate", "dark")),
        ({"theme": "light", "color_scheme": "auto"}, Theme("slate", "auto")),
        ({"theme": "default"}, Theme("paper", "auto")),
        ({"theme": "minimal"}, Theme("mono", "auto")),
    ],
)
def test_themes(data: dict[str, Any], theme: Theme) -> None:
    assert shown(page_data=data).theme == theme


def test_everything_else() -> None:
    data = {
        "avatar_url": "https://example.com/a.png",
        "lang": "de",
        "colors": {"background": "#000000", "text": "#ffffff", "button": None},
        "socials": [{"network": "x", "url": "https://x.example/", "own": 1}],
        "own": "kept",
    }
    page = shown(page_data=data, description="d", domain="bio.example")
    assert (page.title, page.description, page.url, page.lang) == ("Marta", "d", "https://bio.example/marta", "de")
    assert page.avatar_url == "https://example.com/a.png"
    assert page.colours == Colours(background="#000000", text="#ffffff")
    assert page.socials == (Social("x", "https://x.example/"),)
    empty = shown(page_data=dict.fromkeys(data))
    assert (empty.avatar_url, empty.lang, empty.colours, empty.socials) == ("", "en", None, ())


def test_a_button_leads_to_its_link_with_the_mark() -> None:
    stored = Stored(link=7, label="Shop", icon="mail", enabled=False, starts_at=1, ends_at=NOW)
    (button,) = shown({7: link("abc", id=7)}, buttons=(stored,)).buttons
    assert button == Button(
        label="Shop", href="https://go.example/abc?bio=1", icon="mail", enabled=False, starts_at=1, ends_at=NOW
    )


def test_a_button_goes_with_its_link() -> None:
    buttons = (Stored(link=1, label="A"), Stored(link=2, label="B"), Stored(link=None, label="C"))
    links = {2: link(id=2)}
    assert [button.label for button in shown(links, buttons=buttons).buttons] == ["B"]
    assert shown({2: link(id=2, enabled=False)}, buttons=buttons).buttons == ()


@pytest.mark.parametrize(
    ("button_ends", "link_ends", "ends"), [(None, None, None), (5, None, 5), (None, 6, 6), (5, 6, 5), (6, 5, 5)]
)
def test_a_button_ends_when_its_link_does(button_ends: int | None, link_ends: int | None, ends: int | None) -> None:
    stored = Stored(link=1, label="A", ends_at=button_ends)
    (button,) = shown({1: link(id=1, expires_at=link_ends)}, buttons=(stored,)).buttons
    assert button.ends_at == ends


def test_the_document_says_when_it_is_due() -> None:
    rendered = renderer(address)(
        bio_page(buttons=(Stored(link=1, label="A"),)), {1: link("abc", id=1, expires_at=NOW + 5)}, NOW
    )
    assert rendered.due_at == NOW + 5
    assert b'href="https://go.example/abc?bio=1"' in rendered.html
    assert "style-src 'sha256-" in rendered.policy
