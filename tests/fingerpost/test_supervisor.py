"""Starting, starting again and ending; orphans and replacements have files of their own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fingerpost import supervisor as supervisor_module
from fingerpost.process import FIRST_BACKOFF_S, LONGEST_BACKOFF_S
from fingerpost.supervisor import Supervisor
from tests.fingerpost.supervised import PATIENCE, House

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


# The clock of the real thing


async def test_a_pause_ends_early_when_everything_stops() -> None:
    supervisor = Supervisor([], lambda: 0.0, 0)
    pausing = asyncio.ensure_future(supervisor._pause(3_600))
    await asyncio.sleep(0)
    supervisor.stop()
    async with asyncio.timeout(PATIENCE):
        await pausing
    assert supervisor._stopping.is_set()
    await Supervisor([], lambda: 0.0, 0)._pause(0)


# The collector, whom nobody waits for


async def test_all_is_ready_without_it(house_of: Callable[..., House]) -> None:
    house = house_of("admin", "worker 0", "collector")
    ready = asyncio.ensure_future(house.supervisor.ready())
    await house.turns()
    house["worker 0"].answer()
    house["admin"].answer()
    assert await ready is True


async def test_it_starts_again_and_where_it_cannot_work_all_the_rest_goes_on(house_of: Callable[..., House]) -> None:
    house = house_of("admin", "collector")
    await house.all_ready()
    house["collector"].end(1)
    await house.until(lambda: len(house.made["collector"]) == 2)
    house["collector"].end(78)
    await house.turns()
    assert not house.running.done()
    assert len(house.made["collector"]) == 2
    await house.supervisor.replace(house.places(" new"))
    assert len(house.made["collector"]) == 2
    house.supervisor.stop()
    assert await house.stopped() == 0
