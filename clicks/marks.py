"""What the query of a visit's own request says: the marker of a QR code or a bio page, and UTM parameters. Pure."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from clicks.classes import Via

UTM = (b"utm_source", b"utm_medium", b"utm_campaign")

MOST_CHARACTERS = 100
"""Of a UTM parameter that are kept: it stands in charts."""

MOST_QUERY_BYTES = 4_096
"""Of a query that are looked at."""

REMEMBERED = 8_192
"""Queries: those of a campaign's visits are all the same."""


class Marks(NamedTuple):
    """``utm``: source, medium and campaign, "" where there is none."""

    via: Via
    utm: tuple[str, str, str]
    has_utm: bool


NO_MARKS = Marks(Via.CLICK, ("", "", ""), False)


@lru_cache(REMEMBERED)
def marks_of(query: bytes) -> Marks:
    """What stands in a query, as it was sent. The first parameter of a name counts."""
    via = Via.CLICK
    utm: dict[bytes, str] = {}
    for parameter in query[:MOST_QUERY_BYTES].partition(b"#")[0].split(b"&"):
        name, _, value = parameter.partition(b"=")
        if name == b"qr" and value == b"1":
            via = Via.QR
        elif name == b"bio" and value == b"1" and via == Via.CLICK:
            via = Via.BIO
        elif name in UTM:
            utm.setdefault(name, decoded(value))
    values = (utm.get(UTM[0], ""), utm.get(UTM[1], ""), utm.get(UTM[2], ""))
    has_utm = any(values)
    return Marks(via, values, has_utm) if has_utm or via else NO_MARKS


def decoded(value: bytes) -> str:
    """A form's value (WHATWG URL section 5.1) as one line of printable text."""
    text = unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8", "replace")
    return printable(text).strip()[:MOST_CHARACTERS]


def printable(text: str) -> str:
    """``text`` with a replacement for what is no character that can be shown."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)
