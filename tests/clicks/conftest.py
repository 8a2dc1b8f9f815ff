"""Journals for the tests of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clicks.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A journal with one segment."""
    desk = Desk(tmp_path)
    yield desk
    desk.close()


@pytest.fixture(params=["disk", "memory"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where segments are written first."""
    if request.param == "disk":
        return None
    (tmp_path / "memory").mkdir()
    return tmp_path / "memory"
