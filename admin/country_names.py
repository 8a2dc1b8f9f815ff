"""Countries by their English names, as ISO 3166-1 alpha-2 codes. Out of ``admin/data/countries.txt``."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

_APOSTROPHES = re.compile(r"['’.]")
_NOT_WORDS = re.compile(r"[^0-9a-z]+")
_SHORT_WORDS = {"st": "saint"}


@cache
def _lines() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Alpha-2 code, alpha-3 code, names."""
    text = files("admin").joinpath("data", "countries.txt").read_text("utf-8")
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            two, three, names = line.split(" ", 2)
            found.append((two, three, tuple(names.split("|"))))
    return tuple(found)


@cache
def _by_name() -> dict[str, str]:
    return {plain(name): two for two, three, names in _lines() for name in (two, three, *names)}


@cache
def _by_code() -> dict[str, str]:
    return {two: names[0] for two, _, names in _lines()}


def plain(name: str) -> str:
    """A name without what people write differently: case, accents, punctuation, "the" in front, "&" and "St."."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("ı", "i")
    words = _NOT_WORDS.sub(" ", _APOSTROPHES.sub("", letters)).split()
    if words[:1] == ["the"]:
        words = words[1:]
    return " ".join(_SHORT_WORDS.get(word, word) for word in words)


def code_of(name: str) -> str | None:
    """The alpha-2 code of a country by one of its names, or by its alpha-2 or alpha-3 code; ``None`` for no country."""
    return _by_name().get(plain(name))


def name_of(code: str) -> str | None:
    """The English name of an alpha-2 code."""
    return _by_code().get(code)
