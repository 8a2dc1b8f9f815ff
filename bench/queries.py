"""What charts and lists cost: every question that a dashboard asks, to a clicks.db of many visits (bench/rollups.py).

Milliseconds of each question, the 95th of a hundred, about links of which the busiest are drawn as often as the
quietest, and about the largest workspace; once with a tenth of the visits, which must make next to no difference, on
the same days. ``make queries`` is the full size, 100 million visits of a year. Each is asked about each link twice, one
link after the other: the first time as much of the file has to be read from the disk as the system has no room for in
memory (a chart of a year touches a page of each day), the second time it is in memory, as it is for who looks at one
chart after the other.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import HERE, Table, write
from bench.rollups import LINKS, SEED, Maker
from clicks.answers import By, of_links, of_workspace
from clicks.calendar_days import number_of
from clicks.classes import Via
from clicks.database import FILE_NAME
from clicks.dimensions import workspace_subject
from clicks.periods import Interval, Period, last_days
from clicks.query import Statistics

VISITS = 3_000_000
DAYS = 90
LAST = date(2026, 11, 20)
TIMES = 100
LISTED = 50
LARGEST = 1

Question = Callable[[Statistics, int, random.Random], object]


def of_link(period: Period, interval: Interval) -> Question:
    return lambda asked, link, _: asked.series(period, interval, of_links([link]))


def top(period: Period, by: By) -> Question:
    return lambda asked, link, _: asked.top(period, by, of_links([link]), 10)


def questions(days: int) -> dict[str, Question]:
    """By what they are; each gets a link's number."""
    week, month, all_days = last_days(7, LAST), last_days(30, LAST), last_days(days, LAST)
    all_of = of_workspace(LARGEST)
    qr = frozenset({Via.QR})
    return {
        f"counts of {LISTED} links": lambda asked, _, rng: asked.counts_of(rng.sample(range(1, LINKS), LISTED)),
        "link: 7 days by hour": of_link(week, Interval.HOUR),
        "link: 30 days by day": of_link(month, Interval.DAY),
        f"link: {days} days by week": of_link(all_days, Interval.WEEK),
        f"link: {days} days, kinds of visits": lambda asked, link, _: asked.by_class(all_days, [link]),
        "link: 30 days, countries": top(month, By.COUNTRY),
        "link: 30 days, browsers": top(month, By.BROWSER),
        "link: 30 days, referrers": top(month, By.REFERRER),
        f"link: {days} days, countries": top(all_days, By.COUNTRY),
        f"link: {days} days, referrers": top(all_days, By.REFERRER),
        "link: 30 days and the 30 before": lambda asked, link, _: asked.compare(month, of_links([link])),
        "link: 30 days, visitors": lambda asked, link, _: asked.visitors(month, link),
        "workspace: 30 days by day": lambda asked, _, __: asked.series(month, Interval.DAY, all_of),
        "workspace: 30 days by day, QR": lambda asked, _, __: asked.series(
            month, Interval.DAY, all_of._replace(vias=qr)
        ),
        f"workspace: {days} days by month": lambda asked, _, __: asked.series(all_days, Interval.MONTH, all_of),
        "workspace: 30 days, countries": lambda asked, _, __: asked.top(month, By.COUNTRY, all_of, 10),
        f"workspace: {days} days, countries": lambda asked, _, __: asked.top(all_days, By.COUNTRY, all_of, 10),
        "workspace: 30 days, referrers": lambda asked, _, __: asked.top(month, By.REFERRER, all_of, 10),
        f"workspace: {days} days, referrers": lambda asked, _, __: asked.top(all_days, By.REFERRER, all_of, 10),
        "workspace: 30 days, weekdays and hours": lambda asked, _, __: asked.heat_map(month, all_of),
        f"workspace: {days} days, weekdays and hours": lambda asked, _, __: asked.heat_map(all_days, all_of),
        "workspace: 30 days, visitors": lambda asked, _, __: asked.visitors(month, workspace_subject(LARGEST)),
        "workspace: since ever": lambda asked, _, __: asked.total(all_of),
        "workspace: active links": lambda asked, _, __: asked.active_links(LARGEST, LAST - timedelta(days=30)),
    }


def measure(directory: Path, visits: int, days: int) -> tuple[dict[str, tuple[float, float]], int]:
    """The 95th percentile of each question in milliseconds, first and again, and bytes of the database."""
    directory.mkdir()
    Maker(directory).fill(visits, number_of(LAST) - days + 1, days)
    rng = random.Random(SEED)
    asked = Statistics(directory / FILE_NAME, UTC)
    links = [int(LINKS ** rng.random()) for _ in range(TIMES)]
    found = {}
    for name, question in questions(days).items():
        found[name] = _asked(asked, question, links, rng), _asked(asked, question, links, rng)
    asked.close()
    return found, (directory / FILE_NAME).stat().st_size


def _asked(asked: Statistics, question: Question, links: list[int], rng: random.Random) -> float:
    took = []
    for link in links:
        before = time.perf_counter()
        question(asked, link, rng)
        took.append((time.perf_counter() - before) * 1e3)
    return sorted(took)[TIMES * 95 // 100 - 1]


def table(directory: Path, visits: int, days: int) -> Table:
    fewer, small = measure(directory / "fewer", visits // 10, days)
    all_, size = measure(directory / "all", visits, days)
    rows = [[name, *(f"{ms:.2f}" for ms in (*fewer[name], *all_[name]))] for name in all_]
    return Table(
        "Charts and lists",
        (__doc__ or "").strip(),
        ["", *(f"ms, {many:,} visits, {time}" for many in (visits // 10, visits) for time in ("first", "again"))],
        rows,
        f"{LINKS:,} links, {days} days. clicks.db has {small / 1e6:,.0f} and {size / 1e6:,.0f} MB. "
        "Aim: a chart in 50 ms, whatever the number of visits.",
    )


def run(directory: Path) -> Table:
    """The table of this scenario."""
    return table(directory, VISITS, DAYS)


def main(visits: int, days: int) -> None:
    """Record the scenario with so many visits."""
    scratch = HERE / "scratch"
    scratch.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=scratch) as directory:
        made = table(Path(directory), visits, days)
    print(made.markdown())
    print(f"written to {write('queries', [made])} and bench/README.md")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
