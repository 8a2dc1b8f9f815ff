from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from links.importer import Counts
from links.restoring import RestoringStore
from links.transfer import GoodRow
from tests.links.importing import Importing, row
from tests.links.storing import Opened, make_database

THEN = 1_000


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    opened = Opened(tmp_path / "links.db")
    make_database(opened.path)
    opened.store = await RestoringStore.open(opened.path, lambda: opened.now, opened.committed.append)
    yield opened
    await opened.store.close()


async def test_the_time_of_making_is_kept_where_there_is_one(importing: Importing) -> None:
    opened = importing.opened
    counts = await importing.run(GoodRow(2, row(2, "then").draft, THEN), row(3, "now"))
    assert counts == Counts(created=2)
    made = await opened.store.by_slugs("", ["then", "now"])
    assert (made["then"].created_at, made["then"].updated_at) == (THEN, opened.now)
    assert (made["now"].created_at, made["now"].updated_at) == (opened.now, opened.now)
    assert (await opened.store.history(made["then"].id))[0][1] == opened.now


async def test_a_link_that_cannot_be_made_stops_no_other(importing: Importing) -> None:
    await importing.opened.make("a")
    taken = GoodRow(2, row(2, "a", "https://example.org/").draft, THEN)
    assert await importing.run(taken, GoodRow(3, row(3, "b").draft, THEN)) == Counts(created=1, failed=1)
    made = await importing.opened.store.by_slugs("", ["a", "b"])
    assert (made["a"].created_at, made["b"].created_at) == (importing.opened.now, THEN)
