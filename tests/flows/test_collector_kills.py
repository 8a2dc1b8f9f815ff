"""A collector that is killed again and again while workers write counts every visit once."""

import random
import time
from collections import Counter
from pathlib import Path

from clicks.segment import DIRECTORY, names
from tests.flows.collected import LINKS, collector, prepared, rows, totals, writing
from tests.flows.processes import LIMIT_S, wait_until

KILLS = 20
SEED = 9
LATEST_S = 0.3
"""It is killed so much later at most than it has stored something, or begun."""
VISITS = 60_000


def expected(visits: int) -> Counter[int]:
    return Counter({link: len(range(link - 1, visits, LINKS)) for link in range(1, LINKS + 1)})


def commits_in(data: Path) -> int:
    return sum(count for (count,) in rows(data, "SELECT commits FROM state"))


def test_killed_twenty_times_it_counts_everything_once(tmp_path: Path) -> None:
    config = prepared(tmp_path)
    data = tmp_path / "data"
    journal = data / DIRECTORY
    rng = random.Random(SEED)
    commits = []
    with writing(data, VISITS) as first, writing(data, VISITS // 3) as second:
        for kill in range(KILLS):
            process = collector(config)
            assert process.stdout is not None
            process.stdout.readline()
            before = commits_in(data)
            if kill % 2:
                wait_until(lambda before=before: commits_in(data) > before or not names(journal), "it commits")
            time.sleep(rng.uniform(0, LATEST_S))
            process.kill()
            process.communicate()
            commits.append(commits_in(data))
        assert first.communicate(timeout=LIMIT_S)[0] == second.communicate(timeout=LIMIT_S)[0] == "0\n"
    # It got somewhere between the kills, or they would have shown nothing.
    assert len(set(commits)) >= KILLS // 4

    process = collector(config)
    assert process.stdout is not None
    assert process.stdout.readline() == f"collecting   {data}\n"
    wait_until(lambda: names(data / DIRECTORY) == [], "the journal is counted")
    process.terminate()
    assert process.communicate(timeout=LIMIT_S) == ("", "")
    assert process.returncode == 0

    counts = expected(VISITS) + expected(VISITS // 3)
    assert totals(data) == counts
    by_hour = rows(data, "SELECT subject, SUM(n) FROM hours GROUP BY subject")
    # Of workspaces there are none: these links were never made.
    assert Counter(dict(by_hour)) == counts | Counter({0: counts.total()})
    for dimension in (1, 3):
        by_day = rows(data, f"SELECT subject, SUM(n) FROM days WHERE dimension = {dimension} GROUP BY subject")
        assert Counter(dict(by_day)) == counts | Counter({0: counts.total()})
    assert rows(data, "SELECT visits, lost, damaged FROM state") == [(counts.total(), 0, 0)]
