"""The columns of a file of links: what each of them says of a link, read and written. Pure.

A value that is to be read is text (of CSV) or what JSON has; an empty text and ``null`` are none and are not read.
A reader raises ``ValueError`` or :class:`LinkError` for a value that it cannot take.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from links.errors import LinkError
from links.hosts import host_of
from links.model import Link
from links.times import format_millis, format_seconds, parse_time

WITHHELD = "withheld"
"""Stands in the place of a password's hash that was not exported: a link that asked for a password must not be made
again without one."""

STATUSES = (301, 302, 307, 308)

MOST_CACHE_SECONDS = 2**31 - 1  # RFC 9111 section 1.2.2: more means the same to a cache
MOST_TITLE_CHARACTERS = 2_048
MOST_UTM_CHARACTERS = 255
"""Of a title and of a UTM parameter: what the Divsly API takes."""

MOST_JSON_BYTES = 65_536
"""Of ``extras``: what one API stores beside a link is small."""

_NUMBER = re.compile(r"[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TRUTH = {"true": True, "false": False, "": True}

# Argon2id, version 1.3, as the reference implementation encodes it. Bounded, because whoever opens the link makes the
# admin do what a hash asks for: 256 MiB and 16 passes are more than anybody's recommendation, and a second of work.
_ARGON2ID = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)
MOST_MEMORY_KIB = 262_144
MOST_PASSES = 16
MOST_LANES = 16
LEAST_LANE_KIB = 8  # RFC 9106 section 3.1

# How a cell begins that a spreadsheet takes for a formula. Whoever may name a label or a title must not get to run one
# where the file is opened.
_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


# Reading


def text(value: Any) -> str:
    """Text that can be written in UTF-8."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("is not UTF-8") from None
    return value


def _title(value: Any) -> str:
    title = text(value)
    if len(title) > MOST_TITLE_CHARACTERS or _CONTROL.search(title):
        raise ValueError(f"must have at most {MOST_TITLE_CHARACTERS:,} characters, none of them a control character")
    return title


def _labels(value: Any) -> tuple[str, ...]:
    """Separated by commas, or a JSON array where one contains a comma."""
    if not value:
        return ()
    if isinstance(value, str):
        value = text(value)
        if not value.startswith("["):
            return tuple(label for part in value.split(",") if (label := part.strip()))
        value = _json(value, "array")
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        value = _TRUTH.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _number(value: Any, least: int, most: int) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"must be a whole number from {least} to {most}")
    return value


def _status(value: Any) -> int:
    try:
        status = _number(value, STATUSES[0], STATUSES[-1])
    except ValueError:
        status = 0
    if status not in STATUSES:
        raise ValueError(f"must be one of {', '.join(map(str, STATUSES))}")
    return status


def _cache_seconds(value: Any) -> int:
    return _number(value, 0, MOST_CACHE_SECONDS)


def _workspace(value: Any) -> int:
    return _number(value, 0, 2**31 - 1)


def _json(value: str, kind: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError(f"is not a JSON {kind}") from None


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = _json(text(value), "object")
    if not isinstance(value, dict):
        raise ValueError("must be a JSON object")
    return value


def _utm(value: Any) -> dict[str, str]:
    """Which keys there may be is known where the parameters are applied (``links.utm``)."""
    utm = _object(value)
    for name, given in utm.items():
        if not isinstance(given, str) or len(given) > MOST_UTM_CHARACTERS:
            raise ValueError(f"{name} must be text of at most {MOST_UTM_CHARACTERS} characters")
    return {name: given for name, given in utm.items() if given}


def _extras(value: Any) -> dict[str, Any]:
    extras = _object(value)
    if len(msgspec.json.encode(extras)) > MOST_JSON_BYTES:
        raise ValueError(f"must have at most {MOST_JSON_BYTES} bytes")
    return extras


def _rules(value: Any) -> tuple[Any, ...]:
    """What a rule may be is the importer's care."""
    if isinstance(value, str):
        value = _json(text(value), "array")
    if not isinstance(value, list):
        raise ValueError("must be a JSON array")
    return tuple(value)


def _password(value: Any) -> str:
    """A hash, or :data:`WITHHELD`. Never echoed: what stands here by mistake may be a password."""
    hash_ = text(value)
    if hash_ != WITHHELD and not is_argon2id(hash_):
        raise ValueError(
            "must be the hash of a password, as `links export --with-passwords` writes it: argon2id in its encoded form"
        )
    return hash_


def is_argon2id(encoded: str) -> bool:
    """Whether that is a hash by argon2id in its encoded form, with parameters that this server is willing to compute:
    at most 256 MiB, 16 passes and 16 lanes."""
    match = _ARGON2ID.fullmatch(encoded)
    if match is None:
        return False
    memory, passes, lanes = map(int, match.groups())
    is_bounded = memory <= MOST_MEMORY_KIB and 1 <= passes <= MOST_PASSES and 1 <= lanes <= MOST_LANES
    # Base64 without padding has no length that leaves one character over.
    return (
        is_bounded and memory >= LEAST_LANE_KIB * lanes and all(len(part) % 4 != 1 for part in encoded.split("$")[4:])
    )


@lru_cache(64)
def _host(name: str) -> str:
    return host_of(name, "domain")


def _domain(value: Any) -> str:
    return _host(text(value))


def _expires_at(value: Any) -> int:
    return parse_time(text(value), "expires_at")


def _created_at(value: Any) -> int:
    return parse_time(text(value), "created_at")


# Writing


def _shown_time(ms: int | None) -> str | None:
    if ms is None:
        return None
    return format_seconds(ms) if ms % 1000 == 0 else format_millis(ms)


def values_of(link: Link, *, with_passwords: bool) -> dict[str, Any]:
    """A link's row, by column, as JSON has it."""
    return {
        "slug": link.slug,
        "url": link.destination,
        "labels": link.labels,
        "expires_at": _shown_time(link.expires_at),
        "enabled": link.enabled,
        "domain": link.domain,
        "title": link.title,
        "status": link.status,
        "cache_seconds": link.cache_seconds,
        "forward_query": link.forward_query,
        "utm": link.utm,
        "rules": link.rules,
        "password": link.password if link.password is None or with_passwords else WITHHELD,
        "extras": link.extras,
        "track": link.track,
        "workspace": link.workspace,
        "created_at": _shown_time(link.created_at),
    }


def cell(name: str, value: Any) -> str:
    """A value of :func:`values_of` as text for CSV; :func:`uncell` undoes what it does for spreadsheets."""
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if name == "labels" and all("," not in label and not label.startswith("[") for label in value):
        value = ",".join(value)
    if not isinstance(value, str):
        if isinstance(value, int):
            return str(value)
        return msgspec.json.encode(value).decode() if value else ""
    return f"'{value}" if name in GUARDED and _FORMULA.match(value) else value


def uncell(value: str) -> str:
    """What a cell of a guarded column said before it was made harmless: with one ``'`` less at its beginning."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value


GUARDED = frozenset({"labels", "title"})
"""Columns with text of anybody's choice. The others' values begin otherwise: slugs have none of the characters that
make more of a formula than a number, addresses begin with their scheme."""

Reader = Callable[[Any], Any]

READERS: Mapping[str, tuple[str, Reader]] = {
    "slug": ("slug", text),
    "url": ("destination", text),
    "labels": ("labels", _labels),
    "expires_at": ("expires_at", _expires_at),
    "enabled": ("enabled", _truth),
    "domain": ("domain", _domain),
    "title": ("title", _title),
    "status": ("status", _status),
    "cache_seconds": ("cache_seconds", _cache_seconds),
    "forward_query": ("forward_query", _truth),
    "utm": ("utm", _utm),
    "rules": ("rules", _rules),
    "password": ("password", _password),
    "extras": ("extras", _extras),
    "track": ("track", _truth),
    "workspace": ("workspace", _workspace),
    "created_at": ("created_at", _created_at),
}
"""The columns in their order: what a link calls it, and how it is read."""

COLUMNS = tuple(READERS)


def fields_of(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The fields that a row's values, by column, say. Raises ``ValueError`` that begins with the column's name."""
    fields: dict[str, Any] = {}
    for name, value in values:
        if value == "" or (value is None and name != "enabled"):
            continue
        field, read = READERS[name]
        try:
            fields[field] = read(value)
        except LinkError as error:
            raise ValueError(f"{name}: {error.message}") from None
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return fields
