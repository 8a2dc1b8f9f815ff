import asyncio
import logging
import re

import pytest

from admin.dialect import PLAIN
from admin.frame import DIVSLY_SEGMENTS, dialect_of
from admin.wire_divsly import DIVSLY
from admin.wire_xqr import XQR

SECRET = "s3cret of the cause"


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_the_dialect_is_told_by_the_first_segment(prefix):
    assert all(dialect_of(f"{prefix}/{segment}{rest}") is DIVSLY for segment in DIVSLY_SEGMENTS for rest in ("", "/7"))
    assert all(
        dialect_of(prefix + rest) is XQR for rest in ("", "/", "/links", "/nothing", "/short-links", "//qr-code")
    )


@pytest.mark.parametrize("path", ["/", "/docs", "/v1x/links", "/api", "/api/v2/links", "/v11", "/x/v1/links", "*", ""])
def test_what_is_outside_of_the_prefixes_is_plain(path):
    assert dialect_of(path) is PLAIN


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/api/v1/nothing", "/v1/links/", "/v1/links/7/qr", "/v1//links", "/v1/%FF"]
)
async def test_an_unknown_path_of_the_xqr_api(admin, path):
    status, body, _ = await admin.call("GET", path)
    assert (status, body["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "path", ["/v1/qr-codes/7/x", "/api/v1/custom-domain/7/x", "/v1/short-link/7/x", "/v1/bulk-delete/7"]
)
async def test_an_unknown_path_of_the_divsly_api(admin, path):
    status, body, _ = await admin.call("POST", path, {})
    assert (status, body) == (404, {"error": True, "data": {"message": "Not Found"}})


async def test_an_unknown_path_of_neither(admin):
    status, body, headers = await admin.call("GET", "/nothing")
    assert (status, set(body)) == (404, {"error", "request_id"})
    assert "X-RateLimit-Limit" not in headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_a_wrong_method_of_the_xqr_api(admin, method):
    status, body, headers = await admin.call(method, "/api/v1/links")
    assert (status, body["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_a_wrong_method_of_the_divsly_api(admin):
    status, body, headers = await admin.call("DELETE", "/v1/shortlinks")
    assert (status, body) == (405, {"error": True, "data": {"message": "Method Not Allowed"}})
    assert headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_a_wrong_method_of_neither(admin):
    status, _, headers = await admin.call("POST", "/healthz", {})
    assert (status, headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/v1/links", "/v1/nothing", "/v1/shortlinks", "/v1/links/7"])
async def test_every_answer_of_the_apis_carries_the_common_headers(admin, path):
    _, _, headers = await admin.call("GET", path)
    limits = {name: value for name, value in headers.items() if name.lower().startswith("x-ratelimit-")}
    assert {name.lower(): value for name, value in limits.items()} == {
        "x-ratelimit-limit": "2147483647",
        "x-ratelimit-remaining": "2147483647",
        "x-ratelimit-reset": "1774103460",
        "x-ratelimit-burst-limit": "2147483647",
        "x-ratelimit-burst-remaining": "2147483647",
    }
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "fingerpost"
    assert re.fullmatch(r"req_[0-9a-f]{16}", headers["X-Request-Id"])


async def test_every_request_has_an_id_of_its_own_and_tells_it(admin):
    _, _, first = await admin.call("GET", "/v1/links")
    _, body, second = await admin.call("GET", "/v1/nothing")
    assert first["X-Request-Id"] != second["X-Request-Id"] == body["meta"]["request_id"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/v1/links", {"url": "https://a.com/"}), ("/v1/short-link", {"destinationUrl": "https://a.com/"})],
)
@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), ConnectionError(SECRET), KeyError(SECRET), TimeoutError(SECRET)]
)
async def test_what_nobody_planned_is_logged_and_not_shown(admin, caplog, path, sent, error):
    admin.links.failing = error
    with caplog.at_level(logging.ERROR, "fingerpost.admin"):
        status, body, headers = await admin.call("POST", path, sent)
    assert status == 500
    assert SECRET not in str(body) and "Error" not in str(body).replace("Server Error", "")
    (record,) = caplog.records
    assert headers["X-Request-Id"] in record.getMessage()
    assert path in record.getMessage()
    assert record.exc_info[1] is error
    assert admin.auth["Authorization"][-64:] not in caplog.text


async def test_bytes_that_are_no_request_get_no_traceback(admin, caplog):
    reader, writer = await asyncio.open_connection(admin.client.host, admin.client.port)
    writer.write(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert caplog.records == []
