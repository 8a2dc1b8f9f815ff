"""Which sockets a worker accepts from: those of its slot, and for a while an orphan's."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

BACKLOG = 4_096
"""Connections that wait to be accepted, a socket. Said again here: uvloop listens once more, with 100 by default."""


class Listeners:
    """Accepting from the sockets of one's own slot and, for a while, from an orphaned one."""

    def __init__(self, sockets: tuple[tuple[int, ...], ...], factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self._sockets = sockets
        self._factory = factory
        self._servers: dict[int, list[asyncio.AbstractServer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, slot: int) -> None:
        """Accept from the sockets of ``slot``."""
        if slot not in self._servers:
            self._servers[slot] = []
            await self._open(slot, self._servers[slot])

    def adopt(self, slot: int) -> None:
        """As :meth:`accept`, from a callback."""
        if slot in self._servers:
            return
        log.info("accepting for slot %d too", slot)
        self._servers[slot] = []
        task = asyncio.ensure_future(self._open(slot, self._servers[slot]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, slot: int, servers: list[asyncio.AbstractServer]) -> None:
        loop = asyncio.get_running_loop()
        for fd in self._sockets[slot]:
            # A copy: closing a server closes its socket, and this slot may be wanted again.
            sock = socket.socket(fileno=os.dup(fd))
            server = await loop.create_server(self._factory, sock=sock, backlog=BACKLOG)
            if self._servers.get(slot) is not servers:  # released meanwhile
                server.close()
                return
            servers.append(server)

    def release(self, slot: int) -> None:
        """Accept from ``slot`` no longer; what has been accepted is still answered."""
        for server in self._servers.pop(slot, []):
            server.close()

    def close(self) -> None:
        for slot in list(self._servers):
            self.release(slot)
