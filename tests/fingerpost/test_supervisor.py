"""The supervisor over processes that a test plays by hand, and a clock that it sets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from fingerpost import supervisor as supervisor_module
from fingerpost.process import FIRST_BACKOFF_S, LONGEST_BACKOFF_S
from fingerpost.supervisor import KILL_S, ORPHAN_S, Place, Supervisor

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
            Place(name, int(name[-1]) if name[-1].isdigit() else None, lambda name=name: self._new(name, mark))  # type: ignore[misc]
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


@pytest.fixture
async def house_of(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., House]]:
    monkeypatch.setattr(supervisor_module, "KILL_AFTER_DRAIN_S", PATIENCE)
    made: list[House] = []

    def house_of(*names: str) -> House:
        made.append(House(monkeypatch, names))
        return made[-1]

    yield house_of
    for house in made:
        await house.close()


@pytest.fixture
async def house(house_of: Callable[..., House]) -> House:
    house = house_of("admin", "worker 0", "worker 1", "worker 2")
    await house.all_ready()
    return house


# From start to end


async def test_it_is_ready_when_everything_answers(house_of: Callable[..., House]) -> None:
    house = house_of("admin", "worker 0")
    ready = asyncio.ensure_future(house.supervisor.ready())
    await house.turns()
    house["worker 0"].answer()
    await house.turns()
    assert not ready.done()
    house["admin"].answer()
    assert await ready is True


async def test_stopping_ends_everything_in_order(house: House) -> None:
    house.supervisor.stop()
    assert await house.stopped() == 0
    assert [processes[-1].told for processes in house.made.values()] == [["terminate"]] * 4
    assert all(len(processes) == 1 for processes in house.made.values())


async def test_it_is_not_ready_if_it_stops_before(house_of: Callable[..., House]) -> None:
    house = house_of("admin")
    ready = asyncio.ensure_future(house.supervisor.ready())
    await house.turns()
    house.supervisor.stop()
    assert await ready is False
    house["admin"].answer()
    assert await house.supervisor.ready() is False


async def test_asked_twice_it_ends_everything_at_once(house: House) -> None:
    for processes in house.made.values():
        processes[-1].obeys = False
    house.supervisor.stop()
    await house.turns()
    assert not house.running.done()
    house.supervisor.stop()
    assert await house.stopped() == 0
    assert [processes[-1].told for processes in house.made.values()] == [["terminate", "kill"]] * 4


async def test_what_does_not_end_in_time_is_killed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "KILL_AFTER_DRAIN_S", 0)
    house["worker 1"].obeys = False
    house.supervisor.stop()
    assert await house.stopped() == 0
    assert house["worker 1"].told == ["terminate", "kill"]
    assert house["worker 0"].told == ["terminate"]


# Starting again


async def test_one_that_ends_is_started_again(house: House) -> None:
    house["admin"].end(1)
    await house.until(lambda: len(house.made["admin"]) == 2)
    assert house["admin"].started
    assert [len(processes) for processes in house.made.values()] == [2, 1, 1, 1]
    assert house.pauses == [FIRST_BACKOFF_S]


async def test_one_that_never_answers_is_started_less_and_less_often(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0")
    for number in range(1, 12):
        await house.until(lambda number=number: len(house.made["worker 0"]) == number)
        await house.turns()
        house["worker 0"].end(1)
    await house.until(lambda: len(house.made["worker 0"]) == 12)
    assert house.pauses[:4] == [0.05, 0.1, 0.2, 0.4]
    assert house.pauses[-3:] == [LONGEST_BACKOFF_S] * 3
    assert house.pauses == sorted(house.pauses)


async def test_one_that_has_answered_starts_again_without_delay(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0")
    for answers in (False, False, True, False):
        made = len(house.made["worker 0"])
        await house.turns()
        if answers:
            house["worker 0"].answer()
        house["worker 0"].end(1)
        await house.until(lambda made=made: len(house.made["worker 0"]) > max(made, 1))
    assert house.pauses == [0.05, 0.1, 0.05, 0.1]


@pytest.mark.parametrize("name", ["admin", "worker 1"])
async def test_a_configuration_that_is_no_use_ends_everything(house: House, name: str) -> None:
    house[name].end(78)
    assert await house.stopped() == 78
    assert len(house.made[name]) == 1
    assert house["worker 0"].told[-1] == "terminate"


async def test_the_first_reason_to_stop_counts(house: House) -> None:
    house["worker 0"].obeys = False
    house["admin"].end(78)
    await house.turns()
    house["worker 0"].end(1)
    assert await house.stopped() == 78


async def test_one_that_cannot_be_started_is_tried_again(
    house_of: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    house = house_of("admin", "worker 0")
    await house.all_ready()
    house.unstartable["worker 0"] = BlockingIOError(11, "Resource temporarily unavailable")
    house["worker 0"].end(1)
    await house.until(lambda: len(house.made["worker 0"]) >= 4)
    assert "worker 0 cannot be started: [Errno 11] Resource temporarily unavailable" in caplog.text
    house.unstartable.clear()
    await house.until(lambda: house["worker 0"].error is None and house["worker 0"].started)
    house["worker 0"].answer()
    assert not house.running.done()


async def test_a_defect_ends_everything(house: House) -> None:
    def broken() -> Any:
        raise ZeroDivisionError("a defect")

    house.supervisor._places[0].new = broken
    house["admin"].end(1)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        await house.stopped()
    assert house["worker 0"].told == ["terminate"]


# Orphans


async def test_the_socket_of_a_dead_worker_is_adopted_until_its_successor_answers(house: House) -> None:
    house["worker 1"].end(-9)
    await house.until(lambda: len(house.made["worker 1"]) == 2)
    await house.turns()
    adopters = [name for name in ("worker 0", "worker 2") if house[name].told == ["adopt 1"]]
    assert len(adopters) == 1
    house["worker 1"].answer()
    assert house[adopters[0]].told == ["adopt 1", "release 1"]
    assert house["admin"].told == []


async def test_a_silent_worker_is_helped_out_then_killed(house: House) -> None:
    silent = house["worker 1"]
    house.now += ORPHAN_S - 0.1
    await house.turns()
    assert "adopt 1" not in house["worker 0"].told + house["worker 2"].told
    house["worker 0"].beat()
    house["worker 2"].beat()
    house.now += 0.1
    await house.turns()
    assert "adopt 1" in house["worker 0"].told + house["worker 2"].told
    house["worker 0"].beat()
    house["worker 2"].beat()
    house.now = KILL_S
    await house.turns()
    assert "kill" not in silent.told
    house["worker 0"].beat()
    house["worker 2"].beat()
    house.now += 0.1
    await house.until(lambda: "kill" in silent.told)
    await house.until(lambda: len(house.made["worker 1"]) == 2)
    assert house.pauses == [FIRST_BACKOFF_S]


async def test_a_silent_worker_that_comes_back_gets_its_socket_back(house: House) -> None:
    for _ in range(2):
        house.now += ORPHAN_S / 2
        house["worker 0"].beat()
        house["worker 2"].beat()
        await house.turns()
    told = house["worker 0"].told + house["worker 2"].told
    assert told == ["adopt 1"]
    house["worker 1"].beat()
    await house.turns()
    assert sorted(house["worker 0"].told + house["worker 2"].told) == ["adopt 1", "release 1"]
    assert house["worker 1"].told == []


async def test_an_adopter_that_dies_is_followed_by_another(house: House) -> None:
    house["worker 1"].end(-9)
    await house.turns()
    adopter = next(name for name in ("worker 0", "worker 2") if "adopt 1" in house[name].told)
    other = ({"worker 0", "worker 2"} - {adopter}).pop()
    house[adopter].end(-9)
    await house.turns()
    assert sorted(house[other].told) == sorted(["adopt 1", f"adopt {adopter[-1]}"])


async def test_where_nobody_is_left_nobody_adopts(house: House) -> None:
    for name in ("worker 0", "worker 1", "worker 2"):
        house[name].end(-9)
    await house.turns()
    assert house["admin"].told == []
    house["worker 2"].answer()
    assert sorted(house["worker 2"].told) == ["adopt 0", "adopt 1"]


async def test_a_single_worker_has_nobody_and_needs_nobody(house_of: Callable[..., House]) -> None:
    house = house_of("admin", "worker 0")
    await house.all_ready()
    house["worker 0"].end(-9)
    await house.turns()
    house["worker 0"].answer()
    assert (house["worker 0"].told, house["admin"].told) == ([], [])


async def test_before_everything_has_answered_once_nobody_adopts(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0", "worker 1")
    await house.turns()
    house["worker 0"].answer()
    await house.turns()
    assert house["worker 0"].told == []
    house["worker 1"].answer()
    house["worker 1"].end(1)
    await house.turns()
    assert house["worker 0"].told == ["adopt 1"]


async def test_when_everything_ends_nobody_adopts(house: House) -> None:
    house["worker 0"].obeys = False
    house.supervisor.stop()
    await house.turns()
    assert house["worker 0"].told == ["terminate"]
    house["worker 0"].end()


async def test_an_admin_is_never_silent(house: House) -> None:
    for _ in range(10):
        house.now += ORPHAN_S / 2
        for name in ("worker 0", "worker 1", "worker 2"):
            house[name].beat()
        await house.turns()
    assert house["admin"].told == []


async def test_a_machine_that_slept_kills_nobody(house: House) -> None:
    house.now += 3_600
    await house.turns()
    told = [processes[-1].told for processes in house.made.values()]
    assert all("forgiven" in one and "kill" not in one for one in told)
    assert [len(processes) for processes in house.made.values()] == [1] * 4
    # Silence counts again from then on.
    for _ in range(6):
        house.now += ORPHAN_S / 2
        for name in ("worker 0", "worker 2"):
            house[name].beat()
        await house.turns()
    assert "kill" in house.made["worker 1"][0].told


# Replacing


async def test_replacing_goes_one_by_one_and_workers_answer_first(house: House) -> None:
    replacing = asyncio.ensure_future(house.supervisor.replace(house.places(" new")))
    await house.until(lambda: len(house.made["admin"]) == 2)
    old, new = house.made["admin"]
    assert (old.told, new.name) == (["terminate"], "admin new")
    assert house.pauses == []  # the admin is missed: its successor comes at once
    new.answer()
    for number in range(3):
        name = f"worker {number}"
        await house.until(lambda name=name: len(house.made[name]) == 2)
        await house.turns()
        old, new = house.made[name]
        assert "terminate" not in old.told
        assert all(len(house.made[f"worker {later}"]) == 1 for later in range(number + 1, 3))
        new.answer()
        await house.until(lambda old=old: "terminate" in old.told)
    await replacing
    await house.turns()
    assert [made[-1].name for made in house.made.values()] == [f"{name} new" for name in house.made]
    assert [len(made) for made in house.made.values()] == [2] * 4
    assert not any(told.startswith("adopt") for made in house.made.values() for one in made for told in one.told)
    house["worker 0"].end(1)
    await house.until(lambda: len(house.made["worker 0"]) == 3)
    assert house["worker 0"].name == "worker 0 new"


async def test_a_successor_that_does_not_make_it_leaves_the_old_one(
    house_of: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    house = house_of("worker 0")
    await house.all_ready()
    replacing = asyncio.ensure_future(house.supervisor.replace(house.places(" new")))
    await house.until(lambda: len(house.made["worker 0"]) == 2)
    await house.turns()
    house["worker 0"].end(1)
    await replacing
    old, _ = house.made["worker 0"]
    assert old.told == []
    assert house.supervisor._places[0].process is old
    assert "worker 0 could not be replaced; the old one goes on" in caplog.text


async def test_an_old_one_that_dies_meanwhile_ends_the_replacement(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0")
    await house.all_ready()
    replacing = asyncio.ensure_future(house.supervisor.replace(house.places(" new")))
    await house.until(lambda: len(house.made["worker 0"]) == 2)
    await house.turns()
    old, successor = house.made["worker 0"]
    old.end(-9)
    await house.until(lambda: len(house.made["worker 0"]) == 3)
    successor.answer()
    await replacing
    assert successor.told == ["terminate"]
    assert house.supervisor._places[0].process is house["worker 0"]


async def test_a_successor_that_dies_while_the_old_one_drains_is_started_again(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0", "worker 1")
    await house.all_ready()
    old = house["worker 0"]
    old.obeys = False  # it drains
    replacing = asyncio.ensure_future(house.supervisor.replace(house.places(" new")))
    await house.until(lambda: len(house.made["worker 0"]) == 2)
    await house.turns()
    successor = house["worker 0"]
    successor.answer()
    await house.until(lambda: "terminate" in old.told)
    successor.end(-9)
    await house.turns()
    old.end()
    await house.until(lambda: len(house.made["worker 0"]) == 3)
    await house.turns()
    house["worker 0"].answer()
    await house.until(lambda: len(house.made["worker 1"]) == 2)
    await house.turns()
    house["worker 1"].answer()
    await replacing


async def test_what_is_down_is_not_replaced_but_starts_anew(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0")
    await house.all_ready()
    place = house.supervisor._places[0]
    place.process = None
    await house.supervisor.replace(house.places(" new"))
    assert len(house.made["worker 0"]) == 1
    place.process = house.made["worker 0"][0]
    house["worker 0"].end(1)
    await house.until(lambda: len(house.made["worker 0"]) == 2)
    assert house["worker 0"].name == "worker 0 new"


async def test_stopping_ends_a_replacement(house: House) -> None:
    replacing = asyncio.ensure_future(house.supervisor.replace(house.places(" new")))
    await house.until(lambda: len(house.made["admin"]) == 2)
    house["admin"].answer()
    await house.until(lambda: len(house.made["worker 0"]) == 2)
    await house.turns()
    house.supervisor.stop()
    assert await house.stopped() == 0
    await replacing
    assert [told for one in house.made["worker 0"] for told in one.told].count("terminate") >= 2
    assert len(house.made["worker 1"]) == 1


# The clock of the real thing


async def test_a_pause_ends_early_when_everything_stops() -> None:
    supervisor = Supervisor([], lambda: 0.0, 0)
    pausing = asyncio.ensure_future(supervisor._pause(3_600))
    await asyncio.sleep(0)
    supervisor.stop()
    async with asyncio.timeout(PATIENCE):
        await pausing
    await Supervisor([], lambda: 0.0, 0)._pause(0)
