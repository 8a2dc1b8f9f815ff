"""The fast path is invisible: the whole corpus over TCP to two real products, one with the fast path, one without.

What comes back must be the same byte for byte (each Date only in its form), what the corpus says, and end the same way.
"""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from links import database
from tests.flows.product import Product
from tests.links.storing import Opened
from tests.server.corpus import links
from tests.server.corpus.pipelines import expected, longer, whole
from tests.server.corpus.reading import CASES, Case
from tests.server.roads import LAST, NEXT, statuses, without_date

AT_A_TIME = 50
"""Connections to each of the two."""

PATIENCE_S = 30.0
"""Until a test gives up; only what breaks lasts so long."""

APART_S = 0.05
"""Between a request that gets no answer and what follows it, so that they arrive apart."""

SILENCE_S = 0.5
"""How long nothing comes where nothing is to come."""

GROUPS = sorted({case.group for case in CASES})


async def _store_links(path: Path) -> None:
    opened = Opened(path)
    await opened.open()
    for slug, fields in links.stored().items():
        await opened.make(slug, **fields)
    await links.store_pages(opened)
    await opened.store.close()


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Product]]:
    """The same links on both roads."""
    made: dict[str, Product] = {}
    try:
        for road, fast_path in (("fast", "true"), ("slow", "false")):
            product = Product(tmp_path_factory.mktemp(road), workers=1, FINGERPOST_SERVER__FAST_PATH=fast_path)
            made[road] = product
            product.data.mkdir(mode=0o700)
            if road == "fast":
                database.migrate(product.data / database.FILE_NAME, product.data / "backups")
                asyncio.run(_store_links(product.data / database.FILE_NAME))
            else:
                shutil.copy(made["fast"].directory / "seed.db", product.data / database.FILE_NAME)
            shutil.copy(product.data / database.FILE_NAME, product.directory / "seed.db")
            product.start()
        yield made
        for product in made.values():
            assert product.stop() == 0, product.stderr
    finally:
        for product in made.values():
            product.kill_all()


class Dialogue:
    """One connection. ``received``: what has come so far; ``ended``: whether the server has closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.received = b""
        self.ended = False

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    def end(self) -> None:
        self._writer.write_eof()

    async def _read(self) -> None:
        try:
            data = await self._reader.read(65536)
        except ConnectionError:  # it closed before it had read everything
            data = b""
        self.received += data
        self.ended = not data

    async def read_answers(self, count: int) -> None:
        """Until so many have come in all, or the end."""
        while not self.ended and len(statuses(self.received)) < count:
            await self._read()

    async def read_to_end(self) -> None:
        while not self.ended:
            await self._read()

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):  # the server was quicker
            await self._writer.wait_closed()


Talk = Callable[[Dialogue], Awaitable[None]]


def asking(case: Case) -> Talk:
    """Ask what a case asks, then a plain request, then one that ends the connection, as far as it lives."""

    async def talk(dialogue: Dialogue) -> None:
        dialogue.send(case.data)
        await dialogue.read_answers(len(case.first))
        if case.fate == "kept":
            if not case.first:
                await asyncio.sleep(APART_S)
            dialogue.send(NEXT)
            await dialogue.read_answers(len(case.first) + 1)
            dialogue.send(LAST)
        elif case.pending:
            await asyncio.sleep(APART_S)
            dialogue.send(NEXT)
        if case.fate != "waits":
            await dialogue.read_to_end()
            return
        try:
            async with asyncio.timeout(SILENCE_S):
                await dialogue.read_to_end()
        except TimeoutError:
            assert not dialogue.ended

    return talk


def asking_and_ending(case: Case) -> Talk:
    """Ask what a case asks and say at once that nothing more will come."""

    async def talk(dialogue: Dialogue) -> None:
        dialogue.send(case.data)
        dialogue.end()
        await dialogue.read_to_end()

    return talk


async def _converse(port: int, talk: Talk, turnstile: asyncio.Semaphore) -> Dialogue:
    async with turnstile, asyncio.timeout(PATIENCE_S):
        dialogue = Dialogue(*await asyncio.open_connection("127.0.0.1", port))
        try:
            await talk(dialogue)
        finally:
            await dialogue.close()
    return dialogue


async def on_both(products: dict[str, Product], talks: list[Talk]) -> tuple[list[Dialogue], list[Dialogue]]:
    """Each conversation on a connection of its own, on the fast road and on the slow one."""
    outcomes = []
    for road in ("fast", "slow"):
        turnstile = asyncio.Semaphore(AT_A_TIME)
        outcomes.append(await asyncio.gather(*(_converse(products[road].port, talk, turnstile) for talk in talks)))
    return outcomes[0], outcomes[1]


def seen(product: Product, dialogue: Dialogue) -> tuple[bytes, bool]:
    """What a client sees, without what differs between any two products: the time and the address of the API."""
    return re.sub(rb":%d\b" % product.api_port, b":8081", without_date(dialogue.received)), dialogue.ended


def compare(products: dict[str, Product], cases: list[Case], fast: list[Dialogue], slow: list[Dialogue]) -> None:
    wrong = {}
    for case, on_fast, on_slow in zip(cases, fast, slow, strict=True):
        pair = seen(products["fast"], on_fast), seen(products["slow"], on_slow)
        if pair[0] != pair[1]:
            wrong[case.id] = pair
    assert wrong == {}


@pytest.mark.parametrize("group", GROUPS)
async def test_answers_and_what_becomes_of_the_connection(products: dict[str, Product], group: str) -> None:
    cases = [case for case in CASES if case.group == group]
    fast, slow = await on_both(products, [asking(case) for case in cases])
    compare(products, cases, fast, slow)
    for case, dialogue in zip(cases, slow, strict=True):
        assert (statuses(dialogue.received), dialogue.ended) == (case.statuses, case.fate != "waits"), case.id
        if case.fate == "kept":
            assert links.NEXT in dialogue.received, case.id
            assert links.LAST in dialogue.received, case.id


@pytest.mark.parametrize("group", GROUPS)
async def test_a_client_that_half_closes_gets_its_answer_on_both_roads(
    products: dict[str, Product], group: str
) -> None:
    cases = [case for case in CASES if case.group == group]
    fast, slow = await on_both(products, [asking_and_ending(case) for case in cases])
    answers = {case.id: statuses(dialogue.received) for case, dialogue in zip(cases, slow, strict=True)}
    assert answers == {case.id: case.first for case in cases}
    compare(products, cases, fast, slow)


async def test_pipelines(products: dict[str, Product]) -> None:
    pipelines = longer(150, 7)

    def asked(data: bytes) -> Talk:
        async def talk(dialogue: Dialogue) -> None:
            dialogue.send(data)
            await dialogue.read_to_end()

        return talk

    endless = [pipeline for pipeline in pipelines if not pipeline[-1].closes]
    fast, slow = await on_both(products, [asked(whole(pipeline) + LAST) for pipeline in endless])
    for pipeline, on_fast, on_slow in zip(endless, fast, slow, strict=True):
        wanted = expected(pipeline)
        assert wanted is not None
        assert statuses(on_slow.received) == (*wanted[0], 301), whole(pipeline)
        assert seen(products["fast"], on_fast) == seen(products["slow"], on_slow), whole(pipeline)
