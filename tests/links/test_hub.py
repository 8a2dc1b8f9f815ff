"""The hub against workers and commands that speak the protocol by hand; against real followers:
test_follower_hub.py; workers that are away, and the socket: test_hub_absent.py."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from links import hub as hub_module
from links.errors import Code, LinkError
from links.hub import nudge
from links.socketpath import FILE_NAME
from tests.links.hubs import FIRST, Running, waiting, within_patience
from tests.links.storing import turns, until

# Workers


async def test_a_worker_is_told_from_where_it_is_waited_for(running: Running) -> None:
    assert running.hub.workers == 0
    peer = await running.connect()
    peer.say(b"READY 64 3")
    assert await peer.hear() == b"GO 10"
    assert (running.hub.workers, running.hub.slowest, running.hub.rev) == (1, 3, 10)


async def test_workers_are_told_of_changes(running: Running) -> None:
    peers = [await running.worker(FIRST, 10), await running.worker(FIRST + 1, 10)]
    running.hub.advance(12)
    running.hub.advance(12)
    running.hub.advance(11)  # nothing new
    running.hub.advance(15)
    for peer in peers:
        assert [await peer.hear(), await peer.hear()] == [b"REV 12", b"REV 15"]


async def test_without_workers_everything_is_reached(running: Running) -> None:
    running.hub.advance(20)
    await within_patience(running.hub.reached(20))
    assert running.hub.slowest == 20


async def test_the_slowest_worker_is_waited_for(running: Running) -> None:
    quick, slow = await running.worker(FIRST, 10), await running.worker(FIRST + 1, 10)
    running.hub.advance(12)
    eleven, twelve = waiting(running.hub.reached(11)), waiting(running.hub.reached(12))
    quick.say(b"AT 12")
    slow.say(b"AT 11")
    await within_patience(asyncio.wait({eleven}))
    assert not twelve.done()
    assert running.hub.slowest == 11
    slow.say(b"AT 12")
    await within_patience(asyncio.wait({twelve}))
    assert twelve.exception() is None
    await running.hub.reached(12)  # at once now


async def test_a_watermark_wakes_everybody_below_it(running: Running) -> None:
    peer = await running.worker(FIRST, 10)
    running.hub.advance(100)
    tasks = [waiting(running.hub.reached(rev)) for rev in (50, 11, 100, 99, 12)]
    await turns()
    peer.say(b"AT 99")
    await until(lambda: sum(task.done() for task in tasks) == 4)
    assert not tasks[2].done()
    peer.say(b"AT 100")
    await within_patience(asyncio.wait(tasks))


async def test_a_worker_that_joins_is_waited_for_from_then_on(running: Running) -> None:
    await running.worker(FIRST, 10)
    await running.hub.reached(10)
    late = await running.worker(FIRST + 1, 4)
    task = waiting(running.hub.reached(10))
    await turns()
    assert not task.done()
    late.say(b"AT 10")
    await within_patience(asyncio.wait({task}))


async def test_a_worker_that_dies_is_waited_for_no_longer(running: Running) -> None:
    quick, dying = await running.worker(FIRST, 10), await running.worker(FIRST + 1, 10)
    running.hub.advance(11)
    task = waiting(running.hub.reached(11))
    quick.say(b"AT 11")
    await until(lambda: {worker.at for worker in running.hub._workers} == {10, 11})
    assert not task.done()
    dying.writer.transport.abort()
    await within_patience(asyncio.wait({task}))
    assert task.exception() is None
    assert running.hub.workers == 1


async def test_the_last_worker_that_dies_releases_everybody(running: Running) -> None:
    peer = await running.worker(FIRST, 10)
    running.hub.advance(11)
    task = waiting(running.hub.reached(11))
    await turns()
    peer.end()
    await within_patience(asyncio.wait({task}))
    assert running.hub.workers == 0


async def test_who_waits_too_long_is_told(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = await running.worker(FIRST, 10)
    running.hub.advance(11)
    monkeypatch.setattr(hub_module, "REACHED_S", 0)
    with pytest.raises(LinkError) as caught:
        await running.hub.reached(11)
    assert caught.value.code is Code.UNAVAILABLE
    monkeypatch.undo()
    task = waiting(running.hub.reached(11))
    peer.say(b"AT 11")  # who gave up is not in the way
    await within_patience(asyncio.wait({task}))
    assert task.exception() is None


def test_a_worker_that_is_dying_does_not_disturb_the_writer(tmp_path: Path) -> None:
    # On uvloop, which the admin runs on: it raises for what is written to a closed transport.
    async def main() -> None:
        running = Running(tmp_path)
        await running.hub.start(10)
        await running.worker(FIRST, 10)
        (worker,) = running.hub._workers
        worker.writer.transport.abort()
        await asyncio.sleep(0)  # closed, but its connection's task has not run
        assert running.hub.workers == 1
        running.hub.advance(11)
        await until(lambda: running.hub.workers == 0)
        await running.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


# Nonsense


@pytest.mark.parametrize(
    "lines",
    [
        b"HELLO 1",
        b"",
        b"READY",
        b"READY 64",
        b"READY x 1",
        b"READY 64 1\nREADY 64 1",
        b"READY 64 1\nAT",
        b"READY 64 1\nAT x",
        b"AT 1",
        b"NUDGE",
        b"NUDGE x",
        b"ready 64 1",
        b"\xff\xfe",
        b"x" * 300,
    ],
)
async def test_a_line_that_is_unknown_drops_its_connection_alone(
    running: Running, caplog: pytest.LogCaptureFixture, lines: bytes
) -> None:
    good = await running.worker(FIRST + 1, 10)
    bad = await running.connect()
    bad.say(lines)
    while await bad.hear():
        pass  # GO, for those that began well
    await until(lambda: running.hub.workers == 1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "a line that it does not know" in caplog.text
    running.hub.advance(11)
    assert await good.hear() == b"REV 11"


async def test_a_connection_that_says_nothing_is_no_worker(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    peer = await running.connect()
    await until(lambda: running.hub._streams)
    running.hub.advance(11)
    await within_patience(running.hub.reached(11))
    peer.end()
    await until(lambda: not running.hub._streams)
    assert caplog.records == []


# Commands


async def test_a_nudge_is_answered_when_every_worker_is_there(running: Running) -> None:
    worker = await running.worker(FIRST, 10)
    command = await running.connect()
    command.say(b"NUDGE 12")
    assert await worker.hear() == b"REV 12"
    assert running.hub.rev == 12
    worker.say(b"AT 12")
    assert await command.hear() == b"DONE 12"
    command.say(b"NUDGE 11")
    assert await command.hear() == b"DONE 11"
    assert running.hub.rev == 12


async def test_a_nudge_that_takes_too_long_is_answered_too(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await running.worker(FIRST, 10)
    monkeypatch.setattr(hub_module, "REACHED_S", 0)
    with pytest.raises(LinkError, match="stored, but not every redirect worker answers it yet") as caught:
        await nudge(running.data_dir, 12)
    assert caught.value.code is Code.UNAVAILABLE
    assert running.hub.rev == 12


async def test_a_command_that_goes_away_leaves_nothing(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    worker = await running.worker(FIRST, 10)
    command = await running.connect()
    command.say(b"NUDGE 12")
    assert await worker.hear() == b"REV 12"
    command.writer.transport.abort()
    worker.say(b"AT 12")
    await until(lambda: len(running.hub._streams) == 1)
    assert caplog.records == []


async def test_nudging_a_running_admin(running: Running) -> None:
    assert await within_patience(nudge(running.data_dir, 11)) is True
    assert running.hub.rev == 11


async def test_nudging_where_no_admin_runs(tmp_path: Path, running: Running) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert await nudge(other, 5) is False
    await running.hub.close()
    assert await nudge(tmp_path, 5) is False
    # A socket that a killed admin has left behind.
    server = await asyncio.start_unix_server(lambda *_: None, tmp_path / FILE_NAME)
    (tmp_path / FILE_NAME).rename(tmp_path / "kept")
    server.close()
    await server.wait_closed()
    (tmp_path / "kept").rename(tmp_path / FILE_NAME)
    assert await nudge(tmp_path, 5) is False


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_an_admin_that_dies_meanwhile_is_one_that_does_not_run(tmp_path: Path, how: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if how == "close":
            await reader.readline()
        getattr(writer.transport, how)()  # with a line unread, the other end gets ECONNRESET

    server = await asyncio.start_unix_server(serve, tmp_path / FILE_NAME)
    try:
        assert await within_patience(nudge(tmp_path, 5)) is False
    finally:
        server.close()
        await server.wait_closed()
