"""A follower alone; against a hub and other things at the other end: test_follower_hub.py."""

import asyncio
import threading

import pytest

from links import follower as follower_module
from links.follower import STUCK_S
from tests.links.following import Alone, patiently, task
from tests.links.storing import turns, until

# Loading


async def test_everything_is_loaded_page_by_page(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower_module, "PAGE", 3)
    alone.reader.page = 3
    alone.slice = 2
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


async def test_a_read_that_began_before_the_commit_is_not_enough(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)  # its read has seen 1, and is not back
    alone.reader.commit(2)
    second = task(alone.follower.moved())
    await turns()
    alone.reader.gate.set()
    assert await patiently(second)
    assert alone.applied == [1, 2]
    assert await first


async def test_those_who_ask_together_share_a_read(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = [task(alone.follower.moved()) for _ in range(10)]
    await until(lambda: alone.reader.reads == 2)
    alone.reader.commit(2)
    second = [task(alone.follower.moved()) for _ in range(10)]
    await turns()
    alone.reader.gate.set()
    assert await patiently(asyncio.gather(*first, *second)) == [True] * 20
    assert alone.applied == [1, 2]
    assert alone.reader.reads == 3  # one to load, one for each ten


async def test_a_commit_during_the_reads_asks_for_one_more(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    alone.reader.commit(2)
    alone.reader.gate.set()
    await patiently(first)
    assert alone.applied == [1]  # what it was asked for
    assert await alone.follower.moved()
    assert alone.applied == [1, 2]


async def test_one_who_goes_away_takes_nobody_along(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    going, staying = task(alone.follower.moved()), task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    going.cancel()
    await turns()
    assert going.cancelled()
    alone.reader.gate.set()
    assert await patiently(staying)
    assert alone.applied == [1]


async def test_one_who_goes_away_from_a_shared_read_does_not_end_it(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    first = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    alone.reader.commit(2)
    going, staying = task(alone.follower.moved()), task(alone.follower.moved())
    await turns()
    alone.reader.gates[3] = threading.Event()
    alone.reader.gate.set()
    await patiently(first)
    await until(lambda: alone.reader.reads == 3)
    going.cancel()
    await turns()
    alone.reader.gates[3].set()
    assert await patiently(staying)
    assert (alone.applied, alone.reader.reads) == ([1, 2], 3)


async def test_a_read_that_fails_fails_those_who_asked_and_nobody_later(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.error = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone"):
        await alone.follower.moved()
    alone.reader.error = None
    assert await alone.follower.moved()
    assert alone.applied == [1]


async def test_many_changes_are_applied_in_slices_between_which_others_run(alone: Alone) -> None:
    await alone.follower.load()
    alone.slice = 10
    alone.reader.commit(*range(1, 101))
    seen: list[int] = []

    async def other() -> None:
        while alone.follower.rev < 100:
            seen.append(alone.follower.rev)
            await asyncio.sleep(0)

    await patiently(asyncio.gather(alone.follower.moved(), other()))
    assert alone.applied == list(range(1, 101))
    assert set(seen) >= {10, 20, 50, 90}


# Progress


async def test_a_follower_that_does_not_look_is_not_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.now += 1_000
    assert not alone.follower.is_stuck()
    alone.reader.commit(1)
    await alone.follower.moved()
    alone.now += 1_000
    assert not alone.follower.is_stuck()


async def test_a_look_that_brings_nothing_for_long_is_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.now = 50.0
    alone.reader.commit(1)
    alone.reader.gate.clear()
    looking = task(alone.follower.moved())
    await turns(1)
    assert not alone.follower.is_stuck()
    await until(lambda: alone.reader.reads == 2)
    alone.now += STUCK_S
    assert not alone.follower.is_stuck()
    alone.now += 0.1
    assert alone.follower.is_stuck()
    alone.reader.gate.set()
    await patiently(looking)
    assert not alone.follower.is_stuck()


async def test_a_look_that_takes_long_but_goes_on_is_not_stuck(alone: Alone) -> None:
    await alone.follower.load()
    alone.slice, alone.slice_takes = 1, 0.9 * STUCK_S
    alone.reader.commit(*range(1, 6))
    looking = task(alone.follower.moved())
    seen: set[tuple[int, bool]] = set()
    while not looking.done():
        seen.add((alone.follower.rev, alone.follower.is_stuck()))
        await asyncio.sleep(0)
    assert seen >= {(rev, False) for rev in range(5)}
    assert not any(stuck for _, stuck in seen)


async def test_closing_ends_a_look_that_is_under_way(alone: Alone) -> None:
    await alone.follower.load()
    alone.reader.commit(1)
    alone.reader.gate.clear()
    looking = task(alone.follower.moved())
    await until(lambda: alone.reader.reads == 2)
    threading.Timer(0.01, alone.reader.gate.set).start()
    alone.follower.close()
    assert alone.reader.closed
    await patiently(asyncio.wait({looking}))
    assert looking.cancelled()
