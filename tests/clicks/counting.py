"""A journal that a test writes, and a collector that counts it, with clocks that stand still until they are moved."""

import socket
import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from clicks.addresses import Networks
from clicks.agent_kinds import AgentKinds
from clicks.aggregate import Aggregate
from clicks.calendar_days import day_of
from clicks.classify import Classifier
from clicks.collector import Collector
from clicks.database import FILE_NAME
from clicks.journal import Journal
from clicks.query import Statistics
from clicks.raw import RawVisits
from clicks.record import REDIRECT, Section
from clicks.salts import Salts
from clicks.segment import DIRECTORY, Name, Segment
from clicks.store import Store

NS = 1_000_000_000
SIZE = 512 << 10
PID = 4_000_000
"""A process id that Linux gives nobody, unless it is told to."""

NOON = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp())
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
CURL = "curl/8.5.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
WHATSAPP = "WhatsApp/2.23.20.0"

KINDS = AgentKinds()
"""Compiled once for all tests."""


def packed(host: str) -> bytes:
    """An address as journals have it."""
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host)
    return bytes(10) + b"\xff\xff" + socket.inet_pton(socket.AF_INET, host)


def section_of(agent: str | None, *lines: str) -> bytes:
    """A header section as a journal has it."""
    fields = ["Host: go.example", *([] if agent is None else [f"User-Agent: {agent}"]), *lines]
    return ("\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode()


class Writer:
    """What a redirect worker and its keeper do, without threads. ``now``: epoch seconds of the next visit."""

    def __init__(self, directory: Path, *, boot_ns: int = NOON * NS, now: float = NOON, size: int = SIZE) -> None:
        self.now = now
        self._directory = directory
        self._boot_ns = boot_ns
        self._size = size
        self._made = 0
        self._sections: dict[bytes, Section] = {}
        self.journal = Journal(lambda: int(self.now * NS))
        self.give()

    def give(self) -> None:
        """One more segment."""
        self._directory.mkdir(exist_ok=True)
        self.journal.ready.append(Segment(self._directory, Name(self._boot_ns, PID, self._made), self._size))
        self._made += 1

    def visit(
        self,
        link: int,
        *,
        agent: str | None = FIREFOX,
        address: str = "198.51.100.7",
        request: str = "GET /x",
        headers: Collection[str] = (),
        kind: int = REDIRECT,
        rule: int = 0,
    ) -> None:
        text = section_of(agent, *headers)
        section = self._sections.setdefault(text, Section(text))
        self.journal.visit(kind, link.to_bytes(8, "little"), packed(address), section, request.encode(), rule)
        self._put_away()

    def close(self) -> None:
        """The end of the process: all its segments are final."""
        self.journal.close()
        self._put_away()

    def _put_away(self) -> None:
        while self.journal.retired:
            segment = self.journal.retired.popleft()
            segment.unmap()
            segment.close()


class Counting:
    """A collector over ``directory``, a data directory. ``now``: what its clock says, epoch seconds; it waits for
    nothing, since its other clock goes on by a minute at each look."""

    def __init__(
        self,
        directory: Path,
        *,
        zone: tzinfo = UTC,
        now: float = NOON,
        raw: bool = True,
        respects_privacy: bool = True,
        addresses: bool = False,
        keeps_referrers: bool = False,
        trusted: tuple[str, ...] = ("127.0.0.0/8", "::1"),
        place_of: Callable[[bytes], tuple[str, str]] = lambda address: ("DE", ""),
        owners: Callable[[Collection[int]], Mapping[int, int]] = lambda ids: dict.fromkeys(ids, 1),
        is_untracked: Callable[[int], bool] = lambda link: False,
        store: Store | None = None,
    ) -> None:
        self.directory = directory
        self.zone = zone
        self.now = now
        self._ticks = 0.0
        self.store = store or Store.open(directory / FILE_NAME)
        self.raw = RawVisits(directory, addresses=addresses)
        self.salts = Salts(directory / "salts", zone, lambda: self.now)
        self.aggregate = Aggregate(day_of(zone), self.salts.salt_of, is_untracked)
        classifier = Classifier(
            KINDS.kind_of,
            place_of,
            Networks(trusted),
            "X-Forwarded-For",
            respects_privacy=respects_privacy,
            keeps_referrers=keeps_referrers,
        )
        self.collector = Collector(
            directory / DIRECTORY,
            self.store,
            classifier,
            self.aggregate,
            owners,
            self.raw if raw else None,
            lambda: int(self.now * NS),
            self._monotonic,
        )

    def _monotonic(self) -> float:
        self._ticks += 60
        return self._ticks

    def run(self) -> "Counting":
        """Count all that is there. Twice, since what a living writer has written is read at the second look."""
        for _ in range(3):
            while self.collector.step():
                pass
        return self

    def close(self) -> None:
        self.collector.close()
        self.raw.close()
        self.store.close()

    def statistics(self) -> Statistics:
        return Statistics(self.directory / FILE_NAME, self.zone)


def count_all(directory: Path, **options: Any) -> None:
    """One collector's whole life."""
    counting = Counting(directory, **options)
    try:
        counting.run()
        counting.collector.finish()
    finally:
        counting.close()


def table(directory: Path, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table of clicks.db."""
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        return connection.execute(f"SELECT {columns} FROM {name} ORDER BY 1, 2, 3").fetchall()


def everything(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rollups; values by their texts."""
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        days = (
            "SELECT day, subject, d.dimension, text, class, n FROM days d JOIN names ON names.id = value "
            "ORDER BY 1, 2, 3, 4, 5"
        )
        months = days.replace("day", "month")
        queries = {
            "months": months,
            "hours": "SELECT * FROM hours ORDER BY 1, 2, 3, 4",
            "days": days,
            "totals": "SELECT * FROM totals ORDER BY 1, 2",
            "visitors": "SELECT day, subject, hex(registers) FROM visitors ORDER BY 1, 2",
        }
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}
