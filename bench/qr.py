"""What drawing a QR code takes: one thread, each picture drawn anew.

Remembered is what codes have in common: where modules lie, tiles, pieces of paths, the font, and the picture of a frame
with its text, which takes 7 ms at 600 pixels when it is new.

The plain design is black squares; the rich one has all that costs: classy-rounded modules, a radial gradient over them,
corners of another colour, a logo, and a banner with text. A logo makes the code larger, too. Texts are links of 19, 66
and 200 characters. CPU time, since others use the machine: medians of several rounds, in which all pictures have a
turn; the least stands beside them. Bias: logos are ready, and pictures of other sizes are not in between, so that
everything is hot.
"""

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from bench.report import Table
from qr import logo, render
from qr.design import Design, Gradient

ROUNDS = 25
LINKS = {
    19: "https://s.test/a1b2",
    66: "https://go.example.com/summer-sale-2026-and-more/abcdefghijkl?qr=1",
    200: "https://links.example.com/" + "everything-must-go/" * 9 + "now",
}
COLUMNS = [
    "",
    "modules a side",
    "SVG",
    "PNG 300 px",
    "PNG 600 px",
    "PNG 1000 px",
    "PDF",
    "bytes of SVG, PNG 600 px, PDF",
]


def picture() -> bytes:
    image = Image.new("RGB", (400, 400), "#d81b60")
    ImageDraw.Draw(image).ellipse((60, 60, 340, 340), fill="#fdd835")
    out = io.BytesIO()
    image.save(out, "PNG")
    return logo.clean(out.getvalue())


def designs() -> dict[str, Design]:
    gradient = Gradient(kind="radial", start="#b3005e", stop="#2a1a9e")
    rich = Design(
        pattern="classy-rounded",
        corner="extra-rounded",
        corner_color="#113311",
        gradient=gradient,
        logo=picture(),
        frame="banner-bottom",
        text="Scan me",
    )
    return {
        "plain": Design(),
        "dots": Design(pattern="dots", corner="dot", corner_dot="dot"),
        "gradient": Design(pattern="classy-rounded", gradient=gradient),
        "rich": rich,
    }


def works(text: str, design: Design) -> list[Callable[[], bytes]]:
    """In the order of the table's columns."""
    pngs = [partial(render.png, text, design, pixels) for pixels in (300, 600, 1000)]
    return [partial(render.svg, text, design), *pngs, partial(render.pdf, text, design)]


def measure() -> list[list[str]]:
    """The rows of the table, in milliseconds."""
    kinds = [
        (f"{name}, {length} characters", text, one) for name, one in designs().items() for length, text in LINKS.items()
    ]
    todo = [works(text, design) for _, text, design in kinds]
    took: list[list[list[float]]] = [[[] for _ in row] for row in todo]
    for _ in range(ROUNDS):
        for row, times in zip(todo, took, strict=True):
            for work, milliseconds in zip(row, times, strict=True):
                before = time.process_time()
                work()
                milliseconds.append((time.process_time() - before) * 1e3)
    rows = []
    for (name, text, design), row, times in zip(kinds, todo, took, strict=True):
        figures = [f"{statistics.median(milliseconds):.1f} ({min(milliseconds):.1f})" for milliseconds in times]
        sizes = ", ".join(f"{len(row[at]()):,}" for at in (0, 2, 4))
        side = render.module_count(text, design) - 2 * design.quiet_zone
        rows.append([name, str(side), *figures, sizes])
    return rows


def run(directory: Path) -> Table:
    """The table of this scenario, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.qr"], check=True, capture_output=True)
    return Table(
        "QR codes, in milliseconds of CPU time: median (least)",
        (__doc__ or "").strip(),
        COLUMNS,
        json.loads(done.stdout),
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
