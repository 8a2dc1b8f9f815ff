"""Workers, collector and admin are killed at random while wrk asks for 10,000 links: each visit is counted once."""

import csv
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from clicks.segment import names
from tests.flows.collected import collector, rows
from tests.flows.journals import are_abandoned, journal_of, link_ids
from tests.flows.processes import LIMIT_S, wait_until
from tests.flows.product import Product

SLUGS = 10_000
KINDS = ("collector", "worker", "admin")
KILLS_OF_EACH = 20
LATEST_S = 0.8
"""A process is killed so much later at most than it was there: in the middle of starting, or of its work."""
SEED = 20261128
SCRIPT = Path(__file__).with_name("counting.lua")
THREADS, CONNECTIONS = 2, 16
LONGEST_LOAD_S = 600
"""wrk is told to end before; it only must not end by itself."""


class Load:
    """What wrk has counted, by slug."""

    def __init__(self, report: str) -> None:
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.wrong = 0
        for line in report.splitlines():
            match line.split("\t"):
                case ["slug", number, sent, received]:
                    self.sent[f"s{number}"] += int(sent)
                    self.received[f"s{number}"] += int(received)
                case ["wrong", count]:
                    self.wrong += int(count)


@contextmanager
def wrk(port: int) -> Iterator["subprocess.Popen[str]"]:
    """Asks for slugs at random until it gets SIGINT; then it says what it has counted."""
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{LONGEST_LOAD_S}s", "-s", str(SCRIPT)]
    command += [f"http://127.0.0.1:{port}", "--", str(SLUGS), str(SEED)]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def living(product: Product, kind: str, dead: list[int]) -> list[int]:
    """The processes of a kind that are not ``dead``, as soon as there are any."""
    found: list[int] = []

    def look() -> list[int]:
        found[:] = sorted(set(product.children(kind)) - set(dead))
        return found

    wait_until(look, f"there is another {kind}")
    return found


def kill_some(product: Product, kind: str, dead: list[int]) -> None:
    """SIGKILL to processes of one kind, one after another, each a random time after it was there. Every other time all
    is well before: if none ever got to answer, the supervisor would wait longer and longer before it starts another."""
    chance = random.Random(f"{SEED} {kind}")
    for kill in range(KILLS_OF_EACH):
        if kill % 2:
            product.wait_healthy()
        living(product, kind, dead)
        time.sleep(chance.uniform(0, LATEST_S))
        killed = False
        while not killed:  # it may have ended just now, because of another's death
            pid = chance.choice(living(product, kind, dead))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed = True
            dead.append(pid)


def make_links(product: Product) -> None:
    file = product.directory / "links.csv"
    with file.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["slug", "url"])
        lines.writerows([f"s{number}", f"https://example.com/s{number}"] for number in range(1, SLUGS + 1))
    done = product.run("links", "import", str(file))
    assert done.returncode == 0, done.stderr


def count_the_rest(product: Product) -> None:
    """Count what the journal has, after the end of all who wrote to it."""
    wait_until(lambda: are_abandoned(journal_of(product)), "all threads of the dead have ended")
    process = collector(product.config)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()  # from here on it can be told to end
        wait_until(lambda: names(journal_of(product)) == [], "the journal is counted")
        process.terminate()
        assert process.communicate(timeout=LIMIT_S)[1] == ""
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def by_subject(product: Product, query: str) -> dict[int, int]:
    return dict(rows(product.data, query))  # type: ignore[arg-type]


def single_visits(product: Product) -> Counter[int]:
    """Visits by link that are kept one by one; their key is where they stood in the journal."""
    found: Counter[int] = Counter()
    for path in product.data.glob("clicks-*-*.db"):
        with closing(sqlite3.connect(path)) as connection:
            found.update(dict(connection.execute("SELECT link, COUNT(*) FROM visits GROUP BY link")))
    return found


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed (Debian: wrk)")
def test_each_visit_is_counted_once_whoever_dies(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=2, FINGERPOST_STATS__COLLECT="true")
    product.start()
    make_links(product)
    dead: list[int] = []
    with wrk(product.port) as visiting, ThreadPoolExecutor(len(KINDS)) as killers:
        for killing in [killers.submit(kill_some, product, kind, dead) for kind in KINDS]:
            killing.result()
        assert visiting.poll() is None, visiting.communicate()
        visiting.send_signal(signal.SIGINT)
        said, complaints = visiting.communicate(timeout=LIMIT_S)
        assert visiting.returncode == 0, complaints
    load = Load(said)
    product.wait_healthy()
    assert product.stop() == 0, product.stderr
    count_the_rest(product)

    asked, answered = load.sent.total(), load.received.total()
    totals = by_subject(product, "SELECT subject, SUM(n) FROM totals GROUP BY subject")
    print(f"{len(dead)} killed, {asked} asked, {answered} answered, {totals[0]} counted")
    assert len(set(dead)) == len(KINDS) * KILLS_OF_EACH
    assert load.wrong == 0
    ids = link_ids(product)
    slugs = [f"s{number}" for number in range(1, SLUGS + 1)]
    outside = {
        slug: counts
        for slug in slugs
        for counts in [(load.received[slug], totals.get(ids[slug], 0), load.sent[slug])]
        if not counts[0] <= counts[1] <= counts[2]
    }
    assert outside == {}
    # Every count comes from the same visits, each of which is there once.
    assert by_subject(product, "SELECT subject, SUM(n) FROM hours GROUP BY subject") == totals
    assert by_subject(product, "SELECT subject, SUM(n) FROM days WHERE dimension = 1 GROUP BY subject") == totals
    assert single_visits(product) == Counter({link: n for link, n in totals.items() if link > 0})
    assert totals[0] == totals[-2] == sum(n for link, n in totals.items() if link > 0)
    assert rows(product.data, "SELECT visits, lost, damaged FROM state") == [(totals[0], 0, 0)]
