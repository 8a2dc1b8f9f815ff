"""Exports of what has been counted: read a piece at a time, in a thread, as the client takes it.

No transaction is held open in between: each piece goes on after the last row of the one before. What is counted
meanwhile may be in it or not.
"""

import asyncio
import csv
import io
import logging
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from admin.insight import LinkIndex
from admin.models_stats import ExportQuery
from admin.stats_links import Named
from admin.stats_pieces import READERS, Piece, Wanted
from clicks.classes import Kind, Via, parts_of
from clicks.errors import StatisticsError
from clicks.periods import Period
from links.errors import Code, LinkError

log = logging.getLogger(__name__)

MOST_EXPORTS = 4
"""At a time. Each holds some hundreds of kilobytes."""

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")

COLUMNS: dict[str, tuple[str, ...]] = {
    "hours": ("hour", "link_id", "short_code", "outcome", "via", "kind", "visits"),
    "values": ("date", "link_id", "short_code", "dimension", "value", "outcome", "via", "kind", "visits"),
    "visits": (
        *("id", "time", "link_id", "short_code", "outcome", "via", "kind", "country", "city", "device", "browser"),
        *("os", "language", "referrer", "utm_source", "utm_medium", "utm_campaign", "rule_index", "variant_index"),
        *("address", "referrer_url"),
    ),
}

_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
"""Content types by the name of the format, which is the file's ending too."""


def headers_of(what: str, form: str) -> dict[str, str]:
    """Of the answer that an export is."""
    return {"Content-Type": _TYPES[form], "Content-Disposition": f'attachment; filename="{what}.{form}"'}


class Exports:
    """``zone``: of the days that visits are counted by; ``counted``: the kinds that count."""

    def __init__(self, data_dir: Path, index: LinkIndex, zone: Any, counted: Collection[Kind]) -> None:
        self._data_dir = data_dir
        self._index = index
        self._zone = zone
        self._counted = frozenset(counted)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="exports")
        self._running = 0

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def open(
        self, asked: ExportQuery, workspace: int, ids: list[int] | None, period: Period | None
    ) -> AsyncGenerator[bytes, None]:
        """The export, piece by piece; ``period``: ``None`` for all days. Raises :class:`LinkError` ``UNAVAILABLE``
        where there are too many already."""
        if self._running >= MOST_EXPORTS:
            raise LinkError(Code.UNAVAILABLE, f"{MOST_EXPORTS} exports are under way. Try again later.")
        kinds, vias = asked.kinds() or self._counted, asked.vias() or frozenset(Via)
        listed = None if ids is None else orjson.dumps(ids).decode()
        return self._chunks(Wanted(asked.what, asked.format, workspace, listed, kinds, vias, period))

    async def _chunks(self, wanted: Wanted) -> AsyncGenerator[bytes, None]:
        self._running += 1
        try:
            if wanted.form == "csv":
                yield (",".join(COLUMNS[wanted.what]) + "\r\n").encode()
            read = READERS[wanted.what]
            after: Any = ()
            while after is not None:
                piece: Piece = await self._in_thread(read, self._data_dir, self._zone, wanted, after)
                named = await self._index.named({link for link, _, _ in piece.rows})
                text: bytes = await self._in_thread(rendered, piece.rows, named, wanted)
                if text:
                    yield text
                after = piece.after
        except (sqlite3.Error, StatisticsError, OSError) as error:
            # The answer has begun: that it breaks off says that it is not whole.
            log.warning("an export broke off: %s", error)
            raise ConnectionResetError("the export broke off") from error
        finally:
            self._running -= 1

    async def _in_thread(self, what: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, what, *arguments)


def rendered(rows: Iterable[tuple[int, int, dict[str, Any]]], links: dict[int, Named], wanted: Wanted) -> bytes:
    """Those rows that are of the workspace's links and of the kinds that are wanted."""
    whole = [
        {"link_id": link.uuid, "short_code": link.slug}
        | {"outcome": outcome.name.lower(), "via": via.name.lower(), "kind": kind.name.lower()}
        | row
        for number, class_, row in rows
        if (link := links.get(number)) is not None and link.workspace == wanted.workspace
        for outcome, via, kind in [parts_of(class_)]
        if kind in wanted.kinds and via in wanted.vias
    ]
    columns = COLUMNS[wanted.what]
    if wanted.form == "jsonl":
        return b"".join(orjson.dumps({name: row[name] for name in columns}) + b"\n" for row in whole)
    text = io.StringIO()
    csv.writer(text).writerows([[cell(row[name]) for name in columns] for row in whole])
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """A value for CSV. What strangers made up (a referrer, a campaign) is no formula in a spreadsheet."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text
