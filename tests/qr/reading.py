"""Draws codes in every design and reads them again: ``make qr``.

The reader is zxing-cpp, which is what many phones' scanners are like. Each picture is read as it is, blurred, turned
by 15 degrees, and as a JPEG of quality 40. All must be read as they are; the rates of the rest are printed.
"""

import argparse
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from bench import machine
from bench.report import Table
from qr import logo, render
from qr.design import Corner, Design, Gradient, Pattern

SHORT = "https://s.test/a1b2"
LONG = "https://links.example.com/summer-sale-2026/everything-must-go?utm_source=poster-12&qr=1"
SIZES = (300, 1000)
PDF = "PDF"
DPI = 200
COLORS = (
    # Foreground, background, the gradient's stop: usual, and hardly more contrast than is demanded.
    ("#000000", "#ffffff", "#7a1fa2"),
    ("#9c7a3c", "#f4ecd0", "#4f8f5b"),
)


class Case(NamedTuple):
    pattern: Pattern
    corner: Corner
    corner_dot: Corner
    with_logo: bool
    gradient: str
    with_frame: bool
    colors: int
    text: str

    def design(self) -> Design:
        foreground, background, stop = COLORS[self.colors]
        gradient = Gradient(kind=self.gradient, start=foreground, stop=stop, angle=45) if self.gradient else None
        return Design(
            pattern=self.pattern,
            corner=self.corner,
            corner_dot=self.corner_dot,
            logo=picture() if self.with_logo else None,
            gradient=gradient,
            foreground=foreground,
            background=background,
            frame="banner-bottom" if self.with_frame else "none",
            text="Scan me" if self.with_frame else "",
        )


AXES = (
    get_args(Pattern),
    get_args(Corner),
    get_args(Corner),
    (False, True),
    ("", "linear", "radial"),
    (False, True),
    range(len(COLORS)),
    (SHORT, LONG),
)


def cases() -> list[Case]:
    return [Case(*values) for values in itertools.product(*AXES)]


def sample() -> list[Case]:
    """Few cases in which any two values of any two axes meet: greedy, the same every time."""
    pairs = {
        (first, one, second, other)
        for (first, left), (second, right) in itertools.combinations(enumerate(AXES), 2)
        for one, other in itertools.product(left, right)
    }
    chosen = []
    candidates = {case: pairs_of(case) for case in cases()}
    while pairs:
        best = max(candidates, key=lambda case: len(candidates[case] & pairs))
        chosen.append(best)
        pairs -= candidates.pop(best)
    return chosen


def pairs_of(case: Case) -> set[tuple[int, object, int, object]]:
    return {(first, one, second, other) for (first, one), (second, other) in itertools.combinations(enumerate(case), 2)}


@cache
def picture() -> bytes:
    """A square logo, as users send them, made ready."""
    image = Image.new("RGB", (200, 200), "#d81b60")
    ImageDraw.Draw(image).ellipse((30, 30, 170, 170), fill="#fdd835")
    out = io.BytesIO()
    image.save(out, "PNG")
    return logo.clean(out.getvalue())


def as_jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=40)
    return Image.open(io.BytesIO(out.getvalue()))


def blurred(image: Image.Image) -> Image.Image:
    """By the same part of the picture at every size, about half a module of a short link's code."""
    return image.filter(ImageFilter.GaussianBlur(image.width / 250))


DISTURBED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "blurred": blurred,
    "turned by 15°": lambda image: image.rotate(15, Image.Resampling.BICUBIC, expand=True, fillcolor="#ffffff"),
    "JPEG, quality 40": as_jpeg,
}
CLEAN = next(iter(DISTURBED))


def opened(png: bytes) -> Image.Image:
    """On white where it is transparent."""
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "#ffffff"), image).convert("RGB")


def read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcode(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return found.text if found else None


def printed(pdf: bytes) -> Image.Image:
    """The page at 200 dpi, as poppler paints it."""
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "page.pdf"
        page.write_bytes(pdf)
        command = ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", str(page), str(page.with_suffix(""))]
        subprocess.run(command, check=True, timeout=60)
        return opened(page.with_suffix(".png").read_bytes())


def pictures(case: Case, with_pdf: bool) -> Iterator[tuple[str, Image.Image]]:
    design = case.design()
    for pixels in SIZES:
        yield f"{pixels} px", opened(render.png(case.text, design, pixels))
    if with_pdf:
        yield PDF, printed(render.pdf(case.text, design))


def try_all(case: Case, with_pdf: bool = True) -> dict[tuple[str, str], bool]:
    """By picture and disturbance: whether it was read."""
    return {
        (what, how): read(disturb(image)) == case.text
        for what, image in pictures(case, with_pdf)
        for how, disturb in DISTURBED.items()
    }


def table(all_cases: list[Case], results: list[dict[tuple[str, str], bool]]) -> Table:
    """Rates for each picture and disturbance, then for each value of each axis over all pictures."""
    read_of: Counter[tuple[str, str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for case, result in zip(all_cases, results, strict=True):
        groups = [f"{name}: {shown(name, value)}" for name, value in case._asdict().items()]
        for (what, how), good in result.items():
            for group in (f"all, {what}", *groups):
                seen[group, how] += 1
                read_of[group, how, "read"] += good
    rows = []
    for group in sorted({group for group, _ in seen}, key=lambda group: (not group.startswith("all"), group)):
        rates = [f"{100 * read_of[group, how, 'read'] / seen[group, how]:.1f} %" for how in DISTURBED]
        rows.append([group, str(seen[group, CLEAN]), *rates])
    return Table("QR codes that are read again", (__doc__ or "").strip(), ["", "pictures", *DISTURBED], rows)


def shown(name: str, value: object) -> str:
    if name == "colors":
        return " on ".join(COLORS[int(str(value))][:2])
    if name == "text":
        return f"{len(str(value))} characters"
    return {True: "yes", False: "no", "": "none"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Draw codes in every design and read them again.")
    parser.add_argument("--sample", action="store_true", help="only a few cases")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="where to record the rates; a .json goes beside")
    parsed = parser.parse_args(arguments)
    with_pdf = shutil.which("pdftoppm") is not None
    if not with_pdf:
        print("no pdftoppm here (apt install poppler-utils): PDFs are left out", file=sys.stderr)
    chosen = sample() if parsed.sample else cases()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(try_all, chosen, [with_pdf] * len(chosen), chunksize=8))
    made = table(chosen, results)
    print(made.markdown())
    failed = [
        (case, what)
        for case, result in zip(chosen, results, strict=True)
        for (what, how), good in result.items()
        if how == CLEAN and not good
    ]
    for case, what in failed:
        print(f"not read: {what} of {case}", file=sys.stderr)
    if parsed.write:
        record(made, parsed.write)
    return 1 if failed else 0


def record(made: Table, path: Path) -> None:
    """In the manner of the records that ``make bench`` writes; the file's name begins with the day."""
    day = path.name[:10]
    path.write_text(f"# Reading\n\nMeasured {day} on: {machine.describe()}\n\n{made.markdown()}")
    fields = {field: getattr(made, field) for field in made.__struct_fields__ if field != "plot"}
    rest = {"measured": day, "machine": machine.describe(), "tables": [fields]}
    path.with_suffix(".json").write_text(json.dumps(rest, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
