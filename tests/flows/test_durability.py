"""What was acknowledged is kept, however often the admin is killed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

from links import database
from tests.flows.product import Client, Product
from tests.flows.trials import CLIENTS, Trial, kill_admin, run

KILLS = 20
BETWEEN = 100
"""Links that are created from one kill to the next at least."""


async def create_only(trial: Trial, client: Client) -> None:
    await trial.create(client)


async def visit_all(trial: Trial, links: dict[str, str]) -> None:
    for slug, url in links.items():
        await trial.visit(slug, 301, url, "after the restart")


def test_every_acknowledged_link_is_kept_when_the_admin_is_killed(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    trial = Trial(product, "kept")
    run(trial.run(KILLS * BETWEEN, kill_admin(KILLS, BETWEEN), create_only))
    assert not trial.refused, trial
    assert 0 < trial.broken_calls <= KILLS * CLIENTS, trial
    assert product.stop() == 0

    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = dict(
            connection.execute(
                "SELECT c.slug, l.destination FROM codes AS c JOIN links AS l ON l.id = c.link WHERE c.state = 'live'"
            )
        )
        changes = connection.execute("SELECT COUNT(*), MAX(rev) FROM link_changes").fetchone()
    assert trial.created.items() <= stored.items(), trial
    # What broke may have been stored or not, but only as a whole.
    assert len(stored) <= len(trial.created) + trial.broken_calls
    assert changes == (len(stored), len(stored))

    product.start()
    visits = Trial(product, "visits")
    run(visit_all(visits, trial.created))
    assert not visits.misses, visits
    assert product.stop() == 0
