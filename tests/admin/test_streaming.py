import asyncio

import pytest
from aiohttp import web

from admin.streaming import Chunks


class Writer:
    """``stalls``: takes nothing; ``gone``: the client is."""

    def __init__(self, *, stalls=False, gone=False) -> None:
        self.taken = []
        self._stalls = stalls
        self._gone = gone

    async def write(self, chunk):
        if self._gone:
            raise ConnectionResetError
        if self._stalls:
            await asyncio.Event().wait()
        self.taken.append(chunk)


class Source:
    """Makes ``most`` chunks. ``made`` and ``closed`` say how far it got."""

    def __init__(self, most=3) -> None:
        self.made = 0
        self.closed = False
        self._most = most

    async def chunks(self):
        try:
            for _ in range(self._most):
                self.made += 1
                yield b"x"
        finally:
            self.closed = True


async def test_everything_is_written():
    source, writer = Source(), Writer()
    await Chunks(source.chunks()).write(writer)
    assert (writer.taken, source.closed) == ([b"x"] * 3, True)


@pytest.mark.parametrize("writer", [Writer(stalls=True), Writer(gone=True)])
async def test_a_client_that_takes_nothing_is_left(writer):
    source = Source(1_000_000)
    with pytest.raises(ConnectionResetError):
        await Chunks(source.chunks(), send_s=0.01).write(writer)
    assert (source.made, source.closed) == (1, True)


async def test_no_more_is_made_than_is_taken(aiohttp_client):
    source = Source(1_000_000)

    async def chunks():
        async for chunk in source.chunks():
            yield chunk * 65536

    async def handler(request):
        return web.Response(body=Chunks(chunks()), headers={"Content-Type": "text/csv"})

    app = web.Application()
    app.router.add_get("/", handler)
    client = await aiohttp_client(app)
    async with client.get("/") as answer:
        assert (answer.headers["Content-Type"], "Content-Length" in answer.headers) == ("text/csv", False)
        await answer.content.readexactly(65536)
        # Socket buffers are some megabytes; all of it would be 64 GB.
        for _ in range(200):
            await asyncio.sleep(0)
        assert source.made < 10_000
