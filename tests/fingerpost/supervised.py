"""A supervisor over processes that a test plays by hand, and a clock that it sets."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fingerpost import supervisor as supervisor_module
from fingerpost.supervisor import Place, Supervisor

PATIENCE = 10.0


class FakeProcess:
    """Runs until :meth:`end`; notes what it is told."""

    def __init__(self, name: str, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self.has_answered = False
        self.told: list[str] = []
        self.started = False
        self.obeys = True
        self.error: Exception | None = None
        self._now = now
        self._changed = changed
        self._beat: float | None = None
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> int:
        self.started = True
        try:
            if self.error is not None:
                raise self.error
            return await self._end
        finally:
            self.ready.clear()

    def answer(self) -> None:
        """It says that it is ready. Workers have a heartbeat, the admin has none."""
        self.has_answered = True
        self._beat = None if self.name.startswith("admin") else self._now()
        self.ready.set()
        self._changed()

    def beat(self) -> None:
        self._beat = self._now()

    def end(self, code: int = 0) -> None:
        if not self._end.done():
            self._end.set_result(code)

    def silent_for(self) -> float:
        return 0.0 if self._beat is None else self._now() - self._beat

    def forgive(self) -> None:
        self.told.append("forgiven")
        if self._beat is not None:
            self._beat = self._now()

    def adopt(self, slot: int) -> None:
        self.told.append(f"adopt {slot}")

    def release(self, slot: int) -> None:
        self.told.append(f"release {slot}")

    def terminate(self) -> None:
        self.told.append("terminate")
        if self.obeys:
            self.end(0)

    def kill(self) -> None:
        self.told.append("kill")
        self.end(-9)


class House:
    """A supervisor of an admin and three workers. ``made`` holds every process of a place, oldest first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
        self.now = 0.0
        self.made: dict[str, list[FakeProcess]] = {name: [] for name in names}
        self.pauses: list[float] = []
        self.unstartable: dict[str, Exception] = {}
        self.obeys = True
        self.supervisor = Supervisor(self.places(), lambda: self.now, 0)
        self.ticks = 0
        monkeypatch.setattr(supervisor_module, "TICK_S", 0)
        monkeypatch.setattr(self.supervisor, "_pause", self._pause)
        self.running = asyncio.ensure_future(self.supervisor.run())

    def places(self, mark: str = "") -> list[Any]:
        return [
            Place(
                name,
                int(name[-1]) if name[-1].isdigit() else None,
                lambda name=name: self._new(name, mark),  # type: ignore[misc]
                is_waited_for=name != "collector",
            )
            for name in self.made
        ]

    def _new(self, name: str, mark: str) -> Any:
        process = FakeProcess(name + mark, lambda: self.now, lambda: self.supervisor.changed())
        process.obeys = self.obeys
        process.error = self.unstartable.get(name)
        self.made[name].append(process)
        return process

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def __getitem__(self, name: str) -> FakeProcess:
        """The place's newest process."""
        return self.made[name][-1]

    async def all_ready(self) -> None:
        await self.until(lambda: all(self.made.values()))
        for processes in self.made.values():
            processes[-1].answer()
        await self.turns()

    async def turns(self) -> None:
        """Let everything happen that happens by itself; several ticks among it."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0)

    async def stopped(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.running

    async def close(self) -> None:
        if not self.running.done():
            self.supervisor.stop()
            for processes in self.made.values():
                for process in processes:
                    process.end()
            await self.stopped()
