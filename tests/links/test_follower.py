"""Followers: alone over a reader that is rigged, and against a real hub and database over a real socket."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from links import follower as follower_module
from links.feed import FeedReader
from links.follower import STUCK_S, Follower, Rows
from links.hub import Hub, nudge
from links.locks import WORKERS, DataLock
from links.socketpath import FILE_NAME
from links.store import Change
from tests.links.storing import PATIENCE, Opened, turns, until


class RiggedReader(FeedReader):
    """Rows and a version out of memory. While ``gate`` is shut, a read has looked but does not come back."""

    def __init__(self) -> None:  # no database
        self.rows: list[tuple[int]] = []
        self.moves = 0
        self.reads = 0
        self.page = follower_module.PAGE
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.closed = False

    def commit(self, *revs: int) -> None:
        self.rows += [(rev,) for rev in revs]
        self.moves += 1

    def read(self, after: int, limit: int = 0) -> Any:
        found = [row for row in self.rows if row[0] > after][: self.page]
        self.reads += 1
        self.gate.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return found

    def version(self) -> int:
        return self.moves

    def close(self) -> None:
        self.closed = True


class Alone:
    """A follower over a rigged reader: what it applied, and its clock."""

    def __init__(self, data_dir: Path) -> None:
        self.reader = RiggedReader()
        self.applied: list[int] = []
        self.slice = 1_000
        self.now = 0.0
        self.follower = Follower(self.reader, data_dir, self.apply, lambda: self.now)

    def apply(self, rows: Rows, start: int) -> int:
        rows = rows[start : start + self.slice]
        self.applied += [row[0] for row in rows]
        return start + len(rows)


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Alone]:
    alone = Alone(tmp_path)
    yield alone
    alone.reader.gate.set()
    alone.follower.close()


def task(what: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.ensure_future(what)


async def patiently(what: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await what


# Loading


async def test_everything_is_loaded_page_by_page(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "PAGE", 3)
    alone.reader.page = 3
    alone.slice = 2
    alone.reader.commit(*range(1, 9))
    await alone.follower.load()
    assert alone.applied == list(range(1, 9))
    assert alone.follower.rev == 8
    assert alone.reader.reads == 3
    assert not await alone.follower.moved()


async def test_an_empty_database_is_loaded_too(alone: Alone) -> None:
    await alone.follower.load()
    assert (alone.applied, alone.follower.rev) == ([], 0)


async def test_the_event_loop_goes_on_while_loading(alone: Alone) -> None:
    alone.reader.gate.clear()
    loading = task(alone.follower.load())
    await turns()
    assert not loading.done()
    alone.reader.gate.set()
    await patiently(loading)


async def test_what_is_committed_while_loading_is_looked_for(alone: Alone) -> None:
    alone.reader.commit(1)
    alone.reader.gate.clear()
    loading = task(alone.follower.load())
    await until(lambda: alone.reader.reads == 1)  # it has seen 1 and will not see 2
    alone.reader.commit(2)
    alone.reader.gate.set()
    await loading
    assert await alone.follower.moved()
    assert alone.applied == [1, 2]


# Looking


async def test_where_nothing_was_committed_nothing_is_read(alone: Alone) -> None:
    alone.reader.commit(1)
    await alone.follower.load()
    before = alone.reader.reads
    assert [await alone.follower.moved() for _ in range(3)] == [False] * 3
    assert alone.reader.reads == before


async def test_what_was_committed_has_been_applied_on_return(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1, 2)
    assert await alone.follower.moved()
    assert (alone.applied, alone.follower.rev) == ([1, 2], 2)
    assert not await alone.follower.moved()


async def test_a_commit_without_rows_is_looked_at_once(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit()  # a key was made
    assert await alone.follower.moved()
    assert not await alone.follower.moved()


async def test_a_read_that_began_before_the_commit_is_not_enough(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)  # its read has seen 1, and is not back
    alone.reader.commit(2)
    second = task(alone.follower.moved())
    await turns()
    alone.reader.gate.set()
    assert await patiently(second)
    assert alone.applied == [1, 2]
    assert await first


async def test_those_who_ask_together_share_a_read(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = [task(alone.follower.moved()) for _ in range(10)]
    await until(lambda: alone.reader.reads == 2)
    alone.reader.commit(2)
    second = [task(alone.follower.moved()) for _ in range(10)]
    await turns()
    alone.reader.gate.set()
    assert await patiently(asyncio.gather(*first, *second)) == [True] * 20
    assert alone.applied == [1, 2]
    assert alone.reader.reads == 3  # one to load, one for each ten


async def test_a_commit_during_the_reads_asks_for_one_more(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    alone.reader.commit(2)
    alone.reader.gate.set()
    await patiently(first)
    assert alone.applied == [1]  # what it was asked for
    assert await alone.follower.moved()
    assert alone.applied == [1, 2]


async def test_one_who_goes_away_takes_nobody_along(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    going, staying = task(alone.follower.moved()), task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    going.cancel()
    await turns()
    assert going.cancelled()
    alone.reader.gate.set()
    assert await patiently(staying)
    assert alone.applied == [1]


async def test_a_read_that_fails_fails_those_who_asked_and_nobody_later(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.error = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone"):
        await alone.follower.moved()
    alone.reader.error = None
    assert await alone.follower.moved()
    assert alone.applied == [1]


async def test_many_changes_are_applied_in_slices_between_which_others_run(alone: Alone) -> None:
    await alone.follower.load()
    alone.slice = 10
    alone.reader.commit(*range(1, 101))
    seen: list[int] = []

    async def other() -> None:
        while alone.follower.rev < 100:
            seen.append(alone.follower.rev)
            await asyncio.sleep(0)

    await patiently(asyncio.gather(alone.follower.moved(), other()))
    assert alone.applied == list(range(1, 101))
    assert set(seen) >= {10, 20, 50, 90}


# Progress


async def test_a_follower_that_does_not_look_is_not_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.now += 1_000
    assert not alone.follower.is_stuck()
    alone.reader.commit(1)
    await alone.follower.moved()
    alone.now += 1_000
    assert not alone.follower.is_stuck()


async def test_a_look_that_brings_nothing_for_long_is_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.now = 50.0
    alone.reader.commit(1)
    alone.reader.gate.clear()
    looking = task(alone.follower.moved())
    await turns(1)
    assert not alone.follower.is_stuck()
    await until(lambda: alone.reader.reads == 2)
    alone.now += STUCK_S
    assert not alone.follower.is_stuck()
    alone.now += 0.1
    assert alone.follower.is_stuck()
    alone.reader.gate.set()
    await patiently(looking)
    assert not alone.follower.is_stuck()


async def test_a_look_that_takes_long_but_goes_on_is_not_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.slice = 1
    alone.reader.commit(*range(1, 6))
    looking = task(alone.follower.moved())
    for rev in range(1, 6):
        await until(lambda rev=rev: alone.follower.rev >= rev)  # type: ignore[misc]
        assert not alone.follower.is_stuck()
        alone.now += STUCK_S
    await patiently(looking)


async def test_closing_ends_a_look_that_is_under_way(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    looking = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    threading.Timer(0.01, alone.reader.gate.set).start()
    alone.follower.close()
    assert alone.reader.closed
    await patiently(asyncio.wait({looking}))
    assert looking.cancelled()


# Against a hub


class Worker:
    """A follower with a table of its own, as a redirect worker runs one."""

    def __init__(self, data_dir: Path) -> None:
        self.table: dict[bytes, bytes | None] = {}
        self.lock = DataLock(data_dir)
        self.reader = FeedReader(data_dir / "links.db")
        self.follower = Follower(self.reader, data_dir, self.apply, lambda: 0.0)
        self.running: asyncio.Task[None]

    def apply(self, rows: Rows, start: int) -> int:
        for row in rows[start:]:
            self.table[row[2]] = None if row[5] == 0 else row[4]
        return len(rows)

    async def start(self) -> None:
        await self.follower.load()
        self.follower.slot = self.lock.take_any(WORKERS) or -1
        self.running = asyncio.ensure_future(self.follower.run())

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.follower.close()
        self.lock.close()


class House:
    """A store whose commits the hub tells of, the hub, and workers."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.data_dir = opened.path.parent
        self.lock = DataLock(self.data_dir)
        self.hub = Hub(self.data_dir, self.lock, lambda: 0.0)
        self.workers: list[Worker] = []

    async def worker(self) -> Worker:
        self.workers.append(Worker(self.data_dir))
        await self.workers[-1].start()
        return self.workers[-1]

    async def restart_hub(self) -> None:
        await self.hub.close()
        self.hub = Hub(self.data_dir, self.lock, lambda: 0.0)
        await self.hub.start(await self.opened.store.rev())

    async def close(self) -> None:
        for worker in self.workers:
            await worker.stop()
        await self.hub.close()
        await until(lambda: not self.hub._streams)
        self.lock.close()


@pytest.fixture
async def house(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(follower_module, "POLL_S", 0.005)  # it polls soon; how soon is not what is tested
    house = House(opened)
    opened.store.writer._committed = lambda rev: house.hub.advance(rev)
    await house.hub.start(await opened.store.rev())
    yield house
    await house.close()


async def test_a_worker_has_everything_before_it_is_let_in(house: House) -> None:
    await house.opened.make("before")
    worker = Worker(house.data_dir)
    house.workers.append(worker)
    await worker.follower.load()
    await house.opened.make("between")
    worker.follower.slot = WORKERS.start
    worker.running = asyncio.ensure_future(worker.follower.run())
    await patiently(worker.follower.wait_until_waited_for())
    assert set(worker.table) == {b"before", b"between"}
    assert worker.follower.connected
    assert house.hub.workers == 1


async def test_what_is_reached_is_in_every_table(house: House) -> None:
    workers = [await house.worker() for _ in range(3)]
    await until(lambda: house.hub.workers == 3)
    for n in range(10):
        made = await house.opened.make(f"s{n}")
        await house.hub.reached(made.rev)
        assert [f"s{n}".encode() in worker.table for worker in workers] == [True] * 3
    assert house.hub.slowest == 10


async def test_edits_renames_and_deletes_arrive(house: House) -> None:
    worker = await house.worker()
    await until(lambda: house.hub.workers == 1)
    store, made = house.opened.store, await house.opened.make("a")
    await house.hub.reached(made.rev)

    def rename(old: Any) -> Change:
        return Change(msgspec.structs.replace(old, slug="b", destination="x:", location="x:"), 1)

    renamed = await store.edit(made.uuid, rename, "t", 1_000)
    await house.hub.reached(renamed.rev)
    assert worker.table == {b"a": b"x:", b"b": b"x:"}
    await house.hub.reached(await store.delete(made.uuid, "t"))
    assert worker.table == {b"a": None, b"b": None}


async def test_the_slowest_worker_decides(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = await house.worker(), await house.worker()
    await until(lambda: house.hub.workers == 2)
    gate = threading.Event()
    read = slow.reader.read

    def gated(*arguments: Any) -> Any:
        gate.wait(PATIENCE)
        return read(*arguments)

    monkeypatch.setattr(slow.reader, "read", gated)
    made = await house.opened.make("abc")
    reached = task(house.hub.reached(made.rev))
    await until(lambda: b"abc" in quick.table)
    await turns()
    assert not reached.done()
    gate.set()
    await patiently(reached)
    assert b"abc" in slow.table


async def test_a_worker_that_ends_is_waited_for_no_longer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = await house.worker()
    await until(lambda: house.hub.workers == 1)
    gate = threading.Event()
    monkeypatch.setattr(worker.reader, "read", lambda *_: [] if gate.wait(PATIENCE) else [])
    made = await house.opened.make("abc")
    reached = task(house.hub.reached(made.rev))
    await turns()
    assert not reached.done()
    worker.running.cancel()
    await patiently(reached)
    assert house.hub.workers == 0
    gate.set()


async def test_what_a_command_commits_arrives_with_its_nudge(house: House) -> None:
    worker = await house.worker()
    await until(lambda: house.hub.workers == 1)
    command = Opened(house.opened.path)
    await command.open()
    made = await command.make("abc")
    assert await patiently(nudge(house.data_dir, made.rev))
    assert b"abc" in worker.table
    await command.store.close()


async def test_a_worker_goes_on_without_a_hub(house: House) -> None:
    worker = await house.worker()
    await until(lambda: worker.follower.connected)
    await house.hub.close()
    await until(lambda: not worker.follower.connected)
    await house.opened.make("abc")
    await until(lambda: b"abc" in worker.table)
    await house.opened.make("def")
    assert await worker.follower.moved() in (True, False)  # it may have polled before us
    assert b"def" in worker.table


async def test_a_worker_that_finds_no_hub_is_let_in(house: House) -> None:
    await house.opened.make("abc")
    await house.hub.close()
    worker = await house.worker()
    await patiently(worker.follower.wait_until_waited_for())
    assert b"abc" in worker.table
    assert not worker.follower.connected


async def test_workers_come_back_to_a_new_hub(house: House) -> None:
    workers = [await house.worker() for _ in range(2)]
    await until(lambda: house.hub.workers == 2)
    await house.restart_hub()
    assert house.hub.missing() == {worker.follower.slot for worker in workers}
    await until(lambda: house.hub.workers == 2)
    assert house.hub.missing() == set()
    made = await house.opened.make("abc")
    await patiently(house.hub.reached(made.rev))
    assert [b"abc" in worker.table for worker in workers] == [True, True]


async def test_a_worker_looks_when_its_connection_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "POLL_S", PATIENCE)
    worker = await house.worker()
    await until(lambda: worker.follower.connected)
    house.opened.store.writer._committed = lambda rev: None  # the admin dies before it can tell
    await house.opened.make("abc")
    await house.hub.close()
    await until(lambda: b"abc" in worker.table)
    assert not worker.follower.connected


# Other things at the other end


class Impostor:
    """Something at the hub's address that says what it is told to."""

    def __init__(self, data_dir: Path, answer: Callable[[bytes], bytes | None]) -> None:
        self._path = data_dir / FILE_NAME
        self._answer = answer
        self.heard: list[bytes] = []
        self.connections = 0

    async def __aenter__(self) -> "Impostor":
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := await reader.readline():
                self.heard.append(line)
                answer = self._answer(line)
                if answer is None:
                    break
                writer.write(answer)
        finally:
            writer.close()


async def test_every_slice_is_told(alone: Alone) -> None:
    alone.follower.slot = 64
    alone.slice = 2
    async with Impostor(
        alone.follower._socket.parent, lambda line: b"GO 0\n" if line.startswith(b"READY") else b""
    ) as hub:
        await alone.follower.load()
        running = task(alone.follower.run())
        await patiently(alone.follower.wait_until_waited_for())
        alone.reader.commit(1, 2, 3, 4, 5)
        await alone.follower.moved()
        await until(lambda: len(hub.heard) == 5)
        assert hub.heard == [b"READY 64 0\n", b"AT 0\n", b"AT 2\n", b"AT 4\n", b"AT 5\n"]
        running.cancel()
        await asyncio.wait({running})


async def test_a_worker_is_in_only_when_it_has_reached_what_go_names(alone: Alone) -> None:
    async with Impostor(
        alone.follower._socket.parent, lambda line: b"GO 3\n" if line.startswith(b"READY") else b""
    ) as hub:
        await alone.follower.load()
        running = task(alone.follower.run())
        alone.reader.gate.clear()
        alone.reader.commit(1, 2, 3)
        entering = task(alone.follower.wait_until_waited_for())
        await until(lambda: alone.reader.reads == 2)
        assert not entering.done()
        alone.reader.gate.set()
        await patiently(entering)
        assert alone.applied == [1, 2, 3]
        await until(lambda: b"AT 3\n" in hub.heard)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize("line", [b"BOO 1\n", b"GO\n", b"GO x\n", b"GO 1 2\n", b"\n", b"x" * 100_000])
async def test_a_line_that_is_unknown_ends_the_connection(
    alone: Alone, caplog: pytest.LogCaptureFixture, line: bytes
) -> None:
    async with Impostor(alone.follower._socket.parent, lambda _: line) as hub:
        running = task(alone.follower.run())
        await until(lambda: "the feed connection ended" in caplog.text)
        assert not alone.follower.connected
        assert hub.connections == 1
        running.cancel()
        await asyncio.wait({running})


async def test_one_that_always_hangs_up_is_not_asked_without_a_pause(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Impostor(alone.follower._socket.parent, lambda _: None) as hub:
        monkeypatch.setattr(follower_module, "POLL_S", PATIENCE)
        running = task(alone.follower.run())
        await until(lambda: hub.connections == 1)
        await until(lambda: alone.follower._writer is None)
        await turns(100)
        assert hub.connections == 1
        alone.reader.commit(1)
        assert await alone.follower.moved()  # misses are looked for all the same
        running.cancel()
        await asyncio.wait({running})


def test_a_hub_that_is_dying_does_not_disturb_a_read(tmp_path: Path) -> None:
    # On uvloop, which workers run on: it raises for what is written to a closed transport.
    async def main() -> None:
        alone = Alone(tmp_path)
        async with Impostor(tmp_path, lambda line: b"GO 0\n" if line.startswith(b"READY") else b""):
            running = task(alone.follower.run())
            await until(lambda: alone.follower.connected)
            writer = alone.follower._writer
            assert writer is not None
            writer.transport.abort()
            await asyncio.sleep(0)  # closed, but the session has not been told
            assert alone.follower._writer is writer
            alone.follower._say_at()
            await until(lambda: alone.follower._writer is not writer)
            running.cancel()
            await asyncio.wait({running})
        alone.follower.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
