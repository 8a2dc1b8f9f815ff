"""Workers for the tests of this room."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.app import make_server
from tests.server.locking import Locked


@pytest.fixture
async def locked() -> AsyncIterator[Locked]:
    locked = Locked()
    factory = make_server(locked.handler())
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    locked.port = server.sockets[0].getsockname()[1]
    yield locked
    await locked.close()
    server.close()
    await factory.shutdown(1)
    await server.wait_closed()
