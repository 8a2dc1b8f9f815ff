"""Whose a link is."""

from pathlib import Path

import pytest

from fingerpost import owners as owners_module
from fingerpost.owners import Owners
from links import database
from links.errors import SchemaError
from tests.links.storing import Opened


async def test_workspaces_of_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(tmp_path / database.FILE_NAME)
    await opened.open()
    try:
        one, two = [(await opened.make(slug)).id for slug in ("one", "two")]
        owners = Owners(tmp_path / database.FILE_NAME)
        assert owners.of([one, 99]) == {one: 1}
        assert owners.of([]) == {}
        # Those that were known are, and new ones are found; also where there is no more room.
        monkeypatch.setattr(owners_module, "MOST_KNOWN", 1)
        assert owners.of([one, two]) == {one: 1, two: 1}
        assert owners.of([two]) == {two: 1}
        owners.close()
    finally:
        await opened.store.close()


def test_a_missing_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=str(tmp_path)):
        Owners(tmp_path / "none.db")
