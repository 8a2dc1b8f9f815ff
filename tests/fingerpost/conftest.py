"""Supervisors and layouts for the tests of this room."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from fingerpost import supervisor as supervisor_module
from fingerpost.layout import Layout
from tests.fingerpost.layouts import FakeSupervisor
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


@pytest.fixture
def layout() -> Iterator[Layout]:
    """Two workers with two sockets each, and an admin with one."""
    workers = [[socket.create_server(("127.0.0.1", 0)) for _ in range(2)] for _ in range(2)]
    layout = Layout(workers, [socket.create_server(("127.0.0.1", 0))])
    yield layout
    layout.close()


@pytest.fixture
def supervisor() -> Any:
    return FakeSupervisor()
