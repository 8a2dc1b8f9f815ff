"""What is asked of the process that draws QR codes (``admin.qr_process``), and what it answers, as bytes. Pure.

Over a pipe each way: 4 bytes of length, big-endian, then MessagePack.
"""

from typing import Literal

import msgspec

from qr.design import Design

Format = Literal["svg", "png", "pdf"]

CONTENT_TYPES: dict[str, str] = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}

LENGTH_BYTES = 4

MM_PER_PIXEL = 25.4 / 96
"""A pixel on paper is what CSS says that it is: a 96th of an inch."""


class Logo(msgspec.Struct, frozen=True):
    """A logo as it was sent: a data URL, or the path of a file. One of the two is empty."""

    url: str = ""
    path: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """``size``: of a module, in pixels. ``design`` has no logo, which is in ``logo``. An empty ``data`` draws nothing:
    the design is only looked at."""

    design: Design
    data: str = ""
    format: Format = "svg"
    size: int = 10
    logo: Logo | None = None


class Done(msgspec.Struct, frozen=True, tag="done"):
    """``body``: the picture; empty where none was asked for."""

    body: bytes


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """What ``qr.errors.DesignError`` says."""

    field: str
    message: str


encode = msgspec.msgpack.encode
decode_job = msgspec.msgpack.Decoder(Job).decode
_answers: msgspec.msgpack.Decoder[Done | Refused] = msgspec.msgpack.Decoder(Done | Refused)


def decode_answer(body: bytes) -> Done | Refused:
    """Raises ``msgspec.DecodeError`` for nonsense."""
    return _answers.decode(body)


def framed(body: bytes) -> bytes:
    """``body`` as it goes over the pipe."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body
