"""How old a count is: from sending a visit until the XQR API's answer about the link has it in its ``scan_count``.

A few clients visit a link of their own, each when its last visit was counted, and ask for the link every 20 ms: a
figure is up to that, and two requests, too large. Once while nobody else visits, and once while others do at a fixed
rate, open loop, links at random. Bias: the collector, the admin and all clients share the cores that are not the
worker's.
"""

import asyncio
import json
import shutil
import time
from pathlib import Path

from bench import contestants, cores, machine, openloop, tools, traffic
from bench.report import Table
from tests.flows.product import KEY, Client, Product

RATES = (0, 5_000)
"""Visits of others a second."""
SECONDS = 45.0
CLIENTS = 4
LOOK_S = 0.02
GIVE_UP_S = 60.0

AIM_MS = 2_000


async def _visits(port: int, api_port: int, until: float) -> list[float]:
    """One client's visits, one after the other: milliseconds from each to its being counted."""
    visitor, api = Client(port), Client(api_port, KEY)
    _, _, body = await api.request("POST", "/api/v1/links", {"url": "https://example.com/"})
    link = json.loads(body)["data"]
    took: list[float] = []
    while time.monotonic() < until:
        began = time.perf_counter()
        await visitor.request("GET", f"/{link['short_code']}")
        async with asyncio.timeout(GIVE_UP_S):
            while True:
                _, _, body = await api.request("GET", f"/api/v1/links/{link['id']}")
                if json.loads(body)["data"]["scan_count"] > len(took):
                    break
                await asyncio.sleep(LOOK_S)
        took.append((time.perf_counter() - began) * 1e3)
    visitor.close()
    api.close()
    return took


async def _all_visits(product: Product) -> list[float]:
    until = time.monotonic() + SECONDS
    found = await asyncio.gather(*(_visits(product.port, product.api_port, until) for _ in range(CLIENTS)))
    return sorted(one for took in found for one in took)


async def _beside(product: Product, program: Path, requests: Path, rate: int) -> tuple[list[float], float]:
    """The milliseconds, and at which rate others were answered meanwhile."""
    others = asyncio.create_task(
        asyncio.to_thread(openloop.ask, program, product.port, requests, rate, SECONDS + 1, naps=True)
    )
    await asyncio.sleep(openloop.WARM_UP_S)
    took = await _all_visits(product)
    return took, (await others).rate


def _measured(directory: Path, rate: int) -> list[str]:
    """A row of the table: a product of its own."""
    product = Product(directory, workers=1, FINGERPOST_STATS__COLLECT="true")
    shutil.copytree(contestants.filled(directory.parent, traffic.SLUGS), product.data)
    product.data.chmod(0o700)
    with contestants.started(product), cores.away():
        if rate:
            program = tools.build("openloop.c", directory.parent)
            requests = traffic.write(directory.parent / "requests", traffic.usual())
            took, answered = asyncio.run(_beside(product, program, requests, rate))
        else:
            took, answered = asyncio.run(_all_visits(product)), 0.0
    quantiles = [f"{machine.quantile(took, q):,.0f}" for q in (0.5, 0.99)]
    return [f"{answered:,.0f}", str(len(took)), *quantiles, f"{took[-1]:,.0f}"]


def run(directory: Path) -> Table:
    """The table of this scenario."""
    noise = machine.Noise()
    able = tools.find(tools.COMPILER) is not None
    rows = []
    for rate in RATES if able else RATES[:1]:
        place = directory / f"rate{rate}"
        place.mkdir()
        rows.append(_measured(place, rate))
        shutil.rmtree(place)
    missing = "" if able else f" Not measured beside others: {tools.COMPILER} is not installed."
    return Table(
        "From a visit to its count in the API",
        (__doc__ or "").strip(),
        ["others a second", "visits", "p50 ms", "p99 ms", "max ms"],
        rows,
        f"Aim: {AIM_MS:,} ms. {noise}{missing}",
    )
