"""Asking whether a password is right: how the question goes over the admin's socket, and what it answers.

Redirect workers know no hashes. The admin verifies, and counts attempts for all of them together.

=============================  =======================================================================================
worker: ``CHECK i a p``        is ``p`` (base64url) the password of link ``i``, says the address ``a`` (32 digits)?
admin: ``RIGHT m``             yes; ``m`` is the mark of the password, as the feed has it
admin: ``WRONG``               no
admin: ``WAIT s``              not asked: too many attempts, come back in ``s`` seconds
admin: ``BUSY``                not asked: too many others are
admin: ``NONE``                there is no such link, or it asks for no password; takes as long as ``WRONG``
=============================  =======================================================================================
"""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from links import socketpath

ADDRESS_BYTES = 16
MOST_PASSWORD_BYTES = 1_024
LINE_BYTES = 2_048
"""A line with the longest password has 1,430."""

MARK_CHARACTERS = 11
"""The end of a hash, which changes with it: 66 of its bits (``links.sql`` cuts the feed's marks)."""

ANSWER_S = 10.0
"""How long an answer is waited for: with the longest queue it takes 2 s."""


MOST_KEPT = 8
"""Connections that wait for a question. While somebody guesses questions come as answers go: few of them wait."""


class Outcome(Enum):
    """What became of a question."""

    RIGHT = b"RIGHT"
    WRONG = b"WRONG"
    WAIT = b"WAIT"
    BUSY = b"BUSY"
    NONE = b"NONE"


class Verdict(NamedTuple):
    """``mark``: of the password that was right. ``seconds``: how long to wait."""

    outcome: Outcome
    mark: bytes = b""
    seconds: int = 0


class Question(NamedTuple):
    """``address``: who asks, 16 bytes; ``password``: as it was sent."""

    link: int
    address: bytes
    password: bytes


def question_line(question: Question) -> bytes:
    """The question as a line."""
    encoded = urlsafe_b64encode(question.password)
    return b"CHECK %d %s %s\n" % (question.link, question.address.hex().encode(), encoded)


def read_question(words: list[bytes]) -> Question:
    """What follows ``CHECK``. Raises ``ValueError`` for nonsense; the message does not repeat it."""
    try:
        link, address, password = words
        question = Question(int(link), bytes.fromhex(address.decode()), urlsafe_b64decode(password))
    except (ValueError, Base64Error):
        raise ValueError("not a question") from None
    if len(question.address) != ADDRESS_BYTES or not 1 <= len(question.password) <= MOST_PASSWORD_BYTES:
        raise ValueError("not a question")
    return question


def verdict_line(verdict: Verdict) -> bytes:
    """The answer as a line."""
    if verdict.outcome is Outcome.RIGHT:
        return b"RIGHT %s\n" % verdict.mark
    if verdict.outcome is Outcome.WAIT:
        return b"WAIT %d\n" % verdict.seconds
    return b"%s\n" % verdict.outcome.value


def read_verdict(line: bytes) -> Verdict:
    """Raises ``ValueError`` for nonsense, and for a line that is not there."""
    word, _, rest = line.strip().partition(b" ")
    outcome = Outcome(word)
    if outcome is Outcome.WAIT:
        return Verdict(outcome, seconds=int(rest))
    return Verdict(outcome, mark=rest)


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Asker:
    """Asks the admin whose data directory that is. A connection that has brought its answer is kept for the next
    question: to make one takes as long as all the rest."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / socketpath.FILE_NAME
        self._kept: list[_Streams] = []

    async def ask(self, question: Question) -> Verdict | None:
        """What the admin says; ``None`` where there is none, or it does not answer."""
        try:
            async with asyncio.timeout(ANSWER_S):
                if self._kept:
                    try:
                        return await self._asked(self._kept.pop(), question)
                    except (OSError, EOFError):  # of an admin that is no more, as all of them are then
                        self.close()
                with socketpath.short(self._path) as path:
                    streams = await asyncio.open_unix_connection(path)
                return await self._asked(streams, question)
        except (OSError, EOFError, ValueError):  # TimeoutError is an OSError
            return None

    def close(self) -> None:
        """End the connections that are kept."""
        while self._kept:
            self._kept.pop()[1].close()

    async def _asked(self, streams: _Streams, question: Question) -> Verdict:
        """Raises ``EOFError`` where the other end has ended, ``ValueError`` for nonsense."""
        reader, writer = streams
        is_answered = False
        try:
            if reader.at_eof() or writer.is_closing():
                raise EOFError
            writer.write(question_line(question))
            line = await reader.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            verdict = read_verdict(line)
            is_answered = True
            return verdict
        finally:
            # One whose answer is still to come would give it to the next question.
            if is_answered and len(self._kept) < MOST_KEPT:
                self._kept.append(streams)
            else:
                writer.close()
