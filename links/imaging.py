"""Asking for the image of a link's QR code: how the question goes over the admin's socket, and what it answers.

Redirect workers draw nothing. The admin does, in a process of its own.

=============================  =======================================================================================
worker: ``IMAGE i f e``        the image of link ``i`` in format ``f``; the worker has that of ETag ``e`` (``-``: none)
admin: ``IMAGE n e``           it has ``n`` bytes, which follow, and the ETag ``e``
admin: ``SAME``                it is the one that the worker has
admin: ``NONE``                there is no such link, or its code cannot be drawn
admin: ``BUSY``                not drawn: too many others are
=============================  =======================================================================================
"""

import asyncio
import re
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from links import socketpath

FORMATS = ("svg", "png")
"""What is served to the public. A PDF is for the press, and the API makes it."""

NO_ETAG = "-"

MOST_IMAGE_BYTES = 16 * 1024 * 1024
"""Of an answer: many times the largest that is drawn; an admin that says more is not understood."""

ANSWER_S = 15.0
"""How long an answer is waited for: longer than the admin waits for the process that draws."""

_ETAG = re.compile(r"[0-9a-f]{32}")


class Found(Enum):
    """What became of a question."""

    IMAGE = b"IMAGE"
    SAME = b"SAME"
    NONE = b"NONE"
    BUSY = b"BUSY"


class Wanted(NamedTuple):
    """``etag``: of the image that whoever asks has already; empty: none. Without quotation marks."""

    link: int
    format: str
    etag: str = ""


class Picture(NamedTuple):
    """``body`` and ``etag`` come with ``IMAGE`` alone."""

    found: Found
    etag: str = ""
    body: bytes = b""


def question_line(wanted: Wanted) -> bytes:
    """The question as a line."""
    return f"IMAGE {wanted.link} {wanted.format} {wanted.etag or NO_ETAG}\n".encode("ascii")


def read_question(words: list[bytes]) -> Wanted:
    """What follows ``IMAGE``. Raises ``ValueError`` for nonsense; the message does not repeat it."""
    try:
        link, format_, etag = (word.decode("ascii") for word in words)
        wanted = Wanted(int(link), format_, "" if etag == NO_ETAG else etag)
    except ValueError:
        raise ValueError("not a question") from None
    if wanted.format not in FORMATS or (wanted.etag and not _ETAG.fullmatch(wanted.etag)):
        raise ValueError("not a question")
    return wanted


def answer_bytes(picture: Picture) -> bytes:
    """The answer as it goes over the socket."""
    if picture.found is Found.IMAGE:
        return b"IMAGE %d %s\n%s" % (len(picture.body), picture.etag.encode("ascii"), picture.body)
    return b"%s\n" % picture.found.value


async def read_answer(reader: asyncio.StreamReader) -> Picture:
    """Raises ``ValueError`` for nonsense, and ``EOFError`` where the other end ended in the middle."""
    word, *rest = (await reader.readline()).split()[:3] or [b""]
    found = Found(word)
    if found is not Found.IMAGE:
        return Picture(found)
    size, etag = rest
    if not 0 <= int(size) <= MOST_IMAGE_BYTES or not _ETAG.fullmatch(etag.decode("ascii")):
        raise ValueError("not an answer")
    return Picture(found, etag.decode("ascii"), await reader.readexactly(int(size)))


async def ask(data_dir: Path, wanted: Wanted) -> Picture | None:
    """What the admin says; ``None`` where there is none, or it does not answer."""
    try:
        async with asyncio.timeout(ANSWER_S):
            with socketpath.short(data_dir / socketpath.FILE_NAME) as path:
                reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(question_line(wanted))
                return await read_answer(reader)
            finally:
                writer.close()
    except (OSError, ValueError, EOFError):  # TimeoutError is an OSError; IncompleteReadError an EOFError
        return None
