"""The shipped font is what the script makes."""

from fontTools.ttLib import TTFont

from qr import build_font, glyphs


def test_the_font_has_only_what_was_wanted() -> None:
    font = TTFont(glyphs.FONT)
    there = set(font.getBestCmap())
    assert there <= set(build_font.characters())
    assert len(there) > 1200
    assert "GSUB" not in font and "fpgm" not in font
    assert build_font.MADE == glyphs.FONT


def test_the_licence_lies_beside_it() -> None:
    text = glyphs.FONT.with_name("frame-OFL.txt").read_text("utf-8")
    assert "The Inter Project Authors" in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text


def test_nothing_invisible_is_wanted() -> None:
    wanted = set(build_font.characters())
    assert {0x20, 0x41, 0x7E, 0x20AC} <= wanted
    assert wanted.isdisjoint({0x00, 0x0A, 0xAD, 0x202E, 0x200B, 0x0301, 0x2028})
