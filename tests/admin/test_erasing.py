import sqlite3

import pytest

from admin.erasing import DIRECTORY, Erasing
from clicks.errors import StatisticsError
from links.errors import Code, LinkError

NOW = 1_774_103_400_500


class Room:
    """``links``: those that there are; ``erased``: which ones were, and when."""

    def __init__(self, data_dir) -> None:
        self.links = {1, 2}
        self.erased = []
        self.failing = None
        self.marks = data_dir / DIRECTORY
        self.erasing = Erasing(data_dir, self.exists, lambda: NOW, self.erase)

    async def exists(self, link):
        return link in self.links

    def erase(self, data_dir, link, until_ms):
        if self.failing is not None:
            raise self.failing
        self.erased.append((link, until_ms))

    def left(self):
        return [path.name for path in self.marks.iterdir()]


@pytest.fixture
async def made(tmp_path):
    room = Room(tmp_path)
    yield room
    await room.erasing.close()


async def test_a_deletion_erases(made):
    async with made.erasing.of(1):
        assert made.left() == ["1"]
        made.links.discard(1)
        assert made.erased == []
    assert made.erased == [(1, NOW)]
    assert made.left() == []


async def test_a_deletion_that_fails_erases_nothing(made):
    with pytest.raises(LinkError):
        async with made.erasing.of(1):
            raise LinkError(Code.UNAVAILABLE, "busy")
    assert made.left() == ["1"]
    await made.erasing.work()
    assert (made.erased, made.left()) == ([], [])


async def test_a_deletion_whose_end_nobody_saw_is_made_up_for(made):
    with pytest.raises(LinkError):
        async with made.erasing.of(1):
            made.links.discard(1)
            raise LinkError(Code.UNAVAILABLE, "workers are late")
    await made.erasing.work()
    assert (made.erased, made.left()) == ([(1, NOW)], [])


@pytest.mark.parametrize("error", [sqlite3.OperationalError("locked"), StatisticsError("newer"), OSError("full")])
async def test_what_cannot_be_erased_now_is_later(made, error, caplog):
    made.failing = error
    async with made.erasing.of(1):
        made.links.discard(1)
    assert made.left() == ["1"]
    assert "erased later" in caplog.text
    made.failing = None
    await made.erasing.work()
    assert (made.erased, made.left()) == ([(1, NOW)], [])


async def test_a_deletion_that_cannot_be_noted_does_not_begin(made):
    made.marks.write_text("no directory")
    with pytest.raises(LinkError) as raised:
        async with made.erasing.of(1):
            pytest.fail("it began")
    assert raised.value.code is Code.UNAVAILABLE


async def test_nothing_is_left_at_first(made):
    await made.erasing.work()
    assert made.erased == []
