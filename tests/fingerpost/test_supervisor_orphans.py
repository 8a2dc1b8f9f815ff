"""Whose socket is adopted by whom, and who is killed."""

from collections.abc import Callable

from fingerpost.process import FIRST_BACKOFF_S
from fingerpost.supervisor import KILL_S, ORPHAN_S
from tests.fingerpost.supervised import House


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
