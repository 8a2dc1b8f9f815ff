"""QR codes of the whole product: drawn, read back, and looked at from outside."""

import os
import re
import signal
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.admin.qr_pictures import decoded, png
from tests.flows.processes import state, wait_until
from tests.flows.product import KEY, Product

AUTH = {"Authorization": f"Bearer {KEY}"}
DATA_URL = "data:image/png;base64," + b64encode(png()).decode()

Reply = tuple[int, dict[str, str], bytes]


def picture(product: Product, path: str, **fields: str) -> Reply:
    """GET of the API."""
    headers = AUTH | {name.replace("_", "-"): value for name, value in fields.items()}
    return product.request(product.api_port, "GET", path, headers=headers)


def address(product: Product, slug: str) -> str:
    return f"http://localhost:{product.port}/{slug}?qr=1"


def short_link(product: Product, **fields: Any) -> dict[str, Any]:
    status, answer = product.api("POST", "/api/v1/short-link", {"destinationUrl": "https://example.com/"} | fields)
    assert status == 201, answer
    data: dict[str, Any] = answer["data"]
    return data


def drawers(product: Product) -> list[int]:
    """Processes that draw: children of the admin."""
    (admin,) = product.children("admin")
    found = []
    for task in Path(f"/proc/{admin}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


@pytest.mark.parametrize("format_", ["svg", "png"])
def test_the_code_of_a_link_leads_to_it(product: Product, format_: str) -> None:
    link = product.create("https://example.com/there")
    status, headers, body = picture(product, f"/api/v1/links/{link['id']}/qr?format={format_}")
    assert (status, headers["content-type"]) == (200, {"svg": "image/svg+xml", "png": "image/png"}[format_])
    assert headers["content-disposition"] == f'inline; filename="{link["id"][:8]}-qr.{format_}"'
    held = decoded(body)
    assert held == address(product, link["short_code"])
    parts = urlsplit(held)
    status, headers, _ = product.get(product.port, f"{parts.path}?{parts.query}")
    assert (status, headers["location"]) == (301, "https://example.com/there")  # the mark goes no further


def test_a_pdf_is_one(product: Product) -> None:
    status, headers, body = picture(product, f"/v1/links/{product.create()['id']}/qr?format=pdf")
    assert (status, headers["content-type"], body[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_picture_is_sent_once(product: Product) -> None:
    path = f"/v1/links/{product.create()['id']}/qr"
    _, headers, _ = picture(product, path)
    status, again, body = picture(product, path, If_None_Match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


def test_a_template_is_what_codes_look_like(product: Product) -> None:
    design = {"foreground_color": "#1a2b3c", "dot_style": "classy", "corner_style": "dot", "logo_url": DATA_URL}
    status, answer = product.api("POST", "/api/v1/qr/templates", {"name": "x", "design": design})
    assert status == 201, answer
    template = answer["data"]["id"]
    link = product.create()
    _, _, with_logo = picture(product, f"/v1/links/{link['id']}/qr?template_id={template}")
    assert b"#1a2b3c" in with_logo
    assert decoded(with_logo) == address(product, link["short_code"])
    product.api("PATCH", f"/v1/qr/templates/{template}", {"design": {"logo_url": None}})
    _, _, without = picture(product, f"/v1/links/{link['id']}/qr?template_id={template}")
    assert (b"data:image" in with_logo, b"data:image" in without) == (True, False)
    for method in ("GET", "POST"):
        path = f"/v1/qr/templates/{template}/render?data={quote('Grüße 😀')}&format=png&size=5"
        status, _, body = product.request(product.api_port, method, path, headers=AUTH)
        assert (status, decoded(body)) == (200, "Grüße 😀")


def test_a_text_is_drawn(product: Product) -> None:
    status, _, body = picture(product, "/v1/qr/render?data=hello&quiet_zone=4&foreground_color=%23800000")
    assert (status, decoded(body)) == (200, "hello")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("data=x&foreground_color=%23eeeeee", "foreground_color: the contrast of #eeeeee on #ffffff is 1.16:1"),
        ("data=x&foreground_color=%23ffffff&background_color=%23000000", "foreground_color: #ffffff is lighter"),
        (f"data={'x' * 1_000}&size=50", "size: must be at most "),
        ("data=" + quote("ü" * 700), "data: "),
        ("data=x&logo_url=http%3A%2F%2F127.0.0.1%2Fx.png", "logo_url: must be a data URL"),
        ("data=x&logo_url=data%3Aimage%2Fpng%3Bbase64%2CAAAA", "logo_url: is no picture"),
    ],
)
def test_what_cannot_be_drawn_is_named(product: Product, path: str, said: str) -> None:
    status, answer = product.api("GET", f"/v1/qr/render?{path}")
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"]["message"].startswith(said)


# The Divsly API


def test_the_settings_of_a_short_link_are_its_look(product: Product) -> None:
    settings = {"color": "#123456", "pattern": "dots", "corner": "dot", "text": "Scan me", "primary": "#654321"}
    data = short_link(product, isQrGenerated=True, qrSettings=settings)
    where = urlsplit(data["qr"])
    assert where.netloc == f"localhost:{product.port}"
    status, headers, body = product.get(product.port, where.path)
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert b"#123456" in body and b"#654321" in body
    assert decoded(body) == address(product, data["slashTag"])


def test_without_settings_it_is_classy(product: Product) -> None:
    data = short_link(product, isQrGenerated=True)
    _, _, classy = product.get(product.port, f"/qr/{data['slashTag']}.svg")
    wanted = short_link(product, isQrGenerated=True, qrSettings={"pattern": "classy", "corner": "square"})
    _, _, said = product.get(product.port, f"/qr/{wanted['slashTag']}.svg")
    plain = product.create()["short_code"]
    _, _, square = product.get(product.port, f"/qr/{plain}.svg")
    assert shapes(classy) == shapes(said) != shapes(square)


def shapes(svg: bytes) -> set[str]:
    """The commands that its paths are made of: curves, arcs, lines."""
    return {
        letter.lower()
        for path in re.findall(rb' d="([^"]*)"', svg)
        for letter in re.sub(r"[^A-Za-z]", "", path.decode())
    }


# Images for everybody


@pytest.mark.parametrize("format_", ["svg", "png"])
def test_anybody_may_see_the_code_of_a_link(product: Product, format_: str) -> None:
    slug = product.create()["short_code"]
    for _ in range(4):  # whichever worker answers
        status, headers, body = product.get(product.port, f"/qr/{slug}.{format_}")
        assert (status, decoded(body)) == (200, address(product, slug))
        assert headers["cache-control"] == "public, max-age=300"
    status, again, nothing = product.request(
        product.port, "GET", f"/qr/{slug}.{format_}", headers={"If-None-Match": headers["etag"]}
    )
    assert (status, nothing, again["etag"]) == (304, b"", headers["etag"])
    status, head, nothing = product.request(product.port, "HEAD", f"/qr/{slug}.{format_}")
    assert (status, head["content-length"], nothing) == (200, str(len(body)), b"")


def test_there_is_no_image_of_what_is_no_link_or_no_more(product: Product) -> None:
    link = product.create()
    slug = link["short_code"]
    assert product.get(product.port, f"/qr/{slug}.svg")[0] == 200
    assert product.get(product.port, f"/qr/{slug}x.svg")[0] == 404
    product.api("PATCH", f"/v1/links/{link['id']}", {"enabled": False})
    assert product.get(product.port, f"/qr/{slug}.svg")[0] == 404
    product.api("PATCH", f"/v1/links/{link['id']}", {"enabled": True})
    assert product.get(product.port, f"/qr/{slug}.svg")[0] == 200
    product.api("DELETE", f"/v1/links/{link['id']}")
    assert product.get(product.port, f"/qr/{slug}.svg")[0] == 404


def test_an_image_is_no_visit(product: Product) -> None:
    slug = product.create()["short_code"]
    product.get(product.port, f"/qr/{slug}.svg")
    product.follow(slug)
    counted = product.run("clicks", "count", slug, "--json").stdout
    assert '"visits":1' in counted


def test_the_setting_switches_them_off(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, FINGERPOST_QR__PUBLIC="false")
    product.start()
    data = short_link(product, isQrGenerated=True)
    assert product.get(product.port, f"/qr/{data['slashTag']}.svg")[0] == 404
    where = urlsplit(data["qr"])
    assert where.netloc.endswith(f":{product.api_port}")
    assert picture(product, where.path)[0] == 200
    assert product.stop() == 0, product.stderr


# What happens when something dies


def test_without_the_admin_there_are_no_images_but_redirects(product_at: Callable[..., Product]) -> None:
    everything = product_at(workers=1)
    everything.start()
    slug = everything.create()["short_code"]
    assert everything.stop() == 0
    everything.command = "server"
    everything.start()
    status, headers, _ = everything.get(everything.port, f"/qr/{slug}.svg")
    assert (status, headers["retry-after"]) == (503, "5")
    assert everything.follow(slug)[0] == 301
    assert everything.stop() == 0, everything.stderr


def test_the_process_that_draws_may_die(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    path = "/v1/qr/render?data="
    assert drawers(product) == []  # nothing has been drawn yet
    assert picture(product, path + "a")[0] == 200
    (first,) = drawers(product)
    os.kill(first, signal.SIGKILL)
    assert picture(product, path + "b")[0] == 200
    (second,) = drawers(product)
    assert second != first
    (admin,) = product.children("admin")
    os.kill(admin, signal.SIGKILL)
    wait_until(lambda: not state(second), "the process that draws has ended with its admin")
    product.wait_healthy()
    assert picture(product, path + "c")[0] == 200
    assert product.stop() == 0, product.stderr
