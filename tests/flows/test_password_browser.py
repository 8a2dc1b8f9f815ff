"""The page that asks for a password, in a real browser: light and dark, on a phone and on a desk, by keyboard alone."""

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.flows.browser import CHROMIUM, Page, browsing
from tests.flows.product import Product

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="NOT TESTED: there is no chromium to show the page in")

PASSWORD = "correct hörse"
SIZES = {"phone": (390, 844), "desktop": (1_280, 800), "narrow": (320, 480)}
LEAST_CONTRAST = 4.5
"""WCAG 2.2 section 1.4.3, for text."""

FOCUSED = "document.activeElement.tagName"

# Every text of the page with its colour and what is behind it, as [red, green, blue].
COLOURS = """[...document.querySelectorAll('h1, p, label, button')].map(element => {
  const rgb = text => text.match(/[0-9.]+/g).map(Number)
  let behind = element
  while (rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement
  return [element.tagName, rgb(getComputedStyle(element).color), rgb(getComputedStyle(behind).backgroundColor)]
})"""


@pytest.fixture(scope="module")
def destination() -> Iterator[str]:
    """A page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!DOCTYPE html><title>There</title><h1>There</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/there"
        server.shutdown()
        thread.join()


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with browsing(tmp_path) as page:
        yield page
        assert page.complaints == []


def protect(product: Product, slug: str, destination: str) -> str:
    body = {"destinationUrl": destination, "slashTag": slug, "password": PASSWORD}
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert status == 201, answer
    return f"http://127.0.0.1:{product.port}/{slug}"


def luminance(colour: list[float]) -> float:
    """WCAG 2.2, relative luminance."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_by_keyboard_alone_to_another_origin(page: Page, product: Product, destination: str) -> None:
    url = protect(product, "keyboard", destination)
    await page.open(url + "?a=b")
    assert await page.value(FOCUSED) == "INPUT"
    await page.write("wrong")
    await page.press("Enter")
    await page.loaded()
    assert await page.value("document.querySelector('[role=alert]').innerText") == (
        "That is not the password of this link."
    )
    assert await page.value("document.title") == "Error: Password needed"
    assert await page.value(FOCUSED) == "INPUT"
    await page.write(PASSWORD)
    await page.press("Tab")
    assert await page.value(FOCUSED) == "BUTTON"
    await page.press("Enter")
    await page.loaded()
    assert await page.value("location.href") == destination
    await page.open(url)  # the cookie is there now
    assert await page.value("location.href") == destination


async def test_an_empty_field_is_not_sent(page: Page, product: Product, destination: str) -> None:
    await page.open(protect(product, "empty", destination))
    await page.press("Enter")
    assert await page.value("document.querySelector('input').validity.valueMissing")
    assert await page.value("document.querySelector('[role=alert]')") is None


async def test_what_a_screen_reader_is_told(page: Page, product: Product, destination: str) -> None:
    await page.open(protect(product, "reader", destination))
    await page.write("wrong")
    await page.press("Enter")
    await page.loaded()
    nodes = (await page.do("Accessibility.getFullAXTree"))["nodes"]
    told = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}
    assert {("main", ""), ("heading", "Password needed"), ("textbox", "Password"), ("button", "Continue")} <= told
    assert "alert" in {role for role, _ in told}
    (field,) = [node for node in nodes if not node["ignored"] and node["role"]["value"] == "textbox"]
    assert field["description"]["value"] == "That is not the password of this link."


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_and_can_be_read(
    page: Page, product: Product, destination: str, tmp_path: Path, scheme: str
) -> None:
    url = protect(product, f"look-{scheme}", destination)
    for name, (width, height) in SIZES.items():
        await page.looks(width, height, scheme)
        for state in ("ask", "wrong"):
            if state == "ask":
                await page.open(url)
            else:
                await page.write("wrong")
                await page.press("Enter")
                await page.loaded()
            await page.shot(tmp_path / f"{state}-{name}-{scheme}.png")
            assert await page.value("document.documentElement.scrollWidth") <= width
            colours = await page.value(COLOURS)
            assert len(colours) == 4
            for tag, text, behind in colours:
                assert contrast(text, behind) >= LEAST_CONTRAST, (tag, scheme, state)
            heights = await page.value("[...document.querySelectorAll('input, button')].map(e => e.offsetHeight)")
            assert min(heights) >= 44  # WCAG 2.2 section 2.5.5
