import asyncio

import pytest

from admin.body import is_json, parse_object, single_values
from admin.errors import Failure, Problem

URL = "https://example.com/"


@pytest.mark.parametrize(
    ("content_type", "good"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/json;charset=utf-8", True),
        ("application/vnd.api+json", True),
        ("application/problem+json ; a=b", True),
        ("", False),
        ("text/plain", False),
        ("text/json", False),
        ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False),
        ("multipart/form-data; boundary=application/json", False),
    ],
)
def test_is_json(content_type, good):
    assert is_json(content_type) is good


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"{", "line 1, column"),
        (b'{"a":\n 1,}', "line 2, column"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": 1} x', "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a": "\\ud800"}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a":' * 100_000, "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'"s3cret"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"{s3cret: 1}", "not valid JSON"),
    ],
)
def test_what_is_not_an_object_is_refused_with_its_place(raw, said):
    with pytest.raises(Problem) as caught:
        parse_object(raw)
    problem = caught.value
    assert problem.failure is Failure.VALIDATION
    assert [detail.field for detail in problem.details] == ["body"]
    assert said in problem.message
    assert "s3cret" not in problem.message


def test_an_object():
    assert parse_object(b'{"a": [1, 2.5, null], "a": "last"}') == {"a": "last"}


def test_a_parameter_counts_once():
    assert single_values({"a": "1"}) == {"a": "1"}


@pytest.mark.parametrize(("path", "status"), [("/v1/links", 415), ("/v1/short-link", 400)])
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
async def test_another_media_type(admin, path, status, content_type):
    answered, body, _ = await admin.call("POST", path, data=b"{}", headers={"Content-Type": content_type})
    assert answered == status
    if status == 415:
        assert body["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
    else:
        assert body["data"]["errors"][0]["field"] == "Content-Type"


@pytest.mark.parametrize(("path", "field"), [("/v1/links", "details"), ("/v1/short-link", "errors")])
async def test_a_broken_body(admin, path, field):
    status, body, _ = await admin.call("POST", path, data=b"{", headers={"Content-Type": "application/json"})
    assert status == 400
    faults = body.get("error", {}).get("details") if field == "details" else body["data"]["errors"]
    assert [fault["field"] for fault in faults] == ["body"]


async def test_no_body_at_all(admin):
    status, body, _ = await admin.call("POST", "/v1/links")
    assert (status, body["error"]["details"][0]["field"]) == (400, "body")


async def test_a_body_of_the_largest_size_is_read(admin_with):
    admin = await admin_with(max_body_bytes=100)
    body = b'{"url": "https://example.com/"}'.ljust(100)
    status, _, _ = await admin.call("POST", "/v1/links", data=body, headers={"Content-Type": "application/json"})
    assert status == 201


async def chunks(size):
    for _ in range(size // 10):
        yield b" " * 10


@pytest.mark.parametrize("path", ["/v1/links", "/v1/short-link"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_larger_body_is_refused(admin_with, path, chunked):
    admin = await admin_with(max_body_bytes=100)
    data = chunks(1_000) if chunked else b" " * 101
    status, body, _ = await admin.call("POST", path, data=data, headers={"Content-Type": "application/json"})
    assert status == 413
    if path == "/v1/links":
        assert body["error"]["code"] == "PAYLOAD_TOO_LARGE"
    else:
        assert body == {"error": True, "data": {"message": "Payload Too Large"}}


async def exchange(admin, *sent: bytes, until: bytes = b"\r\n\r\n") -> bytes:
    """What comes back for bytes sent as they are; each but the first only after an answer to the one before."""
    reader, writer = await asyncio.open_connection(admin.client.host, admin.client.port)
    received = b""
    try:
        for part in sent:
            writer.write(part)
            received += await reader.readuntil(until)
    finally:
        writer.close()
        await writer.wait_closed()
    return received


def head(admin, *lines: str) -> bytes:
    key = admin.auth["Authorization"]
    common = ["POST /v1/links HTTP/1.1", "Host: a", f"Authorization: {key}", "Content-Type: application/json"]
    return "\r\n".join([*common, *lines, "", ""]).encode()


async def test_a_body_that_would_be_too_large_is_not_waited_for(admin):
    answer = await exchange(admin, head(admin, "Content-Length: 99999999", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_asks_is_told_to_send(admin):
    body = b'{"url": "https://example.com/"}'
    answer = await exchange(admin, head(admin, f"Content-Length: {len(body)}", "Expect: 100-continue"), body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")


async def test_a_client_without_a_key_is_not_told_to_send(admin):
    asked = head(admin, "Content-Length: 20", "Expect: 100-continue").replace(b"Bearer", b"Basic")
    assert (await exchange(admin, asked)).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (("Transfer-Encoding: chunked",), b"zz\r\n{}\r\n0\r\n\r\n"),
        (("Content-Length: 5", "Content-Encoding: gzip"), b"hello"),
        (("Content-Length: 5", "Content-Encoding: deflate"), b"\xff\xff\xff\xff\xff"),
    ],
)
async def test_a_body_whose_encoding_is_broken(admin, lines, body):
    assert b" 400 " in await exchange(admin, head(admin, *lines) + body)


async def test_a_client_that_goes_away_is_no_error(admin, caplog):
    _, writer = await asyncio.open_connection(admin.client.host, admin.client.port)
    writer.write(head(admin, "Content-Length: 100") + b"{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await admin.call("GET", "/v1/links"))[0] == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
