import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from server import password_page

PAGES = {
    "ask": password_page.ASK,
    "wrong": password_page.WRONG,
    "busy": password_page.BUSY,
    "wait": password_page.wait(4),
}


class Elements(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def one(self, tag: str) -> dict[str, str | None]:
        (attributes,) = [attributes for name, attributes in self.found if name == tag]
        return attributes


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_form_that_needs_no_script(page: bytes) -> None:
    elements = Elements(page)
    assert elements.one("html") == {"lang": "en"}
    assert elements.one("form") == {"method": "post"}  # to where it stands
    field = elements.one("input")
    assert (field["type"], field["name"], field["autocomplete"]) == ("password", "password", "current-password")
    assert {"required", "autofocus"} <= field.keys()
    assert elements.one("label") == {"for": field["id"]}
    assert elements.one("button") == {}
    assert {"name": "robots", "content": "noindex"} in [attributes for tag, attributes in elements.found]
    assert not {"script", "img", "link"} & {tag for tag, _ in elements.found}
    assert all(not name.startswith("on") and name != "style" for _, attributes in elements.found for name in attributes)


@pytest.mark.parametrize("page", [page for name, page in PAGES.items() if name != "ask"])
def test_a_complaint_is_read_out_and_belongs_to_the_field(page: bytes) -> None:
    elements = Elements(page)
    assert ("p", {"id": "said", "role": "alert"}) in elements.found
    field = elements.one("input")
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", "said")
    assert b"<title>Error: " in page


def test_the_first_page_complains_of_nothing() -> None:
    assert b"alert" not in password_page.ASK.replace(b"[role=alert]", b"")
    assert b"aria-invalid=" not in password_page.ASK


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, b"in 1 second."),
        (2, b"in 2 seconds."),
        (120, b"in 120 seconds."),
        (121, b"in 3 minutes."),
        (300, b"5 minutes"),
    ],
)
def test_how_long_to_wait(seconds: int, text: bytes) -> None:
    assert text in password_page.wait(seconds)


def test_the_policy_lets_this_style_in_and_nothing_else() -> None:
    fields = dict(password_page.fields(password_page.ASK, (b"Retry-After", b"4")))
    style = re.search(rb"<style>(.*?)</style>", password_page.ASK, re.DOTALL)
    assert style is not None
    policy = fields[b"Content-Security-Policy"].decode()
    assert f"style-src 'sha256-{b64encode(sha256(style[1]).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "form-action" not in policy  # it would hold up the redirect to the destination
    assert fields[b"Content-Length"] == b"%d" % len(password_page.ASK)
    assert fields[b"Retry-After"] == b"4"
