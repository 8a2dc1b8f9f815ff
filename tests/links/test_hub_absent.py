"""Workers that answer requests but are not connected to the hub, and the hub's socket."""

import logging
from pathlib import Path

import pytest

from links.errors import Code, LinkError
from links.hub import RETURN_S, nudge
from links.locks import ADMIN, DataLock
from links.socketpath import FILE_NAME
from tests.links.hubs import FIRST, Running, within_patience
from tests.links.storing import until

# Workers that answer but are not connected


def check(running: Running) -> bool:
    """Whether changes of existing links are let through."""
    try:
        running.hub.check_all_present()
    except LinkError as error:
        assert error.code is Code.UNAVAILABLE
        return False
    return True


async def test_a_worker_that_answers_but_is_not_connected_is_missed_for_a_while(running: Running) -> None:
    assert running.hub.missing() == set()
    with DataLock(running.data_dir) as other:
        other.take(FIRST + 3)
        other.take(ADMIN)  # no worker
        assert running.hub.missing() == {FIRST + 3}
        assert not check(running)
        running.now += RETURN_S - 0.1
        assert not check(running)
        running.now += 0.1
        assert check(running)  # alive, it would have looked by itself; else it is dead by now
        running.now += 1_000
        assert running.hub.missing() == set()
        await running.worker(FIRST + 3, 10)
        assert check(running)
    assert check(running)


async def test_a_worker_that_comes_back_is_no_longer_missed(running: Running) -> None:
    with DataLock(running.data_dir) as other:
        other.take(FIRST)
        other.take(FIRST + 1)
        assert running.hub.missing() == {FIRST, FIRST + 1}
        await running.worker(FIRST, 10)
        assert running.hub.missing() == {FIRST + 1}
        await running.worker(FIRST + 1, 10)
        assert check(running)


async def test_a_worker_that_is_dead_is_not_missed(running: Running) -> None:
    with DataLock(running.data_dir) as other:
        other.take(FIRST)
        assert not check(running)
    assert check(running)


async def test_the_time_counts_from_when_the_connection_broke(running: Running) -> None:
    with DataLock(running.data_dir) as other:
        other.take(FIRST)
        peer = await running.worker(FIRST, 10)
        assert check(running)
        running.now += 1_000
        peer.end()
        await until(lambda: running.hub.workers == 0)
        running.now += RETURN_S - 0.1
        assert running.hub.missing() == {FIRST}
        running.now += 0.2
        assert check(running)
        # It comes back and goes again: a new time.
        peer = await running.worker(FIRST, 10)
        assert check(running)
        peer.end()
        await until(lambda: running.hub.workers == 0)
        assert not check(running)


async def test_the_time_begins_anew_though_nobody_asked_meanwhile(running: Running) -> None:
    with DataLock(running.data_dir) as other:
        other.take(FIRST)
        assert not check(running)
        peer = await running.worker(FIRST, 10)
        running.now += 1_000
        peer.end()
        await until(lambda: running.hub.workers == 0)
        assert not check(running)


async def test_the_workers_of_the_last_run_are_missed_from_the_start(tmp_path: Path) -> None:
    with DataLock(tmp_path) as other:
        other.take(FIRST)
        running = Running(tmp_path)
        await running.hub.start(10)
        running.now += RETURN_S
        assert check(running)
        await running.close()


# The socket


async def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("left behind")
    running = Running(tmp_path)
    await running.hub.start(1)
    await running.worker(FIRST, 1)
    await running.close()
    assert not (tmp_path / FILE_NAME).exists()


async def test_closing_drops_the_connections(running: Running) -> None:
    worker, silent = await running.worker(FIRST, 10), await running.connect()
    await until(lambda: len(running.hub._streams) == 2)
    await within_patience(running.hub.close())
    assert [await worker.hear(), await silent.hear()] == [b"", b""]
    with pytest.raises(FileNotFoundError):
        await running.connect()


async def test_a_hub_that_never_started_can_be_closed(tmp_path: Path) -> None:
    running = Running(tmp_path)
    await running.close()
    assert not (tmp_path / FILE_NAME).exists()


async def test_a_directory_may_have_a_long_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data_dir = tmp_path / ("x" * 150)
    data_dir.mkdir()
    running = Running(data_dir)
    await running.hub.start(10)
    assert (data_dir / FILE_NAME).is_socket()
    await running.worker(FIRST, 10)
    assert await nudge(data_dir, 10) is True
    await running.close()
    assert not (data_dir / FILE_NAME).exists()
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
