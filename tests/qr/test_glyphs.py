"""Text as outlines."""

import pytest

from qr import glyphs
from qr.errors import DesignError
from tests.qr.painting import painted


def test_a_line_is_as_wide_and_high_as_it_says() -> None:
    image = painted(glyphs.line("HIH", 1, 6, 4), 20)
    box = image.point(lambda grey: 255 - grey).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert (top, bottom) == (20, 60)
    assert 10 <= left <= 15
    assert right == pytest.approx(10 + 40 * glyphs.width("HIH"), abs=5)


def test_holes_of_letters_are_open() -> None:
    image = painted(glyphs.line("O", 1, 6, 4), 8)
    middle = 10 + round(20 * glyphs.width("O"))
    assert image.getpixel((middle, 40)) == 255
    assert image.getpixel((middle, 22)) == 0


@pytest.mark.parametrize(
    "text", ["Größe ÅÆØ çñ", "Ελληνικά", "Кириллица Ўзбек", "Tiếng Việt", "Łódź İı", "« 20 € » – “x” … №"]
)
def test_languages_of_europe_are_there(text: str) -> None:
    assert glyphs.width(text) > 1


def test_composed_forms_are_the_same() -> None:
    assert glyphs.line("A\u0308", 0, 0, 1) == glyphs.line("Ä", 0, 0, 1)
    assert glyphs.line("  a ", 0, 0, 1) == glyphs.line("a", 0, 0, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("日本", "日 (U+65E5)"),
        ("💩", "💩 (U+1F4A9)"),
        ("a\nb", "a control character (U+000A)"),
        ("a\x00b", "(U+0000)"),
        ("x\u0323\u0301", "(U+0323)"),
        ("a\u200bb", "ZERO WIDTH SPACE (U+200B)"),
        ("a\ud800", "(U+D800)"),
        ("עברית", "ע (U+05E2)"),
    ],
)
def test_what_the_font_lacks_is_named(text: str, says: str) -> None:
    with pytest.raises(DesignError) as refused:
        glyphs.width(text)
    assert refused.value.field == "text"
    assert says in refused.value.message
