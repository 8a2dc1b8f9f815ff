import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import orjson
import pytest

from links.slug import slug_path
from server import pages
from server.app import make_server
from server.entry import pack
from server.slow import MAX_FIELD_BYTES, MAX_TARGET_BYTES, Connection
from tests.server.wire import Served

HOST = b"Host: s.test\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    for slug, entry in {
        "plain": pack(1, b"https://e.com/%7Ea?b='c'&d=%zz#%41"),
        "😀": pack(2, b"https://e.com/smile"),
        "keep": pack(3, b"https://e.com/keep", status=308),
        "off": pack(4, b"https://e.com/off", enabled=False),
    }.items():
        served.table.put(b"", slug_path(slug), entry)
    served.table.put(b"own.test", b"plain", pack(5, b"https://own.example/"))
    factory = make_server(served.handler())
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield served
    await served.close()
    server.close()
    await factory.shutdown(1)
    await server.wait_closed()


def get(path: bytes, rest: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + rest + b"\r\n"


async def test_a_redirect_goes_out_byte_for_byte(served: Served) -> None:
    (reply,) = await served.ask(get(b"/plain"))
    assert reply.line == "HTTP/1.1 301 Moved Permanently"
    assert reply["Location"] == "https://e.com/%7Ea?b='c'&d=%zz#%41"
    assert reply["Cache-Control"] == "private, no-store"
    assert reply["Server"] == "fingerpost"
    assert reply["Date"] is not None
    assert sorted(name for name, _ in reply.headers) == [
        "Cache-Control",
        "Content-Length",
        "Date",
        "Location",
        "Server",
    ]


@pytest.mark.parametrize("path", [b"/%F0%9F%98%80", b"/%f0%9f%98%80/", b"/%F0%9F%98%80%EF%B8%8F?qr=1"])
async def test_an_emoji_slug_is_found(served: Served, path: bytes) -> None:
    (reply,) = await served.ask(get(path))
    assert reply["Location"] == "https://e.com/smile"


@pytest.mark.parametrize("path", [b"/%zz", b"/plain%", b"/%F0%9F", b"/plain%00", b"/%2Fplain", b"/pl%2561in"])
async def test_a_bad_escape_is_not_found(served: Served, path: bytes) -> None:
    (reply,) = await served.ask(get(path))
    assert (reply.status, reply.body) == (404, pages.NOT_FOUND)
    assert reply["Content-Type"] == "text/html; charset=utf-8"
    assert reply["X-Content-Type-Options"] == "nosniff"


async def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    replies = await served.ask(get(b"/plain"), get(b"/nothing"), get(b"/off", method=b"HEAD"), get(b"/keep"))
    assert [reply.status for reply in replies] == [301, 404, 410, 308]


async def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    client = await served.connect()
    for byte in get(b"/plain"):
        client.send(bytes([byte]))
        await asyncio.sleep(0)
    assert (await client.reply()).status == 301


@pytest.mark.parametrize(
    ("path", "status"), [(b"/plain", 301), (b"/nothing", 404), (b"/off", 410), (b"/", 200), (b"/robots.txt", 200)]
)
async def test_head_is_get_without_the_body(served: Served, path: bytes, status: int) -> None:
    by_head, by_get = await served.ask(get(path, method=b"HEAD"), get(path))
    assert by_head.status == by_get.status == status
    assert [header for header in by_head.headers if header[0] != "Date"] == [
        header for header in by_get.headers if header[0] != "Date"
    ]


async def test_http_1_0_needs_no_host_and_closes(served: Served) -> None:
    client = await served.connect()
    client.send(b"GET /plain HTTP/1.0\r\n\r\n")
    assert (await client.reply()).line == "HTTP/1.0 301 Moved Permanently"
    assert await client.rest() == b""


async def test_http_1_0_may_stay(served: Served) -> None:
    again = b"GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    client = await served.connect()
    for _ in range(2):
        client.send(again)
        assert (await client.reply())["Connection"] == "keep-alive"


@pytest.mark.parametrize(
    ("target", "host", "location"),
    [
        (b"/plain", b"own.test", "https://own.example/"),
        (b"http://OWN.test:80/plain", b"s.test", "https://own.example/"),
        (b"http://s.test/keep?x", b"own.test", "https://e.com/keep"),
    ],
)
async def test_the_authority_of_the_target_stands_above_host(
    served: Served, target: bytes, host: bytes, location: str
) -> None:
    (reply,) = await served.ask(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert reply["Location"] == location


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /plain HTTP/1.1\r\n\r\n",
        b"GET /plain HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
        b"GET /plain HTTP/1.0\r\n" + HOST + HOST + b"\r\n",
        b"GET /plain HTTP/1.1\r\n" + HOST + b"Bad Header: x\r\n\r\n",
        b"GET /plain HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
        b"GET /plain HTTP/2.0\r\n" + HOST + b"\r\n",
        b"GET /plain HTTP/0.9\r\n\r\n",
        b"GET /plain HTTP/1.2\r\n" + HOST + b"\r\n",
        b"GET / plain HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /plain HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 128 + b"\r\n",
        b"NONSENSE /plain HTTP/1.1\r\n" + HOST + b"\r\n",
        "GET /é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_a_plain_400_and_no_log(
    served: Served, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client = await served.connect()
        client.send(request_bytes)
        reply = await client.reply()
    assert (reply.status, reply.body) == (400, pages.BAD_REQUEST)
    assert reply["Content-Type"] == "text/plain"
    assert reply["Server"] == "fingerpost"
    assert await client.rest() == b""
    assert caplog.records == []


async def test_a_host_that_is_none_is_a_400_and_the_connection_stays(served: Served) -> None:
    bad = b"GET /plain HTTP/1.1\r\nHost: a b\r\n\r\n"
    replies = await served.ask(bad, get(b"/plain"))
    assert [reply.status for reply in replies] == [400, 301]


@pytest.mark.parametrize(
    ("path", "status"), [(b"/plain", 405), (b"/nothing", 404), (b"/keep", 308), (b"/api/v1/links", 404)]
)
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nGET /",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n",
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nGET /",
        b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000,
    ],
)
async def test_a_body_does_not_break_the_connection(served: Served, path: bytes, status: int, body: bytes) -> None:
    post = b"POST " + path + b" HTTP/1.1\r\n" + HOST + body
    replies = await served.ask(post, get(b"/plain"))
    assert [reply.status for reply in replies] == [status, 301]
    assert replies[0]["Allow"] == ("GET, HEAD" if status == 405 else None)


@pytest.mark.parametrize("body", [b"Transfer-Encoding: chunked\r\n\r\n", b"Content-Length: 10\r\n\r\n"])
async def test_a_body_that_breaks_off_is_no_log(served: Served, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client = await served.connect()
        client.send(b"POST /plain HTTP/1.1\r\n" + HOST + body)
        assert (await client.reply()).status == 405
        client.send(b"ZZ\r\n")
        client.end()
        assert await client.rest() == b""
    assert caplog.records == []


async def test_an_upgrade_is_not_taken_up(served: Served) -> None:
    client = await served.connect()
    for upgrade in (b"websocket", b"h2c"):
        client.send(get(b"/plain", b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n"))
        assert (await client.reply()).status == 301


async def test_connection_close_is_obeyed(served: Served) -> None:
    client = await served.connect()
    client.send(get(b"/plain", b"Connection: close\r\n"))
    assert (await client.reply())["Connection"] == "close"
    assert await client.rest() == b""


async def test_a_miss_asks_the_feed_and_answers_again(served: Served) -> None:
    served.feed.pending = {b"new": pack(9, b"https://e.com/new")}
    (reply,) = await served.ask(get(b"/new"))
    assert reply["Location"] == "https://e.com/new"
    assert served.feed.asked == 1


async def test_a_miss_that_moves_nothing_is_a_404(served: Served) -> None:
    replies = await served.ask(get(b"/nothing"), get(b"/plain"), get(b"/api"), get(b"/off"))
    assert [reply.status for reply in replies] == [404, 301, 404, 410]
    assert served.feed.asked == 1


@pytest.mark.parametrize("target", [b"/healthz", b"/healthz?x=1", b"http://any.test/healthz"])
async def test_healthz_says_how_the_worker_is(served: Served, target: bytes) -> None:
    served.health = lambda: (503, {"status": "loading", "links": 3})
    reply, by_head = await served.ask(get(target), get(target, method=b"HEAD"))
    assert (reply.status, orjson.loads(reply.body)) == (503, {"status": "loading", "links": 3})
    assert reply["Content-Type"] == "application/json"
    assert reply["Cache-Control"] == "no-store"
    assert (by_head.status, by_head["Content-Length"]) == (503, reply["Content-Length"])


async def test_healthz_is_read_only_and_not_below_other_paths(served: Served) -> None:
    post, below, bad = await served.ask(
        get(b"/healthz", method=b"POST"), get(b"/x/healthz"), get(b"ftp://s.test/healthz")
    )
    assert (post.status, post["Allow"]) == (405, "GET, HEAD")
    assert (below.status, bad.status) == (404, 400)


async def test_a_fault_of_ours_is_logged_and_says_nothing_of_itself(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> tuple[int, Mapping[str, Any]]:
        raise RuntimeError("the reason")

    served.health = broken
    client = await served.connect()
    client.send(get(b"/healthz", b"Accept: text/html\r\n"))
    reply = await client.reply()
    assert (reply.status, reply["Server"]) == (500, "fingerpost")
    assert b"the reason" not in reply.body
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_the_protocol_is_ours_with_our_limits(served: Served) -> None:
    protocol = make_server(served.handler())()
    assert type(protocol) is Connection
    assert (protocol.max_line_size, protocol.max_field_size) == (MAX_TARGET_BYTES, MAX_FIELD_BYTES)
    assert protocol.access_logger is None


async def test_a_client_library_gets_along(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{served.port}/plain"
        async with session.get(url, allow_redirects=False) as response:
            assert response.status == 301
        async with session.post(url, data=b"x" * 10_000, allow_redirects=False) as response:
            assert response.status == 405
            assert await response.text() == "405 Method Not Allowed\n"
