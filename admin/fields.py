"""Types of fields that both APIs use. What a link may be is decided in ``links``; here is how faults are reported
together, and how a field shows in the API's documentation."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from admin.validation import Context, rule
from links.errors import LinkError
from links.slug import canonical_slug
from links.times import parse_time

MAX_LABEL_CHARACTERS = 64

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def shown(character: str) -> str:
    """A character fit to be named in a message: itself, or its code point where it cannot be seen."""
    visible = character.isprintable() and not character.isspace() and unicodedata.category(character)[0] != "M"
    return f'"{character}"' if visible else f"U+{ord(character):04X}"


def label(text: str) -> str:
    """A label, trimmed. Raises what pydantic reports unless it has 1 to 64 characters, none of them a control."""
    trimmed = text.strip()
    if not trimmed:
        raise rule("must not be blank")
    if len(trimmed) > MAX_LABEL_CHARACTERS:
        raise rule(f"must have at most {MAX_LABEL_CHARACTERS} characters, this has {len(trimmed)}")
    if _CONTROL.search(trimmed):
        raise rule("must not contain control characters")
    return trimmed


def storable(slug: str) -> str:
    """``slug``, if the links take it: a reserved one is reported together with the other fields."""
    try:
        canonical_slug(slug)
    except LinkError as error:
        raise rule(error.message) from None
    return slug


def _destination(url: str, info: ValidationInfo[Context]) -> str:
    try:
        info.context.destinations.check(url)
    except LinkError as error:
        raise rule(error.message) from None
    return url


def _millis(value: Any) -> int:
    if not isinstance(value, str):
        raise rule("must be a string: an ISO 8601 date or time" + (", not null" if value is None else ""))
    try:
        return parse_time(value)
    except LinkError as error:
        raise rule(error.message) from None


def _seconds(value: Any) -> int:
    return _millis(value) // 1000 * 1000


def _text(value: str) -> str:
    if "\x00" in value:  # PostgreSQL has no text with it
        raise rule("must not contain U+0000")
    return value


Url = Annotated[str, AfterValidator(_destination)]
"""A destination, kept as it was sent."""

Label = Annotated[
    str, AfterValidator(label), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARACTERS})
]

Text = Annotated[str, AfterValidator(_text)]
"""Free text."""

_TIME_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})

Seconds = Annotated[int, BeforeValidator(_seconds), _TIME_SCHEMA]
"""A time in ISO 8601; epoch milliseconds here, cut to whole seconds."""

Millis = Annotated[int, BeforeValidator(_millis), _TIME_SCHEMA]
"""A time in ISO 8601; epoch milliseconds here."""

Time = Annotated[str, _TIME_SCHEMA]
"""A time in an answer."""
