"""Pages to render, and what a parser makes of them."""

from html.parser import HTMLParser
from typing import Any

from bio.page import Button, Page, Social

NOW = 1_800_000_000_000


def page(**fields: Any) -> Page:
    values: dict[str, Any] = {"title": "Marta Öberg", "url": "https://go.example/marta"}
    return Page(**(values | fields))


def button(**fields: Any) -> Button:
    values: dict[str, Any] = {"label": "Shop", "href": "https://go.example/shop?bio=1"}
    return Button(**(values | fields))


def full(**fields: Any) -> Page:
    """Something of everything."""
    values: dict[str, Any] = {
        "description": "Illustrator.\nBooks & posters.",
        "avatar_url": "https://example.com/marta.png",
        "buttons": (button(), button(label="Blog", icon="rss"), button(label="Fair", icon="🎪")),
        "socials": (Social("instagram", "https://instagram.com/x"), Social("mail", "mailto:a@example.com")),
    }
    return page(**(values | fields))


class Parsed(HTMLParser):
    """Tags in their order as (name, attributes), and the text of each element by its tag."""

    VOID = ("meta", "link", "img", "path", "circle", "rect")

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        assert len(dict(attributes)) == len(attributes)
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def names(self) -> set[str]:
        return {name for name, _ in self.tags}

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, tag: str) -> str:
        return "".join(self.texts.get(tag, ()))

    def meta(self, name: str) -> list[str | None]:
        return [meta.get("content") for meta in self.all("meta") if name in (meta.get("name"), meta.get("property"))]
