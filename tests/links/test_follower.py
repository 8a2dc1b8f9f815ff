"""A follower alone; against a hub and other things at the other end: test_follower_hub.py."""

import asyncio

import pytest

from links import follower as follower_module
from tests.links.following import Alone, patiently, task
from tests.links.storing import turns, until


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of one row: after each of them others have their turn."""
    monkeypatch.setattr(follower_module, "FOLLOW_PAGE", 1)


# Loading


async def test_everything_is_loaded_page_by_page(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "PAGE", 3)
    alone.reader.commit(*range(1, 9))
    await alone.follower.load()
    assert alone.applied == list(range(1, 9))
    assert alone.follower.rev == 8
    assert alone.reader.reads == 3
    assert not await alone.follower.moved()


async def test_an_empty_database_is_loaded_too(alone: Alone) -> None:
    await alone.follower.load()
    assert (alone.applied, alone.follower.rev) == ([], 0)


async def test_the_event_loop_goes_on_while_loading(alone: Alone) -> None:
    alone.reader.gate.clear()
    loading = task(alone.follower.load())
    await turns()
    assert not loading.done()
    alone.reader.gate.set()
    await patiently(loading)


async def test_what_is_committed_while_loading_is_looked_for(alone: Alone) -> None:
    alone.reader.commit(1)
    alone.reader.gate.clear()
    loading = task(alone.follower.load())
    await until(lambda: alone.reader.reads == 1)  # it has seen 1 and will not see 2
    alone.reader.commit(2)
    alone.reader.gate.set()
    await loading
    assert await alone.follower.moved()
    assert alone.applied == [1, 2]


# Looking


async def test_where_nothing_was_committed_nothing_is_read(alone: Alone) -> None:
    alone.reader.commit(1)
    await alone.follower.load()
    before = alone.reader.reads
    assert [await alone.follower.moved() for _ in range(3)] == [False] * 3
    assert alone.reader.reads == before


async def test_what_was_committed_has_been_applied_on_return(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1, 2)
    assert await alone.follower.moved()
    assert (alone.applied, alone.follower.rev) == ([1, 2], 2)
    assert not await alone.follower.moved()


async def test_a_commit_without_rows_is_looked_at_once(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit()  # a key was made
    assert await alone.follower.moved()
    assert not await alone.follower.moved()


async def test_a_page_that_is_not_full_is_the_last(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "FOLLOW_PAGE", 3)
    await alone.follower.load()
    alone.reader.commit(1, 2, 3, 4)
    alone.gate.clear()
    looking = task(alone.follower.moved())
    await until(lambda: alone.applied == [1, 2, 3])
    alone.gate.set()
    await patiently(looking)
    assert (alone.applied, alone.reader.reads) == ([1, 2, 3, 4], 3)  # one to load


async def test_who_asks_while_a_look_is_under_way_has_what_was_committed_by_then(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.applied == [1])
    alone.reader.commit(2)
    second = task(alone.follower.moved())
    await turns()
    assert not second.done()
    alone.gate.set()
    assert await patiently(second)
    assert alone.applied == [1, 2]
    assert await first


async def test_those_who_ask_together_share_a_look(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.gate.clear()
    first = [task(alone.follower.moved()) for _ in range(10)]
    await until(lambda: alone.applied == [1])
    second = [task(alone.follower.moved()) for _ in range(10)]
    await turns()
    alone.gate.set()
    assert await patiently(asyncio.gather(*first, *second)) == [True] * 20
    assert alone.applied == [1]
    assert alone.reader.reads == 4  # one to load, two of the first ten's look, and one of the others'


async def test_a_commit_during_a_look_asks_for_one_more(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.applied == [1])
    alone.reader.commit(2)
    alone.gate.set()
    await patiently(first)
    assert not alone.follower.is_current()
    assert await alone.follower.moved()
    assert alone.applied == [1, 2]
    assert alone.follower.is_current()


async def test_one_who_goes_away_takes_nobody_along(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1, 2)
    alone.gate.clear()
    going, staying = task(alone.follower.moved()), task(alone.follower.moved())
    await until(lambda: alone.applied == [1])
    going.cancel()
    await turns()
    assert going.cancelled()
    alone.gate.set()
    assert await patiently(staying)
    assert alone.applied == [1, 2]


async def test_one_who_goes_away_while_waiting_for_a_look_does_not_end_it(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1, 2)
    alone.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.applied == [1])
    going, staying = task(alone.follower.moved()), task(alone.follower.moved())
    await turns()
    going.cancel()
    await turns()
    assert going.cancelled()
    alone.gate.set()
    assert await patiently(asyncio.gather(first, staying)) == [True, True]
    assert alone.applied == [1, 2]


async def test_a_read_that_fails_fails_those_who_asked_and_nobody_later(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.error = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone"):
        await alone.follower.moved()
    alone.reader.error = None
    assert await alone.follower.moved()
    assert alone.applied == [1]


async def test_many_changes_are_read_in_pages_between_which_others_run(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "FOLLOW_PAGE", 10)
    await alone.follower.load()
    alone.reader.commit(*range(1, 101))
    seen: list[int] = []

    async def other() -> None:
        while alone.follower.rev < 100:
            seen.append(alone.follower.rev)
            await asyncio.sleep(0)

    await patiently(asyncio.gather(alone.follower.moved(), other()))
    assert alone.applied == list(range(1, 101))
    assert set(seen) >= {10, 20, 50, 90}


async def test_closing_ends_a_look_that_is_under_way(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1, 2)
    alone.gate.clear()
    looking = task(alone.follower.moved())
    await until(lambda: alone.applied == [1])
    alone.follower.close()
    assert alone.reader.closed
    await patiently(asyncio.wait({looking}))
    assert looking.cancelled()
    assert alone.applied == [1]
