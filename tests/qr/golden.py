"""Makes the pictures that test_golden.py compares with: ``python -m tests.qr.golden``. Look at them afterwards."""

from pathlib import Path

from qr import render
from qr.design import Design
from tests.qr.sheet import COLORED, CORNERS, DATA, FRAMES, PATTERNS

HERE = Path(__file__).with_name("golden")
PIXELS = 132
DESIGNS: dict[str, Design] = {
    name.replace(", ", "-").replace(" ", "-").replace("°", ""): design
    for row in (PATTERNS, CORNERS, COLORED, FRAMES)
    for name, design in row.items()
}

if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name, design in DESIGNS.items():
        (HERE / f"{name}.png").write_bytes(render.png(DATA, design, PIXELS))
    print(f"{len(DESIGNS)} pictures in {HERE}")
