"""Files that are uploaded to the whole product, over real HTTP."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.admin.qr_pictures import decoded, png
from tests.flows.processes import wait_until
from tests.flows.product import KEY, Product, parse_response

LOGO = png(300, 200)


def announce(product: Product, size: int = len(LOGO), kind: str = "image/png", name: str = "lögo.png") -> Any:
    path = f"/api/v1/assets/presign?filename={quote(name)}&content_type={kind}&file_size={size}"
    status, answer = product.api("POST", path)
    assert status == 200, answer
    return answer["data"]


def put(product: Product, url: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    return product.request(product.api_port, "PUT", urlsplit(url).path, body)


def uploaded(product: Product, body: bytes = LOGO, kind: str = "image/png", name: str = "lögo.png") -> str:
    """A confirmed asset; its id."""
    data = announce(product, len(body), kind, name)
    assert put(product, data["upload_url"], body)[0] == 204
    status, answer = product.api("POST", f"/v1/assets/presign/{data['asset_id']}/confirm")
    assert (status, answer["data"]["status"]) == (200, "confirmed")
    return str(data["asset_id"])


def published(product: Product, asset: str) -> str:
    """The path of its public_url."""
    status, answer = product.api("POST", f"/v1/assets/{asset}/publish")
    assert status == 200
    return urlsplit(answer["data"]["public_url"]).path


def files(product: Product) -> set[str]:
    return {path.name for path in (product.data / "assets").iterdir()}


def test_a_logo_from_its_upload_to_a_code(product: Product) -> None:
    asset = uploaded(product)
    design = {"logo_url": asset, "logo_size": 0.25, "quiet_zone": 4}
    status, answer = product.api("POST", "/v1/qr/templates", {"name": "x", "design": design})
    assert status == 201, answer
    path = f"/v1/qr/templates/{answer['data']['id']}/render?data=hello"
    headers = {"Authorization": f"Bearer {KEY}"}
    _, _, svg = product.request(product.api_port, "GET", path, headers=headers)
    assert b"data:image/png;base64," in svg
    assert decoded(svg) == "hello"
    product.api("DELETE", f"/v1/assets/{asset}")
    status, _, bare = product.request(product.api_port, "GET", path, headers=headers)
    assert (status, b"data:image" in bare, decoded(bare)) == (200, False, "hello")


def test_a_short_links_logo_is_an_asset(product: Product) -> None:
    body = {"destinationUrl": "https://example.com/", "qrSettings": {"qrLogoId": uploaded(product)}}
    status, answer = product.api("POST", "/v1/short-link", body | {"isQrGenerated": True})
    assert status == 201, answer
    _, _, svg = product.get(product.port, urlsplit(answer["data"]["qr"]).path)
    assert b"data:image/png;base64," in svg


def test_a_picture_is_shown_to_everybody_once_it_is_published(product: Product) -> None:
    asset = uploaded(product)
    assert product.get(product.api_port, f"/assets/{asset}/l%C3%B6go.png")[0] == 404
    path = published(product, asset)
    status, headers, body = product.get(product.api_port, path)
    assert (status, body, headers["content-type"]) == (200, LOGO, "image/png")
    assert headers["content-disposition"] == "inline; filename*=UTF-8''l%C3%B6go.png"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    again = product.request(product.api_port, "GET", path, headers={"If-None-Match": headers["etag"]})
    assert (again[0], again[2]) == (304, b"")
    assert product.get(product.api_port, f"/assets/{asset}/other.png")[0] == 404
    product.api("DELETE", f"/v1/assets/{asset}")
    assert product.get(product.api_port, path)[0] == 404


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        (b"%PDF-1.7 and so on", "application/pdf"),
    ],
)
def test_everything_else_is_a_download(product: Product, body: bytes, kind: str) -> None:
    path = published(product, uploaded(product, body, kind, "x.html"))
    status, headers, got = product.get(product.api_port, path)
    assert (status, got) == (200, body)
    assert headers["content-type"] in ("application/octet-stream", "application/pdf")
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


def test_files_are_their_owners_alone(product: Product) -> None:
    asset = uploaded(product)
    directory = product.data / "assets"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / asset).stat().st_mode & 0o777 == 0o600


def test_an_address_is_good_once(product: Product) -> None:
    data = announce(product)
    assert re.fullmatch(r"/api/v1/assets/uploads/[0-9a-f]{64}", urlsplit(data["upload_url"]).path)
    assert put(product, data["upload_url"], LOGO)[0] == 204
    assert put(product, data["upload_url"], LOGO)[0] == 404
    assert put(product, data["upload_url"][:-1], LOGO)[0] == 404


@pytest.mark.parametrize("body", [LOGO[:-1], LOGO + b"x", b""])
def test_another_size_than_announced_is_refused(product: Product, body: bytes) -> None:
    before = files(product)
    data = announce(product)
    status, _, answer = put(product, data["upload_url"], body)
    assert (status, b"must have the" in answer) == (400, True)
    status, answer = product.api("POST", f"/v1/assets/{data['asset_id']}/confirm")
    assert (status, answer["error"]["message"]) == (400, "asset_id: has not been uploaded yet")
    assert files(product) == before


def test_a_body_in_chunks_is_counted_as_it_comes(product: Product) -> None:
    for chunks, status in (((LOGO[:7], LOGO[7:]), 204), ((LOGO, b"x"), 400), ((LOGO[:7],), 400)):
        data = announce(product)
        head = f"PUT {urlsplit(data['upload_url']).path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        with socket.create_connection(("127.0.0.1", product.api_port), timeout=30) as sock:
            sock.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + sent)
            answer = b""
            while more := sock.recv(65_536):
                answer += more
        assert parse_response(answer)[0] == status


def test_an_upload_that_breaks_off_leaves_nothing_and_can_be_tried_again(product: Product) -> None:
    data = announce(product)
    path = urlsplit(data["upload_url"]).path
    with socket.create_connection(("127.0.0.1", product.api_port), timeout=30) as sock:
        sock.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(LOGO)}\r\n\r\n".encode() + LOGO[:20])
        sock.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: not any(name.endswith(".part") for name in files(product)), "the part is gone")
    assert put(product, data["upload_url"], LOGO)[0] == 204


def test_a_large_file_goes_through(product: Product) -> None:
    body = bytes(range(256)) * 100_000  # 25.6 MB, just below the limit
    path = published(product, uploaded(product, body, "application/zip", "x.zip"))
    assert product.get(product.api_port, path)[2] == body


def test_the_server_has_so_much_room(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, FINGERPOST_ASSETS__STORAGE_MIB="26")
    product.start()
    announce(product, 26_214_400)
    path = "/v1/assets/presign?filename=a&content_type=a/b&file_size=26214400"
    status, answer = product.api("POST", path)
    assert (status, answer["error"]["code"]) == (403, "PLAN_LIMIT_EXCEEDED")
    assert product.stop() == 0, product.stderr


def test_what_was_left_over_is_gone_after_a_start(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    asset = uploaded(product)
    assert product.stop() == 0
    Path(product.data / "assets" / f"{asset}.00.part").write_bytes(b"left over")
    product.start()
    assert files(product) == {asset}
    assert product.stop() == 0, product.stderr


def test_addresses_begin_as_the_setting_says(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, FINGERPOST_ADMIN__BASE_URL="https://api.example/")
    product.start()
    data = announce(product)
    assert data["upload_url"].startswith("https://api.example/api/v1/assets/uploads/")
    assert put(product, data["upload_url"], LOGO)[0] == 204
    assert product.stop() == 0, product.stderr


def test_another_workspaces_files_are_not_found(product: Product) -> None:
    product.run("workspaces", "create", "--name", "other")
    made = product.run("keys", "create", "--name", "x", "--scope", "*", "--workspace", "2")
    other, asset = made.stdout.strip(), uploaded(product)
    for method, path in (("GET", ""), ("POST", "/confirm"), ("POST", "/publish"), ("DELETE", "")):
        assert product.api(method, f"/v1/assets/{asset}{path}", key=other)[0] == 404
    design = {"logo_url": asset}
    status, answer = product.api("POST", "/v1/qr/templates", {"name": "x", "design": design}, key=other)
    assert (status, "no such picture" in answer["error"]["message"]) == (400, True)
