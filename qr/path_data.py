"""Path data of an SVG (SVG 2 chapter 9), short. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from qr.scene import Command


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
                out.append("l" + pair(across, down))
        elif name == "R":
            corner_x, corner_y, new_x, new_y = at
            out.append(quarter(corner_x - x, corner_y - y, new_x - x, new_y - y))
            x, y = new_x, new_y
        elif name == "M":
            out.append("m" + pair(at[0] - x, at[1] - y) if out else "M" + pair(*at))
            x, y = start_x, start_y = at
        elif name == "Z":
            out.append("z")
            x, y = start_x, start_y
        elif name == "O":
            center_x, center_y, radius = at
            out.append(("m" if out else "M") + pair(center_x - radius - x, center_y - y))
            out.append(circle(radius))
            x, y = start_x, start_y = center_x - radius, center_y
        else:
            out.append("q" + numbers(part - (y if odd % 2 else x) for odd, part in enumerate(at)))
            x, y = at[-2:]
    return "".join(out)


@lru_cache(8192)
def pair(across: float, down: float) -> str:
    """:func:`numbers` of two, remembered."""
    return numbers((across, down))


@lru_cache(1024)
def quarter(corner_x: float, corner_y: float, across: float, down: float) -> str:
    """A quarter of a circle around a corner; all from the point where it begins."""
    sweep = 1 if corner_x * down - corner_y * across > 0 else 0
    radius = abs(across)
    return "a" + numbers((radius, radius, 0, 0, sweep, across, down))


@lru_cache(64)
def circle(radius: float) -> str:
    """A whole one, from its leftmost point."""
    half, wide = number(radius), number(2 * radius)
    return f"a{half} {half} 0 1 0 {wide} 0 {half} {half} 0 1 0-{wide} 0"
