"""How a worker ends: what visitors have asked or are about to ask is answered."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.app import make_server
from server.entry import pack
from server.slow import RedirectServer
from tests.server.wire import Served

ASK = b"GET /plain HTTP/1.1\r\nHost: s.test\r\n\r\n"
SECONDS = 10.0


@pytest.fixture
async def served() -> Served:
    served = Served()
    served.table.put(b"", b"plain", pack(1, b"https://e.com/"))
    return served


@pytest.fixture
async def factory(served: Served) -> AsyncIterator[RedirectServer]:
    """A server that accepts nothing any more once the test has its connections."""
    factory = make_server(served.handler())
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield factory
    await served.close()
    server.close()
    await server.wait_closed()


async def _accepted(factory: RedirectServer, count: int) -> None:
    while len(factory.connections) < count:
        await asyncio.sleep(0)


async def test_a_connection_that_has_not_asked_yet_is_waited_for(served: Served, factory: RedirectServer) -> None:
    client = await served.connect()
    await _accepted(factory, 1)
    draining = asyncio.create_task(factory.drain(SECONDS))
    await asyncio.sleep(0)
    client.send(ASK)
    assert (await client.reply())["Location"] == "https://e.com/"
    assert await client.rest() == b""
    await draining


async def test_an_idle_connection_is_closed_at_once(served: Served, factory: RedirectServer) -> None:
    client = await served.connect()
    client.send(ASK)
    await client.reply()
    await factory.drain(SECONDS)
    assert await client.rest() == b""


async def test_a_connection_that_never_asks_is_closed_too(served: Served, factory: RedirectServer) -> None:
    client = await served.connect()
    await _accepted(factory, 1)
    await factory.drain(SECONDS)
    assert await client.rest() == b""


async def test_no_time_to_drain_is_taken_literally(served: Served, factory: RedirectServer) -> None:
    client = await served.connect()
    await _accepted(factory, 1)
    await factory.drain(0)
    assert await client.rest() == b""
