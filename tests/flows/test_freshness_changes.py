"""Edits, renames and deletions are what every worker answers when the API says so, whatever is killed meanwhile."""

import asyncio
import json
import os
import signal
from typing import Any

from links.locks import WORKERS, DataLock
from tests.flows.processes import state, wait_until
from tests.flows.product import Client, Product
from tests.flows.trials import POLL_S, Trial, kill, kill_admin, kill_worker, run

LOOKS = 8
"""Connections after each change: that all of them meet the same one of two workers has a chance of 1 in 128, and
there are some thousand changes."""

LINKS = 200
KILLS = 5
DISTURBED_LINKS = 120


async def change(trial: Trial, client: Client, method: str, link: str, body: Any = None) -> None:
    """Carry out a change of a link; what is answered with 503, or breaks, is asked for again and counted."""
    again = False
    while True:
        try:
            status, _, answer = await client.request(method, f"/api/v1/links/{link}", body)
        except ConnectionError:
            trial.broken_calls += 1
            again = True
            continue
        if status == 503:
            trial.refused["503 " + json.loads(answer)["error"]["message"]] += 1
            await asyncio.sleep(POLL_S)
        elif status in (200, 204) or (method == "DELETE" and status == 404 and again):
            return  # a deletion whose answer was lost has been carried out all the same
        else:
            raise AssertionError(f"{method} {body}: {status} {answer.decode()}")


async def see(trial: Trial, slug: str, status: int, location: str | None, when: str) -> None:
    for _ in range(LOOKS):
        await trial.visit(slug, status, location, when)


async def live_and_die(trial: Trial, client: Client) -> None:
    """One link, from its creation to its deletion."""
    made = await trial.create(client)
    if made is None:
        return
    slug, link = made
    first, elsewhere, renamed = trial.created[slug], f"https://example.org/{slug}", f"{slug}-renamed"
    await change(trial, client, "PATCH", link, {"url": elsewhere})
    await see(trial, slug, 301, elsewhere, "after an edit")
    await change(trial, client, "PATCH", link, {"enabled": False})
    await see(trial, slug, 410, None, "after disabling")
    await change(trial, client, "PATCH", link, {"enabled": True})
    await see(trial, slug, 301, elsewhere, "after enabling")
    await change(trial, client, "PATCH", link, {"custom_slug": renamed})
    await see(trial, renamed, 301, elsewhere, "after a rename")
    await see(trial, slug, 301, elsewhere, "in the grace of a rename")
    await change(trial, client, "PATCH", link, {"url": first})
    await see(trial, renamed, 301, first, "after an edit of a renamed link")
    await see(trial, slug, 301, first, "in the grace, after an edit")
    await change(trial, client, "DELETE", link)
    await see(trial, renamed, 404, None, "after deletion")
    await see(trial, slug, 404, None, "in the grace, after deletion")
    if await trial.create(client, slug, f"https://example.net/{slug}"):
        await see(trial, slug, 301, f"https://example.net/{slug}", "created anew")


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


def test_no_change_is_acknowledged_past_a_worker_that_is_not_back(product: Product) -> None:
    """After a restart of the admin: the one worker follows again, the other one stands still."""
    link = product.create("https://example.com/old", custom_slug="not-back")
    # The holder of the first lock byte shall be the younger worker: the kernel tells of the older one's lock first.
    killed = first_worker(product)
    kill(killed)
    wait_until(lambda: not state(killed) and len(product.children("worker")) == 2, "there are two workers again")
    product.wait_healthy()
    absent = first_worker(product)
    assert absent == product.children("worker")[1]
    os.kill(absent, signal.SIGSTOP)
    kill(*product.children("admin"))
    wait_until(lambda: json.loads(product.get(product.api_port, "/healthz")[2])["workers"] == 1, "the other is back")
    change = "PATCH", f"/api/v1/links/{link['id']}", {"url": "https://example.com/new"}
    assert product.api(*change)[0] == 503
    wait_until(lambda: product.api(*change)[0] == 200, "the change is acknowledged")
    product.wait_healthy()
    assert [product.follow("not-back")[1] for _ in range(20)] == ["https://example.com/new"] * 20


def first_worker(product: Product) -> int:
    """The worker that holds the first lock byte."""
    with DataLock(product.data) as lock:
        return int(lock.holder(WORKERS.start))
