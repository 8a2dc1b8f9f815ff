"""A text and a design in, a scene out."""

from msgspec.structs import replace

from qr import finders, frame, logo, matrix, scene
from qr.check import check
from qr.color import parse
from qr.design import Design
from qr.scene import Code, Fill, Item, Picture, Scene, Shape


def compose(data: str, design: Design) -> Scene:
    """The picture of ``data``. Raises ``DesignError``."""
    check(design)
    design = _with_long_colors(design)
    code = _matrix(data, design)
    quiet = frame.quiet_zone(design)
    panel = code.side + 2 * quiet
    at = frame.place(design, panel)
    left, top = at.x + quiet, at.y + quiet
    items: list[Item] = [
        *_background(design, at, panel),
        _code(code, design, left, top),
        *frame.shapes(design, panel),
    ]
    if design.logo is not None:
        items.append(_logo(design.logo, code, left, top))
    return Scene(at.width, at.height, items)


def width(data: str, design: Design) -> int:
    """The picture's width in modules. Raises ``DesignError``."""
    check(design)
    has_logo = design.logo is not None
    side = matrix.width_around(data, design.logo_size) if has_logo else matrix.width(data, design.level)
    return frame.place(design, side + 2 * frame.quiet_zone(design)).width


def _matrix(data: str, design: Design) -> matrix.Matrix:
    if design.logo is None:
        return matrix.encode(data, design.level)
    wide, high = logo.size(design.logo)
    return matrix.encode_around(data, design.logo_size, wide / high)


def _with_long_colors(design: Design) -> Design:
    """Written alike, designs that look alike give the same bytes."""
    named = {
        field: parse(field, color)
        for field in ("foreground", "background", "corner_color", "frame_color", "text_color")
        if (color := getattr(design, field)) is not None
    }
    return replace(design, **named)


def _background(design: Design, at: frame.Place, panel: int) -> list[Shape]:
    if design.background is None:
        return []
    if design.frame == "box":
        # Under the box's edge, so that no light shines through between the two; the box's corners are round.
        under = at.x / 2
        return [Shape(scene.rectangle(under, under, panel + under * 2, panel + under * 2), design.background)]
    return [Shape(scene.rectangle(0, 0, at.width, at.height), design.background)]


def _code(code: matrix.Matrix, design: Design, left: float, top: float) -> Code:
    fill = _fill(design, left, top, code.side)
    radii = finders.radii(design.corner, design.corner_dot)
    corner_fill = None if design.corner_color == fill else design.corner_color
    return Code(code.modules, design.pattern, left, top, fill, radii, corner_fill)


def _fill(design: Design, left: float, top: float, side: int) -> Fill:
    given = design.gradient
    if given is None:
        return design.foreground
    start, stop = parse("gradient", given.start), parse("gradient", given.stop)
    if given.kind == "radial":
        return scene.radial(left, top, side, start, stop)
    return scene.linear(left, top, side, given.angle, start, stop)


def _logo(png: bytes, code: matrix.Matrix, left: float, top: float) -> Picture:
    wide, high = logo.size(png)
    longer = max(wide, high)
    width, height = code.logo * wide / longer, code.logo * high / longer
    x, y = left + (code.side - width) / 2, top + (code.side - height) / 2
    return Picture(png, *(round(length, 2) for length in (x, y, width, height)))
