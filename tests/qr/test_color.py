"""Colours and their contrast: the figures are those of WCAG's own examples."""

import pytest

from qr.color import contrast, luminance, parse
from qr.errors import DesignError


@pytest.mark.parametrize(("text", "color"), [("#000", "#000000"), ("#AbC", "#aabbcc"), ("#12eF00", "#12ef00")])
def test_colors_have_one_form(text: str, color: str) -> None:
    assert parse("foreground", text) == color


@pytest.mark.parametrize(
    "text",
    [
        *("", "#", "000", "#00", "#0000", "#00000", "#0000000", "#00000000", "red", "rgb(0,0,0)", "#00000g", "# 00000"),
        *('red"/><script>', '#000"/><script>', "#000\n", "\n#000", "#000;", "url(#g0)", "#٠٠٠", "#000000\x00"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DesignError) as refused:
        parse("corner_color", text)
    assert refused.value.field == "corner_color"


def test_contrast() -> None:
    assert luminance("#000000") == 0
    assert luminance("#ffffff") == pytest.approx(1)
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#123456", "#123456") == 1
