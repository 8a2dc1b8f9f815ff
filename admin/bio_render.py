"""A stored page and its links as the room ``bio`` takes them. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from admin.models_page_data import ALIASES
from bio.page import Button, Colours, Page, Rendered, Social, Theme
from bio.render import render
from bio.themes import SCHEMES
from links.bio_model import BioPage
from links.bio_model import Button as Stored
from links.domain_rules import Placed
from links.model import Link

MARK = "?bio=1"
"""What a visit through a page is known by."""


Address = Callable[[Placed], str]
"""The public address of a link or a page."""


def renderer(address: Address) -> Callable[[BioPage, Mapping[int, Link], int], Rendered]:
    """What makes documents of pages (``links.bio_model.Render``)."""

    def made(page: BioPage, links: Mapping[int, Link], now: int) -> Rendered:
        return render(page_of(page, links, address), now)

    return made


def page_of(page: BioPage, links: Mapping[int, Link], address: Address) -> Page:
    """What stands on ``page``. A button whose link has been deleted or is not enabled is left out; it ends when its
    link does."""
    data = page.page_data
    name = data.get("theme") or "paper"
    scheme = data.get("color_scheme") or (name if name in SCHEMES else "auto")
    colors = data.get("colors")
    return Page(
        title=page.title,
        url=address(page),
        description=page.description,
        avatar_url=data.get("avatar_url") or "",
        lang=data.get("lang") or "en",
        theme=Theme(ALIASES.get(name, name), scheme),
        colours=_colours(colors) if colors else None,
        buttons=tuple(
            _button(button, link, address)
            for button in page.buttons
            if button.link is not None and (link := links.get(button.link)) is not None and link.enabled
        ),
        socials=tuple(Social(social["network"], social["url"]) for social in data.get("socials") or ()),
    )


def _button(button: Stored, link: Link, address: Address) -> Button:
    ends = [time for time in (button.ends_at, link.expires_at) if time is not None]
    return Button(
        label=button.label,
        href=address(link) + MARK,
        icon=button.icon,
        enabled=button.enabled,
        starts_at=button.starts_at,
        ends_at=min(ends, default=None),
    )


def _colours(colors: dict[str, Any]) -> Colours:
    return msgspec.convert({name: value for name, value in colors.items() if value is not None}, Colours)
