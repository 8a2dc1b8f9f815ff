"""Exports: what is read of them at once. Each reader is called in a thread, with where the piece before ended
(``()``: the beginning), and holds nothing open afterwards."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, NamedTuple

from admin.stats_links import SQL
from clicks import database
from clicks.calendar_days import DAY_HOURS, DAY_S, HOUR_S, date_of, number_of, start_of
from clicks.classes import Kind, Via
from clicks.dimensions import SEPARATOR, Dimension
from clicks.periods import Period
from clicks.raw import RawVisits
from clicks.record import rule_of
from links.times import format_seconds

PIECE_ROWS = 2_000
"""Rows that are read at once: some 10 ms, and 1 MB."""

MS = 1_000

_BEHIND = 2**62
"""More than any time or number."""


class Wanted(NamedTuple):
    """Which rows. ``ids`` is a JSON array of links, ``None`` for all of the workspace."""

    what: str
    form: str
    workspace: int
    ids: str | None
    kinds: frozenset[Kind]
    vias: frozenset[Via]
    period: Period | None


class Piece(NamedTuple):
    """Rows as they were read: the link's number, the class, and the rest by column; and from where to go on, ``None``
    at the end."""

    rows: list[tuple[int, int, dict[str, Any]]]
    after: Any


Cursor = Any


def _daily(
    data_dir: Path,
    wanted: Wanted,
    after: Cursor,
    statement: str,
    key: tuple[str, ...],
    make: Callable[..., Any],
) -> Piece:
    connection = database.open_read_only(data_dir / database.FILE_NAME)
    if connection is None:
        return Piece([], None)
    with closing(connection):
        beginning = (0,) + (_BEHIND,) * (len(key) - 1)  # links have numbers from 1; the rest are sums of many
        day, last, start = after or (*_days(connection, wanted.period), beginning)
        if day is None or last is None:
            return Piece([], None)
        left = PIECE_ROWS
        rows: list[tuple[int, int, dict[str, Any]]] = []
        while day <= last:
            values = dict(zip(key, start, strict=True)) | {"day": day, "ids": wanted.ids, "limit": left}
            found = connection.execute(SQL[statement], values).fetchall()
            rows += [make(day, row) for row in found]
            left -= len(found)
            if left <= 0:
                return Piece(rows, (day, last, found[-1][: len(key)]))
            # A day without rows costs a look: many of them are one piece all the same.
            day, start, left = day + 1, beginning, max(1, left - 1)
        return Piece(rows, None)


def _days(connection: sqlite3.Connection, period: Period | None) -> tuple[int | None, int | None]:
    first, last = connection.execute(SQL["days"]).fetchone()
    if first is None or period is None:
        return first, last
    return max(first, number_of(period.first)), min(last, number_of(period.last))


def _hours(data_dir: Path, zone: tzinfo, wanted: Wanted, after: Cursor) -> Piece:
    period = wanted.period
    begin = start_of(number_of(period.first), zone) if period else 0
    end = start_of(number_of(period.last) + 1, zone) if period else _BEHIND
    # A day in the zone has hours of the day before and after in UTC.
    wider = None if period is None else Period(period.first - timedelta(days=1), period.last + timedelta(days=1))

    def make(day: int, row: Any) -> tuple[int, int, dict[str, Any]]:
        subject, hour, class_, n = row
        return subject, class_, {"at": (day * DAY_HOURS + hour) * HOUR_S, "visits": n}

    piece = _daily(data_dir, wanted._replace(period=wider), after, "hours", ("subject", "hour", "class"), make)
    rows = [
        (subject, class_, {"hour": format_seconds(row["at"] * MS), "visits": row["visits"]})
        for subject, class_, row in piece.rows
        if begin <= row["at"] < end
    ]
    return Piece(rows, piece.after)


def _values(data_dir: Path, zone: tzinfo, wanted: Wanted, after: Cursor) -> Piece:
    def make(day: int, row: Any) -> tuple[int, int, dict[str, Any]]:
        subject, dimension, _, class_, text, n = row
        named = {"dimension": Dimension(dimension).name.lower(), "value": text.replace(SEPARATOR, " / ")}
        return subject, class_, {"date": date_of(day).isoformat(), **named, "visits": n}

    return _daily(data_dir, wanted, after, "values", ("subject", "dimension", "value", "class"), make)


def _visits(data_dir: Path, zone: tzinfo, wanted: Wanted, after: Cursor) -> Piece:
    period = wanted.period
    begin = start_of(number_of(period.first), zone) * MS if period else 0
    end = start_of(number_of(period.last) + 1, zone) * MS if period else _BEHIND
    month, segment, offset = after or ("", -1, -1)
    for name in [name for name in RawVisits(data_dir).months() if name >= month]:
        if name != month:
            segment, offset = -1, -1
        if not _overlaps(name, begin, end):
            continue
        values = {"segment": segment, "offset": offset, "from_ms": begin, "to_ms": end, "ids": wanted.ids}
        with suppress(FileNotFoundError), closing(_month(data_dir, name)) as connection:
            found = connection.execute(SQL["visits"], values | {"limit": PIECE_ROWS}).fetchall()
            if found:
                return Piece([_visit(row) for row in found], (name, *found[-1][:2]))
    return Piece([], None)


def _month(data_dir: Path, name: str) -> sqlite3.Connection:
    path = data_dir / f"clicks-{name}.db"
    if not path.exists():
        raise FileNotFoundError(path)
    return database.connect(path, read_only=True)


def _overlaps(month: str, begin: int, end: int) -> bool:
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).timestamp() * MS
    return first < end and first + 31 * DAY_S * MS > begin


def _visit(row: Any) -> tuple[int, int, dict[str, Any]]:
    _, offset, boot, pid, seq, at, link, class_, country, city, utm, rule, agent, language, *more = row
    referrer, address, referrer_url = more
    device, browser, system = agent.split(SEPARATOR)
    source, medium, campaign = (utm or SEPARATOR * 2).split(SEPARATOR)
    number, variant = rule_of(rule or 0)
    return (
        link,
        class_,
        {
            "id": f"{boot}-{pid}-{seq}:{offset}",
            "time": datetime.fromtimestamp(at / MS, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
            + "Z",
            **{"country": country or None, "city": city or None, "device": device or None, "browser": browser},
            **{"os": system, "language": language or None, "referrer": referrer or None},
            **{"utm_source": source or None, "utm_medium": medium or None, "utm_campaign": campaign or None},
            "rule_index": number - 1 if number else None,
            "variant_index": variant - 1 if variant else None,
            **{"address": address and _address(address), "referrer_url": referrer_url},
        },
    )


def _address(packed: bytes) -> str:
    address = IPv6Address(packed)
    return str(address.ipv4_mapped or address)


READERS: dict[str, Callable[[Path, tzinfo, Wanted, Cursor], Piece]] = {
    "hours": _hours,
    "values": _values,
    "visits": _visits,
}
