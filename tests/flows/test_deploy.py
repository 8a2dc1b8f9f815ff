"""deploy/Caddyfile and deploy/nginx.conf: short links and the API on one host, over TLS, as the files stand."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from links import database
from server.head import check
from tests.flows.commands import wait_for
from tests.flows.fronts import (
    DOMAIN,
    HOST,
    VISITOR,
    Deployed,
    Ports,
    caddy,
    nginx,
    register,
    replaced,
    sent_to,
    values_of,
    visits_of,
    with_registered_domains,
)
from tests.flows.product import KEY, Product, free_ports, parse_response
from tests.flows.proxies import START_S, Tap, find

FORGED = "203.0.113.7"
BEARER = f"Authorization: Bearer {KEY}"
NOBODYS = "stranger.example.net"
TO = "https://example.com/"


only_nginx = pytest.mark.parametrize("deployed", ["nginx"], indirect=True)
only_caddy = pytest.mark.parametrize("deployed", ["caddy"], indirect=True)


def _need(*programs: str) -> None:
    for program in programs:
        if find(program) is None:
            pytest.skip(f"{program} is not installed: apt install {program}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"), FINGERPOST_SERVER__BASE_URL=f"https://{HOST}")
    product.data.mkdir(mode=0o700)
    database.migrate(product.data / database.FILE_NAME, product.data / "backups")
    register(product, DOMAIN, "active")
    register(product, "pending.example.org", "pending")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


@pytest.fixture(scope="module")
def taps(served: Product) -> Iterator[tuple[Tap, Tap]]:
    with ExitStack() as stack:
        redirects, api = Tap(served.port), Tap(served.api_port)
        for tap in (redirects, api):
            tap.start()
            stack.callback(tap.stop)
        yield redirects, api


def _ports(taps: tuple[Tap, Tap]) -> Ports:
    return Ports(*free_ports(2), taps[0].port, taps[1].port)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def deployed(
    request: pytest.FixtureRequest,
    served: Product,
    taps: tuple[Tap, Tap],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    _need(request.param, "openssl")
    run = {"nginx": nginx, "caddy": caddy}[request.param]
    with run(tmp_path_factory.mktemp(request.param), _ports(taps)) as front:
        yield Deployed(front, served, *taps)


# One host


def test_a_link_is_made_and_followed_on_one_host(deployed: Deployed) -> None:
    link = {"url": "https://example.com/%2F//a?b=c", "custom_slug": f"made-{deployed.front.name}"}
    status, _, answer = deployed.front.ask(b"/api/v1/links", BEARER, method="POST", body=json.dumps(link))
    assert status == 201, answer
    assert json.loads(answer)["data"]["short_url"] == f"https://{HOST}/{link['custom_slug']}"
    status, headers, _ = deployed.front.ask(f"/{link['custom_slug']}".encode())
    assert (status, headers["location"]) == (301, link["url"])
    assert headers["cache-control"] == "private, no-store"


def test_the_api_says_itself_which_body_is_too_large(deployed: Deployed) -> None:
    def ask(size: int) -> tuple[int, dict[str, str], bytes]:
        body = json.dumps({"url": TO}).ljust(size)
        return deployed.front.ask(b"/api/v1/links", BEARER, method="POST", body=body)

    assert ask(1 << 20)[0] == 201
    status, headers, answer = ask((1 << 20) + 1)
    assert (status, headers["content-type"].partition(";")[0]) == (413, "application/json")
    assert json.loads(answer)["error"]


@pytest.mark.parametrize("path", ["/v1/links", "/api/v1/links", "/docs", "/openapi.json", "/api", "/v1", "/assets/x/y"])
def test_these_paths_are_the_api(deployed: Deployed, path: str) -> None:
    assert (
        deployed.front.ask(path.encode(), BEARER)[0]
        == deployed.product.request(deployed.product.api_port, "GET", path, headers={"Authorization": f"Bearer {KEY}"})[
            0
        ]
    )
    assert f"GET {path} HTTP/1.1\r\n".encode() in sent_to(deployed.api)
    assert f"GET {path} HTTP/1.1\r\n".encode() not in sent_to(deployed.redirects)


@pytest.mark.parametrize(
    "path", ["/", "/robots.txt", "/apis", "/v1x", "/docs/x", "/tls/allowed?domain=x", "/metrics", "/v2/links"]
)
def test_all_others_are_short_links(deployed: Deployed, path: str) -> None:
    assert deployed.front.ask(path.encode())[0] == deployed.product.get(deployed.product.port, path)[0]
    assert f"GET {path} HTTP/1.1\r\n".encode() in sent_to(deployed.redirects)
    assert f"GET {path} HTTP/1.1\r\n".encode() not in sent_to(deployed.api)


def test_the_health_is_that_of_the_redirect_server(deployed: Deployed) -> None:
    status, _, answer = deployed.front.ask(b"/healthz")
    assert status == 200
    assert "links" in json.loads(answer)


def test_plain_http_leads_to_https(deployed: Deployed) -> None:
    with socket.create_connection(("127.0.0.1", deployed.front.ports.http), timeout=START_S) as client:
        client.sendall(f"GET /abc?d=e HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        data = b""
        while chunk := client.recv(65536):
            data += chunk
    status, headers, _ = parse_response(data)
    assert status == 308
    assert re.fullmatch(rf"https://{HOST}(:\d+)?/abc\?d=e", headers["location"])


def test_http_2(deployed: Deployed) -> None:
    assert shutil.which("curl"), "curl is not installed: apt install curl"
    port = deployed.front.ports.https
    done = subprocess.run(
        ["curl", "--silent", "--http2", "--cacert", str(deployed.front.authority), "--write-out", "%{http_version}"]
        + ["--connect-to", f"{HOST}:443:127.0.0.1:{port}", f"https://{HOST}/healthz?over=2"],
        capture_output=True,
        check=True,
        timeout=START_S,
    )
    assert done.stdout.endswith(b"}2")
    head = re.search(rb"GET /healthz\?over=2 HTTP/1\.1\r\n(.*?\r\n)\r\n", sent_to(deployed.redirects), re.DOTALL)
    assert head is not None
    assert values_of(head[1], "Host") == [HOST]


# What arrives


FORGERIES = [
    *(
        [f"{name}: {FORGED}"]
        for name in (
            *("X-Forwarded-For", "x-forwarded-for", "X-Real-IP", "CF-Connecting-IP", "cf-connecting-ip", "X-Client-IP"),
            *("True-Client-IP", "X-Cluster-Client-IP", "CF-Connecting-IPv6", "CF-Pseudo-IPv4"),
            *("X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "CF-IPCountry"),
        )
    ),
    [f"Forwarded: for={FORGED};proto=https"],
    [f"X-Forwarded-For: {FORGED}", f"X-Forwarded-For: {FORGED}, 127.0.0.1"],
    # What Connection names goes from one hop to the next only: a proxy may remove it, but not with its own.
    [f"X-Forwarded-For: {FORGED}", "Connection: X-Forwarded-For"],
]


@pytest.mark.parametrize("fields", FORGERIES, ids=lambda fields: "+".join(fields).replace(FORGED, "…"))
def test_nobody_may_say_who_he_is(deployed: Deployed, fields: list[str]) -> None:
    slug = f"{deployed.front.name}-{FORGERIES.index(fields)}"
    deployed.product.create(custom_slug=slug)
    assert deployed.front.ask(f"/{slug}".encode(), *fields)[0] == 301
    (visit,) = visits_of(deployed.product, slug)
    assert FORGED not in visit.section.decode()
    assert values_of(visit.section, "X-Forwarded-For") == [VISITOR]
    assert values_of(visit.section, "X-Forwarded-Proto") == ["https"]
    assert values_of(visit.section, "Host") == [HOST]
    # The API has the same fields.
    deployed.front.ask(f"/v1/links/{slug}".encode(), *fields)
    head = re.search(rf"GET /v1/links/{slug} HTTP/1\.1(\r\n.*?\r\n)\r\n".encode(), sent_to(deployed.api), re.DOTALL)
    assert head is not None
    assert FORGED not in head[1].decode()
    assert values_of(head[1], "X-Forwarded-For") == [VISITOR]


def test_what_a_visitor_says_of_himself_arrives(deployed: Deployed) -> None:
    slug = f"said-{deployed.front.name}"
    deployed.product.create(custom_slug=slug)
    deployed.front.ask(f"/{slug}".encode(), "User-Agent: Mozilla/5.0 (X11)", "Referer: https://example.com/")
    (visit,) = visits_of(deployed.product, slug)
    assert visit.peer.endswith(bytes([127, 0, 0, 1]))
    assert values_of(visit.section, "User-Agent") == ["Mozilla/5.0 (X11)"]
    assert values_of(visit.section, "Referer") == ["https://example.com/"]


PATHS = [
    *("/%F0%9F%98%80", "/%f0%9f%98%80", "/%C3%A9", "/a%2Fb", "/a%2fb", "/a//b", "//a", "/a//", "/%61bc", "/a%20b"),
    *(
        "/a+b",
        "/a%3Fb",
        "/a%23b",
        "/a;b=c",
        "/a/./b",
        "/a/b/../c",
        "/a%25b",
        "/a?q=%2F&r=%F0//..",
        "/a?",
        "/~a!$&'()*,=:@",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_arrive_as_they_were_sent(deployed: Deployed, path: str) -> None:
    line = f"GET {path} HTTP/1.1\r\n".encode()
    before = sent_to(deployed.redirects).count(line)
    status, _, _ = deployed.front.ask(path.encode())
    assert sent_to(deployed.redirects).count(line) == before + 1
    assert status == deployed.product.get(deployed.product.port, path)[0]


def test_emoji(deployed: Deployed) -> None:
    slug = {"nginx": "😀", "caddy": "🦉"}[deployed.front.name]
    status, answer = deployed.product.api("POST", "/api/v1/short-link", {"destinationUrl": TO, "slashTag": slug})
    assert status == 201, answer
    encoded = "".join(f"%{byte:02X}" for byte in slug.encode())
    for path in (encoded, encoded.lower()):
        status, headers, _ = deployed.front.ask(f"/{path}".encode())
        assert (status, headers.get("location")) == (301, TO), path
    # Bytes that no URL holds (RFC 3986 section 2): Caddy encodes them, nginx passes them on.
    deployed.front.ask(f"/{slug}?bare".encode())
    arrived = {"nginx": slug, "caddy": encoded}[deployed.front.name]
    assert f"GET /{arrived}?bare HTTP/1.1\r\n".encode() in sent_to(deployed.redirects)


def test_what_arrives_is_plain(deployed: Deployed) -> None:
    """The fast path takes it, as browsers' own requests."""
    fields = ("Accept: */*", "Accept-Encoding: gzip, br", "User-Agent: Mozilla/5.0", "Cookie: a=b")
    deployed.front.ask(b"/plain", *fields)
    head = re.search(rb"GET /plain HTTP/1\.1(\r\n.*?\r\n\r\n)", sent_to(deployed.redirects), re.DOTALL)
    assert head is not None
    assert check(head[1]) is not None


def test_connections_stay_open(deployed: Deployed) -> None:
    """And nothing is cached: each request gets there."""
    slug = f"kept-{deployed.front.name}"
    deployed.product.create(custom_slug=slug)
    workers = os.cpu_count() or 1  # nginx's, each with connections of its own
    count, before = 10 * workers, len(deployed.redirects.seen)
    for _ in range(count):
        assert deployed.front.ask(f"/{slug}".encode())[0] == 301
    assert len(deployed.redirects.seen) - before <= workers
    assert sent_to(deployed.redirects).count(f"GET /{slug} HTTP/1.1\r\n".encode()) == count
    assert len(visits_of(deployed.product, slug)) == count


def test_the_log_holds_no_queries_and_no_keys(deployed: Deployed) -> None:
    secret = ("Authorization: Bearer hidden-1", "Cookie: a=hidden-2", "X-Link-Password: hidden-3")
    deployed.front.ask(b"/logged-a?hidden-4", *secret, "Referer: https://example.com/?hidden-5")
    deployed.front.ask(b"/api/logged-b?hidden-6", *secret)

    def is_logged() -> bool:
        text = deployed.front.logs.read_text()
        return "/logged-a" in text and "/api/logged-b" in text

    wait_for(is_logged, "both lines")
    text = deployed.front.logs.read_text()
    assert VISITOR in text
    assert "hidden" not in text


# Names


def test_a_name_of_nobody_has_no_certificate(deployed: Deployed) -> None:
    with pytest.raises(ssl.SSLError, match="unrecognized|internal error|handshake failure"):
        deployed.front.ask(b"/", name=NOBODYS)


@only_nginx
def test_nginx_answers_no_other_host(deployed: Deployed) -> None:
    assert deployed.front.ask(b"/healthz", host=NOBODYS)[0] == 421


@only_caddy
def test_a_registered_domain_gets_a_certificate_when_asked_for(deployed: Deployed) -> None:
    status, _, _ = deployed.front.ask(b"/certified", name=DOMAIN)
    assert status == 404
    head = re.search(rb"GET /certified HTTP/1\.1(\r\n.*?\r\n)\r\n", sent_to(deployed.redirects), re.DOTALL)
    assert head is not None
    assert values_of(head[1], "Host") == [DOMAIN]
    assert f"GET /tls/allowed?domain={DOMAIN} HTTP/1.1\r\n".encode() in sent_to(deployed.api)


@only_caddy
@pytest.mark.parametrize("name", [NOBODYS, "pending.example.org", f"x.{DOMAIN}"])
def test_other_names_are_asked_for_and_refused(deployed: Deployed, name: str) -> None:
    with pytest.raises(ssl.SSLError):
        deployed.front.ask(b"/", name=name)
    assert f"GET /tls/allowed?domain={name} HTTP/1.1\r\n".encode() in sent_to(deployed.api)


def test_the_host_itself_is_allowed(served: Product) -> None:
    assert served.get(served.api_port, f"/tls/allowed?domain={HOST}")[0] == 200


@only_caddy
def test_a_registered_domain_has_no_api(deployed: Deployed) -> None:
    status, _, answer = deployed.front.ask(b"/api/v1/links", BEARER, name=DOMAIN)
    assert (status, b"API" in answer) == (404, True)


def test_nginx_with_registered_domains(served: Product, taps: tuple[Tap, Tap], tmp_path: Path) -> None:
    _need("nginx", "openssl")
    with nginx(tmp_path, _ports(taps), with_registered_domains) as front:
        status, _, answer = front.ask(b"/api/v1/links", BEARER, name=DOMAIN)
        assert (status, b"API" in answer) == (404, True)
        assert front.ask(b"/api/v1/links", BEARER)[0] == 200
        head = re.findall(rb"GET /api/v1/links HTTP/1\.1(\r\n.*?\r\n)\r\n", sent_to(taps[0]), re.DOTALL)[-1]
        assert values_of(head, "Host") == [DOMAIN]


def test_a_placeholder_that_is_gone_is_noticed() -> None:
    with pytest.raises(AssertionError, match="listen 80"):
        replaced("listen 81;", {"listen 80": "listen 1"})
