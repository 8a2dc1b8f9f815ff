"""Edits, renames and deletions are what every worker answers when the API says so, whatever is killed meanwhile."""

import asyncio
import csv
import json
import os
import signal
import time
from pathlib import Path

from links.locks import WORKERS, DataLock
from tests.flows.changes import live_and_die
from tests.flows.processes import state, wait_until
from tests.flows.product import FINGERPOST, Product
from tests.flows.trials import Trial, kill, kill_admin, kill_worker, run

LINKS = 200
KILLS = 5
DISTURBED_LINKS = 120
IMPORTED = 10_000
TOLD_S = 0.3
"""For the supervisor to tell a new process its settings, which takes milliseconds."""


def test_every_worker_answers_a_change_when_the_api_does(product: Product) -> None:
    trial = Trial(product, "changes")
    run(trial.run(LINKS, step=live_and_die))
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert (trial.broken_calls, trial.broken_visits) == (0, 0), trial


def test_every_worker_answers_a_change_while_workers_are_killed(product: Product) -> None:
    trial = Trial(product, "changes-worker-kills")
    run(trial.run(DISTURBED_LINKS, kill_worker(KILLS, DISTURBED_LINKS // (KILLS + 1)), live_and_die))
    assert not trial.misses, trial
    assert trial.broken_calls == 0, trial


def test_every_worker_answers_a_change_while_the_admin_is_killed(product: Product) -> None:
    trial = Trial(product, "changes-admin-kills")
    run(trial.run(DISTURBED_LINKS, kill_admin(KILLS, DISTURBED_LINKS // (KILLS + 1)), live_and_die))
    assert not trial.misses, trial
    assert trial.broken_calls > 0, trial


def test_every_worker_answers_a_change_during_an_import(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    with open(file, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["slug", "url"])
        writer.writerows([f"beside-{n}", f"https://example.com/beside/{n}"] for n in range(IMPORTED))

    async def import_links(trial: Trial) -> None:
        command = [*FINGERPOST, "--config", str(product.config), "links", "import", str(file)]
        process = await asyncio.create_subprocess_exec(
            *command, env=product.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        assert (out.decode(), err.decode()) == (f"{IMPORTED} created, 0 unchanged, 0 failed\n", "")

    trial = Trial(product, "changes-import")
    run(trial.run(0, import_links, live_and_die))
    assert not trial.misses, trial
    assert not trial.refused, trial
    assert (trial.broken_calls, trial.broken_visits) == (0, 0), trial
    assert trial.created, trial


def test_no_change_is_acknowledged_past_a_worker_that_is_not_back(product: Product) -> None:
    """After a restart of the admin: the one worker follows again, the other one stands still.

    So does the supervisor meanwhile, which would put another worker in its place after two seconds."""
    link = product.create("https://example.com/old", custom_slug="not-back")
    # The holder of the first lock byte shall be the younger worker: the kernel tells of the older one's lock first.
    killed = first_worker(product)
    kill(killed)
    wait_until(lambda: not state(killed) and len(product.children("worker")) == 2, "there are two workers again")
    product.wait_healthy()
    absent = first_worker(product)
    assert absent == product.children("worker")[1]
    assert product.process is not None
    before = product.children("admin")
    kill(*before)
    wait_until(lambda: set(product.children("admin")) - set(before), "there is another admin")
    os.kill(absent, signal.SIGSTOP)  # as long as nobody listens whom it could follow
    time.sleep(TOLD_S)
    os.kill(product.process.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: workers_at_work(product) == 1, "the other is back")
        assert state(absent) == "T"
        change = "PATCH", f"/api/v1/links/{link['id']}", {"url": "https://example.com/new"}
        assert product.api(*change)[0] == 503
    finally:
        os.kill(product.process.pid, signal.SIGCONT)
    wait_until(lambda: not state(absent), "the supervisor has ended it")
    wait_until(lambda: product.api(*change)[0] == 200, "the change is acknowledged")
    product.wait_healthy()
    assert [product.follow("not-back")[1] for _ in range(20)] == ["https://example.com/new"] * 20


def workers_at_work(product: Product) -> int:
    """How many follow the admin, which may not answer yet: 0 then."""
    try:
        return int(json.loads(product.get(product.api_port, "/healthz")[2])["workers"])
    except ConnectionError:
        return 0


def first_worker(product: Product) -> int:
    """The worker that holds the first lock byte."""
    with DataLock(product.data) as lock:
        return int(lock.holder(WORKERS.start))
