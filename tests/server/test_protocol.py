"""The fast protocol over real sockets: it answers as aiohttp does, hands over, and is handed back to."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvloop

from server.app import make_server
from server.connections import PAUSED_SECONDS
from server.entry import pack
from server.fastpath import FastPath
from server.protocol import FastConnection, FastConnections
from server.refusals import SERVER_NAME
from server.settings import ServerSettings
from tests.server.asking import make_table
from tests.server.test_head import CHROME, CURL
from tests.server.wire import NOW, PATIENCE, Client, Reply, Served

KEEPALIVE = 75.0
POST = b"POST /s307 HTTP/1.1\r\nHost: s.test\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /s307 HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def get(path: bytes, section: bytes = CURL) -> bytes:
    return b"GET " + path + b" HTTP/1.1" + section


class Counting:
    """A fast path that counts what it answered."""

    def __init__(self, fast: FastPath) -> None:
        self._fast = fast
        self.answered = 0

    def respond(self, data: bytes, peer: bytes) -> bytes | None:
        response = self._fast.respond(data, peer)
        self.answered += response is not None
        return response


class Both:
    """The same links behind the fast protocol (``fast``) and behind aiohttp alone (``slow``)."""

    def __init__(self, settings: ServerSettings | None = None) -> None:
        self.fast, self.slow = Served(), Served()
        for served in (self.fast, self.slow):
            served.table = make_table()
            served.feed._table = served.table
        handler = self.fast.handler()
        path = FastPath(
            handler._responder,
            self.fast.table,
            lambda: True,
            lambda: NOW,
            self.fast.book.visits(),
            SERVER_NAME.encode(),
        )
        path.set_date(b"Sat, 21 Nov 2026 20:00:00 GMT")
        self.counting = Counting(path)
        self.connections = FastConnections(self.counting.respond, make_server(handler, self.counting.respond, settings))
        slow = make_server(self.slow.handler(), None, settings)
        self.all = (self.connections.all, slow.all)
        self._factories = ((self.fast, self.connections), (self.slow, slow))
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        for served, factory in self._factories:
            server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
            self._servers.append(server)
            served.port = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for served in (self.fast, self.slow):
            await served.close()
        for server in self._servers:
            server.close()


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    both = Both()
    await both.start()
    yield both
    await both.stop()


def seen(reply: Reply) -> tuple[str, dict[str, str], bytes]:
    return reply.line, {name: value for name, value in reply.headers if name != "Date"}, reply.body


PATHS = (
    *(b"/plain", b"/plain/", b"/plain?qr=1", b"/%70lain", b"/query?x=1", b"/s301", b"/s302", b"/s307", b"/s308"),
    *(b"/disabled", b"/expired", b"/expires", b"/grace", b"/ungraced", b"/cached", b"/uncached", b"/a/b", b"/nothing"),
    *(b"/%zz", b"/%2f", b"/a+", b"/", b"/?x", b"/robots.txt", b"/favicon.ico", b"/api/v1/links", b"/healthz"),
    *(b"/.well-known/x", b"//plain", b"/plain//", b"/plain%00", b"/Plain", b"/admin", b"/plain#x"),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("section", [CURL, CHROME, CURL.replace(b"localhost:8080", b"other.test")])
async def test_it_answers_as_aiohttp_does(both: Both, path: bytes, section: bytes) -> None:
    request = get(path, section)
    assert seen((await both.fast.ask(request))[0]) == seen((await both.slow.ask(request))[0])
    head = b"HEAD" + request[3:]
    assert seen((await both.fast.ask(head))[0]) == seen((await both.slow.ask(head))[0])


async def ask(client: Client, request: bytes) -> int:
    client.send(request)
    return (await client.reply()).status


async def test_a_connection_stays_fast(both: Both) -> None:
    client = await both.fast.connect()
    assert [await ask(client, get(b"/plain")) for _ in range(5)] == [301] * 5
    assert both.counting.answered == 5
    assert len(both.connections.open()) == 1


@pytest.mark.parametrize(
    "odd", [get(b"/healthz"), POST, get(b"/plain", CURL.replace(b"Accept", b"Content-Length: 0\r\nX"))]
)
async def test_after_something_odd_a_connection_is_fast_again(both: Both, odd: bytes) -> None:
    client = await both.fast.connect()
    assert await ask(client, odd) in (200, 301, 307)
    assert both.counting.answered == 0
    assert [await ask(client, get(b"/plain")) for _ in range(3)] == [301] * 3
    assert both.counting.answered == 3


async def test_a_connection_goes_to_and_fro(both: Both) -> None:
    client = await both.fast.connect()
    for n in range(1, 4):
        assert await ask(client, get(b"/healthz")) == 200
        assert both.connections.open() == []
        assert [await ask(client, get(b"/plain")) for _ in range(2)] == [301] * 2
        assert both.counting.answered == 2 * n
        assert len(both.connections.open()) == 1
        assert len(both.connections.all.open) == 1


@pytest.mark.parametrize("last", [b"/healthz", b"/plain"])
async def test_of_a_connection_that_is_closed_nothing_remains(both: Both, last: bytes) -> None:
    client = await both.fast.connect()
    assert await ask(client, get(b"/healthz")) == 200
    assert await ask(client, get(b"/plain")) == 301
    assert await ask(client, get(last)) in (200, 301)
    assert len(both.connections.slow.connections) == 1
    await client.close()
    async with asyncio.timeout(PATIENCE):
        while both.connections.all.open or both.connections.slow.connections:
            await asyncio.sleep(0.001)


async def test_after_a_body_of_unknown_length_it_stays_slow_and_right(both: Both) -> None:
    client = await both.fast.connect()
    assert await ask(client, CHUNKED) == 307
    assert [await ask(client, get(b"/plain")) for _ in range(3)] == [301] * 3
    assert both.counting.answered == 0


async def test_pipelined_requests_are_answered_in_order(both: Both) -> None:
    paths = [b"/plain", b"/nothing", b"/healthz", b"/s302", b"/disabled", b"/plain"]
    replies = await both.fast.ask(*(get(path) for path in paths))
    assert [reply.status for reply in replies] == [301, 404, 200, 302, 410, 301]


async def test_after_a_pipeline_a_connection_is_fast_again(both: Both) -> None:
    client = await both.fast.connect()
    client.send(get(b"/plain") * 3)
    assert [(await client.reply()).status for _ in range(3)] == [301] * 3
    assert await ask(client, get(b"/plain")) == 301
    assert both.counting.answered == 1


async def test_a_request_in_pieces(both: Both) -> None:
    client = await both.fast.connect()
    request = get(b"/plain", CHROME)
    for cut in (1, 4, 20, len(request) - 1):
        client.send(request[:cut])
        await asyncio.sleep(0.01)
        assert await ask(client, request[cut:]) == 301


async def test_a_part_of_a_request_is_never_taken_for_a_whole_one(both: Both) -> None:
    """What follows half a head belongs to that head, whatever it looks like."""
    client = await both.fast.connect()
    assert await ask(client, get(b"/healthz")) == 200  # it is aiohttp's connection now
    client.send(b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nX: ")
    await asyncio.sleep(0.05)
    assert await ask(client, get(b"/plain")) == 400  # a head with two Hosts
    assert both.counting.answered == 0


async def test_a_body_is_never_taken_for_a_request(both: Both) -> None:
    client = await both.fast.connect()
    inner = get(b"/plain")
    client.send(b"POST /s307 HTTP/1.1\r\nHost: s.test\r\nContent-Length: %d\r\n\r\n" % len(inner))
    await asyncio.sleep(0.05)
    client.send(inner)
    assert (await client.reply()).status == 307
    assert await ask(client, get(b"/nothing")) == 404
    assert both.counting.answered == 0


async def test_a_client_that_ends_its_half_gets_its_answer(both: Both) -> None:
    client = await both.fast.connect()
    client.send(get(b"/plain"))
    client.end()
    assert (await client.rest()).startswith(b"HTTP/1.1 301 ")


async def test_a_miss_after_a_commit_is_looked_up_again(both: Both) -> None:
    both.counting._fast._is_current = lambda: False
    both.fast.feed.pending = {b"fresh": pack(99, b"https://fresh.test/")}
    (reply,) = await both.fast.ask(get(b"/fresh"))
    assert (reply.status, reply["Location"]) == (301, "https://fresh.test/")


class Transport(asyncio.Transport):
    """Notes what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.done.append(f"write {bytes(data)[:12].decode()}")

    def pause_reading(self) -> None:
        self.done.append("pause_reading")

    def resume_reading(self) -> None:
        self.done.append("resume_reading")

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")


def connected(connections: FastConnections) -> tuple[FastConnection, Transport]:
    connection, transport = connections(), Transport()
    connection.connection_made(transport)
    return connection, transport


async def test_idle_connections_are_closed_by_the_sweep() -> None:
    connections = Both().connections
    connections.all.sweep(100.0)
    (asks, asking), (_, idle) = connected(connections), connected(connections)
    connections.all.sweep(100.0 + KEEPALIVE)
    asks.data_received(get(b"/plain"))
    connections.all.sweep(101.0 + KEEPALIVE)
    assert asking.done == ["write HTTP/1.1 301"]
    assert idle.done == ["close"]


async def test_who_does_not_read_is_not_read_and_then_dropped() -> None:
    connections = Both().connections
    connections.all.sweep(100.0)
    (slow, slow_transport), (stuck, stuck_transport) = connected(connections), connected(connections)
    slow.pause_writing()
    stuck.pause_writing()
    connections.all.sweep(100.0 + PAUSED_SECONDS)
    slow.resume_writing()
    connections.all.sweep(101.0 + PAUSED_SECONDS)
    assert slow_transport.done == ["pause_reading", "resume_reading"]
    assert stuck_transport.done == ["pause_reading", "abort"]


async def test_draining_answers_who_is_about_to_ask() -> None:
    connections = Both().connections
    (asked, asked_transport), (fresh, fresh_transport) = connected(connections), connected(connections)
    asked.data_received(get(b"/plain"))
    draining = asyncio.ensure_future(connections.drain(10.0))
    await asyncio.sleep(0)
    assert asked_transport.done[-1] == "close"
    asked.connection_lost(None)
    assert fresh_transport.done == []
    fresh.data_received(get(b"/plain"))
    while fresh_transport.done[-1] != "close":
        await asyncio.sleep(0.01)
    fresh.connection_lost(None)
    await draining
    assert fresh_transport.done == ["write HTTP/1.1 301", "close"]


def test_it_works_on_uvloop() -> None:
    async def main() -> list[int]:
        both = Both()
        await both.start()
        try:
            client = await both.fast.connect()
            return [await ask(client, request) for request in (get(b"/plain"), POST, get(b"/plain"), get(b"/s302"))]
        finally:
            await both.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == [301, 307, 301, 302]
