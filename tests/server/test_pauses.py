"""How long those wait who are sent away: long enough, not all until the same moment, and not longer than they must."""

import asyncio

import pytest

from server.pauses import A_SECOND, LONGEST_SECONDS, SECONDS, Pauses


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("random", [0.0, 0.3, 1.0])
def test_one_alone(random: float) -> None:
    clock = Clock()
    pauses = Pauses(clock, lambda: random)
    for _ in range(100):
        assert pauses.next() == SECONDS * (0.5 + random)
        clock.now += 1 / A_SECOND


def test_so_many_end_in_a_second_and_no_more() -> None:
    pauses = Pauses(Clock(), lambda: 0.0)
    waits = [pauses.next() for _ in range(500)]
    late = [wait for wait in waits if wait > SECONDS]
    assert len(late) > 400
    for second in range(int(SECONDS), int(max(waits))):
        assert sum(second < wait <= second + 1 for wait in late) == pytest.approx(A_SECOND, abs=1)


def test_nobody_waits_for_ever() -> None:
    clock = Clock()
    pauses = Pauses(clock, lambda: 0.5)
    assert max(pauses.next() for _ in range(10_000)) == LONGEST_SECONDS
    clock.now += 1
    assert LONGEST_SECONDS - 1 <= pauses.next() <= LONGEST_SECONDS - 1 + 1 / A_SECOND
    clock.now += LONGEST_SECONDS + 1
    assert pauses.next() == SECONDS


async def test_the_end_of_the_worker_ends_all_pauses() -> None:
    pauses = Pauses(asyncio.get_running_loop().time, lambda: 0.5)
    waiting = [asyncio.ensure_future(pauses.pause()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    pauses.end()
    async with asyncio.timeout(SECONDS / 3):
        await asyncio.gather(*waiting)
        await pauses.pause()


async def test_a_pause_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.pauses.SECONDS", 0.02)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await Pauses(loop.time, lambda: 0.5).pause()
    assert loop.time() - begun >= 0.019
