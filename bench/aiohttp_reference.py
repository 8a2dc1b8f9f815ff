"""What one writes with aiohttp in an afternoon: a dict and a redirect, on uvloop, without an access log.

    python -m bench.aiohttp_reference application|server PORT FILE

``application``: a ``web.Application`` with one route. ``server``: aiohttp's low-level server, without a router. FILE
has a slug and a location on each line.
"""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from aiohttp import web

BACKLOG = 4_096
HEADERS = {"Cache-Control": "private, no-store"}

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def application(table: dict[str, str]) -> web.AppRunner:
    """A route of the router and its match."""

    async def redirect(request: web.Request) -> web.Response:
        location = table.get(request.match_info["slug"])
        if location is None:
            return web.Response(status=404)
        return web.Response(status=301, headers={"Location": location, **HEADERS})

    app = web.Application()
    app.router.add_get("/{slug}", redirect)
    return web.AppRunner(app, access_log=None)


def server(table: dict[str, str]) -> web.ServerRunner:
    """One coroutine for all requests."""

    async def redirect(request: web.BaseRequest) -> web.StreamResponse:
        location = table.get(request.path[1:])
        if location is None:
            return web.Response(status=404)
        return web.Response(status=301, headers={"Location": location, **HEADERS})

    return web.ServerRunner(web.Server(redirect, access_log=None))


KINDS: dict[str, Callable[[dict[str, str]], web.BaseRunner]] = {"application": application, "server": server}


def read_table(path: Path) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in path.read_text().splitlines())


async def serve(kind: str, port: int, path: Path) -> None:
    runner = KINDS[kind](read_table(path))
    gc.collect()
    gc.freeze()  # as our worker does: the collector is not to walk the table
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=BACKLOG).start()
    await asyncio.Event().wait()  # until a signal ends the process


def main(kind: str, port: str, path: str) -> None:
    uvloop.run(serve(kind, int(port), Path(path)))


if __name__ == "__main__":
    main(*sys.argv[1:])
