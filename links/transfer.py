"""Links from and to files: CSV and JSON lines with the columns of ``links.columns``. Reading and writing rows; no I/O.

A bad row never stops the others: :func:`read_csv` and :func:`read_jsonl` give a :class:`BadRow` in its place.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from links.columns import COLUMNS, GUARDED, cell, fields_of, uncell, values_of
from links.errors import Code, LinkError
from links.hosts import readable
from links.model import Draft, Link

MOST_CELL_CHARACTERS = 131_072
"""Of a cell of CSV (what Python's reader takes). No limit of JSON lines."""

_FIELDS = {"destination": "url"}


class GoodRow(msgspec.Struct, frozen=True):
    """A row that could be understood; ``line`` is where it starts, from 1. ``created_at``: epoch ms, 0 for now."""

    line: int
    draft: Draft
    created_at: int = 0


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
    """The rows of a CSV file (RFC 4180) whose first line names its columns, any of ``COLUMNS`` in any order.

    ``labels`` are separated by commas, or a JSON array where one contains a comma; ``utm``, ``rules`` and ``extras``
    are JSON; times are ISO 8601; an empty cell says nothing. Only ``url`` is required. Raises :class:`LinkError` where
    it is no such file as a whole.
    """
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise _unreadable(f"line 1: {error}") from None
    if not header:
        raise _unreadable("the file is empty; its first line names the columns: slug,url,labels,expires_at")
    _check_columns(header)
    guarded = [at for at, name in enumerate(header) if name in GUARDED]
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
        for at in guarded:
            values[at] = uncell(values[at])
        yield _row(line, zip(header, values, strict=True))


def read_jsonl(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a file with a JSON object on each line, with the keys of ``COLUMNS``; ``null`` says nothing."""
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
        yield _row(line, row.items()) if unknown is None else BadRow(line, f"unknown key {unknown!r}")


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


def _row(line: int, values: Iterable[tuple[str, Any]]) -> Row:
    try:
        fields = fields_of(values)
    except ValueError as error:
        return BadRow(line, str(error))
    created_at = fields.pop("created_at", 0)
    fields.setdefault("destination", "")  # whoever makes the link refuses it
    return GoodRow(line, Draft(**fields), created_at)


def csv_header() -> str:
    return ",".join(COLUMNS) + "\r\n"


def csv_line(link: Link, *, with_passwords: bool = False) -> str:
    """A link as a line of CSV that :func:`read_csv` reads back.

    Raises :class:`LinkError` ``INVALID`` for a link with more in one cell than can be read back.
    """
    cells = []
    for name, value in values_of(link, with_passwords=with_passwords).items():
        cells.append(cell(name, value))
        if len(cells[-1]) > MOST_CELL_CHARACTERS:
            raise _unreadable(
                f"{_shown(link)}: its {name} have {len(cells[-1]):,} characters, which is too much for CSV: export it "
                "as JSON lines"
            )
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def jsonl_line(link: Link, *, with_passwords: bool = False) -> str:
    """A link as a line of JSON that :func:`read_jsonl` reads back."""
    return msgspec.json.encode(values_of(link, with_passwords=with_passwords)).decode() + "\n"


def _shown(link: Link) -> str:
    return f"{readable(link.domain)}/{link.slug}" if link.domain else link.slug
