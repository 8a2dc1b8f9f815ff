"""Turns of the event loop: what takes long is begun a few at a time, so that what is quick is not kept waiting.

A request that aiohttp parses and answers takes some 150 µs. When hundreds come at once (password guesses, links that
do not exist), the loop would answer all of them before it looked at the redirects that came meanwhile.
"""

from collections import deque
from collections.abc import Callable

EACH = 8
"""How many are begun in a turn: about a millisecond's work. Some 50 µs of the loop's own go with each turn."""

Begin = Callable[[], None]


class Turns:
    """Counts what is begun in each turn. ``call_soon`` is the event loop's: it calls back in the next turn.

    Whoever may not :meth:`enter` waits in :meth:`wait`, first come, first served.
    """

    def __init__(self, call_soon: Callable[[Begin], object], each: int = EACH) -> None:
        self._call_soon = call_soon
        self._each = each
        self._left = each
        self._waiting: deque[Begin] = deque()
        self._is_called = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self) -> bool:
        """Whether the caller may begin in this turn; it counts as begun then."""
        if not self._left:
            return False
        self._left -= 1
        self._have_next()
        return True

    def wait(self, begin: Begin) -> None:
        """``begin`` will be called in a later turn."""
        self._waiting.append(begin)
        self._have_next()

    def _have_next(self) -> None:
        if not self._is_called:
            self._is_called = True
            self._call_soon(self._next)

    def _next(self) -> None:
        self._is_called = False
        self._left = self._each
        while self._waiting and self._left:
            self._left -= 1
            self._have_next()
            self._waiting.popleft()()
        if self._waiting:
            self._have_next()
