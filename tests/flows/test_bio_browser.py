"""Bio pages in a real browser: every theme by day and by night, on a phone and on a desk; by keyboard; with hostile
texts; and what axe-core says of them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bio.colour import contrast
from bio.themes import THEMES
from tests.bio.hostile import MARKUP, QUOTES
from tests.flows.bio_samples import AVATAR, DESCRIPTION, LINKS, PICTURES, SOCIALS, TITLE
from tests.flows.browser import CHROMIUM, Page, browsing
from tests.flows.product import Product
from tests.flows.samples import NODE_MODULES

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="NOT TESTED: there is no chromium to show the pages in")

PATH = "/api/v1/bio/pages"
SIZES = {"phone": (390, 844), "desktop": (1_280, 800)}
NARROW = (320, 480)
LEAST_TARGET = 44
"""CSS pixels: WCAG 2.2 section 2.5.5."""
LEAST_FOCUS = 3.0
"""Contrast of what shows the focus: WCAG 2.2 section 1.4.11."""

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
ASK_AXE = """axe.run().then(found => found.violations.map(
  one => one.id + ': ' + one.nodes.map(node => node.html + ' ' + node.failureSummary).join('; ')))"""

FOCUS = """(() => {
  const element = document.activeElement, style = getComputedStyle(element)
  return {tag: element.tagName, href: element.href, outline: style.outlineStyle, width: style.outlineWidth,
          colour: style.outlineColor, visible: element.matches(':focus-visible')}
})()"""

TARGETS = "[...document.querySelectorAll('a')].map(a => a.getBoundingClientRect()).map(b => [b.width, b.height])"

# Whatever runs sets window.hit; a page of another document has a window of its own.
HIT = "typeof window.hit"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with browsing(tmp_path) as page:
        await page.pretend({url: make() for url, make in PICTURES.items()})
        yield page
        assert page.complaints == []
        assert page.dialogs == []


class Shown:
    """A published page, whose data is changed as tests want it."""

    def __init__(self, product: Product) -> None:
        self._product = product
        body = {"title": TITLE, "description": DESCRIPTION}
        status, answer = product.api("POST", PATH, body)
        assert status == 201, answer
        self._id = answer["data"]["id"]
        self.url = answer["data"]["html_url"]
        assert product.api("POST", f"{PATH}/{self._id}/publish")[0] == 200

    def set(self, **body: Any) -> None:
        status, answer = self._product.api("PATCH", f"{PATH}/{self._id}", body)
        assert status == 200, answer

    def fill(self, **data: Any) -> None:
        """Everything on it, in a theme, or with colours."""
        whole = {"links": LINKS, "socials": SOCIALS, "avatar_url": AVATAR, "theme": None, "colors": None}
        self.set(page_data=whole | data, title=TITLE, description=DESCRIPTION)


@pytest.fixture(scope="module")
def shown(product: Product) -> Iterator[Shown]:
    yield Shown(product)


async def check_accessible(page: Page) -> None:
    """axe-core finds nothing. It gets in by the debugger, which the page's policy does not bind."""
    await page.value(AXE.read_text("utf-8"))
    assert await page.value(ASK_AXE) == []


def rgb(css: str) -> str:
    """``rgb(1, 2, 3)`` as ``#010203``."""
    return "#" + "".join(f"{int(part):02x}" for part in css.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.skipif(not AXE.exists(), reason="NOT TESTED: there is no axe-core: npm ci --prefix tests/clients")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES)
async def test_it_fits_and_axe_finds_nothing(page: Page, shown: Shown, tmp_path: Path, theme: str, scheme: str) -> None:
    shown.fill(theme=theme)
    for name, (width, height) in (SIZES | {"narrow": NARROW}).items():
        await page.looks(width, height, scheme)
        await page.open(shown.url)
        assert await page.value("document.documentElement.scrollWidth") <= width
        assert min(side for target in await page.value(TARGETS) for side in target) >= LEAST_TARGET
        assert await page.value("Promise.all([...document.images].map(image => image.decode())).then(() => true)")
        await check_accessible(page)
        if name in SIZES:
            await page.shot(tmp_path / f"{theme}-{scheme}-{name}.png")


@pytest.mark.skipif(not AXE.exists(), reason="NOT TESTED: there is no axe-core: npm ci --prefix tests/clients")
@pytest.mark.parametrize(
    "colors",
    [
        {"background": "#fff4c2", "text": "#3a2a00", "button": "#ffd23f"},
        {"background": "#101014", "text": "#f4f4f8", "button": "#1c1c22", "button_text": "#9ad0ff"},
    ],
)
async def test_colours_of_ones_own(page: Page, shown: Shown, tmp_path: Path, colors: dict[str, str]) -> None:
    shown.fill(colors=colors, avatar_url=None)
    seen = set()
    for scheme in ("light", "dark"):
        await page.looks(*SIZES["phone"], scheme)
        await page.open(shown.url)
        await check_accessible(page)
        await page.shot(tmp_path / f"own-{colors['background'][1:]}-{scheme}.png")
        seen.add(await page.value("getComputedStyle(document.querySelector('.b a')).backgroundColor"))
        assert rgb(await page.value("getComputedStyle(document.documentElement).color")) == colors["text"]
    assert [rgb(colour) for colour in seen] == [colors["button"]]


@pytest.mark.parametrize("theme", THEMES)
async def test_the_keyboard_reaches_everything_in_order(page: Page, shown: Shown, theme: str) -> None:
    shown.fill(theme=theme)
    for scheme in ("light", "dark"):
        await page.looks(*SIZES["desktop"], scheme)
        await page.open(shown.url)
        stops = getattr(THEMES[theme], scheme).back
        expected = await page.value("[...document.querySelectorAll('a')].map(a => a.href)")
        assert len(expected) == len(LINKS) + len(SOCIALS)
        walked = []
        for _ in expected:
            await page.press("Tab")
            focus = await page.value(FOCUS)
            walked.append(focus["href"])
            assert (focus["tag"], focus["outline"], focus["width"], focus["visible"]) == ("A", "solid", "3px", True)
            assert min(contrast(rgb(focus["colour"]), back) for back in stops) >= LEAST_FOCUS
        assert walked == expected


async def test_what_a_screen_reader_is_told(page: Page, shown: Shown) -> None:
    shown.fill()
    await page.open(shown.url)
    nodes = (await page.do("Accessibility.getFullAXTree"))["nodes"]
    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    links = [name for role, name in told if role == "link"]
    assert links == [one["label"] for one in LINKS] + ["Instagram", "Mastodon", "Bluesky", "YouTube", "Email"]
    assert [name for role, name in told if role == "heading"] == [TITLE]
    assert [name for role, name in told if role == "navigation"] == ["Links", "Profiles and contact"]
    assert [role for role, _ in told].count("main") == 1
    assert [role for role, _ in told].count("listitem") == len(LINKS) + len(SOCIALS)
    assert await page.value("document.title") == TITLE


async def test_nothing_moves_for_those_who_do_not_want_it(page: Page, shown: Shown) -> None:
    shown.fill()
    await page.open(shown.url)
    duration = "getComputedStyle(document.querySelector('.b a')).transitionDuration"
    for wish, time in (("reduce", "0s"), ("no-preference", "0.15s")):
        await page.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": wish}])
        assert await page.value(duration) == time


async def test_no_hostile_text_runs(page: Page, shown: Shown) -> None:
    links = [{"label": text, "url": "https://example.com/"} for text in MARKUP]
    links += [{"label": "x", "url": url} for url in QUOTES]
    for text in MARKUP:
        if text is MARKUP[0]:
            shown.set(page_data={"links": links, "socials": [], "theme": None, "colors": None})
        shown.set(title=text, description=text)
        await page.open(shown.url)
        assert await page.value(HIT) == "undefined"
        assert await page.value("document.title") == text
        assert await page.value("document.querySelector('h1').innerText") == text
        assert await page.value("document.scripts.length") == 0
        labels = await page.value("[...document.querySelectorAll('.b a')].map(a => a.textContent)")
        assert labels == [one["label"] for one in links]
    # Pointing at things, focusing and pressing them wakes no handler either.
    wake = """for (const element of document.querySelectorAll('*'))
      for (const kind of ['mouseover', 'focus', 'click', 'load', 'error'])
        element.dispatchEvent(new Event(kind))"""
    await page.value(wake)
    assert await page.value(HIT) == "undefined"


async def test_the_policy_would_stop_what_got_in(page: Page, shown: Shown) -> None:
    shown.fill()
    await page.open(shown.url)
    inserted = """document.body.insertAdjacentHTML('beforeend', `
      <img src="data:image/png,x" onerror="window.hit=1"><svg onload="window.hit=1"></svg>
      <style>h1 { display: none }</style><p style="color: red" id="red">x</p>
      <iframe srcdoc="<script>parent.hit=1</script>"></iframe>`)
      const script = document.createElement('script')
      script.textContent = 'window.hit = 1'
      document.body.append(script)"""
    await page.value(inserted)
    await page.value("new Promise(done => setTimeout(done, 200))")
    assert await page.value(HIT) == "undefined"
    assert await page.value("getComputedStyle(document.querySelector('h1')).display") == "block"
    assert rgb(await page.value("getComputedStyle(document.querySelector('#red')).color")) != "#ff0000"
    said = " ".join(page.complaints)
    for directive in ("script-src", "style-src", "default-src"):
        assert directive in said
    page.complaints.clear()


async def test_a_button_leads_on(page: Page, shown: Shown, product: Product) -> None:
    shown.fill(links=[{"label": "Health", "url": f"http://127.0.0.1:{product.api_port}/healthz"}])
    await page.open(shown.url)
    await page.press("Tab")
    await page.press("Enter")
    await page.loaded()
    assert await page.value("location.href") == f"http://127.0.0.1:{product.api_port}/healthz"
