"""Slugs out of titles. Pure."""

import re
import unicodedata

from admin.models_xqr import MAX_SLUG, MIN_SLUG

FALLBACK = "page"
"""For a title without a letter that has a Latin form."""

_NUMBERED = 20
"""So many pages of one title get a number, the others something random."""

# What NFKD does not take apart, as it is usually written in ASCII: Latin letters, Cyrillic ones (after the Library of
# Congress, without diacritics) and Greek ones (after ISO 843).
_SPELLED = """
ß=ss æ=ae œ=oe ø=o ł=l đ=d ð=d þ=th ı=i ŋ=n
а=a б=b в=v г=g ґ=g д=d е=e є=ye ж=zh з=z и=i й=i і=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ў=u ф=f х=kh ц=ts ч=ch
ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya
α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
"""
_LATIN = dict(re.findall(r"(\S)=(\S*)", _SPELLED))
_OTHER = re.compile(r"[^a-z0-9]+")


def folded(title: str) -> str:
    """``title`` in ``a-z0-9-``: words joined by hyphens; empty where nothing of it has such a form."""
    plain = "".join(_LATIN.get(char, char) for char in unicodedata.normalize("NFC", title).lower())
    apart = unicodedata.normalize("NFKD", plain)
    kept = "".join(_LATIN.get(char, char) for char in apart if not unicodedata.combining(char))
    return _OTHER.sub("-", kept.replace("'", "").replace("’", "")).strip("-")


def candidates(title: str, random: str) -> tuple[str, ...]:
    """Slugs for a page of ``title``, the best first. ``random``: a few letters or digits that end the last one."""
    base = folded(title)[: MAX_SLUG - 1 - len(random)].strip("-") or FALLBACK
    ends = [*(f"-{number}" for number in range(2, _NUMBERED + 1)), f"-{random}"]
    first = base if len(base) >= MIN_SLUG else f"{base}-{FALLBACK}"
    return (first, *(first + end for end in ends))
