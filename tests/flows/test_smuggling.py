"""Request smuggling: whatever one client sends through a proxy, others get the answers to their own requests.

nginx and HAProxy, each with strict and with lenient settings, keep connections to a real product open and reuse them
for everybody.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import NamedTuple

import pytest

from links import database
from tests.flows.desync import PAYLOADS, Payload
from tests.flows.product import Client, Product, free_ports
from tests.flows.proxies import Tap, find, running
from tests.links.storing import Opened

VICTIMS = 5
CANARY = b"https://canary.example/"
ANSWER_S = 0.15
"""How long an attacker waits for an answer, which some payloads do not get, before others ask."""

VICTIM_S = 5.0
"""Whoever waits longer waits for what somebody else has sent: the server drops rests of bodies after 10 s."""

APART_S = 0.01
"""Between two segments, so that a proxy that streams sends them on apart."""


class Front(NamedTuple):
    """A proxy: its settings, where clients connect, and what goes on behind it."""

    settings: str
    port: int
    tap: Tap


async def _store_links(product: Product) -> None:
    opened = Opened(product.data / database.FILE_NAME)
    await opened.open()
    await opened.make("sink", status=307, destination="https://sink.example/")
    await opened.make("canary", destination=CANARY.decode())
    for number in range(VICTIMS):
        await opened.make(f"victim-{number}", destination=f"https://victim-{number}.example/")
    await opened.store.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"), workers=1)
    product.data.mkdir(mode=0o700)
    database.migrate(product.data / database.FILE_NAME, product.data / "backups")
    asyncio.run(_store_links(product))
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def fronts(
    request: pytest.FixtureRequest, served: Product, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Front]]:
    """The proxy with strict and with lenient settings."""
    if find(request.param) is None:
        pytest.skip(f"{request.param} is not installed: apt install {request.param}")
    with ExitStack() as stack:
        taps = [Tap(served.port), Tap(served.port)]
        for tap in taps:
            tap.start()
            stack.callback(tap.stop)
        ports = free_ports(2)
        stack.enter_context(
            running(request.param, tmp_path_factory.mktemp(request.param), ports, [tap.port for tap in taps])
        )
        yield [Front(*each) for each in zip(["strict", "lenient"], ports, taps, strict=True)]


class Attack:
    """One client's connection to a proxy on which a payload is sent."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, *segments: bytes) -> None:
        """Send it, and wait for some answer or the end, which may not come."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._front.port)
        self._writer = writer
        for segment in segments:
            writer.write(segment)
            await asyncio.sleep(APART_S)
        try:
            async with asyncio.timeout(ANSWER_S):
                await reader.read(65536)
        except (TimeoutError, ConnectionError):
            pass  # it waits for more, or was thrown out: either is the proxy's good right

    async def end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with suppress(ConnectionError):  # the proxy was quicker
                await self._writer.wait_closed()


async def ask(victim: Client, number: int) -> tuple[int, str | None]:
    async with asyncio.timeout(VICTIM_S):
        status, headers, _ = await victim.request("GET", f"/victim-{number}")
    return status, headers.get("location")


async def ask_all(victims: list[Client]) -> None:
    """All at once, after one alone: it most likely gets the connection that the attacker's request went over."""
    answers = [await ask(victims[0], 0), *await asyncio.gather(*(ask(victim, n) for n, victim in enumerate(victims)))]
    numbers = [0, *range(len(victims))]
    assert answers == [(301, f"https://victim-{number}.example/") for number in numbers]


def check(tap: Tap, payload: Payload, first: int) -> None:
    """On no connection does the server answer more than the proxy asked, or a canary that it did not ask for."""
    for seen in list(tap.seen):
        assert seen.answers() <= seen.passed_on(), payload.name
        assert seen.answers_with(CANARY) <= seen.passed_on_for(b"/canary"), payload.name
    if payload.is_body:
        assert sum(seen.answers_with(CANARY) for seen in tap.seen) == first, payload.name


async def attack(front: Front, payload: Payload, victims: list[Client]) -> None:
    """Send a payload twice, whole and as head and rest, and let others ask while and after it lasts."""
    before = sum(seen.answers_with(CANARY) for seen in front.tap.seen)
    head, end, rest = payload.data.partition(b"\r\n\r\n")
    attacks = [Attack(front), Attack(front)]
    try:
        await attacks[0].send(payload.data)
        await attacks[1].send(head + end, rest)
        await ask_all(victims)
    finally:
        for each in attacks:
            await each.end()
    await ask_all(victims)
    check(front.tap, payload, before)


async def attack_all(front: Front) -> None:
    victims = [Client(front.port) for _ in range(VICTIMS)]
    try:
        await ask_all(victims)
        for payload in PAYLOADS:
            try:
                await attack(front, payload, victims)
            except (AssertionError, OSError) as error:
                raise AssertionError(f"{payload.name}, {front.settings} settings") from error
    finally:
        for victim in victims:
            victim.close()


async def test_everybody_gets_the_answers_to_their_own_requests(fronts: list[Front]) -> None:
    async with asyncio.TaskGroup() as group:
        for front in fronts:
            group.create_task(attack_all(front))
    # What makes this worth something: connections behind the proxy are reused, and canaries can be seen.
    for front in fronts:
        asked = sum(seen.passed_on() for seen in front.tap.seen)
        assert asked > 4 * len(front.tap.seen) > 0
        assert sum(seen.answers_with(CANARY) for seen in front.tap.seen) > 0
