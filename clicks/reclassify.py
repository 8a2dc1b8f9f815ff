"""Classify anew what is kept of single visits, after lists of user agents have changed, and put the rollups right.

It can redo what the user agent says: kind, device, browser, system. It cannot redo what needs an address (country,
city, visitors), what has no single visits (older days, visitors who asked not to be tracked), or whose links were
erased. A profile (``clicks.raw``) and all its visits are one transaction, noted in it: nothing is moved twice.
"""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Any, NamedTuple

from clicks import database
from clicks.batch import Owners
from clicks.calendar_days import DAY_HOURS, HOUR_S, MS, day_of, month_of
from clicks.classes import Kind, Outcome, class_of, parts_of
from clicks.dimensions import EVERYBODY, FREE, OTHER, SEPARATOR, Dimension, workspace_subject
from clicks.raw import Month, RawVisits
from clicks.record import rule_of
from clicks.store import forget_sums

_SQL = database.load("store")


class Agent(NamedTuple):
    """What a user agent is taken for. ``family``: device, browser and system, as ``Dimension.AGENT`` has them."""

    kind: Kind
    family: str


class Moved(NamedTuple):
    """How many profiles, and visits of theirs, are something else now."""

    profiles: int
    visits: int


def reclassify(
    data_dir: Path, classify: Callable[[bytes], Agent], owners: Owners, zone: tzinfo, tell: Callable[[str, Moved], None]
) -> Moved:
    """Go through all single visits. ``classify``: what a user agent is taken for today; ``zone``: the one that days
    were counted in; ``tell``: called after each month.

    Raises ``StatisticsError`` or ``sqlite3.Error``; what was done until then is done.
    """
    connection = database.open_writable(data_dir / database.FILE_NAME)
    raw = RawVisits(data_dir)
    total = Moved(0, 0)
    try:
        for month in raw.months():
            moved = _Mover(connection, raw.month(month), owners, zone).run(classify)
            total = Moved(total.profiles + moved.profiles, total.visits + moved.visits)
            tell(month, moved)
    finally:
        raw.close()
        connection.close()
    return total


def today(profile: Kind, now: Agent) -> Agent:
    """What a profile is taken for today: that a browser fetched ahead is not in its user agent."""
    kept = profile is Kind.PREFETCH and now.kind in (Kind.PERSON, Kind.TOOL)
    return now._replace(kind=Kind.PREFETCH) if kept else now


class _Mover:
    def __init__(self, connection: sqlite3.Connection, month: Month, owners: Owners, zone: tzinfo) -> None:
        self._connection = connection
        self._month = month
        self._owners = owners
        self._day_of = day_of(zone)
        self._months_from = 0

    def run(self, classify: Callable[[bytes], Agent]) -> Moved:
        rows = self._connection.execute(_SQL["reclassified"], (self._month.month,))
        replaced = {profile: Agent(Kind(kind), family) for profile, kind, family in rows}
        profiles = visits = 0
        for number, user_agent, kind, family in self._month.execute("profiles").fetchall():
            before = replaced.get(number, Agent(Kind(kind), family))
            after = today(Kind(kind), classify(user_agent))
            if before != after:
                profiles += 1
                visits += self._move(number, before, after)
        return Moved(profiles, visits)

    def _move(self, profile: int, before: Agent, after: Agent) -> int:
        """Move the visits of a profile; how many there were."""
        visits = self._month.execute("visits_of_profile", (profile,)).fetchall()
        owned = self._owners({link for _, link, *_ in visits})
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            (self._months_from,) = self._connection.execute(_SQL["months_from"]).fetchone()
            for at, link, class_, *rest in visits:
                outcome, via, kind = parts_of(class_)
                was, is_now = (
                    class_of(outcome, via, Kind.HEAD if kind is Kind.HEAD else agent.kind) for agent in (before, after)
                )
                workspace = owned.get(link)
                subjects = {link, EVERYBODY} if workspace is None else {link, EVERYBODY, workspace_subject(workspace)}
                for subject in subjects:
                    self._add(subject, at, was, -1)
                    self._add(subject, at, is_now, 1)
                    if outcome in (Outcome.REDIRECT, Outcome.PAGE):
                        day = self._day_of(at // MS)
                        self._values(day, subject, was, _values_of(before.family, rest), -1)
                        self._values(day, subject, is_now, _values_of(after.family, rest), 1)
            forget_sums(self._connection, {(link, month_of(self._day_of(at // MS))) for at, link, *_ in visits})
            parameters = (self._month.month, profile, int(after.kind), after.family)
            self._connection.execute(_SQL["set_reclassified"], parameters)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return len(visits)

    def _add(self, subject: int, at: int, class_: int, by: int) -> None:
        hour = at // MS // HOUR_S
        key = (hour // DAY_HOURS, subject, hour % DAY_HOURS, class_)
        self._connection.execute(_SQL["add_hours"], (*key, by))
        self._connection.execute(_SQL["add_totals"], (subject, class_, by, at))
        if by < 0:
            self._connection.execute(_SQL["tidy_hours"], key)
            self._connection.execute(_SQL["tidy_totals"], (subject, class_))

    def _values(self, day: int, subject: int, class_: int, values: Iterable[tuple[Dimension, str]], by: int) -> None:
        month = month_of(day)
        has_month = subject <= EVERYBODY and month >= self._months_from
        for dimension, text in values:
            key = (day, subject, int(dimension), self._name_id(dimension, text), class_)
            if by < 0 and dimension in FREE and not self._connection.execute(_SQL["days_with_value"], key).fetchone():
                # It came beyond the cap.
                key = (day, subject, int(dimension), self._name_id(dimension, OTHER), class_)
            self._connection.execute(_SQL["add_days"], (*key, by))
            if has_month:
                self._connection.execute(_SQL["add_months"], (month, *key[1:], by))
            if by < 0:
                self._connection.execute(_SQL["tidy_days"], key)
                self._connection.execute(_SQL["tidy_months"], (month, *key[1:]))

    def _name_id(self, dimension: Dimension, text: str) -> int:
        row = self._connection.execute(_SQL["name_id"], (dimension, text)).fetchone()
        if row is None:
            row = self._connection.execute(_SQL["add_name"], (dimension, text)).fetchone()
        return int(row[0])


def _values_of(family: str, rest: list[Any]) -> list[tuple[Dimension, str]]:
    """The values that were counted of a visit, out of its row."""
    country, city, utm, word, language, referrer = rest
    values = [(Dimension.AGENT, family), (Dimension.COUNTRY, country)]
    if referrer:
        values.append((Dimension.REFERRER, referrer))
    if language:
        values.append((Dimension.LANGUAGE, language))
    if city:
        values.append((Dimension.CITY, f"{country}{SEPARATOR}{city}"))
    if word:
        rule, variant = rule_of(word)
        values.append((Dimension.RULE, f"{rule}{SEPARATOR}{variant}"))
    if utm:
        dimensions = (Dimension.UTM_SOURCE, Dimension.UTM_MEDIUM, Dimension.UTM_CAMPAIGN)
        values += [(dimension, text) for dimension, text in zip(dimensions, utm.split(SEPARATOR), strict=True) if text]
    return values
