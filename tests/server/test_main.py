"""A worker's wiring, as far as it can be had without a process of its own; the rest is in the flow tests."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from clicks.country import CountryFileError
from clicks.settings import ClicksSettings
from server.entry import pack
from server.listeners import Listeners
from server.main import GC_THRESHOLD, health_of, load, or_unknown, run
from server.peer import Networks
from server.proxy_watch import ProxyWatch
from server.recording import Recording
from server.settings import ServerSettings, WorkerSettings
from server.table import Table

PATIENCE = 10.0


class Echo(asyncio.Protocol):
    """Answers what it gets."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class House:
    """Three slots of two listening sockets each, every one on a port of its own, and who accepts from them."""

    def __init__(self) -> None:
        self.sockets = [[socket.create_server(("127.0.0.1", 0)) for _ in range(2)] for _ in range(3)]
        for sock in self.all():
            sock.setblocking(False)
        fds = tuple(tuple(sock.fileno() for sock in slot) for slot in self.sockets)
        self.listeners = Listeners(fds, Echo)  # type: ignore[arg-type]
        self.connections: list[asyncio.StreamWriter] = []

    def all(self) -> list[socket.socket]:
        return [sock for slot in self.sockets for sock in slot]

    async def connect(self, sock: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*sock.getsockname())
        self.connections.append(writer)
        return reader, writer

    async def is_answered(self, slot: int) -> bool:
        """Whether both sockets of a slot are accepted from; ``False`` where the connections are still in the queue."""
        answers = []
        for sock in self.sockets[slot]:
            reader, writer = await self.connect(sock)
            writer.write(b"hello")
            read = asyncio.ensure_future(reader.readexactly(5))
            queued = asyncio.ensure_future(self._queued(sock))
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait({read, queued}, return_when=asyncio.FIRST_COMPLETED)
            answers.append(read.done())
            read.cancel()
            queued.cancel()
            await asyncio.gather(read, queued, return_exceptions=True)
        assert answers[0] is answers[1]
        return answers[0]

    async def _queued(self, sock: socket.socket) -> None:
        """Return when a connection has stayed in the queue while others had every chance to take it."""
        for _ in range(10):
            await asyncio.sleep(0.001)
        while True:
            try:
                sock.accept()[0].close()
                return
            except BlockingIOError:
                await asyncio.sleep(0.001)

    async def close(self) -> None:
        self.listeners.close()
        for writer in self.connections:
            writer.close()
        for _ in range(3):
            await asyncio.sleep(0)
        for sock in self.all():
            sock.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def on_loop(request: pytest.FixtureRequest) -> Callable[[Callable[[House], Awaitable[None]]], None]:
    """Runs a test on the loop of the tests, and on that of the workers."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else None

    def on_loop(test: Callable[[House], Awaitable[None]]) -> None:
        async def main() -> None:
            house = House()
            try:
                await test(house)
            finally:
                await house.close()

        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())

    return on_loop


OnLoop = Callable[[Callable[[House], Awaitable[None]]], None]


async def settled(listeners: Listeners) -> None:
    async with asyncio.timeout(PATIENCE):
        while listeners._tasks:
            await asyncio.sleep(0)


def test_a_worker_accepts_from_its_own_sockets_alone(on_loop: OnLoop) -> None:
    async def test(house: House) -> None:
        await house.listeners.accept(1)
        await house.listeners.accept(1)  # once is enough
        assert len(house.listeners._servers[1]) == 2
        assert [await house.is_answered(slot) for slot in range(3)] == [False, True, False]

    on_loop(test)


def test_an_orphan_is_adopted_and_given_back(on_loop: OnLoop) -> None:
    async def test(house: House) -> None:
        await house.listeners.accept(0)
        for _ in range(2):  # it may be orphaned again
            house.listeners.adopt(2)
            house.listeners.adopt(2)
            await settled(house.listeners)
            assert [await house.is_answered(slot) for slot in range(3)] == [True, False, True]
            house.listeners.release(2)
            assert [await house.is_answered(slot) for slot in range(3)] == [True, False, False]
        house.listeners.release(2)
        house.listeners.release(1)

    on_loop(test)


def test_one_that_is_given_back_at_once_is_not_kept(on_loop: OnLoop) -> None:
    async def test(house: House) -> None:
        house.listeners.adopt(2)
        house.listeners.release(2)
        await settled(house.listeners)
        assert await house.is_answered(2) is False
        house.listeners.adopt(2)
        await asyncio.sleep(0)  # it has begun
        house.listeners.release(2)
        await settled(house.listeners)
        assert await house.is_answered(2) is False
        house.listeners.adopt(2)
        house.listeners.release(2)
        house.listeners.adopt(2)
        await settled(house.listeners)
        assert await house.is_answered(2) is True

    on_loop(test)


def test_what_was_accepted_is_answered_after_the_release(on_loop: OnLoop) -> None:
    async def test(house: House) -> None:
        house.listeners.adopt(2)
        await settled(house.listeners)
        reader, writer = await house.connect(house.sockets[2][0])
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"
        house.listeners.release(2)
        writer.write(b"after")
        async with asyncio.timeout(PATIENCE):
            assert await reader.readexactly(5) == b"after"

    on_loop(test)


def test_closing_gives_everything_back_and_closes_no_socket_of_others(on_loop: OnLoop) -> None:
    async def test(house: House) -> None:
        await house.listeners.accept(0)
        house.listeners.adopt(1)
        house.listeners.adopt(2)
        house.listeners.close()
        await settled(house.listeners)
        assert [await house.is_answered(slot) for slot in range(3)] == [False] * 3
        assert house.listeners._servers == {}

    on_loop(test)


# The rest


class FakeFollower:
    def __init__(self) -> None:
        self.rev = 7
        self.connected = True
        self.loaded_with_collector: bool | None = None
        self.error: Exception | None = None

    async def load(self) -> None:
        self.loaded_with_collector = gc.isenabled()
        if self.error is not None:
            raise self.error


@pytest.fixture
def follower() -> Any:
    return FakeFollower()


@pytest.fixture
def collector() -> Iterator[None]:
    """The garbage collector as it was."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collector")
async def test_the_collector_is_off_only_while_loading(follower: Any) -> None:
    frozen = gc.get_freeze_count()
    await load(follower)
    assert follower.loaded_with_collector is False
    assert gc.isenabled()
    assert gc.get_threshold()[0] == GC_THRESHOLD
    assert gc.get_freeze_count() > frozen


@pytest.mark.usefixtures("collector")
async def test_the_collector_is_on_again_if_loading_fails(follower: Any) -> None:
    follower.error = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone"):
        await load(follower)
    assert gc.isenabled()


def test_health_says_how_it_follows(follower: Any, tmp_path: Path) -> None:
    table = Table()
    table.put(b"", b"abc", pack(1, b"https://example.com/"))
    recording = Recording(ClicksSettings(), tmp_path, lambda: 0)
    visits = {"recorded": "in full", "lost": 0}
    state = {"status": "ok", "links": 1, "rev": 7, "feed": "connected", "visits": visits}
    watch = ProxyWatch(Networks(()), "X-Forwarded-For", print)
    assert health_of(table, follower, recording, watch) == (200, state)
    follower.connected = False
    assert health_of(table, follower, recording, watch)[1]["feed"] == "polling"
    watch.address = "172.18.0.2"
    warning = "all visitors look like 172.18.0.2; add it to server.trusted_proxies"
    assert health_of(table, follower, recording, watch)[1]["warnings"] == [warning]


@pytest.mark.parametrize("content", [None, b"dear diary, " * 500])
def test_a_database_that_is_no_use_is_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "links.db").write_bytes(content)
    settings = WorkerSettings(
        server=ServerSettings(),
        clicks=ClicksSettings(),
        data_dir=str(tmp_path),
        api_url="http://api.test",
        slot=0,
        sockets=(),
    )
    assert run(settings, None) == 78  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"fingerpost: {tmp_path}/links.db: ")
    assert err.count("\n") == 1


def test_a_damaged_file_of_countries_keeps_nobody_from_being_redirected(caplog: pytest.LogCaptureFixture) -> None:
    def damaged(address: bytes) -> str:
        if address == b"bad":
            raise CountryFileError("geo.mmdb: damaged")
        return "DE"

    country_of = or_unknown(damaged)
    assert [country_of(address) for address in (b"good", b"bad", b"bad", b"good")] == ["DE", "", "", "DE"]
    assert [record.getMessage() for record in caplog.records] == [
        "countries: geo.mmdb: damaged: what cannot be read counts as unknown"
    ]
