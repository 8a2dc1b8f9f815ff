"""Replacing the processes one by one."""

import asyncio
from collections.abc import Callable

import pytest

from tests.fingerpost.supervised import House


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
    old.end(-9)  # later: it is started as it was
    await house.until(lambda: len(house.made["worker 0"]) == 3)
    assert house["worker 0"].name == "worker 0"
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
    assert [len(house.made[name]) for name in ("worker 0", "worker 1")] == [3, 2]


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


async def test_two_replacements_are_one_after_the_other(house_of: Callable[..., House]) -> None:
    house = house_of("worker 0", "worker 1")
    await house.all_ready()
    both = [asyncio.ensure_future(house.supervisor.replace(house.places(mark))) for mark in (" new", " newer")]
    for name, number in (("worker 0", 2), ("worker 1", 2), ("worker 0", 3), ("worker 1", 3)):
        await house.until(lambda name=name, number=number: len(house.made[name]) == number)
        await house.turns()
        assert sum(len(made) for made in house.made.values()) == {2: 3, 3: 5}[number] + int(name[-1])
        house[name].answer()
    await asyncio.gather(*both)
    assert [made[-1].name for made in house.made.values()] == ["worker 0 newer", "worker 1 newer"]
