"""A worker that loads a million links is not waited for, and nobody misses a link because of it."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.flows import million
from tests.flows.changes import live_and_die
from tests.flows.product import Product
from tests.flows.trials import CLIENTS, POLL_S, Trial, health, kill, run

LINKS = 1_000_000


@pytest.fixture(scope="module")
def large_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running product with two workers and a million links."""
    product = Product(tmp_path_factory.mktemp("million"))
    million.fill(product.data, LINKS)
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def test_links_are_created_and_answered_while_a_worker_loads(large_product: Product) -> None:
    product = large_product
    acknowledged = 0

    async def kill_and_watch(trial: Trial) -> None:
        nonlocal acknowledged
        await trial.after(100)
        killed, survivor = product.children("worker")
        kill(killed)
        while len(product.children("worker")) < 2 or killed in product.children("worker"):
            await asyncio.sleep(POLL_S)
        # From here on the successor exists. It loads as long as the admin counts one worker.
        before = len(trial.created)
        while True:
            created = len(trial.created) - before
            report = await health(product)
            if report["workers"] == 2:
                break
            assert report["workers"] == 1, report
            acknowledged = created
        assert survivor in product.children("worker")
        # Those of the beginning, of the end and of the time while it loaded.
        for n in range(1, LINKS, LINKS // 100):
            await trial.visit(million.location(n)[0], 301, million.location(n)[1], "loaded")

    trial = Trial(product, "loading")
    run(trial.run(0, kill_and_watch))
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert trial.broken_calls == 0, trial
    assert trial.broken_visits <= CLIENTS, trial
    # Many more than there are clients: no visit waited until the socket of the killed worker had a worker again.
    assert acknowledged > 10 * CLIENTS, f"{acknowledged} links acknowledged while the worker was loading; {trial}"
    again = Trial(product, "loaded")
    run(_visit_all(again, trial.created))
    assert not again.misses, again


def test_every_worker_answers_a_change_while_a_worker_loads(large_product: Product) -> None:
    product = large_product

    async def kill_and_wait(trial: Trial) -> None:
        await trial.after(CLIENTS)
        kill(product.children("worker")[0])
        while (await health(product))["workers"] == 2:
            await asyncio.sleep(POLL_S)
        while (await health(product))["status"] != "ok":
            await asyncio.sleep(POLL_S)

    trial = Trial(product, "changes-loading")
    run(trial.run(0, kill_and_wait, live_and_die))
    assert not trial.misses, trial
    assert trial.broken_calls == 0, trial
    assert len(trial.created) > CLIENTS, trial


async def _visit_all(trial: Trial, links: dict[str, str]) -> None:
    """Each link again, now that both workers answer."""
    for slug, url in links.items():
        await trial.visit(slug, 301, url, "while a worker was loading")
