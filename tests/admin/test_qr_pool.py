"""The pool over real processes; some of them misbehave."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin import qr_pool
from admin.qr_jobs import Done, Job, Refused
from admin.qr_pool import COMMAND, Busy, RenderPool
from qr.design import Design
from tests.admin.qr_pictures import decoded
from tests.flows.processes import state, wait_until

JOB = Job(design=Design(), data="https://go.example/a?qr=1")

# A process that answers each job with its number, does `what` before the first answer, and tells its process id.
ODD = """
import os, sys, time
sys.path.insert(0, {house!r})
from admin.qr_jobs import LENGTH_BYTES, Done, encode, framed
with open({pids!r}, "a") as file:
    print(os.getpid(), file=file)
number = 0
while length := sys.stdin.buffer.read(LENGTH_BYTES):
    sys.stdin.buffer.read(int.from_bytes(length, "big"))
    number += 1
    {what}
    sys.stdout.buffer.write(framed(encode(Done(b"%d" % number))))
    sys.stdout.buffer.flush()
"""


class Odd:
    """Pools over such processes. ``pids``: of those that were started."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "pids"
        self.pools: list[RenderPool] = []

    def pool(self, what: str = "pass") -> RenderPool:
        house = str(Path(__file__).parents[2])
        program = ODD.format(house=house, pids=str(self._file), what=what)
        self.pools.append(RenderPool((sys.executable, "-c", program)))
        return self.pools[-1]

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self._file.read_text().split()] if self._file.exists() else []


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Odd]:
    odd = Odd(tmp_path)
    yield odd
    for pool in odd.pools:
        pool.close()
    assert [pid for pid in odd.pids if state(pid)] == []


def is_qr_thread_alive() -> bool:
    return any(thread.name == "qr" for thread in threading.enumerate())


async def test_real_codes_are_drawn_and_read() -> None:
    pool = RenderPool(COMMAND)
    try:
        drawn = await pool.run(JOB)
        assert isinstance(drawn, Done)
        assert decoded(drawn.body) == JOB.data
        refused = await pool.run(Job(design=Design(foreground="#ffffff"), data="x"))
        assert isinstance(refused, Refused)
        assert refused.field == "foreground"
    finally:
        pool.close()
    assert not is_qr_thread_alive()


async def test_nothing_is_started_before_there_is_a_job(odd: Odd) -> None:
    pool = odd.pool()
    assert odd.pids == []
    assert [await pool.run(JOB) for _ in range(3)] == [Done(b"1"), Done(b"2"), Done(b"3")]
    assert len(odd.pids) == 1


async def test_a_process_that_died_is_started_again(odd: Odd) -> None:
    pool = odd.pool()
    await pool.run(JOB)
    os.kill(odd.pids[0], signal.SIGKILL)
    assert await pool.run(JOB) == Done(b"1")
    assert len(odd.pids) == 2


@pytest.mark.parametrize(
    "what", ["os._exit(1)", "os.kill(os.getpid(), 9)", "sys.stdout.buffer.write(b'\\0\\0\\0\\1!')"]
)
async def test_a_job_that_kills_the_process_is_refused_and_the_next_is_done(odd: Odd, what: str) -> None:
    pool = odd.pool(f"if len(open({str(odd._file)!r}).readlines()) < 2: {what}")
    with pytest.raises(Busy):
        await pool.run(JOB)
    assert await pool.run(JOB) == Done(b"1")


async def test_a_job_that_never_ends_is_given_up(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_pool, "JOB_S", 0.2)
    pool = odd.pool("time.sleep(1_000)")
    with pytest.raises(Busy, match="could not be drawn"):
        await pool.run(JOB)
    assert len(odd.pids) <= 1  # it may be killed before it says who it is


async def test_a_process_that_cannot_be_started_is_told() -> None:
    pool = RenderPool(("/nowhere/at/all",))
    try:
        with pytest.raises(Busy):
            await pool.run(JOB)
    finally:
        pool.close()


async def test_a_process_with_nothing_to_do_is_ended(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_pool, "IDLE_S", 0.01)
    pool = odd.pool()
    await pool.run(JOB)
    await asyncio.to_thread(wait_until, lambda: not state(odd.pids[0]), "the idle process has ended")
    assert await pool.run(JOB) == Done(b"1")
    assert len(odd.pids) == 2


async def test_too_many_are_told_to_come_back(odd: Odd) -> None:
    pool = odd.pool("time.sleep(1_000)")
    waiting = [asyncio.ensure_future(pool.run(JOB, "public")) for _ in range(qr_pool.MOST_WAITING["public"])]
    await asyncio.sleep(0)
    assert pool.is_full("public")
    with pytest.raises(Busy, match="too many"):
        await pool.run(JOB, "public")
    assert not pool.is_full("api")  # who asks for public images does not stand in the API's way
    await asyncio.to_thread(pool.close)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, Busy | asyncio.CancelledError) for outcome in outcomes)
    assert not pool.is_full("public")


async def test_whoever_goes_away_is_not_drawn_for(odd: Odd) -> None:
    pool = odd.pool("time.sleep(0.2) if number == 1 else None")
    first = asyncio.ensure_future(pool.run(JOB))
    second = asyncio.ensure_future(pool.run(JOB))
    await asyncio.sleep(0)
    second.cancel()
    assert await first == Done(b"1")
    assert await pool.run(JOB) == Done(b"2")


def test_closing_ends_what_is_under_way(odd: Odd) -> None:
    async def body() -> None:
        pool = odd.pool("time.sleep(1_000)")
        waiting = asyncio.ensure_future(pool.run(JOB))
        await asyncio.to_thread(wait_until, lambda: odd.pids, "the process is there")
        await asyncio.to_thread(pool.close)
        (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
        assert isinstance(outcome, Busy)

    asyncio.run(body())
    assert not is_qr_thread_alive()
