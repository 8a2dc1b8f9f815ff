"""Which links are not counted."""

from pathlib import Path

import msgspec
import pytest

from fingerpost.untracked import LOOK_S, Untracked
from links import database
from links.changing import Change
from links.errors import SchemaError
from links.model import Link
from tests.links.storing import Opened


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def track(opened: Opened, link: Link, value: bool) -> None:
    changed = msgspec.structs.replace(link, track=value)
    await opened.store.edit(link.uuid, lambda old: Change(changed, None), "test", 0, 1)


async def test_a_change_is_seen_at_the_next_look(tmp_path: Path) -> None:
    opened, clock = Opened(tmp_path / database.FILE_NAME), Clock()
    await opened.open()
    untracked = Untracked(tmp_path / database.FILE_NAME, clock)
    try:
        one, two = await opened.make("one"), await opened.make("two", track=False)
        assert [untracked.has(link.id) for link in (one, two)] == [False, True]
        await track(opened, one, False)
        await track(opened, two, True)
        assert [untracked.has(link.id) for link in (one, two)] == [False, True]
        clock.now += LOOK_S
        assert [untracked.has(link.id) for link in (one, two)] == [True, False]
        await opened.store.delete(one.uuid, "test", keep_code=False, workspace=1)
        assert untracked.ids() == frozenset()
        assert not untracked.has(99)
    finally:
        untracked.close()
        await opened.store.close()


async def test_few_are_found_among_many(tmp_path: Path) -> None:
    """By an index of them alone."""
    opened = Opened(tmp_path / database.FILE_NAME)
    await opened.open()
    await opened.store.close()
    ((_, _, _, plan),) = opened.rows("EXPLAIN QUERY PLAN SELECT id FROM links WHERE track = 0")
    assert "links_untracked" in plan


def test_a_missing_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=str(tmp_path)):
        Untracked(tmp_path / "none.db", lambda: 0.0)
