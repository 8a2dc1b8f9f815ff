"""A user's picture in, a small PNG out: what else was in the file (scripts, places, profiles, frames) is gone.

A picture is refused by its header where its pixels would take too much memory. Pillow's own limit is switched off
for that: it warns of some pictures, and takes memory for others before it looks.
"""

import base64
import binascii
import io
import re
import struct

# Pillow would find the first three by itself, and look for WebP only among dozens of formats that nobody shall send.
from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

from qr.errors import DesignError

FORMATS = tuple(
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
    )
)
Image.MAX_IMAGE_PIXELS = None
MOST_BYTES = 1 << 20
MOST_SIDE = 4096
"""Pixels, of what comes in."""

MOST_PIXELS = 16_000_000
"""64 MB once decoded."""

SIDE = 512
"""Pixels of the longer side, of what goes out: enough for a print of a code."""

MOST_CLEAN_BYTES = 256 << 10
"""Every SVG with the logo carries it along; what takes more is made smaller."""

PNG = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">8sI4sII")
DATA_URL = re.compile(r"data:image/[a-z0-9.+-]{1,32};base64,", re.ASCII | re.IGNORECASE)
MOST_DATA_URL = MOST_BYTES * 4 // 3 + 128
UNREADABLE = "is no picture that can be read: it must be a whole PNG, JPEG, WebP or GIF"


def size(logo: bytes) -> tuple[int, int]:
    """Width and height in pixels that a PNG's header tells. Raises ``DesignError`` where there is none."""
    if len(logo) < HEADER.size:
        raise DesignError("logo", "is no PNG")
    signature, _, kind, width, height = HEADER.unpack_from(logo)
    if signature != PNG or kind != b"IHDR" or not width or not height:
        raise DesignError("logo", "is no PNG")
    return width, height


def is_clean(logo: bytes) -> bool:
    """Whether these bytes look like what :func:`clean` returns. Cheap: only the header is read."""
    try:
        width, height = size(logo)
    except DesignError:
        return False
    return width <= SIDE and height <= SIDE and len(logo) <= MOST_CLEAN_BYTES


def clean(data: bytes) -> bytes:
    """A PNG of at most ``SIDE`` pixels a side of a PNG, JPEG, WebP or GIF (its first frame).

    Raises ``DesignError``: too large, another format, damaged.
    """
    if len(data) > MOST_BYTES:
        raise DesignError("logo", f"must be at most {MOST_BYTES >> 10} KiB large")
    try:
        _check_size(*_webp_size(data))
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(*image.size)
            return _encode(image)
    except DesignError:
        raise
    except UnidentifiedImageError:
        raise DesignError("logo", UNREADABLE) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError, TypeError) as error:
        # What Pillow's decoders raise for damaged files is not told anywhere; memory and the rest are not caught.
        raise DesignError("logo", UNREADABLE) from error


def from_data_url(text: str) -> bytes:
    """:func:`clean` of a ``data:image/…;base64,…`` URL (RFC 2397). What the type says does not matter."""
    found = DATA_URL.match(text[:64])
    if found is None:
        raise DesignError("logo", "must be a data URL: data:image/png;base64,…")
    if len(text) > MOST_DATA_URL:
        raise DesignError("logo", f"must be at most {MOST_BYTES >> 10} KiB large")
    try:
        data = base64.b64decode(text[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise DesignError("logo", "is no valid base64") from None
    return clean(data)


def _check_size(width: int, height: int) -> None:
    if width > MOST_SIDE or height > MOST_SIDE or width * height > MOST_PIXELS:
        raise DesignError(
            "logo",
            f"is {width} × {height} pixels large: at most {MOST_SIDE} a side and {MOST_PIXELS // 10**6} million in all"
            " are taken",
        )


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP (RFC 9649 section 2), (0, 0) of anything else.

    libwebp takes memory for the whole canvas as soon as Pillow opens a file.
    """
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0, 0
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _encode(image: Image.Image) -> bytes:
    image.draft("RGB", (SIDE, SIDE))  # JPEG alone: decodes to a part of the size
    image.load()
    plain = _plain(image)
    side = SIDE
    while True:
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        # A new image, so that no text, profile or date of the old one goes along.
        Image.frombytes(plain.mode, plain.size, plain.tobytes()).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_CLEAN_BYTES:
            return out.getvalue()
        side = side * 3 // 4


def _plain(image: Image.Image) -> Image.Image:
    """As RGB, or RGBA where parts are transparent."""
    if image.mode.startswith("I"):
        # 16 bits of grey, which Pillow would cut off instead of scaling them.
        return image.convert("I").point(lambda grey: grey / 256).convert("L").convert("RGB")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if has_alpha else "RGB"
    return image if image.mode == mode else image.convert(mode)
