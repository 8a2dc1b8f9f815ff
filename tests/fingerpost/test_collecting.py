"""The collector's process, without a process: its thread's work, its heart, and what it makes of damaged files."""

import asyncio
import logging
import sqlite3
import threading
from typing import Any

import pytest

from clicks.country import CountryFileError
from fingerpost import collecting
from fingerpost.collecting import Places, Work, beat

PATIENCE = 10.0


class FakeCollector:
    def __init__(self, steps: int, error: Exception | None = None) -> None:
        self.complaint = ""
        self.left = steps
        self.finished = False
        self.idle = threading.Event()
        self._error = error

    def step(self) -> bool:
        self.left -= 1
        if self.left <= 0:
            if self._error is not None:
                raise self._error
            self.idle.set()
        return self.left > 0

    def finish(self) -> None:
        self.finished = True


class FakeHousekeeping:
    def __init__(self, error: Exception | None = None) -> None:
        self.works = 0
        self._error = error

    def work(self) -> bool:
        self.works += 1
        if self._error is not None:
            raise self._error
        return False


def work_of(collector: FakeCollector, housekeeping: FakeHousekeeping) -> Work:
    faked: Any = (collector, housekeeping)
    return Work(*faked)


async def test_it_works_until_it_is_told_to_stop_and_stores_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LOOK_S", 0)
    collector, housekeeping = FakeCollector(5), FakeHousekeeping()
    work = work_of(collector, housekeeping)
    running = asyncio.ensure_future(asyncio.to_thread(work.run))
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.to_thread(collector.idle.wait, PATIENCE)
        work.stop()
        await running
    assert collector.finished
    assert collector.left <= 0
    assert housekeeping.works == 1  # once a minute


@pytest.mark.parametrize("error", [sqlite3.OperationalError("database or disk is full"), OSError(28, "no space")])
async def test_housekeeping_that_fails_keeps_no_visit_from_being_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(collecting, "LOOK_S", 0)
    monkeypatch.setattr(collecting, "KEEP_HOUSE_S", 0)
    collector, housekeeping = FakeCollector(1), FakeHousekeeping(error)
    work = work_of(collector, housekeeping)
    running = asyncio.ensure_future(asyncio.to_thread(work.run))
    async with asyncio.timeout(PATIENCE):
        while housekeeping.works < 3:
            await asyncio.sleep(0)
        work.stop()
        await running
    assert collector.finished
    assert str(error) in caplog.text


class Ticking:
    """A supervisor who counts beats, and stops by itself."""

    def __init__(self) -> None:
        self.beats = 0
        self.is_ready = False
        self.stop = asyncio.Event()

    def say_ready(self) -> None:
        self.is_ready = True

    def beat(self) -> None:
        self.beats += 1

    async def until_stopped(self, adopt: object, release: object) -> None:
        await self.stop.wait()


async def test_a_thread_that_fails_ends_the_process() -> None:
    control: Any = Ticking()
    work = work_of(FakeCollector(3, ZeroDivisionError()), FakeHousekeeping())
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(PATIENCE):
            await collecting.collect(work, control)
    assert control.is_ready


async def test_told_to_stop_it_ends() -> None:
    control: Any = Ticking()
    collector = FakeCollector(1)
    collecting_ = asyncio.ensure_future(collecting.collect(work_of(collector, FakeHousekeeping()), control))
    async with asyncio.timeout(PATIENCE):
        while not control.beats:
            await asyncio.sleep(0)
        control.stop.set()
        await collecting_
    assert collector.finished


async def test_without_progress_its_heart_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "BEAT_S", 0)
    control: Any = Ticking()
    work = work_of(FakeCollector(1), FakeHousekeeping())
    beating = asyncio.ensure_future(beat(control, work))
    for _ in range(5):
        await asyncio.sleep(0)
    beats = control.beats
    assert beats > 0
    work.progress -= collecting.STUCK_S
    for _ in range(5):
        await asyncio.sleep(0)
    assert control.beats == beats
    beating.cancel()


class Damaged:
    def country_of(self, address: bytes) -> str:
        raise CountryFileError("x.mmdb: damaged")


def test_what_a_damaged_file_does_not_say_is_unknown_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    damaged: Any = Damaged()
    places = Places(damaged)
    with caplog.at_level(logging.WARNING):
        assert [places.of(bytes(16)) for _ in range(3)] == [("", "")] * 3
    assert caplog.text.count("x.mmdb: damaged") == 1
