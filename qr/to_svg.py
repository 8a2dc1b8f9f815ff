"""A scene as an SVG: no scripts, no fonts, no addresses; a picture is inlined as base64. Pure."""

from base64 import b64encode
from collections.abc import Iterator, Sequence

from qr import finders, module_path
from qr.path_data import number, path
from qr.scene import Item, Linear, Picture, Radial, Scene, Shape

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}"{2}>'
PART = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"><g transform="{2}">'


def write(scene: Scene, pixels: int | None = None) -> str:
    """``pixels``: the width that the file claims; without, it takes what it is given."""
    size = "" if pixels is None else f' width="{pixels}" height="{number(pixels * scene.height / scene.width)}"'
    return "".join((HEAD.format(number(scene.width), number(scene.height), size), *_items(scene.items), "</svg>"))


def part(items: Sequence[Item], box: Box, scale: tuple[float, float]) -> str:
    """What of a scene lies in ``box``, in pixels of which a module has ``scale`` across and down."""
    left, top, right, bottom = box
    matrix = f"matrix({scale[0]:.8g} 0 0 {scale[1]:.8g} {-left} {-top})"
    head = PART.format(right - left, bottom - top, matrix)
    return "".join((head, *_items(items), "</g></svg>"))


def _items(items: Sequence[Item]) -> Iterator[str]:
    gradients = 0
    for item in items:
        if isinstance(item, Picture):
            yield _picture(item)
            continue
        fill = item.fill
        if not isinstance(fill, str):
            name = f"g{gradients}"
            gradients += 1
            yield _gradient(fill, name)
            fill = f"url(#{name})"
        if isinstance(item, Shape):
            yield _path(fill, path(item.commands), item.even_odd)
            continue
        modules = module_path.path(item.modules, item.pattern, item.x, item.y)
        if item.corner_fill is None:
            yield _path(fill, path(finders.of_code(item)) + modules)
        else:
            yield _path(fill, modules)
            yield _path(item.corner_fill, path(finders.of_code(item)))


def _path(fill: str, data: str, even_odd: bool = True) -> str:
    rule = ' fill-rule="evenodd"' if even_odd else ""
    return f'<path fill="{_short(fill)}"{rule} d="{data}"/>'


def _short(color: str) -> str:
    """``#rrggbb`` as ``#rgb`` where that is the same colour."""
    return f"#{color[1::2]}" if color[0] == "#" and color[1::2] == color[2::2] else color


def _gradient(fill: Linear | Radial, name: str) -> str:
    stops = f'<stop stop-color="{_short(fill.start)}"/><stop offset="1" stop-color="{_short(fill.stop)}"/>'
    if isinstance(fill, Radial):
        kind, at = "radialGradient", {"cx": fill.x, "cy": fill.y, "r": fill.radius}
    else:
        kind, at = "linearGradient", {"x1": fill.x1, "y1": fill.y1, "x2": fill.x2, "y2": fill.y2}
    where = "".join(f' {key}="{number(value)}"' for key, value in at.items())
    return f'<{kind} id="{name}" gradientUnits="userSpaceOnUse"{where}>{stops}</{kind}>'


def _picture(item: Picture) -> str:
    return (
        f'<image x="{number(item.x)}" y="{number(item.y)}" width="{number(item.width)}" height="{number(item.height)}"'
        f' href="data:image/png;base64,{b64encode(item.png).decode()}"/>'
    )
