"""Followers against a real hub and database over a real socket, and against what is no hub."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from links import follower as follower_module
from links.changing import Change
from links.hub import nudge
from links.locks import WORKERS
from tests.links.following import Alone, House, Impostor, Worker, patiently, task
from tests.links.storing import PATIENCE, Opened, turns, until


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
    gate = asyncio.Event()
    catch_up = slow.follower.catch_up

    async def gated() -> None:
        await gate.wait()
        await catch_up()

    monkeypatch.setattr(slow.follower, "catch_up", gated)
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
    monkeypatch.setattr(worker.follower, "catch_up", asyncio.Event().wait)
    made = await house.opened.make("abc")
    reached = task(house.hub.reached(made.rev))
    await turns()
    assert not reached.done()
    worker.running.cancel()
    await patiently(reached)
    assert house.hub.workers == 0


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


async def test_every_page_is_told(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "FOLLOW_PAGE", 2)
    alone.follower.slot = 64
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


async def test_a_worker_is_in_only_when_it_has_reached_what_go_names(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "FOLLOW_PAGE", 2)
    async with Impostor(
        alone.follower._socket.parent, lambda line: b"GO 3\n" if line.startswith(b"READY") else b""
    ) as hub:
        await alone.follower.load()
        running = task(alone.follower.run())
        alone.gate.clear()
        alone.reader.commit(1, 2, 3)
        entering = task(alone.follower.wait_until_waited_for())
        await until(lambda: alone.applied == [1, 2])
        await turns()
        assert not entering.done()
        alone.gate.set()
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
