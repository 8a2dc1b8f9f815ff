"""``fingerpost clicks tail`` and ``count``: visits out of the journal, and what has been counted of them.

What visitors send is hostile: nothing of it reaches a terminal but printable characters.
"""

import ipaddress
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from clicks.classes import Kind, Outcome, parts_of
from clicks.dimensions import EVERYBODY
from clicks.fields import value_of
from clicks.reader import JournalReader, Visit
from clicks.record import GONE, LOCKED, LOST, NOT_FOUND, PAGE, REDIRECT, rule_of
from clicks.segment import DIRECTORY
from fingerpost import datadir
from fingerpost.config import Loaded
from fingerpost.counted import Counted, counted_and_rest
from fingerpost.untracked import Untracked
from links import database
from links.feed import FeedReader

LOOK_S = 0.2
"""Between two looks at the journal: soon enough for eyes."""

SETTLE_S = 0.01
"""Between the two looks that a count takes: what was written before the first is read at the second."""

NS = 1_000_000_000
_OUTCOMES = {REDIRECT: "redirect", GONE: "gone", NOT_FOUND: "not found", LOCKED: "locked", PAGE: "page"}
_HEAD = b"HEAD "


def tail(loaded: Loaded, *, everything: bool, as_json: bool) -> None:
    """Print visits as they are made, after those that are recorded already where ``everything`` is wanted.

    Ends only by a signal. Damaged records are named.
    """
    datadir.require(loaded.data_dir)
    line_of = json_of if as_json else text_of
    with _journal(loaded) as journal:
        if not everything:
            journal.skip()
        torn = 0
        while True:
            for visit in journal.poll():
                click.echo(line_of(visit))
            if journal.torn > torn:
                click.echo(f"{journal.torn - torn} damaged records", err=True)
                torn = journal.torn
            time.sleep(LOOK_S)


def text_of(visit: Visit) -> str:
    """A line for people: time, address, outcome and the routing rule behind it, method, host and target, user agent."""
    seconds, rest = divmod(visit.time_ns, NS)
    at = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03}Z"
    if visit.kind == LOST:
        return f"{at}  {visit.link_id} visits were not recorded"
    if not visit.request:
        return f"{at}  {_outcome(visit)}  link {visit.link_id}"
    method, _, target = visit.request.partition(b" ")
    host = value_of(visit.section, b"host")
    agent = value_of(visit.section, b"user-agent") or b"-"
    parts = (at, address_of(visit.peer), _outcome(visit), _shown(method + b" " + host + target), _shown(agent))
    return "  ".join(parts)


def _outcome(visit: Visit) -> str:
    """``redirect rules[1].variants[0]`` and the like: named as errors of the API name them, from 0."""
    rule, variant = _rule_indices(visit)
    said = _OUTCOMES[visit.kind]
    if rule is not None:
        said += f" rules[{rule}]"
    return said if variant is None else f"{said}.variants[{variant}]"


def _rule_indices(visit: Visit) -> tuple[int | None, int | None]:
    """Which rule answered, as an index of the link's ``routing_rules``, and which of its ``variants``."""
    rule, variant = rule_of(visit.rule)
    return rule - 1 if rule else None, variant - 1 if variant else None


def json_of(visit: Visit) -> str:
    """The same and the rest as a JSON object. Bytes that are no UTF-8 come as backslash escapes."""
    if visit.kind == LOST:
        fields: dict[str, Any] = {"time_ns": visit.time_ns, "lost": visit.link_id}
    else:
        method, _, target = visit.request.partition(b" ")
        rule, variant = _rule_indices(visit)
        fields = {
            "time_ns": visit.time_ns,
            "outcome": _OUTCOMES[visit.kind],
            "link_id": visit.link_id,
            "rule_index": rule,
            "variant_index": variant,
            "address": address_of(visit.peer) if visit.peer else None,
            "method": _decoded(method),
            "target": _decoded(target),
            "headers": _decoded(visit.section),
        }
    return msgspec.json.encode(fields).decode()


def address_of(peer: bytes) -> str:
    """16 bytes as an address; IPv4 in its own form, ``-`` where it is not known."""
    if not any(peer):
        return "-"
    address = ipaddress.IPv6Address(peer)
    return str(address.ipv4_mapped or address)


def count(loaded: Loaded, slugs: Collection[str], *, as_json: bool) -> None:
    """Print how often each link and bio page was visited, the most visited first; those of ``slugs`` where any are
    given. What the collector has counted is in it, and what it has not."""
    datadir.require(loaded.data_dir)
    database.check_schema(loaded.data_dir / database.FILE_NAME)
    counted, journal = counted_and_rest(loaded.data_dir)
    untracked = Untracked(loaded.data_dir / database.FILE_NAME, time.monotonic)
    with closing(journal), closing(untracked):
        counts = Counts(journal, counted, untracked.ids())
    rows = [row for row in rows_of(counts, loaded.data_dir / database.FILE_NAME) if not slugs or row["slug"] in slugs]
    rows.sort(key=lambda row: (-row["visits"] - row["page"], -row["head"], row["slug"]))
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
    else:
        columns = ("visits", "head", "gone", "locked", "page")
        click.echo(f"{'visits':>10}{'HEAD':>10}{'gone':>10}{'locked':>10}{'page':>10}  slug")
        for row in rows:
            click.echo("".join(f"{row[column]:>10}" for column in columns) + f"  {row['slug']}")
    for remark in counts.remarks():
        click.echo(remark, err=True)


class Counts:
    """Visits by id of link or bio page: ``visits`` that were redirected, ``head`` those by HEAD, which no person makes,
    ``gone``, ``locked``, those that were asked for a password, and ``page``, views of a bio page. ``untracked``: links
    of which nothing more is counted."""

    def __init__(self, journal: JournalReader, counted: Counted, untracked: Collection[int] = ()) -> None:
        self.visits: Counter[int] = Counter()
        self.head: Counter[int] = Counter()
        self.gone: Counter[int] = Counter()
        self.locked: Counter[int] = Counter()
        self.page: Counter[int] = Counter()
        self._not_found = 0
        self._lost = counted.lost
        for subject, class_, visits in counted.totals:
            self._add(subject, class_, visits)
        for visit in _all(journal):
            if visit.kind == LOST:
                self._lost += visit.link_id
            elif visit.kind == NOT_FOUND:
                self._not_found += 1
            elif visit.link_id in untracked:
                continue
            elif visit.kind == GONE:
                self.gone[visit.link_id] += 1
            elif visit.kind == LOCKED:
                self.locked[visit.link_id] += 1
            elif visit.request.startswith(_HEAD):
                self.head[visit.link_id] += 1
            elif visit.kind == PAGE:
                self.page[visit.link_id] += 1
            else:
                self.visits[visit.link_id] += 1
        self._torn = journal.torn + counted.damaged

    def _add(self, subject: int, class_: int, visits: int) -> None:
        """What the collector has counted. Sums of many links have no row of their own."""
        outcome, _, kind = parts_of(class_)
        if outcome is Outcome.NOT_FOUND:
            self._not_found += visits if subject == EVERYBODY else 0
        elif subject > EVERYBODY:
            by_outcome = {Outcome.GONE: self.gone, Outcome.LOCKED: self.locked, Outcome.PAGE: self.page}
            counter = by_outcome.get(outcome, self.visits)
            is_head = kind is Kind.HEAD and outcome in (Outcome.REDIRECT, Outcome.PAGE)
            (self.head if is_head else counter)[subject] += visits

    def ids(self) -> set[int]:
        return {*self.visits, *self.head, *self.gone, *self.locked, *self.page}

    def remarks(self) -> Iterator[str]:
        """What else was found, a line each."""
        if self._not_found:
            yield f"{self._not_found} requests for links that do not exist"
        if self._lost:
            yield f"{self._lost} visits were not recorded: the journal was full"
        if self._torn:
            yield f"{self._torn} records are damaged and not counted"


def rows_of(counts: Counts, path: Path) -> list[dict[str, Any]]:
    """The counts with the links' present slugs. A deleted link keeps its last one."""
    wanted = counts.ids()
    slugs: dict[int, str] = {}
    live: set[int] = set()
    for domain, slug, link_id, is_live in codes_of(path):
        if link_id in wanted and link_id not in live:
            slugs[link_id] = f"{domain.decode()}/{slug.decode()}" if domain else slug.decode()
            if is_live:
                live.add(link_id)
    return [
        {
            "slug": slugs.get(link_id, f"(link {link_id})"),
            "link_id": link_id,
            "visits": counts.visits[link_id],
            "head": counts.head[link_id],
            "gone": counts.gone[link_id],
            "locked": counts.locked[link_id],
            "page": counts.page[link_id],
            "deleted": link_id not in live,
        }
        for link_id in wanted
    ]


def codes_of(path: Path) -> Iterator[tuple[bytes, bytes, int, bool]]:
    """Domain, slug, id of the link or bio page of every code there is or was, and whether it is the present one."""
    feed = FeedReader(path)
    try:
        after = 0
        while page := feed.scan(after):
            for _, domain, slug, link_id, _, until, _ in page:
                if slug is not None:  # a domain's row
                    yield domain, slug, link_id, until is None
            after = page[-1][0]
    finally:
        feed.close()


def _all(journal: JournalReader) -> Iterator[Visit]:
    """Everything that was recorded before now."""
    yield from journal.poll()
    time.sleep(SETTLE_S)
    yield from journal.poll()


@contextmanager
def _journal(loaded: Loaded) -> Iterator[JournalReader]:
    journal = JournalReader(loaded.data_dir / DIRECTORY)
    try:
        yield journal
    finally:
        journal.close()


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def _shown(text: bytes) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in _decoded(text))
