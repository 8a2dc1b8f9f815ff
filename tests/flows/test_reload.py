"""SIGHUP: new processes with the new configuration take over without a visitor noticing."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable

from tests.flows.processes import state, wait_until
from tests.flows.product import Client, Product, get_fresh
from tests.flows.trials import CLIENTS, LIMIT_S, POLL_S, run

RELOADED = "fingerpost: reloaded"
RELOADS = 3
THINKING_S = 0.05
"""Between a visitor's connection and the request: a packet that was lost, a slow machine."""


class Visitors:
    """Visit one link on new connections, again and again; every other one takes its time to send the request."""

    def __init__(self, product: Product, slug: str) -> None:
        self._product = product
        self._slug = slug
        self.answers: Counter[tuple[int, str | None]] = Counter()
        self.broken: list[str] = []

    async def visit_until(self, ended: asyncio.Event, pause: float) -> None:
        while not ended.is_set():
            client = Client(self._product.port)
            try:
                await client.connect()
                await asyncio.sleep(pause)
                status, headers, _ = await client.request("GET", f"/{self._slug}")
            except ConnectionError as error:
                self.broken.append(str(error))
            else:
                self.answers[status, headers.get("location")] += 1
            finally:
                client.close()


async def reload(product: Product, times: int) -> None:
    """SIGHUP, for the nth time; returns when the processes of before have ended."""
    assert product.process is not None
    before = product.children()
    product.process.send_signal(signal.SIGHUP)
    while product.stderr.count(RELOADED) < times or any(map(state, before)):
        await asyncio.sleep(POLL_S)


def set_redirect_status(product: Product, status: int) -> None:
    text = product.config.read_text()
    lines = [line for line in text.splitlines() if not line.startswith("redirect_status")]
    lines.insert(lines.index("[server]") + 1, f"redirect_status = {status}")
    product.config.write_text("\n".join(lines) + "\n")


def test_a_new_redirect_status_takes_effect_without_a_broken_connection(product_at: Callable[..., Product]) -> None:
    product = product_at()
    product.start()
    product.create("https://example.com/", custom_slug="reloaded")
    visitors = Visitors(product, "reloaded")

    async def reload_under_visits() -> None:
        ended = asyncio.Event()
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            for n in range(CLIENTS):
                group.create_task(visitors.visit_until(ended, (n % 2) * THINKING_S))
            for times in range(1, RELOADS + 1):
                set_redirect_status(product, 302 if times % 2 else 301)
                await reload(product, times)
                statuses = {(await get_fresh(product.port, "/reloaded"))[0] for _ in range(20)}
                assert statuses == {302 if times % 2 else 301}
            ended.set()

    run(reload_under_visits())
    assert visitors.answers.keys() == {(301, "https://example.com/"), (302, "https://example.com/")}
    assert not visitors.broken, f"{visitors.broken} of {visitors.answers.total()}"
    product.wait_healthy()
    assert len(product.children()) == 3
    product.create(custom_slug="afterwards")
    assert product.follow("afterwards")[0] == 302  # as the last reload said
    assert product.stop() == 0


def test_a_broken_configuration_changes_nothing(product: Product) -> None:
    product.create(custom_slug="unmoved")
    before = product.children()
    text = product.config.read_text()
    product.config.write_text(text + "\n[server2]\nport = 1\n")
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "fingerpost: not reloaded: " in product.stderr, "the reason is on stderr")
    assert "server2" in product.stderr
    product.config.write_text(text)
    assert product.children() == before
    assert product.follow("unmoved")[0] == 301
    assert RELOADED not in product.stderr


def test_a_port_does_not_change(product: Product) -> None:
    text = product.config.read_text()
    product.config.write_text(text.replace(f"port = {product.port}", "port = 1"))
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    wait_until(lambda: RELOADED in product.stderr, "the configuration is reloaded")
    product.config.write_text(text)
    assert "server.port changes only with a restart" in product.stderr
    product.wait_healthy()
    assert product.create()["short_url"].startswith(f"http://localhost:{product.port}/")
