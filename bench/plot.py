"""Bars as SVG, without a library: system fonts, a white ground of its own so that it reads on dark pages too. Pure."""

import math
from html import escape

import msgspec

WIDTH = 860
NAMES = 260
"""Room for the names, to the left of the bars."""

LABELS = 130
ROW, BAR = 34, 18
TOP, BOTTOM = 84, 52
KERNEL, USER, INK, FAINT, LINE = "#1f5a96", "#8db8e2", "#1b1b1b", "#5c5c5c", "#d9d9d9"
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
LINES_ABOUT = 6


class Bar(msgspec.Struct):
    """A contestant: median, least and most; ``share`` of it (0 to 1) was in the kernel; ``label`` stands at its end.

    ``strong``: its name stands out.
    """

    name: str
    value: float
    least: float
    most: float
    share: float
    label: str
    strong: bool = False


def step(largest: float) -> float:
    """Between two lines of the grid: 1, 2 or 5 times a power of ten, for some six lines up to ``largest``."""
    wanted = largest / LINES_ABOUT
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted)


def bars(title: str, subtitle: str, unit: str, drawn: list[Bar]) -> str:
    """The SVG. Raises ``ValueError`` where there is nothing to draw."""
    largest = max(bar.most for bar in drawn)
    scale = (WIDTH - NAMES - LABELS) / largest
    height = TOP + ROW * len(drawn) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="{FONT}" font-size="13" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(title)}: {escape(subtitle)}</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="30" font-size="18" font-weight="600" fill="{INK}">{escape(title)}</text>',
        f'<text x="16" y="52" fill="{FAINT}">{escape(subtitle)}</text>',
        *_grid(largest, scale, height, unit),
    ]
    for n, bar in enumerate(drawn):
        parts += _bar(bar, TOP + ROW * n, scale)
    parts += [*_legend(height), "</svg>"]
    return "\n".join(parts) + "\n"


def _grid(largest: float, scale: float, height: int, unit: str) -> list[str]:
    parts = []
    between = step(largest)
    for n in range(int(largest / between) + 1):
        x = NAMES + n * between * scale
        bottom = height - BOTTOM
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{LINE}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" font-size="11" fill="{FAINT}">'
            f"{n * between:g} {escape(unit)}</text>"
        )
    return parts


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    width, kernel = bar.value * scale, bar.value * bar.share * scale
    least, most = NAMES + bar.least * scale, NAMES + bar.most * scale
    middle = y + BAR / 2
    weight = ' font-weight="600"' if bar.strong else ""
    return [
        f'<text x="{NAMES - 10}" y="{y + 14}" text-anchor="end"{weight} fill="{INK}">{escape(bar.name)}</text>',
        f'<rect x="{NAMES}" y="{y}" width="{kernel:.1f}" height="{BAR}" fill="{KERNEL}"/>',
        f'<rect x="{NAMES + kernel:.1f}" y="{y}" width="{width - kernel:.1f}" height="{BAR}" fill="{USER}"/>',
        f'<path d="M{least:.1f} {middle}H{most:.1f}M{least:.1f} {y + 4}v{BAR - 8}M{most:.1f} {y + 4}v{BAR - 8}" '
        f'stroke="{INK}" fill="none"/>',
        f'<text x="{max(most, NAMES + width) + 8:.1f}" y="{y + 14}" fill="{INK}">{escape(bar.label)}</text>',
    ]


def _legend(height: int) -> list[str]:
    y = height - 14
    return [
        f'<rect x="{NAMES}" y="{y - 10}" width="12" height="12" fill="{KERNEL}"/>',
        f'<text x="{NAMES + 18}" y="{y}" font-size="12" fill="{FAINT}">in the kernel</text>',
        f'<rect x="{NAMES + 120}" y="{y - 10}" width="12" height="12" fill="{USER}"/>',
        f'<text x="{NAMES + 138}" y="{y}" font-size="12" fill="{FAINT}">in the program · '
        "bar: median, line: least to most</text>",
    ]
