"""Gradients as pixels. Pure."""

import math
from functools import cache

from PIL import Image

from qr.scene import Linear, Radial

Scale = tuple[float, float]
"""Pixels a module, across and down."""

STEPS = 256
MARGIN = 2
"""Steps at the ends that go on with the colour of the end: pixels at the edges lie a little outside."""

LAST = STEPS - 1 - MARGIN


def painted(fill: Linear | Radial, place: tuple[int, int], size: tuple[int, int], scale: Scale) -> Image.Image:
    """A picture of ``size`` pixels whose top left one is at ``place``, as RGB. Outside of the ends it may be black."""
    return _radial(fill, place, size, scale) if isinstance(fill, Radial) else _linear(fill, place, size, scale)


def _linear(fill: Linear, place: tuple[int, int], size: tuple[int, int], scale: Scale) -> Image.Image:
    across, down = fill.x2 - fill.x1, fill.y2 - fill.y1
    by = (LAST - MARGIN) / (across**2 + down**2)
    first = MARGIN + by * (across * (place[0] / scale[0] - fill.x1) + down * (place[1] / scale[1] - fill.y1))
    # Pillow's goes from the top to the bottom.
    matrix = (0, 0, STEPS / 2, by * across / scale[0], by * down / scale[1], first + 0.5)
    steps = Image.linear_gradient("L").transform(size, Image.Transform.AFFINE, matrix)
    return _colored(steps, fill, MARGIN)


def _radial(fill: Radial, place: tuple[int, int], size: tuple[int, int], scale: Scale) -> Image.Image:
    # Pillow's has its middle at 128, and its steps are the square root of half a pixel.
    by = LAST / math.sqrt(2) / fill.radius
    left, top = (
        STEPS / 2 + 0.5 + by * (at / pixels - middle)
        for at, pixels, middle in zip(place, scale, (fill.x, fill.y), strict=True)
    )
    box = (left, top, left + by * size[0] / scale[0], top + by * size[1] / scale[1])
    inside = (max(0.0, box[0]), max(0.0, box[1]), min(float(STEPS), box[2]), min(float(STEPS), box[3]))
    return _colored(_rings().resize(size, Image.Resampling.BILINEAR, inside), fill, 0)


@cache
def _rings() -> Image.Image:
    return Image.radial_gradient("L")


def _colored(steps: Image.Image, fill: Linear | Radial, first: int) -> Image.Image:
    """``first``: the step of the gradient's start; its stop is ``LAST``."""
    start, stop = (bytes.fromhex(color[1:]) for color in (fill.start, fill.stop))
    shares = [min(max((step - first) / (LAST - first), 0), 1) for step in range(STEPS)]
    colors = [round(one + (other - one) * share) for share in shares for one, other in zip(start, stop, strict=True)]
    steps.putpalette(bytes(colors))
    return steps.convert("RGB")
