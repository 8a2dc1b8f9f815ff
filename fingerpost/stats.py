"""``fingerpost stats``: visits of the last days as a small chart, and where they came from."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from clicks import database as statistics
from clicks.answers import By, Which
from clicks.classes import Kind
from clicks.dimensions import EVERYBODY
from clicks.periods import Interval, last_days
from clicks.query import Statistics
from fingerpost import datadir
from fingerpost.config import Loaded
from fingerpost.errors import CommandError
from fingerpost.visits import codes_of
from links import database

ROWS = 6
STEPS = "▁▂▃▄▅▆▇█"
TOP = 5
WIDEST = 24
LABEL = 10
TOPS = {"countries": By.COUNTRY, "referrers": By.REFERRER, "devices": By.DEVICE, "browsers": By.BROWSER}
UNKNOWN = {By.REFERRER: "(direct)"}


def stats(loaded: Loaded, slug: str | None, days: int, *, as_json: bool) -> None:
    """Show the visits of one link, or of all, in the last ``days`` days. Raises :class:`CommandError` for a slug that
    there is not."""
    datadir.require(loaded.data_dir)
    path = loaded.data_dir / database.FILE_NAME
    database.check_schema(path)
    subject = EVERYBODY if slug is None else link_of(path, slug)
    settings = loaded.config.stats
    zone = ZoneInfo(settings.timezone)
    counted = frozenset(Kind[name.upper()] for name in settings.counted)
    with closing(Statistics(loaded.data_dir / statistics.FILE_NAME, zone, counted)) as asked, asked.snapshot():
        found = report(asked, subject, days, datetime.fromtimestamp(time.time(), zone).date())
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for line in lines(found):
            click.echo(line)


def link_of(path: Path, slug: str) -> int:
    """The number of the link, or bio page, that answers at ``slug`` (``domain/slug`` on another domain)."""
    for domain, code, link_id, is_live in codes_of(path):
        if is_live and slug == (f"{domain.decode()}/{code.decode()}" if domain else code.decode()):
            return link_id
    raise CommandError(f"there is no link {slug}")


def report(asked: Statistics, subject: int, days: int, today: date) -> dict[str, Any]:
    """Everything that is shown."""
    period, which = last_days(days, today), Which((subject,))
    compared = asked.compare(period, which)
    return {
        "from": period.first,
        "to": period.last,
        "visits": compared.visits,
        "before": compared.before,
        "visitors_today": asked.visitors(last_days(1, today), subject).visitor_days,
        "days": [point.visits for point in asked.series(period, Interval.DAY, which)],
        **{name: asked.top(period, by, which, TOP) for name, by in TOPS.items()},
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The report for people."""
    days = len(found["days"])
    growth = ""
    if found["before"]:
        growth = f", {(found['visits'] - found['before']) / found['before']:+.0%} against the {days} days before"
    visits, visitors = _counted(found["visits"], "visit"), _counted(found["visitors_today"], "visitor")
    yield f"{visits} in {_counted(days, 'day')}{growth}; about {visitors} today"
    yield ""
    yield from chart(found["days"])
    width = max(days * 2 - 1, 21)
    yield f"{'':{LABEL + 1}}{found['from'].isoformat()}{found['to'].isoformat():>{width - 10}}"
    for name, by in TOPS.items():
        if found[name]:
            values = [f"{_shown(text, by)} {count:,}" for text, count in found[name]]
            yield f"{name:>{LABEL}}  {'  '.join(values)}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def chart(counts: Sequence[int]) -> Iterator[str]:
    """Columns, ``ROWS`` lines high, with the largest count at the first line and 0 at the last."""
    highest = max(counts, default=0) or 1
    heights = [-(-count * ROWS * len(STEPS) // highest) for count in counts]  # rounded up: one visit can be seen
    for row in reversed(range(ROWS)):
        label = f"{highest:,}" if row == ROWS - 1 else "0" if row == 0 else ""
        cells = [_cell(height - row * len(STEPS)) for height in heights]
        yield f"{label:>{LABEL}} {' '.join(cells)}".rstrip()


def _cell(height: int) -> str:
    return " " if height <= 0 else STEPS[min(height, len(STEPS)) - 1]


def _shown(text: str, by: By) -> str:
    # What strangers sent is shown as text, never as orders to the terminal.
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean[:WIDEST] or UNKNOWN.get(by, "(unknown)")
