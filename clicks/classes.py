"""The class of a visit as one number: what was answered, by what way it came, who or what made it.

Rollups are kept by class, so that every chart can be had of people alone, or with tools, of QR codes, of links that
were gone. Below 128: SQLite stores it in one byte. Pure; the numbers are stored.
"""

from collections.abc import Collection
from enum import IntEnum

from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, REDIRECT


class Kind(IntEnum):
    """Who or what makes a visit. The numbers are stored."""

    PERSON = 0
    TOOL = 1
    BOT = 2
    PREVIEW = 3
    PREFETCH = 4
    HEAD = 5


class Via(IntEnum):
    """By what way a visitor came: a link as such, a QR code (``?qr=1``), a bio page (``?bio=1``)."""

    CLICK = 0
    QR = 1
    BIO = 2


class Outcome(IntEnum):
    """What a visitor got: on to the destination, a bio page, a question for the password, "gone", "there is none"."""

    REDIRECT = 0
    PAGE = 1
    LOCKED = 2
    GONE = 3
    NOT_FOUND = 4


OUTCOMES = {
    REDIRECT: Outcome.REDIRECT,
    PAGE: Outcome.PAGE,
    LOCKED: Outcome.LOCKED,
    GONE: Outcome.GONE,
    NOT_FOUND: Outcome.NOT_FOUND,
}
"""By the kind of a journal's record."""

CLASS_BITS = 7
CLASS_MASK = (1 << CLASS_BITS) - 1
KINDS = 8
_VIAS = 3


def class_of(outcome: int, via: int, kind: int) -> int:
    """The number of a class."""
    return (outcome * _VIAS + via) * KINDS + kind


def parts_of(number: int) -> tuple[Outcome, Via, Kind]:
    """What :func:`class_of` made it of."""
    rest, kind = divmod(number, KINDS)
    outcome, via = divmod(rest, _VIAS)
    return Outcome(outcome), Via(via), Kind(kind)


def classes(
    outcomes: Collection[Outcome], kinds: Collection[Kind] = tuple(Kind), vias: Collection[Via] = tuple(Via)
) -> list[int]:
    """All classes of these."""
    return sorted(class_of(outcome, via, kind) for outcome in outcomes for via in vias for kind in kinds)
