"""Links from and to files: CSV and JSON lines with the columns of :data:`COLUMNS`. Reading and writing rows; no I/O.

A bad row never stops the others: :func:`read_csv` and :func:`read_jsonl` give a :class:`BadRow` in its place.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from links.errors import Code, LinkError
from links.model import Draft, Link
from links.times import format_millis, format_seconds, parse_time

COLUMNS = ("slug", "url", "labels", "expires_at", "enabled")

_FIELDS = {"destination": "url"}
_TRUTH = {"true": True, "false": False, "": True}


class GoodRow(msgspec.Struct, frozen=True):
    """A row that could be understood; ``line`` is where it starts, from 1."""

    line: int
    draft: Draft


class BadRow(msgspec.Struct, frozen=True):
    """A row that cannot become a link, and why."""

    line: int
    reason: str


Row = GoodRow | BadRow


def reason_of(error: LinkError) -> str:
    """An error in the words of the file's columns."""
    if error.code is Code.LIMIT:  # its field is none of the file
        return error.message
    field = _FIELDS.get(error.field or "", error.field)
    return f"{field}: {error.message}" if field else error.message


def read_csv(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a CSV file (RFC 4180) whose first line names its columns.

    ``labels`` are separated by commas, or a JSON array where one contains a comma; ``expires_at`` is ISO 8601;
    ``enabled`` is true or false. Only ``url`` is required. Raises :class:`LinkError` where it is no such
    file as a whole.
    """
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise _unreadable(f"line 1: {error}") from None
    if not header:
        raise _unreadable("the file is empty; its first line names the columns: slug,url,labels,expires_at")
    _check_columns(header)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield BadRow(line, f"not CSV: {error}")
            continue
        if values is None:
            return
        if not values:
            continue  # an empty line
        if len(values) != len(header):
            yield BadRow(line, f"has {len(values)} columns, the header has {len(header)}")
            continue
        yield _row(line, dict(zip(header, values, strict=True)))


def read_jsonl(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a file with a JSON object on each line, with the keys of :data:`COLUMNS`."""
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row = msgspec.json.decode(text.encode("utf-8", "surrogateescape"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield BadRow(line, f"not JSON: {error}")
            continue
        if not isinstance(row, dict):
            yield BadRow(line, "not a JSON object")
            continue
        unknown = next((key for key in row if key not in COLUMNS), None)
        yield _row(line, row) if unknown is None else BadRow(line, f"unknown key {unknown!r}")


def _unreadable(message: str) -> LinkError:
    return LinkError(Code.INVALID, message)


def _check_columns(header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise _unreadable(f"unknown column {name!r}; the columns are {', '.join(COLUMNS)}")
        if header.count(name) > 1:
            raise _unreadable(f"column {name!r} stands twice")
    if "url" not in header:
        raise _unreadable("there is no column 'url'")


def _row(line: int, values: dict[str, Any]) -> Row:
    try:
        expires_at = values.get("expires_at") or None
        draft = Draft(
            slug=_text(values, "slug") or None,
            destination=_text(values, "url"),
            labels=_labels(values),
            expires_at=None if expires_at is None else parse_time(_text(values, "expires_at"), "expires_at"),
            enabled=_enabled(values.get("enabled", True)),
        )
    except LinkError as error:
        return BadRow(line, reason_of(error))
    except ValueError as error:
        return BadRow(line, str(error))
    return GoodRow(line, draft)


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: must be text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{name}: is not UTF-8") from None
    return value


def _labels(values: dict[str, Any]) -> tuple[str, ...]:
    value = values.get("labels")
    if not value:
        return ()
    if isinstance(value, str):
        value = _text(values, "labels")
        if not value.startswith("["):
            return tuple(label for part in value.split(",") if (label := part.strip()))
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("labels: is not a JSON array") from None
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise ValueError("labels: must be a list of texts")
    return tuple(value)


def _enabled(value: Any) -> bool:
    if isinstance(value, str):
        value = _TRUTH.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("enabled: must be true or false")
    return value


def _values(link: Link) -> dict[str, Any]:
    """A link's row. With UTM parameters, the address that it leads to: a row has no column for them."""
    expires_at = link.expires_at
    if expires_at is not None:
        whole = expires_at % 1000 == 0
        expires = format_seconds(expires_at) if whole else format_millis(expires_at)
    return {
        "slug": link.slug,
        "url": link.location if link.utm else link.destination,
        "labels": list(link.labels),
        "expires_at": None if expires_at is None else expires,
        "enabled": link.enabled,
    }


def csv_header() -> str:
    return ",".join(COLUMNS) + "\r\n"


def csv_line(link: Link) -> str:
    """A link as a line of CSV that :func:`read_csv` reads back."""
    values = _values(link)
    labels = values["labels"]
    plain = all("," not in label and not label.startswith("[") for label in labels)
    values["labels"] = ",".join(labels) if plain else msgspec.json.encode(labels).decode()
    values["enabled"] = "true" if link.enabled else "false"
    out = io.StringIO()
    csv.writer(out).writerow([values[name] for name in COLUMNS])
    return out.getvalue()


def jsonl_line(link: Link) -> str:
    """A link as a line of JSON that :func:`read_jsonl` reads back."""
    return msgspec.json.encode(_values(link)).decode() + "\n"
