"""A scene as an SVG: no scripts, no fonts, no addresses; a picture is inlined as base64. Pure."""

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache

from qr.scene import Command, Linear, Picture, Radial, Scene

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
        rule = ' fill-rule="evenodd"' if item.even_odd else ""
        parts.append(f'<path fill="{_short(fill)}"{rule} d="{path(item.commands)}"/>')
    return "".join((*parts, "</svg>"))


@lru_cache(8192)
def number(value: float) -> str:
    """At most two decimals, no zero that is not needed."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0"):
        return "-" + text[2:] if text[2:] else "0"
    return text


def numbers(values: Iterable[float]) -> str:
    """Numbers with a space between only where it is needed."""
    out = ""
    for value in values:
        text = number(value)
        out += text if not out or text[0] == "-" else " " + text
    return out


def path(commands: list[Command]) -> str:
    """Path data (SVG 2 chapter 9) in relative commands, which are shorter. Coordinates have two decimals."""
    out: list[str] = []
    x = y = start_x = start_y = 0.0
    for name, at in commands:
        if name == "L":
            across, down = at[0] - x, at[1] - y
            x, y = at
            if not down:
                out.append("h" + number(across))
            elif not across:
                out.append("v" + number(down))
            else:
                out.append("l" + _pair(across, down))
        elif name == "R":
            corner_x, corner_y, new_x, new_y = at
            out.append(_quarter(corner_x - x, corner_y - y, new_x - x, new_y - y))
            x, y = new_x, new_y
        elif name == "M":
            out.append("m" + _pair(at[0] - x, at[1] - y) if out else "M" + _pair(*at))
            x, y = start_x, start_y = at
        elif name == "Z":
            out.append("z")
            x, y = start_x, start_y
        elif name == "O":
            center_x, center_y, radius = at
            out.append(("m" if out else "M") + _pair(center_x - radius - x, center_y - y))
            out.append(_circle(radius))
            x, y = start_x, start_y = center_x - radius, center_y
        else:
            out.append("q" + numbers(part - (y if odd % 2 else x) for odd, part in enumerate(at)))
            x, y = at[-2:]
    return "".join(out)


@lru_cache(8192)
def _pair(across: float, down: float) -> str:
    return numbers((across, down))


@lru_cache(1024)
def _quarter(corner_x: float, corner_y: float, across: float, down: float) -> str:
    """A quarter of a circle around a corner; all from the point where it begins."""
    sweep = 1 if corner_x * down - corner_y * across > 0 else 0
    radius = abs(across)
    return "a" + numbers((radius, radius, 0, 0, sweep, across, down))


@lru_cache(64)
def _circle(radius: float) -> str:
    half, wide = number(radius), number(2 * radius)
    return f"a{half} {half} 0 1 0 {wide} 0 {half} {half} 0 1 0-{wide} 0"


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
