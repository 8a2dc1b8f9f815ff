"""A clicks.db as the collector leaves it after many visits, made without them: rows are drawn, not counted.

Links are visited after Zipf's law, by people all over the day and the world; each is one of twenty workspaces', the
first of which has half of them. What a busy link has in common with all others (countries, browsers) it has in the same
parts; quiet links have what single visitors have. A week is drawn, and the last two days, which still have what
visitors are told apart by; all other days are copies of the week's.
"""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from math import sqrt
from pathlib import Path

import numpy as np

from clicks import database
from clicks.batch import Rows
from clicks.calendar_days import DAY_HOURS, month_of
from clicks.classes import Kind, Outcome, Via, class_of
from clicks.dimensions import EVERYBODY, SEPARATOR, Dimension, workspace_subject
from clicks.hyperloglog import entry_of, packed
from clicks.store import Notes, Store

SEED = 8
LINKS = 100_000
WORKSPACES = 20
WEEK_DAYS = 7
LAST_DAYS = 2
"""Whose visitors are not settled yet."""
FEW = 8
"""Visits of a link and day that are drawn one by one."""

CLASSES = {
    class_of(Outcome.REDIRECT, Via.CLICK, Kind.PERSON): 60,
    class_of(Outcome.REDIRECT, Via.QR, Kind.PERSON): 20,
    class_of(Outcome.REDIRECT, Via.CLICK, Kind.TOOL): 5,
    class_of(Outcome.REDIRECT, Via.CLICK, Kind.BOT): 15,
}
HOURS = {hour: 1 + 5 * (7 <= hour <= 22) for hour in range(DAY_HOURS)}
VALUES: dict[Dimension, dict[str, int]] = {
    Dimension.COUNTRY: {f"{chr(65 + n // 26)}{chr(65 + n % 26)}": 2_000 // (n + 1) for n in range(200)},
    Dimension.AGENT: {
        SEPARATOR.join((device, browser, system)): 100 // (n + 1)
        for n, (device, browser, system) in enumerate(
            (device, browser, system)
            for device in ("mobile", "desktop", "tablet")
            for browser in ("Chrome", "Safari", "Firefox", "Edge", "Instagram", "Other")
            for system in ("Android", "iOS", "Windows", "macOS")
        )
        if 100 // (n + 1)
    },
    Dimension.LANGUAGE: {f"{chr(97 + n // 26)}{chr(97 + n % 26)}": 300 // (n + 1) for n in range(60)},
    Dimension.REFERRER: {f"www.site{n}.example": 600 // (n + 1) for n in range(300)},
}

COPIES = (
    "INSERT INTO hours SELECT :day, subject, hour, class, n FROM hours WHERE day = :of",
    "INSERT INTO days SELECT :day, subject, dimension, value, class, n FROM days WHERE day = :of",
    "INSERT INTO visitors SELECT :day, subject, n, NULL FROM visitors WHERE day = :of",
    "INSERT INTO months SELECT :month, subject, dimension, value, class, n FROM days WHERE day = :day AND subject <= 0 "
    "ON CONFLICT (month, subject, dimension, value, class) DO UPDATE SET n = n + excluded.n",
)
TOTALS = "UPDATE totals SET n = CAST(n * :times AS INTEGER)"


class _Made:
    """Rows as they are drawn."""

    def __init__(self) -> None:
        self.hours: list[tuple[int, ...]] = []
        self.days: list[tuple[int, ...]] = []
        self.visitors: list[tuple[int, int, bytes]] = []
        self.totals: list[tuple[int, ...]] = []
        self.activity: list[tuple[int, ...]] = []

    def rows(self) -> Rows:
        hours, days = np.array(sorted(self.hours)), np.array(sorted(self.days))
        return Rows(hours, days, self.visitors, np.array(self.totals), np.array(self.activity))


class Parts:
    """Weights, to draw from and to divide by."""

    def __init__(self, weights: dict[int, int], rng: random.Random) -> None:
        self._items = list(weights)
        self._sums = list(accumulate(weights.values()))
        self._shares = [weight / self._sums[-1] for weight in weights.values()]
        self._rng = rng

    def of(self, count: int) -> Iterator[tuple[int, int]]:
        """``count`` divided: at random where it is small, as expected where it is large."""
        if count <= FEW:
            yield from Counter(self._rng.choices(self._items, cum_weights=self._sums, k=count)).items()
            return
        for item, share in zip(self._items, self._shares, strict=True):
            expected = share * count
            whole = int(expected) + (self._rng.random() < expected % 1)
            if whole:
                yield item, whole


class Maker:
    """Fills the database in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.rng = random.Random(SEED)
        self._connection = database.open_writable(directory / database.FILE_NAME)
        self.store = Store(self._connection)
        self._classes = Parts(CLASSES, self.rng)
        self._hours = Parts(HOURS, self.rng)
        self._sums = list(accumulate(1 / rank for rank in range(1, LINKS + 1)))
        self._values: dict[Dimension, Parts] = {}

    def fill(self, visits: int, first: int, days: int) -> None:
        """So many visits on so many days, from the day ``first`` on."""
        execute = self._connection.execute
        execute("PRAGMA synchronous = OFF")
        drawn = min(WEEK_DAYS, days - LAST_DAYS)
        for day in range(first, first + drawn):
            self._draw(day, visits // days)
        while self.store.settle_visitors(first + drawn):
            pass
        end = first + days - LAST_DAYS
        for day in range(first + drawn, end):
            execute("BEGIN")
            for statement in COPIES:
                execute(statement, {"day": day, "of": first + (day - first) % drawn, "month": month_of(day)})
            execute("COMMIT")
        execute(TOTALS, {"times": (end - first) / drawn})
        for day in range(end, first + days):
            self._draw(day, visits // days)
        while self.store.sum_month(first + days):
            pass
        self.store.close()

    def _draw(self, day: int, visits: int) -> None:
        self.store.commit(lambda: self._day(day, visits), {}, [], Notes(visits=visits))

    def _day(self, day: int, visits: int) -> Rows:
        if not self._values:
            for dimension, weights in VALUES.items():
                ids = {self.store.name_id((dimension, text)): weight for text, weight in weights.items() if weight}
                self._values[dimension] = Parts(ids, self.rng)
        rows = _Made()
        many: dict[int, Counter[tuple[int, ...]]] = {}
        for link, count in sorted(self._links(visits).items()):
            mine = Counter[tuple[int, ...]]()
            for class_, of_class in self._classes.of(count):
                for hour, n in self._hours.of(of_class):
                    mine[0, hour, class_] += n
                for dimension, parts in self._values.items():
                    for value, n in parts.of(of_class):
                        mine[int(dimension), value, class_] += n
                rows.totals.append((link, class_, of_class, day * 86_400_000))
            workspace = workspace_of(link)
            many.setdefault(workspace_subject(workspace), Counter()).update(mine)
            self._write(rows, day, link, mine, count)
            rows.activity.append((link, workspace, day))
        everybody = Counter[tuple[int, ...]]()
        for subject, sums in many.items():
            everybody.update(sums)
            self._write(rows, day, subject, sums, visits // WORKSPACES)
        self._write(rows, day, EVERYBODY, everybody, visits)
        return rows.rows()

    def _links(self, visits: int) -> Counter[int]:
        """Visits of each link on a day."""
        found = Counter[int]()
        total, left = self._sums[-1], visits
        for rank in range(1, LINKS + 1):
            expected = visits / rank / total
            if expected < FEW:
                break
            found[rank] = max(1, round(self.rng.gauss(expected, sqrt(expected))))
            left -= found[rank]
        quiet = range(rank, LINKS + 1)
        found.update(self.rng.choices(quiet, cum_weights=self._sums[rank - 1 :], k=max(0, left)))
        return found

    def _write(self, rows: _Made, day: int, subject: int, counts: Counter[tuple[int, ...]], visits: int) -> None:
        for (dimension, value, class_), n in counts.items():
            if dimension:
                rows.days.append((day, subject, dimension, value, class_, n))
            else:
                rows.hours.append((day, subject, value, class_, n))
        entries = {entry_of(self.rng.getrandbits(64)) for _ in range(min(visits, 5_000))}
        rows.visitors.append((day, subject, packed(entries)))


def workspace_of(link: int) -> int:
    """Half of all links are the first workspace's."""
    return 1 if link % 2 else link // 2 % (WORKSPACES - 1) + 2
