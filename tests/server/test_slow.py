"""What a connection may send, and how it ends: over sockets, on both roads, on the loops of tests and workers."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop

from server.connections import PAUSED_SECONDS
from server.refusals import body_of
from server.settings import ServerSettings
from server.slow import MAX_FIELD_BYTES, MAX_TARGET_BYTES
from tests.server.test_protocol import Both
from tests.server.wire import PATIENCE, Client, Reply, Served

SETTINGS = ServerSettings(max_head_bytes=10_000, max_body_bytes=50_000, head_seconds=10, keepalive_seconds=75)
LINE = b"GET /plain HTTP/1.1\r\nHost: s.test\r\n"
GET = LINE + b"\r\n"
SLOW = LINE + b"Connection: x\r\n\r\n"
CLOSING = LINE + b"Connection: close\r\n\r\n"

Test = Callable[[Both, Served], Awaitable[None]]
OnRoads = Callable[[Test], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def on_roads(request: pytest.FixtureRequest) -> OnRoads:
    """Runs a test on each road, on one kind of event loop."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else None

    def on_roads(test: Test) -> None:
        async def main(road: int) -> None:
            both = Both(SETTINGS)
            await both.start()
            try:
                await test(both, (both.fast, both.slow)[road])
            finally:
                await both.stop()

        for road in range(2):
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(main(road))

    return on_roads


def sweep(both: Both, now: float) -> None:
    for all_ in both.all:
        all_.sweep(now)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


async def until_known(both: Both) -> None:
    """Return once a part of a head has arrived."""
    await until(lambda: any(all_.heads for all_ in both.all))


def head_of(size: int) -> bytes:
    """A whole head of ``size`` bytes, no line of it too long."""
    field = b"X: " + b"x" * 4_000 + b"\r\n"
    head = LINE + field * 2 + b"Y: "
    return head + b"y" * (size - len(head) - 4) + b"\r\n\r\n"


async def is_refused(client: Client, status: int) -> None:
    reply = await client.reply()
    assert (reply.status, reply.body) == (status, body_of(status))
    assert (reply["Connection"], reply["Cache-Control"], reply["Server"]) == ("close", "no-store", "fingerpost")
    assert (reply["Content-Type"], reply["Retry-After"]) == ("text/plain", None)
    assert reply["Date"] is not None
    assert await client.rest() == b""


# Heads


async def several(client: Client, count: int) -> list[Reply]:
    return [await client.reply() for _ in range(count)]


def test_the_longest_head_is_answered_and_one_byte_more_is_not(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        assert len(head_of(10_000)) == 10_000
        client = await served.connect()
        client.send(head_of(10_000) + GET)
        assert [reply.status for reply in await several(client, 2)] == [301, 301]
        client.send(head_of(10_001))
        await is_refused(client, 431)

    on_roads(test)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (head_of(10_010)[:-5], 431),
        (LINE + b"X:" + b" " * 10_000, 431),  # no field is too long for aiohttp
        (LINE + b"X: " + b"x" * (MAX_FIELD_BYTES + 1), 431),
        (LINE + b"x" * (MAX_FIELD_BYTES + 1), 431),
        (b"GET /" + b"x" * MAX_TARGET_BYTES, 414),
        (b"GET /" + b"x" * MAX_TARGET_BYTES + b" HTTP/1.1\r\nHost: s.test\r\n\r\n", 414),
        (b"GET " + b" " * 10_001, 414),
    ],
)
def test_a_head_is_refused_before_its_end(
    on_roads: OnRoads, head: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(_: Both, served: Served) -> None:
        for pieces in ([head], [head[:7_000], head[7_000:]]):
            client = await served.connect()
            for piece in pieces:
                client.send(piece)
                await asyncio.sleep(0.01)
            await is_refused(client, status)

    with caplog.at_level(logging.INFO):
        on_roads(test)
    assert caplog.records == []


def test_what_was_asked_before_is_answered_before(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        client = await served.connect()
        client.send(SLOW * 40 + head_of(10_001) + GET)
        assert [reply.status for reply in await several(client, 40)] == [301] * 40
        await is_refused(client, 431)

    on_roads(test)


def test_after_the_last_word_there_is_no_refusal(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        client = await served.connect()
        client.send(CLOSING + head_of(10_001))
        assert (await client.reply())["Connection"] == "close"
        assert await client.rest() == b""

    on_roads(test)


def test_who_goes_on_sending_can_read_his_refusal(on_roads: OnRoads) -> None:
    async def test(both: Both, served: Served) -> None:
        sweep(both, 1_000.0)
        for request in (head_of(10_001), b"nonsense\r\n\r\n", LINE + b"X: " + b"x" * (MAX_FIELD_BYTES + 1)):
            client, silent = await served.connect(), await served.connect()
            for each in (client, silent):
                each.send(request)
                assert (await each.reply()).status in (400, 431)
            for _ in range(20):
                client.send(b"x" * 1_000)
                await asyncio.sleep(0)
            assert await client.rest() == b""  # and no reset
            client.end()
            await until(lambda: sum(len(all_.stuck) for all_ in both.all) == 1)
            sweep(both, both.all[0].now + PAUSED_SECONDS + 1)
            await until(lambda: not any(all_.stuck or all_.open for all_ in both.all))

    on_roads(test)


def test_a_head_has_its_time_and_dripping_gives_no_more(on_roads: OnRoads) -> None:
    async def test(both: Both, served: Served) -> None:
        sweep(both, 1_000.0)
        client, quiet = await served.connect(), await served.connect()
        client.send(GET + LINE)
        assert (await client.reply()).status == 301
        await until_known(both)
        for now in range(1_001, 1_011):
            sweep(both, float(now))
            client.send(b"X: y\r\n")
            await asyncio.sleep(0.002)
        client.send(b"\r\n" + LINE)  # in time, and the next one begins
        assert (await client.reply()).status == 301
        await asyncio.sleep(0.01)
        sweep(both, 1_020.0)
        client.send(b"X")
        await asyncio.sleep(0.01)
        sweep(both, 1_021.0)
        await is_refused(client, 408)
        # Who has asked nothing is idle, and gets no answer to nothing.
        sweep(both, 1_076.0)
        assert await quiet.rest() == b""

    on_roads(test)


def test_a_head_behind_others_waits_until_they_are_answered(on_roads: OnRoads) -> None:
    async def test(both: Both, served: Served) -> None:
        sweep(both, 1_000.0)
        release = asyncio.Event()

        async def moved() -> bool:
            await release.wait()
            return False

        served.feed.moved = moved  # type: ignore[method-assign]
        client = await served.connect()
        client.send(b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nConnection: x\r\n\r\n" + LINE)
        await until_known(both)
        sweep(both, 1_100.0)
        release.set()
        assert (await client.reply()).status == 404
        sweep(both, 1_101.0)
        await is_refused(client, 408)

    on_roads(test)


# Bodies


def post(body: bytes, field: bytes = b"") -> bytes:
    return (
        b"POST /s307 HTTP/1.1\r\nHost: s.test\r\n" + (field or b"Content-Length: %d" % len(body)) + b"\r\n\r\n" + body
    )


def test_a_body_of_the_limit_leaves_the_connection_open(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        client = await served.connect()
        client.send(post(b"x" * 50_000) + GET)
        assert [reply.status for reply in await several(client, 2)] == [307, 301]

    on_roads(test)


def test_a_longer_body_is_answered_and_not_read(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        reply = await is_cut_off(served, post(b"", b"Content-Length: 10000000000"), b"x" * 1_000)
        assert (reply.status, reply["Connection"]) == (307, "close")

    on_roads(test)


def test_a_chunked_body_that_goes_on_is_cut_off(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        piece = b"400\r\n" + b"x" * 1_024 + b"\r\n"
        reply = await is_cut_off(served, post(b"", b"Transfer-Encoding: chunked"), piece)
        assert reply.status == 307

    on_roads(test)


@pytest.mark.parametrize("body", [b"ZZ\r\n", b"0\r\nX: y\r\nContent-Length: 5\r\n\r\n", b"5\r\nhello!\r\n" + GET])
def test_a_broken_body_ends_the_connection_at_once(on_roads: OnRoads, body: bytes) -> None:
    """Without a 400: somebody else's request may be next on a proxy's connection, and would get it."""

    async def test(_: Both, served: Served) -> None:
        client = await served.connect()
        client.send(post(b"", b"Transfer-Encoding: chunked"))
        assert (await client.reply()).status == 307
        client.send(body)
        assert await client.rest() == b""

    on_roads(test)


def test_what_is_broken_behind_a_body_is_a_400(on_roads: OnRoads) -> None:
    async def test(_: Both, served: Served) -> None:
        client = await served.connect()
        client.send(post(b"", b"Content-Length: 5"))
        assert (await client.reply()).status == 307
        client.send(b"hello" + b"nonsense\r\n\r\n")
        await is_refused(client, 400)

    on_roads(test)


async def is_cut_off(served: Served, head: bytes, piece: bytes) -> Reply:
    """The answer to ``head``, after which nothing more comes, and the server closes when it has got enough pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        writer.write(head)
        reply = await Client(reader, writer).reply()
        async with asyncio.timeout(PATIENCE):
            while not (reader.at_eof() or reader.exception()):
                writer.write(piece)
                await asyncio.sleep(0)
        return reply
    finally:
        writer.transport.abort()


# Half-closed connections


@pytest.mark.parametrize(
    ("asked", "statuses"),
    [
        (GET, [301]),
        (SLOW, [301]),
        (GET * 3, [301] * 3),
        (SLOW * 100, [301] * 100),
        (b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nX-Y: z\r\nConnection: x\r\n\r\n" + GET, [404, 301]),
        (post(b"hello"), [307]),
        (post(b"hello", b"Content-Length: 6"), [307]),
        (post(b"5\r\nhel", b"Transfer-Encoding: chunked"), [307]),
        (GET + LINE, [301]),
        (CLOSING, [301]),
        (LINE, []),
        (b"", []),
        (b"nonsense\r\n\r\n", [400]),
        (LINE + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + GET, [301, 301]),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_who_ends_his_half_gets_his_answers(on_roads: OnRoads, asked: bytes, statuses: list[int], apart: bool) -> None:
    async def test(both: Both, served: Served) -> None:
        client = await served.connect()
        client.send(asked)
        if apart:
            await asyncio.sleep(0.02)
        client.end()
        assert [reply.status for reply in await several(client, len(statuses))] == statuses
        assert await client.rest() == b""
        await until(lambda: not any(all_.open or all_.stuck or all_.heads for all_ in both.all))

    on_roads(test)


# Clients that do not read


class Deaf:
    """A client that sends and does not read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()
        self._writer = writer

    async def fill(self, both: Both, request: bytes) -> None:
        """Send until the server has noticed, and the kernel's buffers have stopped to grow."""
        quiet = 0
        async with asyncio.timeout(PATIENCE):
            while quiet < 50:
                quiet = quiet + 1 if any(all_.stuck for all_ in both.all) else 0
                if not quiet:
                    self._writer.write(request * 200)
                await asyncio.sleep(0.001)

    async def close(self) -> None:
        self._writer.transport.abort()


@pytest.mark.parametrize("request_bytes", [GET, b"GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"])
def test_who_does_not_read_is_dropped(on_roads: OnRoads, request_bytes: bytes) -> None:
    async def test(both: Both, served: Served) -> None:
        sweep(both, 1_000.0)
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # so that less has to be sent
        sock.connect(("127.0.0.1", served.port))
        client = Deaf(*await asyncio.open_connection(sock=sock))
        try:
            await client.fill(both, request_bytes)
            sweep(both, 1_000.0 + PAUSED_SECONDS)
            await asyncio.sleep(0.01)
            assert any(all_.open for all_ in both.all)
            sweep(both, 1_001.0 + PAUSED_SECONDS)
            await until(lambda: not any(all_.open or all_.stuck for all_ in both.all))
        finally:
            await client.close()

    on_roads(test)


# The fake clock and the seam to aiohttp


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    both = Both(SETTINGS)
    await both.start()
    yield both
    await both.stop()


async def test_the_peer_is_known_on_both_roads(both: Both) -> None:
    for served, all_ in zip((both.fast, both.slow), both.all, strict=True):
        for request in (GET, SLOW):
            client = await served.connect()
            client.send(request)
            await client.reply()
        assert {member.peer for member in all_.open} == {bytes(10) + b"\xff\xff\x7f\x00\x00\x01"}
        assert len(all_.open) == 2


async def test_connections_that_were_handed_over_are_idle_like_others(both: Both) -> None:
    sweep(both, 1_000.0)
    clients = [await served.connect() for served in (both.fast, both.slow)]
    for client in clients:
        client.send(SLOW)
        await client.reply()
    sweep(both, 1_050.0)
    for client in clients:
        client.send(GET)
        await client.reply()
    sweep(both, 1_125.0)
    for client in clients:
        client.send(GET)
        assert (await client.reply()).status == 301
    sweep(both, 1_201.0)
    for client in clients:
        assert await client.rest() == b""
