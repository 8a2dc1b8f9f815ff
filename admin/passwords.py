"""Passwords of links: hashing and verifying them, with argon2id, away from the event loop.

A password is its bytes: UTF-8 as it was sent, 1 to 1,024 of them, without normalisation. So an é that was typed as one
character is not the é that was typed as two; browsers and keyboards send the one.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from admin.attempts import Attempts
from links.checking import MARK_CHARACTERS, MOST_PASSWORD_BYTES, Outcome, Question, Verdict
from links.errors import Code, LinkError

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
"""OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. Some 20 ms of one core."""

THREADS = 1
"""How many are worked on at a time: the cores are the redirects'."""

MOST_WAITING = 64
"""How many may wait, of each kind: some 2 s. One more is told to come back."""

NICENESS = 10
"""Of the threads: on a full machine requests go before."""

Result = TypeVar("Result")
StoredHash = Callable[[int], Awaitable[str | None]]
"""The hash of a link's password by the link's id; ``None`` where there is no such link, or no password."""


class _Busy(Exception):
    """Too many are waiting."""


class _Queue:
    """Calls that wait for the threads, up to a number."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._waiting = 0

    async def run(self, call: Callable[[], Result]) -> Result:
        """Raises :class:`_Busy`."""
        if self._waiting >= MOST_WAITING:
            raise _Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._waiting -= 1


class Passwords:
    """Hashes and verifies. ``monotonic`` gives seconds, ``random`` bytes; :meth:`close` ends the threads."""

    def __init__(self, stored: StoredHash, monotonic: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._stored = stored
        self._attempts = Attempts(monotonic)
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._pool = ThreadPoolExecutor(THREADS, "password", _step_back)
        self._hashing = _Queue(self._pool)  # not one queue for both: guesses must not keep links from being made
        self._verifying = _Queue(self._pool)
        self._nobodys = self._hasher.hash(random(MARK_CHARACTERS))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """``password`` as argon2id in its encoded form. Raises :class:`LinkError` ``UNAVAILABLE`` where too many wait.

        The caller has seen to it that it has 1 to 1,024 bytes (:func:`is_allowed`).
        """
        try:
            return await self._hashing.run(lambda: self._hasher.hash(password.encode()))
        except _Busy:
            raise LinkError(Code.UNAVAILABLE, "too many passwords are being set; try again in a second") from None

    async def check(self, question: Question) -> Verdict:
        """Whether that is the password of the link. Raises nothing that a caller could cause."""
        link, address = question.link, question.address
        wait = self._attempts.begin(link, address)
        if wait:
            return Verdict(Outcome.WAIT, seconds=wait)
        try:
            stored = await self._stored(link)
            # For a link without a password too: whoever asks learns nothing from the time that the answer takes.
            right = await self._verifying.run(lambda: self._is_right(stored or self._nobodys, question.password))
        except (_Busy, LinkError):
            self._attempts.not_made(link, address)
            return Verdict(Outcome.BUSY)
        if stored is None:
            return Verdict(Outcome.NONE)
        if not right:
            return Verdict(Outcome.WRONG)
        self._attempts.right(link, address)
        return Verdict(Outcome.RIGHT, mark=stored[-MARK_CHARACTERS:].encode())

    def _is_right(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def is_allowed(password: str) -> bool:
    """Whether ``password`` has 1 to 1,024 bytes of UTF-8."""
    try:
        return 1 <= len(password.encode()) <= MOST_PASSWORD_BYTES
    except UnicodeEncodeError:  # a half of a surrogate pair
        return False


def _step_back() -> None:
    """Less priority for the calling thread."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
