"""A scene as an SVG: no scripts, no fonts, no addresses; a picture is inlined as base64. Pure."""

from base64 import b64encode

from qr import module_path
from qr.path_data import number, path
from qr.scene import Code, Linear, Picture, Radial, Scene

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}"{2}>'


def write(scene: Scene, pixels: int | None = None) -> str:
    """``pixels``: the width that the file claims; without, it takes what it is given."""
    size = "" if pixels is None else f' width="{pixels}" height="{number(pixels * scene.height / scene.width)}"'
    parts = [HEAD.format(number(scene.width), number(scene.height), size)]
    gradients = 0
    for item in scene.items:
        if isinstance(item, Picture):
            parts.append(_picture(item))
            continue
        fill = item.fill
        if not isinstance(fill, str):
            name = f"g{gradients}"
            gradients += 1
            parts.append(_gradient(fill, name))
            fill = f"url(#{name})"
        if isinstance(item, Code):
            data = path(item.corners) + module_path.path(item.modules, item.pattern, item.x, item.y)
            rule = ' fill-rule="evenodd"'
        else:
            data = path(item.commands)
            rule = ' fill-rule="evenodd"' if item.even_odd else ""
        parts.append(f'<path fill="{_short(fill)}"{rule} d="{data}"/>')
    return "".join((*parts, "</svg>"))


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
