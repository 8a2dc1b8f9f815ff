"""What is taken and refused of bio pages, and how a fault is named."""

from typing import Any

import pytest

from admin.errors import Problem
from admin.models_bio import CreatePage, ListPages, PatchPage
from admin.models_page_data import ALIASES
from admin.validation import context, validated
from bio.themes import THEMES
from tests.bio.hostile import BIDI, COLOURS, CONTROLS, MARKUP, SCRIPTS

CONTEXT = context("localhost:8080", registered=frozenset({"go.example.com"}))
LINK = {"label": "Shop", "url": "https://example.com/shop"}

FULL: dict[str, Any] = {
    "theme": "ocean",
    "color_scheme": "dark",
    "colors": {"background": "#000000", "text": "#ffffff", "button": "#ffee00", "button_text": None},
    "avatar_url": "https://example.com/a.png",
    "lang": "de-AT",
    "links": [
        {**LINK, "icon": "🛍️", "enabled": False, "starts_at": "2026-01-01", "ends_at": "2026-02-01T00:00:00+01:00"},
        {**LINK, "icon": None, "enabled": None, "starts_at": None, "ends_at": None, "own": {"key": [1]}},
        {"label": "Ours", "url": "http://localhost:8080/abc"},
        {"label": "Ours too", "url": "http://go.example.com/abc"},
    ],
    "socials": [{"network": "mastodon", "url": "https://social.example/@a", "own": 1}],
    "own": {"keys": ["are", "kept", None, 1.5]},
}


def created(**body: Any) -> CreatePage:
    return validated(CreatePage, {"title": "Marta", **body}, CONTEXT)


def faults(model: Any = CreatePage, **body: Any) -> dict[str, str]:
    with pytest.raises(Problem) as caught:
        validated(model, {"title": "Marta", **body}, CONTEXT)
    return {detail.field: detail.message for detail in caught.value.details}


def fault(**data: Any) -> tuple[str, str]:
    """The one field at fault, below ``page_data``, and the message; the same for PATCH."""
    ((field, message),) = faults(page_data=data).items()
    assert faults(PatchPage, page_data=data) == {field: message}
    assert field.startswith("page_data.")
    return field.removeprefix("page_data."), message


def test_page_data_is_kept_as_it_was_sent() -> None:
    assert created(page_data=FULL).data() is FULL
    assert validated(PatchPage, {"page_data": FULL}, CONTEXT).wanted() == {"page_data": FULL}


def test_everything_but_the_title_may_be_left_out_or_null() -> None:
    for body in ({}, dict.fromkeys(("description", "page_data", "slug", "domain", "at_root"))):
        page = created(**body)
        assert (page.description, page.data(), page.slug, page.domain, page.at_root) == ("", {}, None, None, None)
    nothing = dict.fromkeys(FULL)
    assert created(page_data=nothing).data() == nothing


def test_texts_are_trimmed() -> None:
    page = created(title="  Marta ", description=" a\r\nb ")
    assert (page.title, page.description) == ("Marta", "a\nb")


@pytest.mark.parametrize("name", [*THEMES, *ALIASES])
def test_themes(name: str) -> None:
    assert created(page_data={"theme": name}).data()["theme"] == name


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"theme": "neon"}, "theme", "must be one of paper, slate, sunset, forest, ocean, mono"),
        ({"theme": 1}, "theme", "must be a string"),
        ({"color_scheme": "dim"}, "color_scheme", "must be one of auto, light, dark"),
        ({"avatar_url": "http://example.com/a.png"}, "avatar_url", "must have the scheme https"),
        ({"lang": "german!"}, "lang", 'must be a language tag (BCP 47), such as "de" or "pt-BR"'),
        ({"links": {}}, "links", "must be an array"),
        ({"links": ["x"]}, "links[0]", "must be an object"),
        ({"links": [LINK, {"url": LINK["url"]}]}, "links[1].label", "is required"),
        ({"links": [LINK, {"label": "x"}]}, "links[1].url", "is required"),
        ({"links": [{**LINK, "label": None}]}, "links[0].label", "must be a string, not null"),
        ({"links": [{**LINK, "label": " "}]}, "links[0].label", "must not be blank"),
        ({"links": [{**LINK, "label": "x" * 101}]}, "links[0].label", "must have at most 100 characters, this has 101"),
        ({"links": [{**LINK, "url": "mailto:a@example.com"}]}, "links[0].url", "must have the scheme http or https"),
        ({"links": [{**LINK, "enabled": "yes"}]}, "links[0].enabled", "must be true or false"),
        ({"links": [{**LINK, "starts_at": 5}]}, "links[0].starts_at", "must be a string: an ISO 8601 date or time"),
        (
            {"links": [{**LINK, "starts_at": "2026-02-01", "ends_at": "2026-02-01T00:00:00Z"}]},
            "links[0].ends_at",
            "must be later than starts_at",
        ),
        ({"links": [LINK] * 101}, "links", "must have at most 100 items"),
        ({"socials": [{"network": "x"}]}, "socials[0].url", "is required"),
        ({"socials": [{"network": "x", "url": "https://x.example/"}] * 21}, "socials", "must have at most 20 items"),
        ({"colors": {"background": "#ffffff"}}, "colors.text", "is required"),
        (
            {"colors": {"background": "#ffffff", "text": "#888888"}},
            "colors.text",
            "has a contrast of 3.54:1 to background, and must have at least 4.5:1",
        ),
        (
            {"colors": {"background": "#ffffff", "text": "#000000", "buton": "#000000"}},
            "colors.buton",
            'unknown field "buton" (did you mean "button"?)',
        ),
    ],
)
def test_the_fault_has_its_exact_path(data: dict[str, Any], field: str, message: str) -> None:
    assert fault(**data) == (field, message)


def test_every_fault_is_told() -> None:
    data = {"theme": "x", "links": [{**LINK, "label": ""}, {**LINK, "icon": "?"}], "avatar_url": "x"}
    assert set(faults(page_data=data, title="", slug="a")) == {
        *("title", "slug", "page_data.theme", "page_data.avatar_url"),
        *("page_data.links[0].label", "page_data.links[1].icon"),
    }


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text(text: str) -> None:
    page = created(title=text, description=text, page_data={"links": [{**LINK, "label": text}]})
    assert page.title == text.strip()


@pytest.mark.parametrize("text", [*CONTROLS, *BIDI])
def test_controls_are_refused(text: str) -> None:
    assert "control characters" in faults(title=text)["title"]
    assert "control characters" in faults(description=text)["description"]
    field, message = fault(links=[{**LINK, "label": text}])
    assert (field, "control characters" in message) == ("links[0].label", True)


@pytest.mark.parametrize("url", SCRIPTS)
def test_only_web_addresses_are_links(url: str) -> None:
    assert fault(links=[LINK, {**LINK, "url": url}])[0] == "links[1].url"
    assert fault(socials=[{"network": "x", "url": url}])[0] == "socials[0].url"
    if url:
        assert fault(avatar_url=url)[0] == "avatar_url"
        assert fault(links=[{**LINK, "icon": url}])[0] == "links[0].icon"


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_are_of_one_form(colour: str) -> None:
    assert fault(colors={"background": "#000000", "text": colour})[0] == "colors.text"


@pytest.mark.parametrize(
    "body", [{"title": None}, {"description": None}, {"page_data": None}, {"slug": None}, {"at_root": None}]
)
def test_patch_refuses_null(body: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        validated(PatchPage, body, CONTEXT)
    assert [detail.field for detail in caught.value.details] == list(body)


def test_patch_tells_what_was_sent() -> None:
    assert validated(PatchPage, {}, CONTEXT).wanted() == {}
    assert validated(PatchPage, {"at_root": False, "slug": "marta"}, CONTEXT).wanted() == {
        "at_root": False,
        "slug": "marta",
    }


@pytest.mark.parametrize("model", [CreatePage, PatchPage])
def test_unknown_fields_are_refused(model: Any) -> None:
    assert faults(model, is_published=True) == {"is_published": 'unknown field "is_published"'}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"offset": "-1"}, {"cursor": "x"}])
def test_what_cannot_be_listed(query: dict[str, str]) -> None:
    with pytest.raises(Problem):
        validated(ListPages, query, CONTEXT, "parameter")
