"""Stores, and followers of their changes, for the tests of this room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from links import follower, importer
from tests.links.following import Alone, House
from tests.links.hubs import Running
from tests.links.importing import Importing
from tests.links.storing import Opened


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    opened = Opened(tmp_path / "links.db")
    await opened.open()
    yield opened
    await opened.store.close()


@pytest.fixture
def importing(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Importing:
    monkeypatch.setattr(importer, "PAUSE_S", 0)
    return Importing(opened)


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Alone]:
    alone = Alone(tmp_path)
    yield alone
    alone.reader.gate.set()
    alone.follower.close()


@pytest.fixture
async def house(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(follower, "POLL_S", 0.005)  # it polls soon; how soon is not what is tested
    house = House(opened)
    opened.store.writer._committed = lambda rev: house.hub.advance(rev)
    await house.hub.start(await opened.store.rev())
    yield house
    await house.close()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(tmp_path)
    await running.hub.start(10)
    yield running
    await running.close()
