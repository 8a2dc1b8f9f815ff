"""``python -P -m fingerpost.child KIND FD``: a process of the supervisor's.

FD is one end of a socket pair. Down it come the settings (4 bytes of length, big-endian, then JSON), then two bytes a
message: ``A`` and a slot, accept from that slot's sockets too; ``X`` and a slot, no longer. Up it go ``R``, ready, and
``.``, a heartbeat. Its end means that the supervisor has died, and this process ends too.

Imports nothing but what its kind needs: the redirect worker stays lean.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import msgspec

from fingerpost.log import configure

READY = b"R"
BEAT = b"."
ADOPT = ord("A")
RELEASE = ord("X")

EXIT_CONFIGURATION = 78


class Control:
    """This process's end of the socket pair; ``None`` where it runs without a supervisor."""

    def __init__(self, end: socket.socket | None) -> None:
        self._end = end

    def say_ready(self) -> None:
        """Tell the supervisor that this process answers."""
        self._say(READY)

    def beat(self) -> None:
        """Tell the supervisor that there is progress."""
        self._say(BEAT)

    def _say(self, byte: bytes) -> None:
        if self._end is not None:
            # The supervisor may be busy, or gone, which `until_stopped` notices.
            with suppress(BlockingIOError, ConnectionError):
                self._end.send(byte)

    async def until_stopped(self, adopt: Callable[[int], None], release: Callable[[int], None]) -> None:
        """Carry out what the supervisor says; returns at SIGTERM, SIGINT or the supervisor's death."""
        loop = asyncio.get_running_loop()
        signalled = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, signalled.set)
        waiting = {asyncio.ensure_future(signalled.wait())}
        if self._end is not None:
            waiting.add(asyncio.ensure_future(self._listen(self._end, adopt, release)))
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()

    async def _listen(
        self, end: socket.socket, adopt: Callable[[int], None], release: Callable[[int], None]
    ) -> Literal[True]:
        """Returns when the supervisor is gone."""
        loop = asyncio.get_running_loop()
        end.setblocking(False)
        pending = b""
        try:
            while data := await loop.sock_recv(end, 64):
                pending += data
                while len(pending) >= 2:
                    word, slot, pending = pending[0], pending[1], pending[2:]
                    {ADOPT: adopt, RELEASE: release}[word](slot)
        except ConnectionError:
            pass  # gone without a word
        return True


def settings_from(end: socket.socket) -> bytes:
    """The settings, as JSON; the first thing that arrives. Raises ``EOFError`` where the supervisor died."""

    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = end.recv(count - len(data))
            if not more:
                raise EOFError("the supervisor died")
            data += more
        return data

    return exactly(int.from_bytes(exactly(4), "big"))


def main() -> int:
    os.umask(0o077)
    kind, fd = sys.argv[1:3]
    end = socket.socket(fileno=int(fd))
    control = Control(end)
    if kind == "collector":
        # A thread for each core, as numpy makes them when it is loaded, is of use to matrices only.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from clicks.settings import CollectorSettings
        from fingerpost import collecting

        configure("collector")
        return collecting.run(msgspec.json.decode(settings_from(end), type=CollectorSettings), control)
    from fingerpost import parser  # not above: the supervisor, which imports this file, does without aiohttp

    if not parser.is_in_c():
        print(f"fingerpost: {parser.COMPLAINT}", file=sys.stderr)
        return EXIT_CONFIGURATION
    if kind == "worker":
        from server import main as server_main
        from server.settings import WorkerSettings

        worker = msgspec.json.decode(settings_from(end), type=WorkerSettings)
        configure(f"worker {worker.slot}")
        return server_main.run(worker, control)
    from admin import main as admin_main
    from admin.settings import AdminProcessSettings

    configure("admin")
    return admin_main.run(msgspec.json.decode(settings_from(end), type=AdminProcessSettings), control)


if __name__ == "__main__":
    sys.exit(main())
