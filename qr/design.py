"""How a QR code looks, as values. Pure."""

from typing import Literal

import msgspec

Pattern = Literal["square", "dots", "rounded", "extra-rounded", "classy", "classy-rounded"]
"""The shape of the dark modules."""

Corner = Literal["square", "dot", "extra-rounded"]
"""The shape of the three finder patterns' rings, and of what is inside of them."""

Level = Literal["L", "M", "Q", "H"]
"""Error correction (ISO/IEC 18004): about 7, 15, 25, 30 % of the code may be unreadable."""

Frame = Literal["none", "box", "banner-bottom", "banner-top"]
"""What is drawn around the code; all but ``none`` carry ``text``."""


class Gradient(msgspec.Struct, frozen=True, kw_only=True):
    """Of the dark modules, from ``start`` to ``stop`` (``#rrggbb``). ``angle``: degrees, clockwise from left to right;
    of linear ones."""

    kind: Literal["linear", "radial"]
    start: str
    stop: str
    angle: float = 0


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """A design; docs/qr.md shows what the fields do. Colours are ``#rgb`` or ``#rrggbb``.

    ``background``: ``None`` is transparent. ``corner_color``: of the finder patterns; ``None``: as the modules.
    ``gradient`` takes the place of ``foreground``. ``logo``: a PNG that :func:`qr.logo.clean` returned, drawn in the
    middle; ``logo_size``: its longer side as a part of the code's, 0.1 to 0.4: it is drawn smaller where the code could
    not be read otherwise. ``quiet_zone``: modules, 0 to 10; at least 2 are drawn inside a frame.
    ``level``: at least this error correction; with a logo it is ``H``. ``text``: of the frame.
    """

    foreground: str = "#000000"
    background: str | None = "#ffffff"
    pattern: Pattern = "square"
    corner: Corner = "square"
    corner_dot: Corner = "square"
    corner_color: str | None = None
    gradient: Gradient | None = None
    logo: bytes | None = None
    logo_size: float = 0.2
    quiet_zone: int = 4
    level: Level = "M"
    frame: Frame = "none"
    frame_color: str = "#000000"
    text: str = ""
    text_color: str = "#ffffff"
