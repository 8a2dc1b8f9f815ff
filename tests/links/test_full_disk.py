"""A database that cannot grow: a clear refusal, nothing half-written, and work again once there is room."""

import pytest

from links.errors import Code, LinkError
from tests.links.storing import Opened, prepared

MOST_LINKS = 2_000
ROOM_PAGES = 4


async def test_links_are_refused_whole_until_there_is_room_again(opened: Opened) -> None:
    store, writing = opened.store, opened.store._connections[0]
    (pages,) = (await store.read("PRAGMA page_count"))[0]
    await writing.execute(f"PRAGMA max_page_count = {pages + ROOM_PAGES}")
    made = 0
    with pytest.raises(LinkError) as refused:
        for made in range(MOST_LINKS):  # noqa: B007 - how many there was room for
            await store.create([prepared(f"full-{made}", title="t" * 200)], "test")
    assert refused.value.code is Code.UNAVAILABLE
    assert 0 < made < MOST_LINKS
    for table in ("links", "codes", "link_changes"):
        assert await store.read(f"SELECT COUNT(*) FROM {table}") == [(made,)]
    assert await store.rev() == made
    assert await store.read("PRAGMA integrity_check") == [("ok",)]

    await writing.execute("PRAGMA max_page_count = 1000000")
    (again,) = await store.create([prepared(f"full-{made}")], "test")
    assert not isinstance(again, LinkError)
    assert (again.id, again.rev) == (made + 1, made + 1)
