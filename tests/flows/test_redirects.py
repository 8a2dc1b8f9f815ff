"""What a real worker answers, byte for byte, with links of every shape that an import takes."""

import email.utils
import json
import re
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.flows.product import Product, parse_response

SLUGS = {
    "plain": "https://example.com/plain?own=1#part",
    "a_b.c~d": "https://example.com/signs",
    "team/docs/2026": "https://example.com/segments",
    "🚀": "https://example.com/rocket",
    "❤": "https://example.com/heart",
    "👩\u200d🚀/día": "https://example.com/astronaut",
    "été": "https://example.com/summer",
    "日本語": "https://example.com/日本語",
    "Case": "https://example.com/upper",
    "case": "https://example.com/lower",
}
LOCATIONS = SLUGS | {"日本語": "https://example.com/%E6%97%A5%E6%9C%AC%E8%AA%9E"}


@pytest.fixture(scope="module", autouse=True)
def links(product: Product, tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = [{"slug": slug, "url": url} for slug, url in SLUGS.items()]
    rows.append({"slug": "past", "url": "https://example.com/", "expires_at": "2020-01-01T00:00:00Z"})
    rows.append({"slug": "off", "url": "https://example.com/", "enabled": False})
    file = tmp_path_factory.mktemp("links") / "links.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = product.run("links", "import", str(file))
    assert (done.returncode, done.stdout) == (0, f"{len(rows)} created, 0 unchanged, 0 failed\n"), done.stderr


def raw(port: int, data: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(data)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    return answer


def ask(
    product: Product, target: bytes, method: bytes = b"GET", host: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    host = host or b"localhost:%d" % product.port
    request = b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (method, target, host)
    return parse_response(raw(product.port, request))


def location(product: Product, target: bytes, host: bytes = b"") -> str | None:
    """Where a GET of ``target`` leads; ``None`` for the page that says that it leads nowhere."""
    status, headers, body = ask(product, target, host=host)
    if status == 404:
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert b"There is no short link at this address." in body
        return None
    assert status == 301
    return headers["location"]


def test_a_redirect_whole(product: Product) -> None:
    answer = raw(product.port, b"GET /plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.decode("ascii").split("\r\n")
    assert (line, body) == ("HTTP/1.1 301 Moved Permanently", b"")
    headers = dict(field.split(": ", 1) for field in fields)
    assert len(headers) == len(fields)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Date"])  # RFC 9110 section 6.6.1
    assert email.utils.parsedate_to_datetime(headers.pop("Date")).tzinfo is not None
    assert headers.pop("Connection", "close") == "close"
    assert headers == {
        "Location": "https://example.com/plain?own=1#part",
        "Cache-Control": "private, no-store",
        "Content-Length": "0",
        "Server": "fingerpost",
    }


@pytest.mark.parametrize(
    ("target", "slug"),
    [
        (b"/plain", "plain"),
        (b"/plain/", "plain"),
        (b"/%70l%61in", "plain"),
        (b"/a_b.c~d", "a_b.c~d"),
        (b"/a%5fb%2Ec%7ed", "a_b.c~d"),
        (b"/team/docs/2026", "team/docs/2026"),
        (b"/team/docs/2026/", "team/docs/2026"),
        (b"/%F0%9F%9A%80", "🚀"),
        (b"/%f0%9f%9a%80", "🚀"),
        (b"/%F0%9f%9A%80/", "🚀"),
        (b"/%E2%9D%A4", "❤"),
        (b"/%E2%9D%A4%EF%B8%8F", "❤"),
        (b"/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80/d%C3%ADa", "👩\u200d🚀/día"),
        (b"/%c3%a9t%c3%a9", "été"),
        (b"/e%CC%81te%CC%81", "été"),
        (b"/%e6%97%a5%e6%9c%ac%e8%aa%9e", "日本語"),
        (b"/Case", "Case"),
        (b"/case", "case"),
    ],
)
def test_a_slug_in_its_spellings(product: Product, target: bytes, slug: str) -> None:
    assert location(product, target) == LOCATIONS[slug]
    # The whole address in the request line, as proxies send it (RFC 9112 section 3.2.2).
    assert location(product, b"http://localhost:%d" % product.port + target) == LOCATIONS[slug]


@pytest.mark.parametrize("target", ["/🚀".encode(), b"/pla in", b"/plain\x01", b"plain"])
def test_a_target_that_is_no_uri_is_refused(product: Product, target: bytes) -> None:
    """RFC 9112 section 3.2: what is not ASCII has to be percent-encoded, as browsers do."""
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target  # no "close": it is the server that ends this
    status, _, body = parse_response(raw(product.port, request))
    assert (status, body) == (400, b"400 Bad Request\n")
    assert "Traceback" not in product.stderr


def test_a_target_of_another_kind_is_refused(product: Product) -> None:
    for target in (b"ftp://localhost/plain", b"http:///plain"):
        status, _, body = ask(product, target)
        assert (status, body) == (400, b"400 Bad Request\n")


UNKNOWN = [b"/unknown", b"/CASE", b"/plain//", b"//plain", b"/plain/x", b"/team", b"/team/docs", b"/" + b"a" * 300]
NO_SLUG = [b"/plain+", b"/plain%20", b"/plain%00", b"/plain%0A", b"/./plain", b"/x/../plain"]
HIDDEN_SLASHES = [b"/team%2Fdocs%2F2026", b"/team%2fdocs/2026", b"/plain%2F", b"/%2Fplain"]
BAD_ESCAPES = [b"/plain%", b"/plain%2", b"/plain%zz", b"/%zzplain", b"/%2570lain"]
NOT_UTF_8 = [b"/%F0%9F%9A", b"/%ff", b"/%C0%B0", b"/%ED%A0%80"]


@pytest.mark.parametrize("target", [*UNKNOWN, *NO_SLUG, *HIDDEN_SLASHES, *BAD_ESCAPES, *NOT_UTF_8])
def test_what_no_link_has_is_not_found(product: Product, target: bytes) -> None:
    assert location(product, target) is None


def test_the_page_for_what_is_not_found(product: Product) -> None:
    status, headers, body = ask(product, b"/unknown")
    assert (status, headers["cache-control"]) == (404, "no-store")
    assert int(headers["content-length"]) == len(body)
    assert "date" in headers
    head = ask(product, b"/unknown", b"HEAD")
    assert (head[0], head[2]) == (404, b"")
    assert head[1]["content-length"] == headers["content-length"]


@pytest.mark.parametrize("target", [b"/past", b"/off", b"/past/", b"/off?qr=1"])
def test_a_link_that_was_is_gone(product: Product, target: bytes) -> None:
    status, headers, body = ask(product, target)
    assert (status, headers["cache-control"]) == (410, "no-store")
    assert "location" not in headers
    assert b"This short link is not available any more." in body


@pytest.mark.parametrize(
    "query", [b"?", b"?qr=1", b"?utm_source=x&own=2", b"?qr=1&a=b", b"?%0d%0aSet-Cookie:x=y", b"?/../#x"]
)
def test_a_visit_s_query_is_dropped(product: Product, query: bytes) -> None:
    assert location(product, b"/plain" + query) == SLUGS["plain"]
    assert location(product, b"/plain/" + query) == SLUGS["plain"]
    assert location(product, b"/unknown" + query) is None


def test_head_is_get_without_a_body_on_a_connection_that_goes_on(product: Product) -> None:
    first = b"HEAD /plain HTTP/1.1\r\nHost: localhost\r\n\r\n"
    second = b"HEAD /unknown HTTP/1.1\r\nHost: localhost\r\n\r\n"
    third = b"GET /case HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(product.port, first + second + third)
    heads = answer.split(b"\r\n\r\n")
    assert heads[3:] == [b""]
    assert [head.split(b" ")[1] for head in heads[:3]] == [b"301", b"404", b"301"]
    assert b"Location: https://example.com/plain?own=1#part" in heads[0].split(b"\r\n")
    assert b"Location: https://example.com/lower" in heads[2].split(b"\r\n")
    _, gotten, _ = ask(product, b"/plain")
    _, headers, body = ask(product, b"/plain", b"HEAD")
    assert (headers | {"date": ""}, body) == (gotten | {"date": ""}, b"")


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"QUERY"])
def test_another_method_is_not_allowed(product: Product, method: bytes) -> None:
    for target in (b"/plain", b"/plain/", b"/%F0%9F%9A%80", b"/", b"/robots.txt"):
        status, headers, _ = ask(product, target, method)
        assert (status, headers["allow"]) == (405, "GET, HEAD"), target
        assert "location" not in headers
    assert ask(product, b"/unknown", method)[0] == 404


@pytest.mark.parametrize(
    "host",
    [
        b"elsewhere.example",
        b"LOCALHOST",
        b"127.0.0.1:1",
        b"[::1]:8080",
        b"localhost.",
        "bücher.example".encode(),
        b"a_b",
    ],
)
def test_an_unknown_host_gets_the_default_domain(product: Product, host: bytes) -> None:
    assert location(product, b"/plain", host) == SLUGS["plain"]
    assert location(product, b"/unknown", host) is None


def test_an_old_client_needs_no_host(product: Product) -> None:
    status, headers, _ = parse_response(raw(product.port, b"GET /plain HTTP/1.0\r\n\r\n"))
    assert (status, headers["location"]) == (301, SLUGS["plain"])


# What is not a link


def test_the_page_at_the_root(product: Product) -> None:
    status, headers, body = ask(product, b"/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"Short links live here." in body
    assert ask(product, b"/?qr=1")[0] == 200


def test_robots_may_look_at_everything(product: Product) -> None:
    status, headers, body = ask(product, b"/robots.txt")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert body == b"User-agent: *\nDisallow:\n"


def test_the_favicon(product: Product) -> None:
    status, headers, body = ask(product, b"/favicon.ico")
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert body.startswith(b"<svg ")


RESERVED = (
    ".well-known docs openapi.json admin dashboard login logout static assets metrics tls qr bio yourls-api.php "
    "Admin DOCS admin/x .well-known/security.txt qr/plain"
)


@pytest.mark.parametrize("name", re.split(" ", RESERVED))
def test_a_reserved_name_is_no_link_and_never_will_be(product: Product, name: str) -> None:
    assert location(product, b"/" + name.encode()) is None
    assert location(product, b"/" + name.encode() + b"/") is None


def test_no_import_makes_a_link_of_a_reserved_name(product: Product) -> None:
    names = [*RESERVED.split(), "healthz", "robots.txt", "favicon.ico", "api", "v1", "v2/x", "V3", "rest", "plain+"]
    rows = "".join(json.dumps({"slug": name, "url": "https://example.com/"}) + "\n" for name in names)
    done = product.run("links", "import", "--format", "jsonl", "-", input=rows)
    assert (done.returncode, done.stdout) == (1, f"0 created, 0 unchanged, {len(names)} failed\n")
    assert done.stderr.count("that is reserved\n") == len(names)


@pytest.mark.parametrize("target", [b"/api", b"/api/v1/links", b"/v1/links/", b"/v2", b"/v3/x", b"/rest/x", b"/API/v1"])
def test_a_path_of_an_api_is_told_where_the_api_is(product: Product, target: bytes) -> None:
    for method in (b"GET", b"POST", b"DELETE"):
        status, headers, body = ask(product, target, method)
        assert (status, headers["content-type"]) == (404, "application/json")
        assert json.loads(body)["api_url"] == f"http://127.0.0.1:{product.api_port}"


# Other settings


@pytest.fixture
def keeping_methods(product_at: Callable[..., Product]) -> Iterator[Callable[[int], Product]]:
    def start(status: int) -> Product:
        product = product_at(workers=1, FINGERPOST_SERVER__REDIRECT_STATUS=str(status))
        product.start()
        product.create("https://example.com/form", custom_slug="form")
        return product

    yield start


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_is_for_every_method(
    keeping_methods: Callable[[int], Product], status: int
) -> None:
    product = keeping_methods(status)
    body = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\na=b&c=d"
    again = b"PUT /form/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    answers = raw(product.port, body + again).split(b"\r\n\r\n")
    assert answers[2:] == [b""]
    for answer in answers[:2]:
        lines = answer.split(b"\r\n")
        assert lines[0].split(b" ")[1] == b"%d" % status
        assert b"Location: https://example.com/form" in lines
        assert b"Cache-Control: private, no-store" in lines
    for method in (b"GET", b"HEAD", b"DELETE"):
        assert ask(product, b"/form?x=1", method)[0] == status
    assert ask(product, b"/unknown", b"POST")[0] == 404
    assert product.stop() == 0
