"""The samples of Divsly's create page, as a reader of that page copies them: other address, other key.

Three of the fields that the samples send are for what a later release brings; they are taken out of the text.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows import divsly_page
from tests.flows.product import KEY, Product
from tests.flows.samples import (
    has_axios,
    has_php_curl,
    needs_node,
    run_axios,
    run_curl,
    run_fetch,
    run_php,
    run_python,
)

MADE = object()
"""A value that the server makes."""

LINK = {
    "id": MADE,
    "type": "shortlink",
    "type2": None,
    "userId": MADE,
    "clicks": 0,
    "lbClicks": 0,
    "scans": 0,
    "destinationUrl": "https://example.com/long-url",
    "faviconUrl": "",
    "title": "",
    "titleLabel": "",
    "btnLabel": "Click Here",
    "brandedDomain": MADE,
    "slashTag": "my-custom-slug",
    "edit": 0,
    "utm_id": None,
    "utm_content": None,
    "utm_term": None,
    "utm_campaign": "summer_2024",
    "utm_medium": "social",
    "utm_source": "twitter",
    "preset": None,
    "bgColor": "#ffffff",
    "color": "#000000",
    "pattern": "classy",
    "corner": "square",
    "logo": None,
    "qr": None,
    "qrLogoId": None,
    "tags": "",
    "linkInBioId": None,
    "uniqueTagId": MADE,
    "isActive": True,
    "isStarred": False,
    "expirationDate": None,
    "createdAt": MADE,
    "updatedAt": MADE,
    "fieldData": None,
    "frame": None,
    "isadminblocked": False,
    "isEdit": False,
    "password": None,
    "passwordProtectionEnabled": False,
    "primary": None,
    "qrType": None,
    "secondary": None,
    "text": None,
    "textColor": None,
}
"""The page's answer, with what the samples ask for."""
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

LATER = {"brandedDomain": "custom.domain", "password": "optional_password", "isQrGenerated": True}
# A line that gives one of those fields its value, in any of the samples' languages.
_LATER_LINE = re.compile(rf"""^\s*['"]?({"|".join(LATER)})['"]?(:| =>) (?!linkData).*\n""", re.MULTILINE)

SAMPLES = {
    "curl": divsly_page.CURL,
    "fetch": divsly_page.FETCH,
    "axios": divsly_page.AXIOS,
    "php": divsly_page.PHP,
    "python": divsly_page.PYTHON,
}


def python_lines(sample: str) -> str:
    """The page indents this sample at random; no line of it needs to be."""
    return "\n".join(line.strip() for line in sample.splitlines())


def readdressed(sample: str, product: Product) -> str:
    text = sample.replace("https://divsly-backend.vercel.app", f"http://127.0.0.1:{product.api_port}")
    assert text != sample
    return text.replace("YOUR_ACCESS_TOKEN", KEY)


def run(language: str, text: str, directory: Path) -> tuple[int, Any]:
    if language == "axios" and not has_axios():
        pytest.skip(
            "NOT TESTED: there is no axios to run the sample with: npm ci --prefix tests/clients --ignore-scripts"
        )
    if language == "php" and not has_php_curl():
        pytest.skip("NOT TESTED: there is no php with curl here to run the PHP sample")
    if language == "python":
        text = python_lines(text)
    runners: dict[str, Callable[[str], tuple[int, Any]]] = {
        "curl": lambda sample: run_curl(sample, directory),
        "fetch": run_fetch,
        "axios": run_axios,
        "php": run_php,
        "python": run_python,
    }
    return runners[language](text)


@pytest.fixture
def free_slug(product: Product) -> Iterator[None]:
    """Every sample makes a link of the same name."""
    yield
    _, answer = product.api("GET", "/api/v1/links?q=my-custom-slug")
    for link in answer["data"]:
        product.api("DELETE", f"/api/v1/links/{link['id']}")


@pytest.mark.usefixtures("free_slug")
@pytest.mark.parametrize(
    "language",
    ["curl", pytest.param("fetch", marks=needs_node), pytest.param("axios", marks=needs_node), "php", "python"],
)
def test_the_sample_makes_its_link(product: Product, tmp_path: Path, language: str) -> None:
    text, removed = _LATER_LINE.subn("", readdressed(SAMPLES[language], product))
    assert removed == len(LATER)
    status, answer = run(language, text, tmp_path)
    assert (status, answer["success"], answer["message"]) == (201, True, "Short Link Created Successfully.")
    assert list(answer) == ["success", "message", "data"]
    link = answer["data"]
    assert list(link) == list(LINK)
    assert len(link) == 48
    said = {key: value for key, value in LINK.items() if value is not MADE} | {
        "brandedDomain": f"localhost:{product.port}"
    }
    assert link | said == link
    assert link["uniqueTagId"] == link["id"]
    assert re.fullmatch(TIME, link["createdAt"])
    assert product.follow("my-custom-slug") == (
        301,
        "https://example.com/long-url?utm_source=twitter&utm_medium=social&utm_campaign=summer_2024",
    )


def test_the_sample_with_all_its_fields_is_refused_by_name(product: Product, tmp_path: Path) -> None:
    status, answer = run("curl", readdressed(divsly_page.CURL, product), tmp_path)
    assert (status, answer["error"], answer["data"]["message"]) == (400, True, "Bad Request")
    assert {error["field"] for error in answer["data"]["errors"]} == set(LATER)
    assert product.follow("my-custom-slug")[0] == 404


@pytest.mark.parametrize("field", LATER)
def test_a_field_of_a_later_release_is_refused_by_name(product: Product, field: str) -> None:
    body = {"destinationUrl": "https://example.com/long-url", "slashTag": "later", field: LATER[field]}
    status, answer = product.api("POST", "/api/v1/shortlinks", body)
    assert (status, answer["data"]["message"]) == (400, "Bad Request")
    [error] = answer["data"]["errors"]
    assert error["field"] == field
    assert "not available yet" in error["message"]
    assert product.follow("later")[0] == 404
