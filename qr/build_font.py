"""Makes ``qr/data/frame.ttf``: ``python -m qr.build_font PACKAGE_DIR``.

That is the unpacked package ``@expo-google-fonts/inter``. Not part of the product: nothing in it imports this. The
glyphs stay as they are; what is left out are other scripts, features, hints and combining marks, which would need
shaping.
"""

import shutil
import sys
import unicodedata
from pathlib import Path

# fontTools has no types.
from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

SOURCE, LICENCE = "700Bold/Inter_700Bold.ttf", "LICENSE_FONT"
MADE = Path(__file__).with_name("data") / "frame.ttf"
WANTED = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x00FF),  # Latin-1 Supplement
    (0x0100, 0x024F),  # Latin Extended-A, -B
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x052F),  # Cyrillic and its supplement
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2010, 0x205E),  # General Punctuation
    (0x20A0, 0x20C0),  # Currency Symbols
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2199),  # Arrows
    (0x2212, 0x2212),
)
INVISIBLE = {"Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp"}
KEPT_NAMES = (0, 1, 2, 5, 13, 14)
"""Copyright, family, style, version, licence, its address."""


def characters() -> list[int]:
    """The code points of ``WANTED`` that are seen, or a space."""
    return [
        code
        for first, last in WANTED
        for code in range(first, last + 1)
        if unicodedata.category(chr(code)) not in INVISIBLE
    ]


def main(arguments: list[str]) -> None:
    package = Path(arguments[0])
    font = TTFont(package / SOURCE, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = list(KEPT_NAMES)
    options.drop_tables += ["STAT", "gasp", "GDEF", "GPOS", "GSUB", "prep"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters())
    worker.subset(font)
    font.save(MADE)
    shutil.copyfile(package / LICENCE, MADE.with_name("frame-OFL.txt"))
    print(f"{MADE}: {MADE.stat().st_size} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    main(sys.argv[1:])
