"""Requests that are no request for a link: bodies that are no JSON object, or too long, and keys that do not count.

Each is refused in the words of its API, and nothing is stored.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.product import KEY, Product
from tests.flows.refusals import divsly_details, post, post_raw, stored, xqr_details

XQR, DIVSLY = "/api/v1/links", "/api/v1/short-link"
PATHS = (XQR, "/v1/links", DIVSLY, "/v1/shortlinks")
GOOD = {XQR: {"url": "https://example.com/"}, DIVSLY: {"destinationUrl": "https://example.com/"}}
LIMIT = 1_048_576


@pytest.fixture
def nothing_stored(product: Product) -> Iterator[None]:
    before = stored(product)
    yield
    assert stored(product) == before


refused = pytest.mark.usefixtures("nothing_stored")


def details(path: str, answer: tuple[int, Any]) -> dict[str, str]:
    return xqr_details(answer) if path == XQR else divsly_details(answer)


# Bodies

NO_OBJECT = [
    (b"", "is empty, it must be a JSON object"),
    (b"   ", "is not valid JSON"),
    (b"url=https://example.com/", "is not valid JSON"),
    (b'{"url": "https://example.com/"', "is not valid JSON"),
    (b'{"url": "https://example.com/",}', "is not valid JSON"),
    (b"{'url': 'https://example.com/'}", "is not valid JSON"),
    (b'{"url": "https://example.com/"} {}', "is not valid JSON"),
    (b'{"url": "https://example.com/\xff"}', "is not valid JSON"),
    (b'{"url": "https://example.com/\\ud800"}', "is not valid JSON"),
    (b'{"url": "https://example.com/\r\n"}', "is not valid JSON"),
    (b'{"url": NaN}', "is not valid JSON"),
    (b"[" * 100_000, "is not valid JSON"),
    (b"null", "must be a JSON object"),
    (b"[]", "must be a JSON object"),
    (b'"https://example.com/"', "must be a JSON object"),
    (b"5", "must be a JSON object"),
]


@refused
@pytest.mark.parametrize("path", [XQR, DIVSLY])
@pytest.mark.parametrize(("body", "says"), NO_OBJECT, ids=[body[:20].decode("latin-1") for body, _ in NO_OBJECT])
def test_a_body_that_is_no_json_object(product: Product, path: str, body: bytes, says: str) -> None:
    [(field, message)] = details(path, post(product, path, body)).items()
    assert (field, says in message) == ("body", True), message
    assert "example" not in message  # what was sent is not sent back


@refused
@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"],
)
def test_a_content_type_that_is_not_json(product: Product, kind: str) -> None:
    status, answer = post(product, XQR, GOOD[XQR], Content_Type=kind)
    assert (status, answer["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "Content-Type: application/json" in answer["error"]["message"]
    assert divsly_details(post(product, DIVSLY, GOOD[DIVSLY], Content_Type=kind)).keys() == {"Content-Type"}


def big(path: str, size: int) -> bytes:
    body = GOOD[path]
    return json.dumps(body | {"padding": "x" * (size - len(json.dumps(body | {"padding": ""})))}).encode()


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def is_too_large(path: str, response: tuple[int, dict[str, str], bytes]) -> bool:
    status, _, body = response
    answer = json.loads(body)
    if path == DIVSLY:
        return (status, answer) == (413, {"error": True, "data": {"message": "Payload Too Large"}})
    error = answer["error"]
    return (status, error["code"]) == (413, "PAYLOAD_TOO_LARGE") and f"larger than {LIMIT} bytes" in error["message"]


@refused
@pytest.mark.parametrize("path", [XQR, DIVSLY])
def test_a_body_over_the_limit(product: Product, path: str) -> None:
    assert len(big(path, LIMIT + 1)) == LIMIT + 1
    head = f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n".encode()
    # By what is announced: nothing of it has to travel, with or without asking first.
    announced = head + b"Content-Length: %d" % (LIMIT + 1)
    for more in (b"", b"\r\nExpect: 100-continue"):
        assert is_too_large(path, post_raw(product, announced + more))
    # By what comes: whole, and in chunks that announce nothing.
    body = big(path, LIMIT + 1)
    assert is_too_large(path, post_raw(product, announced, body))
    assert is_too_large(path, post_raw(product, head + b"Transfer-Encoding: chunked", chunked(body)))


@refused
def test_a_body_of_just_the_limit_is_read(product: Product) -> None:
    assert xqr_details(post(product, XQR, big(XQR, LIMIT))).keys() == {"padding"}


@refused
@pytest.mark.parametrize(
    "line",
    [
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        f"Content-Length: 2\r\nAuthorization: Bearer {KEY}\x01",
        f"Content-Length: 2\r\n{KEY}",
    ],
)
def test_what_is_no_http_is_refused_and_not_logged(product: Product, line: str) -> None:
    """RFC 9112 section 6.3: where a body ends must not be anyone's guess. And a log is no place for a key."""
    head = f"POST {XQR} HTTP/1.1\r\nContent-Type: application/json\r\n{line}".encode()
    status, _, _ = post_raw(product, head, b"{}{}{}")
    assert status == 400
    assert "Traceback" not in product.stderr
    assert KEY not in product.stderr


def test_divsly_ignores_what_it_does_not_know(product: Product) -> None:
    body = {"destinationUrl": "https://example.com/", "slashTag": "ignored", "nope": 1, "qrSettings": {"nope": 1}}
    status, answer = post(product, DIVSLY, body)
    assert (status, "nope" in answer["data"]) == (201, False)
    assert product.follow("ignored") == (301, "https://example.com/")


# Keys


@pytest.fixture(scope="module")
def keys(product: Product) -> dict[str, str]:
    """Keys that do not count, or not for this."""

    def make(*options: str) -> str:
        done = product.run("keys", "create", "--name", "n", *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    made = {
        "revoked": make("--scope", "*"),
        "expired": make("--scope", "*", "--expires-at", "2026-01-01"),
        "reads": make("--scope", "links:read", "--scope", "qr:write"),
    }
    assert product.run("keys", "revoke", made["revoked"].partition(".")[0]).returncode == 0
    return made


NO_KEYS = {
    "missing": "",
    "another scheme": f"Basic {KEY}",
    "no scheme": KEY,
    "no token": "Bearer",
    "empty token": "Bearer ",
    "doubled": f"Bearer Bearer {KEY}",
    "two spaces": f"Bearer  {KEY}",
    "quoted": f'Bearer "{KEY}"',
    "two": f"Bearer {KEY}, Bearer {KEY}",
    "short": f"Bearer {KEY[:-1]}",
    "long": f"Bearer {KEY}k",
    "endless": "Bearer " + "k" * 5000,
    "of another server": "Bearer xqr_pk_a1b2c3d4." + "x" * 64,
    "unknown": "Bearer fp_pk_ffffffff." + "k" * 64,
    "another secret": f"Bearer {KEY[:-1]}l",
}


@refused
@pytest.mark.parametrize("authorization", NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key(product: Product, authorization: str) -> None:
    for path in PATHS:
        status, answer = post(product, path, GOOD.get(path, {}), Authorization=authorization)
        if "short" in path:
            assert (status, answer) == (401, {"message": "Unauthorized!"})
        else:
            assert (status, answer["error"]["code"], answer["error"]["status"]) == (401, "INVALID_API_KEY", 401)
            assert re.fullmatch("req_[0-9a-f]{16}", answer["meta"]["request_id"])


@refused
def test_two_headers_are_no_key(product: Product) -> None:
    """``post_raw`` sends the right one besides."""
    line = f"POST {XQR} HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json".encode()
    status, headers, body = post_raw(product, line + b"\r\nContent-Length: 2", b"{}")
    assert (status, json.loads(body)["error"]["code"]) == (401, "INVALID_API_KEY")
    assert headers["www-authenticate"] == "Bearer"


@refused
@pytest.mark.parametrize(("which", "code"), [("revoked", "REVOKED_API_KEY"), ("expired", "EXPIRED_API_KEY")])
def test_a_key_whose_time_is_over(product: Product, keys: dict[str, str], which: str, code: str) -> None:
    status, answer = post(product, XQR, GOOD[XQR], Authorization=f"Bearer {keys[which]}")
    assert (status, answer["error"]["code"]) == (401, code)
    status, answer = post(product, DIVSLY, GOOD[DIVSLY], Authorization=f"Bearer {keys[which]}")
    assert (status, answer) == (401, {"message": "Unauthorized!"})


@refused
def test_a_key_without_the_scope(product: Product, keys: dict[str, str]) -> None:
    status, answer = post(product, XQR, GOOD[XQR], Authorization=f"Bearer {keys['reads']}")
    assert (status, answer["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
    assert answer["error"]["message"] == "This endpoint requires the links:write scope."
    status, answer = post(product, DIVSLY, GOOD[DIVSLY], Authorization=f"Bearer {keys['reads']}")
    assert (status, answer) == (403, {"error": True, "data": {"message": "Forbidden"}})


@refused
def test_who_may_not_write_learns_nothing_of_the_body(product: Product) -> None:
    for body in (b"", b"{", {"url": "https://example.com/", "custom_slug": "taken"}):
        assert post(product, XQR, body, Authorization="")[0] == 401


@refused
def test_a_key_in_other_places_than_its_header_is_none(product: Product) -> None:
    status, _ = post(product, f"{XQR}?api_key={KEY}", GOOD[XQR] | {"api_key": KEY}, Authorization="", X_Api_Key=KEY)
    assert status == 401
