from html.parser import HTMLParser
from xml.etree import ElementTree

import orjson
import pytest

from server import pages


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.metas: dict[str | None, str | None] = {}
        self.texts: dict[str, str] = {}
        self.feed(body.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "meta":
            self.metas[dict(attrs).get("name")] = dict(attrs).get("content")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts[self.tags[-1]] = data.strip()


@pytest.mark.parametrize(
    ("body", "title"), [(pages.NOT_FOUND, "Not found"), (pages.GONE, "Gone"), (pages.ROOT, "Fingerpost")]
)
def test_a_page_says_what_it_is_and_needs_nothing_else(body: bytes, title: str) -> None:
    page = Reader(body)
    assert page.texts["title"] == page.texts["h1"] == title
    assert page.texts["p"].count(".") == 1
    assert ("lang", "en") in page.attributes
    assert "main" in page.tags
    assert page.metas["robots"] == "noindex"
    assert page.metas["color-scheme"] == "light dark"
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not {"src", "href", "style"} & {name for name, _ in page.attributes}
    assert b"url(" not in body


def test_robots_may_read_all() -> None:
    assert pages.ROBOTS == b"User-agent: *\nDisallow:\n"


def test_the_icon_is_a_picture_without_references() -> None:
    icon = ElementTree.fromstring(pages.FAVICON)
    assert icon.tag == "{http://www.w3.org/2000/svg}svg"
    assert {child.tag for child in icon} == {"{http://www.w3.org/2000/svg}path"}


def test_an_api_path_learns_where_the_api_is() -> None:
    body = orjson.loads(pages.api_not_found('http://api.test:8081/"x"'))
    assert body["error"]["code"] == "NOT_FOUND"
    assert body["api_url"] in body["error"]["message"]
    assert body["api_url"] == 'http://api.test:8081/"x"'
