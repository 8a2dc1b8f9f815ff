"""Pauses before those are answered who were sent away: clients that ask as fast as they are answered would otherwise
keep a worker busy with nothing else."""

import asyncio
from collections.abc import Callable

SECONDS = 3.0
"""From half to one and a half of it, at random: those who came together must not come back together."""

A_SECOND = 20.0
"""How many pauses end, at most: an answer costs the worker as much as 50 redirects, and redirects that come meanwhile
wait for it. Who comes while many are waiting waits the longer."""

LONGEST_SECONDS = 30.0
"""A pause at most: proxies wait for a minute."""


class Pauses:
    """``clock``: monotonic seconds; ``random``: numbers from 0 to 1."""

    def __init__(self, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self._clock = clock
        self._random = random
        self._free_at = 0.0
        self._ended = asyncio.Event()

    def next(self) -> float:
        """How long who comes now is to wait, in seconds; he counts as waiting."""
        now = self._clock()
        turn = min(max(self._free_at, now), now + LONGEST_SECONDS)
        self._free_at = turn + 1 / A_SECOND
        return min(max(turn - now, SECONDS * (0.5 + self._random())), LONGEST_SECONDS)

    async def pause(self) -> None:
        """Wait."""
        try:
            async with asyncio.timeout(self.next()):
                await self._ended.wait()
        except TimeoutError:
            pass

    def end(self) -> None:
        """Nobody waits any more, from now on: the worker is to stop."""
        self._ended.set()
