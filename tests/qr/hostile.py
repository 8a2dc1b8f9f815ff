"""Pictures that mean no good, or are no pictures."""

import base64
import io
import random
import struct
import zlib

from PIL import Image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noise(side: int, mode: str = "RGB") -> Image.Image:
    """The same picture every time, that compresses badly."""
    length = side * side * len(mode)
    data = random.Random(1).randbytes(length)
    return Image.frombytes(mode, (side, side), data)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int, rows: int = 1) -> bytes:
    """A PNG of one bit a pixel whose header claims a size; it holds ``rows`` rows."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(rows * (1 + (width + 7) // 8)), 9)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def webp_claiming(width: int, height: int) -> bytes:
    """An extended WebP (RFC 9649 section 2.7) whose canvas claims a size."""
    canvas = b"\x02\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", len(canvas)) + canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_claiming(width: int, height: int) -> bytes:
    small = encoded(Image.new("P", (2, 2)), "GIF")
    return small[:6] + struct.pack("<HH", width, height) + small[10:]


def jpeg_claiming(width: int, height: int) -> bytes:
    small = encoded(Image.new("RGB", (8, 8)), "JPEG")
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


def text_bomb() -> bytes:
    """A PNG with 200 MB of text, compressed."""
    small = encoded(Image.new("RGB", (2, 2)), "PNG")
    text = b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9)
    return small[:33] + png_chunk(b"zTXt", text) + small[33:]


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<svg xmlns="http://www.w3.org/2000/svg"><text>&d;</text></svg>"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'

TOO_LARGE = {
    "PNG of 50,000 by 50,000": png_claiming(50_000, 50_000),
    "PNG of 4,097 by 1": png_claiming(4097, 1),
    "PNG of 4,096 by 4,096": png_claiming(4096, 4096),
    "PNG of 2 billion by 1": png_claiming(2**31 - 1, 1, rows=0),
    "WebP of 16,383 by 16,383": webp_claiming(16_383, 16_383),
    "WebP of 16,777,216 by 1": webp_claiming(1 << 24, 1),
    "GIF of 65,535 by 65,535": gif_claiming(65_535, 65_535),
    "JPEG of 65,500 by 65,500": jpeg_claiming(65_500, 65_500),
}
PICTURE = Image.linear_gradient("L").convert("RGB")
WHOLE = {kind: encoded(PICTURE, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}
UNREADABLE = {
    "nothing": b"",
    "text": b"hello",
    "SVG": SVG,
    "XML bomb": LAUGHS,
    "gzipped SVG": b"\x1f\x8b" + zlib.compress(SVG),
    "BMP": encoded(PICTURE, "BMP"),
    "TIFF": encoded(PICTURE, "TIFF"),
    "ICO": encoded(PICTURE, "ICO"),
    "PPM": encoded(PICTURE, "PPM"),
    "EPS": encoded(PICTURE, "EPS"),
    "PDF": encoded(PICTURE, "PDF"),
    "PNG without a picture": png_claiming(64, 64, rows=0),
    "PNG without a size": png_claiming(0, 0, rows=0),
    "PNG with a bomb of text": text_bomb(),
    "WebP without frames": webp_claiming(64, 64),
    "PNG's signature alone": b"\x89PNG\r\n\x1a\n",
    **{f"half a {kind}": data[: len(data) // 2] for kind, data in WHOLE.items()},
}


def data_url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
