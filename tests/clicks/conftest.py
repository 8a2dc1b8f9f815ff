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
