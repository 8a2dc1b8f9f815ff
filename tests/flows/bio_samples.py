"""A bio page that has everything, for tests in a browser and for the pictures in the documentation.

``python -m tests.flows.bio_samples DIRECTORY`` makes the latter: each theme on a phone, by day and by night.
"""

import asyncio
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw

from bio.page import Button, Page, Social, Theme
from bio.render import render
from bio.themes import THEMES
from tests.flows.browser import browsing

AVATAR = "https://pictures.example/marta.png"
FAVICON = "https://pictures.example/shop.png"

PHONE = (390, 844)
SHOWN = 0.5
"""Of the size that a phone shows them in."""


def avatar() -> bytes:
    """A hill at sunset."""
    image = PIL.Image.new("RGB", (480, 480), "#f6c48f")
    draw = PIL.ImageDraw.Draw(image)
    draw.ellipse((170, 110, 330, 270), fill="#e4572e")
    draw.ellipse((-160, 250, 400, 760), fill="#2f6f4f")
    draw.ellipse((160, 300, 700, 800), fill="#1d4a35")
    return _png(image)


def favicon() -> bytes:
    image = PIL.Image.new("RGB", (64, 64), "#e4572e")
    PIL.ImageDraw.Draw(image).rectangle((16, 16, 48, 48), fill="#ffffff")
    return _png(image)


PICTURES = {AVATAR: avatar, FAVICON: favicon}

TITLE = "Marta Öberg"
DESCRIPTION = "Illustrator and printmaker in Malmö.\nBooks, posters and the odd mural."
LINKS: list[dict[str, Any]] = [
    {"label": "Shop: prints and originals", "url": "https://example.com/shop", "icon": FAVICON},
    {"label": "Autumn workshop", "url": "https://example.com/workshop", "icon": "☀"},
    {"label": "Portfolio", "url": "https://example.com/work", "icon": "website"},
    {
        "label": "How a mural on Kastanienallee came to be painted over three times, and what is left of it",
        "url": "https://example.com/mural",
    },
    {"label": "Letters, four times a year", "url": "https://example.com/letters", "icon": "mail"},
]
SOCIALS = [
    {"network": "instagram", "url": "https://instagram.com/example"},
    {"network": "mastodon", "url": "https://social.example/@marta"},
    {"network": "bluesky", "url": "https://bsky.app/profile/example.com"},
    {"network": "youtube", "url": "https://youtube.com/@example"},
    {"network": "mail", "url": "mailto:marta@example.com"},
]


def page_of(theme: str, scheme: str) -> Page:
    """The page without a server."""
    buttons = [Button(label=one["label"], href=f"{one['url']}?bio=1", icon=one.get("icon", "")) for one in LINKS]
    return Page(
        title=TITLE,
        url="https://go.example/marta",
        description=DESCRIPTION,
        avatar_url=AVATAR,
        theme=Theme(theme, scheme),
        buttons=tuple(buttons),
        socials=tuple(Social(one["network"], one["url"]) for one in SOCIALS),
    )


def _png(image: PIL.Image.Image) -> bytes:
    made = BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


async def picture_all(directory: Path) -> None:
    """Write ``<theme>.png`` for each theme: light on the left, dark on the right."""
    width, height = PHONE
    size = (int(width * SHOWN), int(height * SHOWN))
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        async with browsing(scratch) as tab:
            await tab.pretend({url: make() for url, make in PICTURES.items()})
            for theme in THEMES:
                pair = PIL.Image.new("RGB", (2 * size[0], size[1]))
                for number, scheme in enumerate(("light", "dark")):
                    document = scratch / f"{theme}.html"
                    document.write_bytes(render(page_of(theme, scheme), 0).html)
                    await tab.looks(width, height, scheme)
                    await tab.open(document.as_uri())
                    await tab.shot(scratch / "shot.png")
                    with PIL.Image.open(scratch / "shot.png") as shot:
                        pair.paste(
                            shot.convert("RGB").resize(size, PIL.Image.Resampling.LANCZOS), (number * size[0], 0)
                        )
                pair.quantize(128, dither=PIL.Image.Dither.NONE).save(directory / f"{theme}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(picture_all(Path(sys.argv[1])))
