"""Logos: what comes out is small and plain, what cannot be is refused before it takes memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from qr import logo
from qr.errors import DesignError
from tests.qr import hostile

HOUSE = Path(__file__).parents[2]


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    image.load()
    return image


@pytest.mark.parametrize("kind", hostile.WHOLE)
def test_pictures_of_four_formats_become_pngs(kind: str) -> None:
    made = logo.clean(hostile.WHOLE[kind])
    assert opened(made).size == (256, 256)
    assert logo.size(made) == (256, 256)
    assert logo.is_clean(made)
    shades = [opened(made).convert("L").getpixel((128, y)) for y in (0, 128, 255)]
    assert shades == pytest.approx([0, 128, 255], abs=4)


@pytest.mark.parametrize(
    ("size", "made"), [((4000, 4000), (512, 512)), ((4096, 1), (512, 1)), ((1000, 500), (512, 256)), ((1, 1), (1, 1))]
)
def test_large_pictures_become_small(size: tuple[int, int], made: tuple[int, int]) -> None:
    assert opened(logo.clean(hostile.encoded(Image.new("RGB", size, "#123456"), "PNG"))).size == made


def test_a_picture_that_compresses_badly_becomes_smaller_still() -> None:
    made = logo.clean(hostile.encoded(hostile.noise(500), "PNG"))
    assert len(made) <= logo.MOST_CLEAN_BYTES
    assert 100 < opened(made).width < 500


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "RGBA"),
        (Image.new("LA", (4, 4), (255, 0)), "RGBA"),
        (Image.new("L", (4, 4)), "RGB"),
        (Image.new("1", (4, 4)), "RGB"),
        (Image.new("P", (4, 4)), "RGB"),
    ],
)
def test_transparency_stays(image: Image.Image, mode: str) -> None:
    assert opened(logo.clean(hostile.encoded(image, "PNG"))).mode == mode


def test_a_transparent_gif_and_a_cmyk_jpeg() -> None:
    gif = hostile.encoded(Image.new("P", (4, 4)), "GIF", transparency=0)
    assert opened(logo.clean(gif)).getpixel((1, 1))[3] == 0  # type: ignore[index]
    jpeg = hostile.encoded(Image.new("CMYK", (8, 8)), "JPEG")
    assert opened(logo.clean(jpeg)).mode == "RGB"


def test_sixteen_bits_of_grey_are_scaled() -> None:
    grey = Image.new("I;16", (4, 4), 0x8000)
    assert opened(logo.clean(hostile.encoded(grey, "PNG"))).getpixel((1, 1)) == (128, 128, 128)


def test_only_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("#ff0000", "#0000ff")]
    for kind in ("GIF", "WEBP", "PNG"):
        moving = hostile.encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        made = opened(logo.clean(moving))
        red, _, blue = made.getpixel((4, 4))  # type: ignore[misc]
        assert red > 200 > 50 > blue
        assert getattr(made, "n_frames", 1) == 1


def test_nothing_else_comes_along() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "taken at home")
    sent = hostile.encoded(Image.new("RGB", (8, 8)), "PNG", pnginfo=notes, icc_profile=b"profile of mine", dpi=(72, 72))
    assert b"taken at home" in sent
    made = logo.clean(sent)
    assert opened(made).info == {}
    assert made == logo.clean(made)


@pytest.mark.parametrize("data", hostile.TOO_LARGE.values(), ids=hostile.TOO_LARGE)
def test_too_many_pixels(data: bytes) -> None:
    with pytest.raises(DesignError, match=r"pixels large: at most 4096 a side and 16 million in all") as refused:
        logo.clean(data)
    assert refused.value.field == "logo"


@pytest.mark.parametrize("data", hostile.UNREADABLE.values(), ids=hostile.UNREADABLE)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(DesignError, match="a whole PNG, JPEG, WebP or GIF"):
        logo.clean(data)


def test_any_part_of_a_picture_is_refused_or_a_picture() -> None:
    for kind, data in hostile.WHOLE.items():
        for length in range(0, len(data), max(1, len(data) // 50)):
            try:
                made = logo.clean(data[:length])
            except DesignError:
                continue
            assert logo.is_clean(made), kind


def test_too_many_bytes() -> None:
    with pytest.raises(DesignError, match="1024 KiB"):
        logo.clean(hostile.WHOLE["PNG"] + bytes(logo.MOST_BYTES))


def test_data_urls() -> None:
    made = logo.clean(hostile.WHOLE["PNG"])
    assert logo.from_data_url(hostile.data_url(hostile.WHOLE["PNG"])) == made
    assert logo.from_data_url(hostile.data_url(hostile.WHOLE["PNG"], "image/svg+xml")) == made  # content, not name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "data URL"),
        ("https://example.com/logo.png", "data URL"),
        ("data:text/html;base64,PHN2Zz4=", "data URL"),
        ("data:image/png,abc", "data URL"),
        ("data:image/png;base64,***", "base64"),
        ("data:image/png;base64,é", "base64"),
        ("data:image/png;base64,", "whole PNG"),
        ("data:image/png;base64," + "A" * (1 << 21), "1024 KiB"),
        (hostile.data_url(hostile.SVG, "image/svg+xml"), "whole PNG"),
    ],
)
def test_bad_data_urls(text: str, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        logo.from_data_url(text)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", bytes(24), hostile.WHOLE["GIF"]])
def test_a_size_of_no_png(data: bytes) -> None:
    with pytest.raises(DesignError):
        logo.size(data)
    assert not logo.is_clean(data)


LIMITED = """
import json, resource, sys
from pathlib import Path
from PIL import Image
from qr import logo
from qr.errors import DesignError
from tests.qr import hostile

largest = hostile.encoded(Image.new("RGBA", (4000, 4000), "#12345678"), "PNG")
palette = hostile.encoded(Image.new("P", (4000, 4000)), "GIF", transparency=0)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
limit = int(status["VmSize"].split()[0]) * 1024 + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
refused = {}
for name, data in hostile.TOO_LARGE.items() | hostile.UNREADABLE.items():
    try:
        logo.clean(data)
    except DesignError as error:
        refused[name] = error.message
print(json.dumps({"refused": refused, "made": [len(logo.clean(data)) for data in (largest, palette)]}))
"""


def test_memory_is_bounded() -> None:
    """In a process that may take 192 MB more: any hostile picture is refused in words, and the largest fits."""
    command = [sys.executable, "-c", LIMITED, str(192 << 20)]
    done = subprocess.run(command, cwd=HOUSE, check=True, capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["refused"].keys() == hostile.TOO_LARGE.keys() | hostile.UNREADABLE.keys()
    assert all("pixels large" in told["refused"][name] for name in hostile.TOO_LARGE)
    assert len(told["made"]) == 2
