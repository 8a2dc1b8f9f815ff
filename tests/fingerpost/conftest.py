"""Supervisors for the tests of this room."""

from collections.abc import AsyncIterator, Callable

import pytest

from fingerpost import supervisor as supervisor_module
from tests.fingerpost.supervised import PATIENCE, House


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
