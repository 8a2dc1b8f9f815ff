"""A scene as a PDF of one page, without dates, names or metadata of whoever asked for it."""

import io
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.drawing import GradientPaint, PaintedPath
from fpdf.enums import PathPaintRule
from fpdf.pattern import LinearGradient, RadialGradient

from qr import finders, outline
from qr.scene import Code, Command, Fill, Linear, Picture, Scene, Shape

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""fpdf2 cannot leave the date out, and the same picture shall be the same bytes."""

ROUND = 0.5522847498
"""Where the control points of a quarter of a circle are, as a part of the radius, when a cubic curve stands for it."""


class Page(FPDF):
    """A document of one page, without the identifier that fpdf2 makes of the time."""

    def __init__(self, width: float, height: float) -> None:
        # fpdf2 turns a page whose sides do not suit its orientation.
        super().__init__("landscape" if width > height else "portrait", "mm", (width, height))
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.creation_date = UNKNOWN
        self.add_page()

    def file_id(self) -> None:
        return None


def write(scene: Scene, millimetres: float) -> bytes:
    """A page that is ``millimetres`` wide."""
    scale = millimetres / scene.width
    page = Page(millimetres, scene.height * scale)
    for item in scene.items:
        if isinstance(item, Picture):
            places = (item.x * scale, item.y * scale, item.width * scale, item.height * scale)
            page.image(io.BytesIO(item.png), *places)
            continue
        for shape in _shapes(item):
            path = PaintedPath()
            path.style.fill_color = _fill(shape.fill, scale)
            path.style.stroke_color = None
            path.style.paint_rule = PathPaintRule.FILL_EVENODD if shape.even_odd else PathPaintRule.FILL_NONZERO
            draw(path, shape.commands, scale)
            # Typed more narrowly than its documentation says and than it is.
            page.draw_path(path, copy=False)  # type: ignore[arg-type]
    return bytes(page.output())


def _shapes(item: Shape | Code) -> list[Shape]:
    """The shapes that a code is drawn with."""
    if isinstance(item, Shape):
        return [item]
    modules = outline.outline(item.modules, item.pattern, item.x, item.y)
    if item.corner_fill is None:
        return [Shape(finders.of_code(item) + modules, item.fill)]
    return [Shape(modules, item.fill), Shape(finders.of_code(item), item.corner_fill)]


def _fill(fill: Fill, scale: float) -> str | GradientPaint:
    if isinstance(fill, str):
        return fill
    colors = [fill.start, fill.stop]
    if isinstance(fill, Linear):
        ends = (fill.x1 * scale, fill.y1 * scale, fill.x2 * scale, fill.y2 * scale)
        return GradientPaint(LinearGradient(*ends, colors, extend_before=True, extend_after=True))
    x, y, radius = fill.x * scale, fill.y * scale, fill.radius * scale
    return GradientPaint(RadialGradient(x, y, 0, x, y, radius, colors, extend_before=True, extend_after=True))


def draw(path: PaintedPath, commands: list[Command], scale: float) -> None:
    """Draws the commands; PDF has no arcs and no curves with one control point, so both become cubic ones."""
    x = y = 0.0
    for name, lengths in commands:
        at = [length * scale for length in lengths]
        if name == "M":
            path.move_to(*at)
        elif name == "L":
            path.line_to(*at)
        elif name == "R":
            corner_x, corner_y, new_x, new_y = at
            path.curve_to(
                x + (corner_x - x) * ROUND,
                y + (corner_y - y) * ROUND,
                new_x + (corner_x - new_x) * ROUND,
                new_y + (corner_y - new_y) * ROUND,
                new_x,
                new_y,
            )
        elif name == "Q":
            mid_x, mid_y, new_x, new_y = at
            path.curve_to(
                x + (mid_x - x) * 2 / 3,
                y + (mid_y - y) * 2 / 3,
                new_x + (mid_x - new_x) * 2 / 3,
                new_y + (mid_y - new_y) * 2 / 3,
                new_x,
                new_y,
            )
        elif name == "O":
            draw(path, _circle(*lengths), scale)
        else:
            path.close()
        if name in "MLRQ":
            x, y = at[-2:]


def _circle(x: float, y: float, radius: float) -> list[Command]:
    left, top, right, bottom = x - radius, y - radius, x + radius, y + radius
    return [
        ("M", (x, top)),
        ("R", (right, top, right, y)),
        ("R", (right, bottom, x, bottom)),
        ("R", (left, bottom, left, y)),
        ("R", (left, top, x, top)),
        ("Z", ()),
    ]
