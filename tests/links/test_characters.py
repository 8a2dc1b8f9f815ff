import re
import unicodedata

import pytest

from links import characters
from links.characters import fault, kind, name


@pytest.mark.parametrize(
    ("char", "expected"),
    [
        ("a", "L"),
        ("Z", "L"),
        ("7", "D"),
        ("_", "P"),
        ("/", "/"),
        ("é", "L"),
        ("ا", "L"),
        ("〇", "L"),
        ("٣", "N"),
        ("\u0301", "M"),
        ("\u093f", "M"),
        ("\U0001f600", "E"),
        ("\U0001f3fd", "E"),
        ("\U0001faff", "E"),
        ("\U0001f3f3", "E"),
        ("\U0001f3f4", "B"),
        ("\U0001f3f5", "E"),
        ("\U0001f1e6", "R"),
        ("\u20e3", "K"),
        ("\u200d", "J"),
        ("\U000e0067", "T"),
        ("\U000e007f", "X"),
        ("\u202e", "I"),
        ("\u3164", "I"),
        ("\ufe0e", "I"),
        ("\x00", "I"),
        ("\x7f", "I"),
        ("%", "%"),
        (" ", "?"),
        ("\u00a0", "?"),
        ("²", "?"),
        ("…", "?"),
        ("\ud800", "?"),
        ("\U00050000", "?"),
        ("\U0010ffff", "?"),
    ],
)
def test_kind(char: str, expected: str) -> None:
    assert kind(char) == expected


def test_special_ranges_do_not_overlap() -> None:
    starts, ends = characters._FIRSTS, characters._LASTS
    assert all(first <= last for first, last in zip(starts, ends, strict=True))
    assert all(last < following for last, following in zip(ends, starts[1:], strict=False))


def test_no_format_character_is_anything_but_invisible_joiner_or_tag() -> None:
    formats = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    assert len(formats) > 100
    assert {kind(char) for char in formats if char != "\u200d"} <= {"I", "T", "X"}


@pytest.mark.parametrize(
    "text",
    [
        "Az09-_.~",
        "a/b",
        "naïve",
        "q\u0303\u0301",
        "हिन्दी",
        "ภาษาไทย",
        "二〇二六",
        "שלום",
        "٢٠٢٦",
        "😀😀",
        "👍🏽",
        "🏽",
        "🇩🇪🇫🇷",
        "1\u20e39\u20e3",
        "👨\u200d👩\u200d👧",
        "🏳\u200d🌈",
        "🏴\u200d☠",
        "🏃🏽\u200d♀",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "a😀b/7🇩🇪",
    ],
)
def test_accepted(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a b", 'must not contain " ": allowed are'),
        ("a\u00a0b", "must not contain U+00A0: allowed are"),
        ("a!", 'must not contain "!": allowed are'),
        ("#\u20e3", 'must not contain "#"'),
        ("50%25", 'percent-encoding: found "%"'),
        ("\ud800", "must not contain U+D800: allowed are"),
        ("a\n", "control character U+000A"),
        ("a\u200b", "invisible or control character U+200B"),
        ("a\u202eb", "invisible or control character U+202E"),
        ("a\u200cb", "invisible or control character U+200C"),
        ("\u3164", "invisible or control character U+3164"),
        ("\u0301a", "U+0301 except after a letter"),
        ("1\u0301", "U+0301 except after a letter"),
        ("a/\u0301", "U+0301 except after a letter"),
        ("😀\u0301", "U+0301 except after a letter"),
        ("a\u20e3", "U+20E3 except after one of the digits"),
        ("😀\u20e3", "U+20E3 except after one of the digits"),
        ("1\u20e3\u20e3", "U+20E3 except after one of the digits"),
        ("🇩", "U+1F1E9 except in pairs"),
        ("🇩🇪🇫", "U+1F1EB except in pairs"),
        ("🇩a🇪", "U+1F1E9 except in pairs"),
        ("\u200d", "U+200D except between two emoji"),
        ("a\u200db", "U+200D except between two emoji"),
        ("😀\u200d", "U+200D except between two emoji"),
        ("😀\u200d\u200d😀", "U+200D except between two emoji"),
        ("\u200d😀", "U+200D except between two emoji"),
        ("😀\u200da", "U+200D except between two emoji"),
        ("a\U000e0067", "U+E0067 except in the emoji flag"),
        ("😀\U000e0067\U000e0062\U000e0073\U000e007f", "U+E0067 except in the emoji flag"),
        ("🏴\U000e0067\U000e0062\U000e0073", "U+E0067 except in the emoji flag"),
        ("🏴" + "\U000e0061" * 7 + "\U000e007f", "U+E0061 except in the emoji flag"),
        ("🏴\U000e007f", "U+E007F except in the emoji flag"),
    ],
)
def test_refused_with_the_character_named(text: str, part: str) -> None:
    found = fault(text)
    assert found is not None
    assert part in found
    assert found.startswith("must ")


def test_every_refusal_is_printable() -> None:
    for code in range(0x3000):
        found = fault(chr(code))
        assert found is None or re.fullmatch(r"[ -~]*(?:\"[^\"\s]\")?[ -~]*", found), hex(code)


@pytest.mark.parametrize(("char", "expected"), [("!", '"!"'), (" ", '" "'), ("…", '"…"'), ("\t", "U+0009")])
def test_name(char: str, expected: str) -> None:
    assert name(char) == expected
