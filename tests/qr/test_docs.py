"""Holds docs/qr.md and the program together."""

import re
from pathlib import Path
from typing import get_args

from qr import check, logo, matrix, render
from qr.design import Corner, Design, Frame, Level, Pattern
from tests.qr import sheet

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "qr.md").read_text("utf-8")
ROWS = {row[0]: row for line in PAGE.splitlines() if (row := re.findall(r"`([^`]+)`", line)) and line.startswith("| `")}


def test_every_field_has_its_row() -> None:
    assert list(ROWS) == list(Design.__struct_fields__)


def test_choices_and_defaults_are_told() -> None:
    for field, choices in (("pattern", Pattern), ("corner", Corner), ("level", Level), ("frame", Frame)):
        default = getattr(Design(), field)
        assert ROWS[field][1 : len(get_args(choices)) + 2] == [*get_args(choices), default]
    for field in ("foreground", "background", "frame_color", "text_color"):
        assert ROWS[field][1] == getattr(Design(), field)


def test_limits_are_told() -> None:
    for said in (
        f"contrast of at least {check.LEAST_CONTRAST}:1",
        f"a contrast of {check.LEAST_TEXT_CONTRAST}:1",
        f"{check.LEAST_LOGO} to {check.MOST_LOGO}",
        f"0 to {check.MOST_QUIET}",
        f"at most {check.MOST_TEXT} characters",
        f"1 to {render.MOST_DATA_BYTES} bytes",
        f"{render.LEAST_PIXELS} to {render.MOST_PIXELS}\npixels",
        f"{render.LEAST_MILLIMETRES} to {render.MOST_MILLIMETRES} mm",
        f"up to {logo.MOST_BYTES >> 20} MiB, {logo.MOST_SIDE} pixels a side and {logo.MOST_PIXELS // 10**6} million",
        f"at most {logo.SIDE} pixels a side and {logo.MOST_CLEAN_BYTES >> 10} KiB",
        f"up to {['', '', '', '', 'four'][matrix.LARGER]} sizes larger",
    ):
        assert said in PAGE, said


def test_the_examples_are_what_the_program_draws() -> None:
    for name, design in sheet.EXAMPLES.items():
        assert (DOCS / "qr" / f"{name}.svg").read_bytes() == render.svg(sheet.DATA, design, sheet.TILE)
        assert f"qr/{name}.svg" in PAGE
