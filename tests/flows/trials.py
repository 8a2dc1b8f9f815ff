"""Trials: clients that create links and visit each at once, while somebody kills parts of the product.

A visit is a GET on a connection of its own. Any complete answer to it that is not the right one is a miss. A
connection that breaks because the process at its other end was killed is made anew, a few times at most, and counted
apart.
"""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from tests.flows.product import KEY, Client, Product, get_fresh

CLIENTS = 12
TRIES = 4
"""Connections that are tried for one visit: each may meet a worker that is killed at that moment."""

LIMIT_S = 180.0
"""A trial that takes so long hangs. No promise of the product is measured with it."""

POLL_S = 0.01


class Trial:
    """What happened in a trial. ``created`` has the destination of each slug that was answered with 201."""

    def __init__(self, product: Product, name: str) -> None:
        self.product = product
        self.name = name
        self.created: dict[str, str] = {}
        self.misses: list[str] = []
        self.refused: Counter[str] = Counter()
        self.broken_calls = 0
        self.broken_visits = 0
        self._numbers = 0

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.created)} created, {self.broken_calls} calls and {self.broken_visits} visits "
            f"broken, refused {dict(self.refused)}, {len(self.misses)} misses {self.misses[:5]}"
        )

    def number(self) -> int:
        """A number that no other link of this trial has."""
        self._numbers += 1
        return self._numbers

    async def create(self, client: Client, slug: str = "", url: str = "") -> tuple[str, str] | None:
        """Ask for a link, a new one by default; its slug and UUID, or ``None`` where that failed, which is counted."""
        if not slug:
            number = self.number()
            slug, url = f"{self.name}-{number}", f"https://example.com/{self.name}/{number}"
        try:
            status, _, body = await client.request("POST", "/api/v1/links", {"url": url, "custom_slug": slug})
        except ConnectionError:
            self.broken_calls += 1
            return None
        if status != 201:
            self.refused[f"{status} {body.decode()}"] += 1
            return None
        self.created[slug] = url
        return slug, json.loads(body)["data"]["id"]

    async def visit(self, slug: str, status: int, location: str | None, when: str = "created") -> None:
        """Visit ``slug`` once; anything but this answer is a miss."""
        for _ in range(TRIES):
            try:
                answer, headers, _ = await get_fresh(self.product.port, f"/{slug}")
            except ConnectionError:
                self.broken_visits += 1
                continue
            if (answer, headers.get("location")) != (status, location):
                self.misses.append(f"{slug} {when}: {answer} {headers.get('location')}")
            return
        self.misses.append(f"{slug} {when}: {TRIES} connections broke")

    async def create_and_visit(self, client: Client) -> None:
        """One pair."""
        made = await self.create(client)
        if made is not None:
            await self.visit(made[0], 301, self.created[made[0]])

    async def after(self, count: int) -> None:
        """Return once ``count`` links have been created."""
        while len(self.created) < count:
            await asyncio.sleep(POLL_S)

    async def run(
        self,
        count: int,
        disturb: Callable[["Trial"], Awaitable[None]] | None = None,
        step: Callable[["Trial", Client], Awaitable[None]] | None = None,
        clients: int = CLIENTS,
    ) -> None:
        """Let ``clients`` repeat ``step`` until ``count`` links have been created and ``disturb`` has returned."""
        step = step or Trial.create_and_visit
        disturbing: asyncio.Task[None] | None = None

        async def one_client() -> None:
            client = Client(self.product.api_port, KEY)
            try:
                while len(self.created) < count or not (disturbing is None or disturbing.done()):
                    await step(self, client)
            finally:
                client.close()

        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            if disturb is not None:
                disturbing = group.create_task(_returning(disturb(self)))
            for _ in range(clients):
                group.create_task(one_client())
        print(self)


async def _returning(awaitable: Awaitable[None]) -> None:
    await awaitable


def run(main: Awaitable[Any]) -> Any:
    """Run ``main`` on the faster loop: the clients share two cores with the product."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_waited(main))


async def _waited(main: Awaitable[Any]) -> Any:
    return await main


async def health(product: Product) -> dict[str, Any]:
    """What the admin says of itself, ``status`` among it; only that where it does not answer."""
    try:
        _, _, body = await get_fresh(product.api_port, "/healthz")
    except ConnectionError:
        return {"status": "dead"}
    report: dict[str, Any] = json.loads(body)
    return report


async def healthy(product: Product) -> None:
    """Return once the admin and every worker answer."""
    async with asyncio.timeout(LIMIT_S):
        while (await health(product))["status"] != "ok":
            await asyncio.sleep(POLL_S)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_admin(times: int, every: int) -> Callable[[Trial], Awaitable[None]]:
    """Kills the admin ``times`` times, each time when it is healthy again and ``every`` more links were created."""

    async def disturb(trial: Trial) -> None:
        for _ in range(times):
            await trial.after(len(trial.created) + every)
            await healthy(trial.product)
            kill(*trial.product.children("admin"))
        await healthy(trial.product)

    return disturb


def kill_worker(times: int, every: int) -> Callable[[Trial], Awaitable[None]]:
    """Kills the oldest worker ``times`` times, each time when both answer and ``every`` more links were created."""

    async def disturb(trial: Trial) -> None:
        for _ in range(times):
            await trial.after(len(trial.created) + every)
            await healthy(trial.product)
            kill(trial.product.children("worker")[0])
        await healthy(trial.product)

    return disturb
