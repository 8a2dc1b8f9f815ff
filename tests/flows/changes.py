"""One link's life in a trial: created, edited, disabled, renamed, deleted, and looked at after each."""

import asyncio
import json
from typing import Any

from tests.flows.product import Client
from tests.flows.trials import POLL_S, Trial

LOOKS = 8
"""Connections after each change: that all of them meet the same one of two workers has a chance of 1 in 128, and
there are some thousand changes."""


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
