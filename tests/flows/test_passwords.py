"""Links that ask for a password: the whole product, directly and behind nginx."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from links.secret import FILE_NAME
from tests.flows.product import KEY, Product, free_ports

PASSWORD = "correct hörse"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GOOD_FORM = b"password=correct+h%C3%B6rse"
THERE = "https://example.com/there"
PATIENCE_S = 20.0
NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))

Reply = tuple[int, dict[str, str], bytes]


def protect(product: Product, slug: str, password: str = PASSWORD) -> int:
    """A link that asks for a password; its id."""
    body = {"destinationUrl": THERE, "slashTag": slug, "password": password}
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert (status, answer["data"]["password"], answer["data"]["passwordProtectionEnabled"]) == (201, None, True)
    return int(answer["data"]["id"])


def post(product: Product, slug: str, form: bytes = GOOD_FORM, port: int = 0, **fields: str) -> Reply:
    headers = FORM | {name.replace("_", "-"): value for name, value in fields.items()}
    return product.request(port or product.port, "POST", f"/{slug}", form, headers)


def visit(product: Product, slug: str, **fields: str) -> Reply:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return product.request(product.port, "GET", f"/{slug}", headers=headers)


def cookie_of(reply: Reply) -> str:
    assert reply[0] == 303, reply
    return reply[1]["set-cookie"].partition(";")[0]


def test_from_the_page_to_the_destination(product: Product) -> None:
    link = protect(product, "way")
    status, headers, page = visit(product, "way")
    assert (status, headers["cache-control"], b'type="password"' in page) == (200, "no-store", True)
    status, headers, page = post(product, "way", b"password=wrong")
    assert (status, b'role="alert"' in page, "set-cookie" in headers) == (403, True, False)
    reply = post(product, "way")
    assert reply[1]["location"] == "/way"
    cookie = cookie_of(reply)
    assert cookie.startswith(f"fp_{link:x}=")
    for _ in range(4):  # whichever worker answers
        status, headers, _ = visit(product, "way", Cookie=cookie)
        assert (status, headers["location"], headers["cache-control"]) == (302, THERE, "private, no-store")


def test_another_links_cookie_and_that_of_an_old_password_are_none(product: Product) -> None:
    one, two = protect(product, "one"), protect(product, "two")
    ticket = cookie_of(post(product, "one")).partition("=")[2]
    assert visit(product, "two", Cookie=f"fp_{two:x}={ticket}")[0] == 200
    assert visit(product, "one", Cookie=f"fp_{one:x}={ticket}")[0] == 302
    product.api("DELETE", f"/api/v1/links/{uuid_of(product, 'one')}")
    again = protect(product, "one", "another")
    for link in (one, again):
        assert visit(product, "one", Cookie=f"fp_{link:x}={ticket}")[0] == 200


def uuid_of(product: Product, slug: str) -> str:
    _, answer = product.api("GET", f"/api/v1/links?q={slug}")
    return str(next(link["id"] for link in answer["data"] if link["short_code"] == slug))


def test_programs_send_it_along(product: Product) -> None:
    protect(product, "program", "s3cret")
    good = {"X_Link_Password": "s3cret"}, {"Authorization": "Basic eDpzM2NyZXQ="}
    for fields in good:
        status, headers, _ = visit(product, "program", **fields)
        assert (status, headers["location"]) == (302, THERE)
        assert "set-cookie" not in headers
    status, headers, body = visit(product, "program", X_Link_Password="wrong")
    assert (status, headers["content-type"], body) == (403, "text/plain; charset=utf-8", b"403 Wrong password\n")


def test_head(product: Product) -> None:
    protect(product, "head", "s3cret")
    status, headers, body = product.request(product.port, "HEAD", "/head")
    assert (status, int(headers["content-length"]) > 1_000, body) == (200, True, b"")
    status, headers, _ = product.request(product.port, "HEAD", "/head", headers={"X-Link-Password": "s3cret"})
    assert (status, headers["location"]) == (302, THERE)


def test_the_password_is_stored_and_written_down_nowhere(product: Product) -> None:
    secret = "needle-in-a-haystack"
    protect(product, "needle", secret)
    post(product, "needle", f"password={secret}".encode())
    visit(product, "needle", X_Link_Password=secret)
    files = [path for path in product.directory.rglob("*") if path.is_file()]
    assert any(path.name.startswith("links.db") for path in files)
    assert [path for path in files if secret.encode() in path.read_bytes()] == []
    assert (product.data / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_too_many_attempts_wait_whoever_answers(product: Product) -> None:
    protect(product, "brake")
    statuses = []
    for _ in range(20):
        status, headers, page = post(product, "brake", b"password=wrong")
        statuses.append(status)
        if status == 429:
            break
    assert statuses[:5] == [403] * 5  # both workers together
    assert statuses[-1] == 429
    assert int(headers["retry-after"]) >= 1
    assert b"Please try again in" in page
    assert post(product, "brake", X_Forwarded_For="192.0.2.77")[0] == 303  # another visitor of a trusted proxy


def test_a_login_lasts_over_a_restart(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    protect(product, "stay")
    cookie = cookie_of(post(product, "stay"))
    assert product.stop() == 0
    product.start()
    assert visit(product, "stay", Cookie=cookie)[0] == 302


def test_without_the_admin_the_page_says_so_and_redirects_go_on(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, command="server")
    serve = product_at(workers=1)  # makes the data, and goes
    serve.start()
    protect(serve, "closed")
    serve.create(custom_slug="open")
    cookie = cookie_of(post(serve, "closed"))
    assert serve.stop() == 0
    product.config.write_text(product.config.read_text().replace('"data"', f'"{serve.data}"'))
    product.start()
    status, headers, page = post(product, "closed")
    assert (status, int(headers["retry-after"]) > 0, b"cannot be checked" in page) == (503, True, True)
    assert visit(product, "closed")[0] == 200
    assert visit(product, "closed", Cookie=cookie)[0] == 302
    assert product.follow("open")[0] == 301
    assert product.stop() == 0


def test_an_admin_that_is_killed_comes_back(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    product.start()
    protect(product, "again")
    product.create(custom_slug="open")
    (admin,) = product.children("admin")
    os.kill(admin, signal.SIGSTOP)  # so that nobody answers for sure
    os.kill(admin, signal.SIGKILL)
    assert product.follow("open")[0] == 301
    deadline = time.monotonic() + PATIENCE_S
    while (status := post(product, "again")[0]) != 303:
        assert status == 503
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def nginx_before(product: Product, directory: Path) -> Iterator[int]:
    """nginx in front of the short links, as docs/operations.md has it; its port."""
    if NGINX is None:
        pytest.skip("NOT TESTED: there is no nginx here")
    (port,) = free_ports(1)
    paths = " ".join(f"{name}_temp_path {directory}/{name};" for name in ("fastcgi", "uwsgi", "scgi", "proxy"))
    config = directory / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {directory}/pid; error_log {directory}/log error;\n"
        f"events {{}} http {{ access_log off; client_body_temp_path {directory}/body; {paths}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{product.port};\n"
        "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        'proxy_set_header X-Forwarded-Proto https; proxy_set_header Forwarded ""; } } }\n'
    )
    process = subprocess.Popen([NGINX, "-e", f"{directory}/log", "-c", str(config)])
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, (directory / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_behind_nginx_each_visitor_has_attempts_of_his_own(product: Product, tmp_path: Path) -> None:
    protect(product, "proxied")
    with nginx_before(product, tmp_path) as port:
        # To nginx, which is trusted, the loopback interface is trusted too: whom it speaks for is told on.
        statuses = []
        while 429 not in statuses and len(statuses) < 20:  # what a visitor says of himself makes no other of him
            said = f"198.51.100.{len(statuses)}, 192.0.2.1"
            statuses.append(post(product, "proxied", b"password=wrong", port, X_Forwarded_For=said)[0])
        assert statuses[:5] == [403] * 5
        assert statuses[-1] == 429
        reply = post(product, "proxied", GOOD_FORM, port, X_Forwarded_For="192.0.2.2")
        assert reply[0] == 303
        assert reply[1]["set-cookie"].endswith("; Secure")
        assert reply[1]["location"] == "/proxied"


def test_a_password_that_is_too_long_is_refused(product: Product) -> None:
    body = {"destinationUrl": THERE, "slashTag": "long", "password": "x" * 1_025}
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert (status, [error["field"] for error in answer["data"]["errors"]]) == (400, ["password"])
    assert KEY not in str(answer)
