"""Stores for the tests of this room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.links.storing import Opened


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    opened = Opened(tmp_path / "links.db")
    await opened.open()
    yield opened
    await opened.store.close()
