"""Which characters a slug may be made of, and in which order; nothing of segments, lengths or reserved words.

Each character is given a kind, one letter; what may follow what is then one expression over those letters.
Letters, digits and marks are what ``unicodedata`` of the running Python says; unassigned code points are refused.

Emoji are the Extended_Pictographic characters of Unicode 17 (emoji-data.txt): the emoji proper and the code points
reserved for emoji to come, so that what is accepted does not depend on the Unicode version of the running Python.
With them go what UTS #51 §1.4 builds out of them: skin tones, flags (pairs of regional indicators), keycaps of the
ten digits (``#`` and ``*`` cannot stand in a path), flags of subdivisions, and sequences joined by U+200D.
U+FE0F, which only asks for the colourful form, is expected to be gone.
"""

import re
import unicodedata
from bisect import bisect_right
from string import ascii_letters, digits

_PICTOGRAPHS = """
A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA 24C2 25AA-25AB 25B6 25C0
25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F 2638-263A 2640 2642 2648-2653
265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C 26A0-26A1 26A7 26AA-26AB 26B0-26B1 26BD-26BE
26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA 26F0-26F5 26F7-26FA 26FD 2702 2705 2708-270D 270F 2712 2714 2716
271D 2721 2728 2733-2734 2744 2747 274C 274E 2753-2755 2757 2763-2764 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07
2B1B-2B1C 2B50 2B55 3030 303D 3297 3299 1F004 1F02C-1F02F 1F094-1F09F 1F0AF-1F0B0 1F0C0 1F0CF-1F0D0 1F0F6-1F0FF
1F170-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F1AF-1F1E5 1F201-1F20F 1F21A 1F22F 1F232-1F23A 1F23C-1F23F 1F249-1F25F
1F266-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0 1F3F3 1F3F5 1F3F7-1F3FA 1F400-1F4FD 1F4FF-1F53D
1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A 1F587 1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2
1F5BC 1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2
1F6D5-1F6E5 1F6E9 1F6EB-1F6F0 1F6F3-1F6FF 1F7DC-1F7F0 1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8AF
1F8BC-1F8BF 1F8C2-1F8CF 1F8D9-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA58-1FA5F 1FA6E-1FAFF 1FC00-1FFFD
"""

# Code points that decide their kind whatever their general category; no two ranges overlap.
# "I" are the letters and marks that show nothing (Default_Ignorable_Code_Point, and the Khitan filler U+16FE4):
# their categories alone would let them through, and two slugs that look the same would be two links.
_SPECIAL_RANGES = (
    ("E", _PICTOGRAPHS),
    ("E", "1F3FB-1F3FF"),
    ("B", "1F3F4"),
    ("R", "1F1E6-1F1FF"),
    ("K", "20E3"),
    ("J", "200D"),
    ("T", "E0030-E0039 E0061-E007A"),
    ("X", "E007F"),
    ("I", "34F 115F-1160 17B4-17B5 180B-180F 3164 FE00-FE0F FFA0 16FE4 E0100-E01EF"),
)

_CATEGORY_KINDS = {
    **dict.fromkeys(("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"), "L"),  # Nl: 〇 of Chinese years is a "letter number"
    "Nd": "N",
    "Mn": "M",
    "Mc": "M",
    **dict.fromkeys(("Cf", "Cc", "Zl", "Zp"), "I"),
}

_ASCII_KINDS = {
    **dict.fromkeys(ascii_letters, "L"),
    **dict.fromkeys(digits, "D"),
    **dict.fromkeys("-_.~", "P"),
    "/": "/",
}


def _spread(ranges: tuple[tuple[str, str], ...]) -> tuple[list[int], list[int], list[str]]:
    """The ranges as parallel lists sorted by first code point: firsts, lasts, kinds."""
    rows = []
    for kind, text in ranges:
        for item in text.split():
            first, _, last = item.partition("-")
            rows.append((int(first, 16), int(last or first, 16), kind))
    rows.sort()
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


_FIRSTS, _LASTS, _KINDS = _spread(_SPECIAL_RANGES)

_EMOJI = "(?:E|B(?:T{3,6}X)?)"  # three to six tags: a region and a subdivision, UTS #51 ED-14a
_ORDER = re.compile(f"(?:LM*|DK?|N|P|/|RR|{_EMOJI}(?:J{_EMOJI})*)*")

_ALLOWED = "letters, digits, - _ . ~, emoji and single /"
_FAULTS = {
    "M": "must not contain {} except after a letter",
    "K": "must not contain {} except after one of the digits 0 to 9",
    "R": "must not contain {} except in pairs, as flags are made",
    "J": "must not contain the invisible character {} except between two emoji",
    "T": "must not contain the invisible character {} except in the emoji flag of a subdivision",
    "X": "must not contain the invisible character {} except in the emoji flag of a subdivision",
    "I": "must not contain the invisible or control character {}",
    "%": "must be given as plain text, without percent-encoding: found {}",
    "?": f"must not contain {{}}: allowed are {_ALLOWED}",
}


def kind(char: str) -> str:
    """The kind of one character: ``L`` letter, ``M`` mark, ``D`` ASCII digit, ``N`` other digit, ``P`` one of
    ``-_.~``, ``/``, ``E`` emoji, ``B`` the black flag, ``R`` regional indicator, ``K`` keycap, ``J`` joiner,
    ``T`` tag, ``X`` end of tags, ``I`` invisible, ``%``, and ``?`` for all that a slug cannot contain."""
    if char.isascii():
        return _ASCII_KINDS.get(char) or ("I" if ord(char) < 0x20 or char == "\x7f" else "%" if char == "%" else "?")
    index = bisect_right(_FIRSTS, ord(char)) - 1
    if index >= 0 and ord(char) <= _LASTS[index]:
        return _KINDS[index]
    return _CATEGORY_KINDS.get(unicodedata.category(char), "?")


def fault(text: str) -> str | None:
    """What is wrong with the characters of ``text`` (NFC, without U+FE0F), as a sentence that starts with "must";
    ``None`` where nothing is."""
    kinds = "".join(map(kind, text))
    match = _ORDER.match(kinds)
    end = match.end() if match else 0
    if end == len(text):
        return None
    return _FAULTS.get(kinds[end], _FAULTS["?"]).format(name(text[end]))


def name(char: str) -> str:
    """How a message names a character: quoted where it shows on its own, else as U+XXXX."""
    if char == " " or (char.isprintable() and kind(char) not in "MKRJTXI"):
        return f'"{char}"'
    return f"U+{ord(char):04X}"
