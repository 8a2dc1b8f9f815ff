"""A scene as a PNG.

The modules, which are nearly all of a picture, are put together from tiles, and colours laid over them with Pillow;
resvg paints only frames and their text.
"""

import io
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import resvg_py
from PIL import Image, ImageChops

from qr import finders, gradients, png, raster, scene, to_svg
from qr.scene import Code, Item, Picture, Scene, Shape
from qr.to_svg import Box

Scale = tuple[float, float]
"""Pixels a module, across and down: heights are rounded up to whole pixels."""

Axes = tuple[raster.Axis, raster.Axis]
"""Across and down."""

CLEAR = (0, 0, 0, 0)
MOST_KEPT_PIXELS = 200_000
"""Of a part of a frame that is remembered: 0.8 MB."""


def write(made: Scene, pixels: int) -> bytes:
    """``pixels``: the width. ``made``: one code, what lies behind it before, what lies around and over it after."""
    size = pixels, math.ceil(round(pixels * made.height / made.width, 3))
    scale = size[0] / made.width, size[1] / made.height
    at = next(at for at, item in enumerate(made.items) if isinstance(item, Code))
    code = made.items[at]
    assert isinstance(code, Code)
    behind, around = _shapes(made.items[:at]), _shapes(made.items[at:])
    under = behind[-1].fill if behind else None
    assert under is None or isinstance(under, str)
    axes = raster.axis(code.x, len(code.modules[0]), scale[0]), raster.axis(code.y, len(code.modules), scale[1])
    if len(made.items) == at + 1 and isinstance(code.fill, str) and code.corner_fill is None:
        return _two_colors(_mask(code, axes), axes, size, code.fill, under)
    is_whole = bool(behind) and behind[0].commands == scene.rectangle(0, 0, made.width, made.height)
    image = Image.new("RGB" if is_whole else "RGBA", size, under or CLEAR)
    if around:
        for box in _boxes(_bounds(around, scale, size), _inner(axes)):
            drawn = _painted(around if is_whole else [*behind, *around], box, scale)
            image.paste(drawn, box, drawn if is_whole else None)
    _put_code(image, code, axes, scale)
    for item in made.items:
        if isinstance(item, Picture):
            _put(image, item, scale)
    return png.encoded(image)


def _shapes(items: Sequence[Item]) -> list[Shape]:
    return [item for item in items if isinstance(item, Shape)]


def _inner(axes: Axes) -> Box:
    """The pixels that the code touches."""
    across, down = axes
    return across.first, down.first, across.first + across.pixels, down.first + down.pixels


def _finders(code: Code, axes: Axes) -> Iterator[tuple[Image.Image, tuple[int, int]]]:
    """The coverage of each, and where it begins in that of the modules."""
    for column, row in finders.places(len(code.modules)):
        yield raster.finder(code.radii, *axes, column, row)


def _mask(code: Code, axes: Axes) -> Image.Image:
    """Where the code's fill is seen."""
    mask = raster.coverage(code.modules, code.pattern, *axes)
    if code.corner_fill is None:
        for drawn, (left, top) in _finders(code, axes):
            box = left, top, left + drawn.width, top + drawn.height
            mask.paste(ImageChops.add(mask.crop(box), drawn), box)
    return mask


def _put_code(image: Image.Image, code: Code, axes: Axes, scale: Scale) -> None:
    mask = _mask(code, axes)
    first = axes[0].first, axes[1].first
    fill = code.fill if isinstance(code.fill, str) else gradients.painted(code.fill, first, mask.size, scale)
    _cover(image, fill, first, mask)
    if code.corner_fill is not None:
        for drawn, (left, top) in _finders(code, axes):
            _cover(image, code.corner_fill, (first[0] + left, first[1] + top), drawn)


def _outwards(left: float, top: float, right: float, bottom: float, scale: Scale) -> Box:
    """The pixels that a rectangle of modules touches. What is less than a thousandth of one is a rounding error."""
    return (
        math.floor(round(left * scale[0], 3)),
        math.floor(round(top * scale[1], 3)),
        math.ceil(round(right * scale[0], 3)),
        math.ceil(round(bottom * scale[1], 3)),
    )


def _painted(items: Sequence[Item], box: Box, scale: Scale) -> Image.Image:
    """What of the items lies in ``box``, as RGBA, painted by resvg."""
    svg = to_svg.part(items, box, scale)
    is_small = (box[2] - box[0]) * (box[3] - box[1]) <= MOST_KEPT_PIXELS
    return _kept(svg) if is_small else _rasterized(svg)


def _rasterized(svg: str) -> Image.Image:
    drawn = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(drawn)), formats=("PNG",)).convert("RGBA")


@lru_cache(16)
def _kept(svg: str) -> Image.Image:
    """Remembered: many codes have the same frame. Not to be painted on."""
    return _rasterized(svg)


def _bounds(shapes: list[Shape], scale: Scale, size: tuple[int, int]) -> Box:
    """The pixels that shapes touch, of a picture of ``size``."""
    points = [point for shape in shapes for _, at in shape.commands for point in zip(at[::2], at[1::2], strict=True)]
    xs, ys = zip(*points, strict=True)
    left, top, right, bottom = _outwards(min(xs), min(ys), max(xs), max(ys), scale)
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def _boxes(outer: Box, inner: Box) -> list[Box]:
    """``outer`` without ``inner``: what lies above, below, to the left and to the right."""
    left, top, right, bottom = outer
    above, below = min(max(top, inner[1]), bottom), max(min(bottom, inner[3]), top)
    boxes = [(left, top, right, above)]
    if below >= above:
        boxes += [
            (left, max(above, below), right, bottom),
            (left, above, min(right, inner[0]), below),
            (max(left, inner[2]), above, right, below),
        ]
    return [box for box in boxes if box[0] < box[2] and box[1] < box[3]]


def _cover(image: Image.Image, fill: Image.Image | str, place: tuple[int, int], mask: Image.Image) -> None:
    """Lay a colour, or the colours of a picture, over ``image`` where ``mask`` is white."""
    if image.mode == "RGB":
        image.paste(fill, (*place, place[0] + mask.width, place[1] + mask.height), mask)
        return
    layer = Image.new("RGB", mask.size, fill) if isinstance(fill, str) else fill
    layer.putalpha(mask)
    image.alpha_composite(layer, place)


def _put(image: Image.Image, item: Picture, scale: Scale) -> None:
    """Lay a picture over ``image``, its edges within pixels where they are."""
    with Image.open(io.BytesIO(item.png), formats=("PNG",)) as opened:
        whole = opened.convert("RGBA").convert("RGBa")
    left, top, right, bottom = _outwards(item.x, item.y, item.x + item.width, item.y + item.height, scale)
    # Pixels of the picture for one of the image, and so many without colour around it.
    across, down = whole.width / (item.width * scale[0]), whole.height / (item.height * scale[1])
    margin = math.ceil(max(across, down)) + 1
    wider = Image.new("RGBa", (whole.width + 2 * margin, whole.height + 2 * margin))
    wider.paste(whole, (margin, margin))
    x, y = margin + (left - item.x * scale[0]) * across, margin + (top - item.y * scale[1]) * down
    size = right - left, bottom - top
    box = (x, y, x + size[0] * across, y + size[1] * down)
    small = wider.resize(size, Image.Resampling.HAMMING, box, reducing_gap=3.0).convert("RGBA")
    if image.mode == "RGB":
        image.paste(small, (left, top), small)
    else:
        image.alpha_composite(small, (left, top))


def _two_colors(mask: Image.Image, axes: Axes, size: tuple[int, int], fill: str, under: str | None) -> bytes:
    """A code of one colour on another, or on nothing: a byte a pixel says how much of which."""
    whole = Image.new("L", size)
    whole.paste(mask, _inner(axes)[:2])
    dark = bytes.fromhex(fill[1:])
    if under is None:
        return png.indexed(whole, [(*dark, share) for share in range(256)])
    light = bytes.fromhex(under[1:])
    parts = [
        [round(low + (high - low) * share / 255) for share in range(256)] for low, high in zip(light, dark, strict=True)
    ]
    return png.indexed(whole, [(*color, 255) for color in zip(*parts, strict=True)])
