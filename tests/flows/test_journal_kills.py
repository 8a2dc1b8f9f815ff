"""Who was answered is counted, however workers die, and nobody notices but those whom the dead one was serving."""

import os
import random
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.flows.journals import Reading, are_abandoned, journal_of, link_ids
from tests.flows.processes import state, wait_until
from tests.flows.product import Product
from tests.flows.trials import healthy, run
from tests.flows.visitors import Broken, Visitors

KILLS = 50
STOPS = 3
LONGEST_PAUSE_S = 0.2
SEED = 20261122


class Death(NamedTuple):
    """Seconds on the monotonic clock: before the signal was sent, and when the worker surely took no connections."""

    before: float
    after: float

    def explains(self, broken: Broken) -> bool:
        """Whether the connection may have been the dead worker's."""
        return broken.began <= self.after and broken.ended >= self.before


def kill(pid: int) -> Death:
    before = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    while state(pid):
        pass
    return Death(before, time.monotonic())


def stop_for_ever(pid: int) -> Death:
    """SIGSTOP, until the supervisor has killed it."""
    before = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    while state(pid) not in ("T", ""):
        pass
    after = time.monotonic()
    wait_until(lambda: not state(pid), "it is killed")
    return Death(before, after)


@pytest.mark.parametrize(("end", "times"), [(kill, KILLS), (stop_for_ever, STOPS)])
def test_every_answered_visit_is_recorded_when_workers_die(
    product_at: Callable[..., Product], end: Callable[[int], Death], times: int
) -> None:
    product = product_at()
    product.start()
    slugs = [f"death-{n}" for n in range(times)]
    for slug in slugs:
        product.create(custom_slug=slug)
    chance = random.Random(SEED)
    deaths = []
    with Visitors(product.port) as visitors, Reading(journal_of(product)) as reading:
        for slug in slugs:
            visitors.visit(slug)
            time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            deaths.append(end(chance.choice(product.children("worker"))))
            wait_until(lambda: len(product.children("worker")) == 2, "there are two workers again")
            run(healthy(product))
        visitors.end()
        assert product.stop() == 0
        wait_until(lambda: are_abandoned(journal_of(product)), "all threads of the dead have ended")
        reading.end()
    report = (
        f"{sum(visitors.sent.values())} asked, {sum(visitors.received.values())} answered, "
        f"{sum(reading.visits.values())} recorded, {len(visitors.broken)} connections broken"
    )
    print(report)

    assert not visitors.failed, f"{visitors.failed[:5]} {report}"
    unexplained = [broken for broken in visitors.broken if not any(death.explains(broken) for death in deaths)]
    assert not unexplained, f"{unexplained} {deaths} {report}"

    ids = link_ids(product)
    for slug in slugs:
        counts = visitors.received[slug], reading.visits[ids[slug]], visitors.sent[slug]
        assert 0 < counts[0] <= counts[1] <= counts[2], (slug, counts)
    assert sum(visitors.sent.values()) - sum(visitors.received.values()) == len(visitors.broken)
    assert (reading.lost, reading.twice, reading.open) == (0, 0, 0)
    assert reading.torn == 0
