"""The lines of questions and answers about images, and a question to a real hub."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from links import imaging
from links.checking import LINE_BYTES
from links.hub import Hub
from links.imaging import Found, Picture, Wanted, answer_bytes, ask, question_line, read_answer, read_question
from links.locks import DataLock
from links.socketpath import FILE_NAME

ETAG = "0123456789abcdef" * 2
WANTED = Wanted(7, "svg", ETAG)
IMAGE = Picture(Found.IMAGE, ETAG, b"<svg>\n\0IMAGE 3 x\n</svg>")


@pytest.mark.parametrize("wanted", [WANTED, Wanted(2**56 - 1, "png"), Wanted(1, "svg", "")])
def test_a_question_comes_as_it_was_sent(wanted: Wanted) -> None:
    line = question_line(wanted)
    assert len(line) <= LINE_BYTES
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert read_question(line.split()[1:]) == wanted


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"7 svg",
        b"x svg -",
        b"7 pdf -",
        b"7 gif -",
        b"7 svg short",
        b"7 svg " + ETAG.upper().encode(),
        b"7 svg \xff\xff",
        b"7 svg - more",
    ],
)
def test_nonsense_is_refused_without_being_repeated(words: bytes) -> None:
    with pytest.raises(ValueError, match="^not a question$") as caught:
        read_question(words.split())
    assert caught.value.__cause__ is None


def reading(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@pytest.mark.parametrize(
    ("picture", "data"),
    [
        (Picture(Found.SAME), b"SAME\n"),
        (Picture(Found.NONE), b"NONE\n"),
        (Picture(Found.BUSY), b"BUSY\n"),
        (Picture(Found.IMAGE, ETAG, b""), b"IMAGE 0 " + ETAG.encode() + b"\n"),
        (IMAGE, b"IMAGE 23 " + ETAG.encode() + b"\n" + IMAGE.body),
    ],
)
async def test_an_answer_comes_as_it_was_sent(picture: Picture, data: bytes) -> None:
    assert answer_bytes(picture) == data
    assert await read_answer(reading(data)) == picture


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"GO 7\n",
        b"IMAGE\n",
        b"IMAGE 3\nabc",
        b"IMAGE -1 " + ETAG.encode() + b"\n",
        b"IMAGE x " + ETAG.encode() + b"\n",
        b"IMAGE 3 " + ETAG[1:].encode() + b"\nabc",
        b"IMAGE %d " % (imaging.MOST_IMAGE_BYTES + 1) + ETAG.encode() + b"\n",
    ],
)
async def test_nonsense_is_no_answer(data: bytes) -> None:
    with pytest.raises(ValueError):
        await read_answer(reading(data))


async def test_an_answer_that_breaks_off_is_none() -> None:
    with pytest.raises(EOFError):
        await read_answer(reading(answer_bytes(IMAGE)[:-1]))


class Admin:
    """A hub whose answers are given by the test."""

    def __init__(self, data_dir: Path) -> None:
        self.lock = DataLock(data_dir)
        self.hub = Hub(data_dir, self.lock, lambda: 0.0, draw=self.draw)
        self.asked: list[Wanted] = []
        self.picture: Picture | Exception = IMAGE

    async def draw(self, wanted: Wanted) -> Picture:
        self.asked.append(wanted)
        await asyncio.sleep(0)
        if isinstance(self.picture, Exception):
            raise self.picture
        return self.picture


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    admin = Admin(tmp_path)
    await admin.hub.start(1)
    yield admin
    await admin.hub.close()
    admin.lock.close()


async def test_the_hub_passes_questions_on(admin: Admin, tmp_path: Path) -> None:
    assert await ask(tmp_path, WANTED) == IMAGE
    assert admin.asked == [WANTED]
    assert admin.hub.workers == 0


async def test_a_large_image_comes_whole(admin: Admin, tmp_path: Path) -> None:
    admin.picture = Picture(Found.IMAGE, ETAG, bytes(range(256)) * 8_192)
    assert await asyncio.gather(*[ask(tmp_path, WANTED) for _ in range(5)]) == [admin.picture] * 5


async def test_without_an_admin_there_is_no_answer(tmp_path: Path) -> None:
    assert await ask(tmp_path, WANTED) is None
    (tmp_path / FILE_NAME).touch()
    assert await ask(tmp_path, WANTED) is None


async def test_an_admin_that_drops_the_connection_gives_none(admin: Admin, tmp_path: Path) -> None:
    admin.picture = ValueError("nonsense")
    assert await ask(tmp_path, WANTED) is None


async def test_an_admin_that_draws_nothing_gives_none(tmp_path: Path) -> None:
    with_no_images = Hub(tmp_path, lock := DataLock(tmp_path), lambda: 0.0)
    await with_no_images.start(1)
    try:
        assert await ask(tmp_path, WANTED) is None
    finally:
        await with_no_images.close()
        lock.close()
