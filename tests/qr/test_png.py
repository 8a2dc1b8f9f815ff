"""PNGs: Pillow reads the same pixels again, and nothing else is in them."""

import io
import random
import re

import pytest
from PIL import Image

from qr import png


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes(mode, size, random.Random(1).randbytes(size[0] * size[1] * len(mode)))


def chunks(data: bytes) -> list[bytes]:
    """Their kinds, of those whose lengths lead from one to the next."""
    at, kinds = len(png.SIGNATURE), []
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4])
    return kinds


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (17, 5), (900, 700)])
def test_pixels_are_kept(mode: str, size: tuple[int, int]) -> None:
    made = png.encoded(noise(mode, size))
    again = Image.open(io.BytesIO(made))
    assert (again.mode, again.size) == (mode, size)
    assert again.tobytes() == noise(mode, size).tobytes()
    assert chunks(made) == [b"IHDR", b"IDAT", b"IEND"]


def test_places_in_a_palette() -> None:
    image = Image.frombytes("L", (3, 2), bytes([0, 1, 2, 2, 1, 0]))
    opaque = png.indexed(image, [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)])
    again = Image.open(io.BytesIO(opaque)).convert("RGBA")
    assert again.getpixel((0, 0)) == again.getpixel((2, 1)) == (255, 0, 0, 255)
    assert again.getpixel((2, 0)) == (0, 0, 255, 255)
    assert chunks(opaque) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    clear = png.indexed(image, [(1, 2, 3, 0), (1, 2, 3, 128), (1, 2, 3, 255)])
    again = Image.open(io.BytesIO(clear)).convert("RGBA")
    assert [again.getpixel((x, 0)) for x in range(3)] == [(1, 2, 3, 0), (1, 2, 3, 128), (1, 2, 3, 255)]
    assert chunks(clear) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]


def test_nothing_tells_when_it_was_made() -> None:
    assert not re.search(rb"tIME|tEXt|zTXt|iTXt|eXIf", png.encoded(noise("RGB", (4, 4))))
