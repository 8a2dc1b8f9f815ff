"""Visitors in processes of their own, who count what they asked and what they were answered.

As a program: ``PORT KEPT FRESH`` keeps so many connections busy and makes a new one for each visit on so many others.
Each line of standard input is the slug to visit from then on; when it ends, what is under way is waited for, and what
happened is said as JSON. Times are the system's monotonic clock, which all processes share.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from tests.flows.processes import LIMIT_S

HOUSE = Path(__file__).parents[2]
HANGING_S = 20.0
"""A visit that is not answered for so long never is. No promise of the product is measured with it."""

LOOK_S = 0.1


class Broken(NamedTuple):
    """A connection that ended without having been asked to: when it was begun and when it ended, seconds."""

    began: float
    ended: float
    answered: int


class Load:
    """All connections of this process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.slug = ""
        self.is_over = False
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.broken: list[Broken] = []
        self.failed: list[str] = []
        self.waiting: set[Line] = set()
        self.open = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, is_fresh: bool) -> None:
        self.open += 1
        task = asyncio.ensure_future(self._connect(is_fresh))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, is_fresh: bool) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(HANGING_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: Line(self, is_fresh, began), "127.0.0.1", self.port
                )
        except OSError as error:
            self.failed.append(f"connecting: {error!r}")
            self.open -= 1

    async def watch(self) -> None:
        """Until all is over: end the connections whose answer does not come."""
        while not self.is_over or self.open:
            now = time.monotonic()
            for line in [line for line in self.waiting if now - line.asked_at > HANGING_S]:
                self.failed.append(f"no answer on a connection of {line.began}")
                line.abort()
            await asyncio.sleep(LOOK_S)

    def told(self) -> None:
        """Standard input has something to say."""
        text = os.read(0, 4096).decode()
        if text:
            self.slug = text.split()[-1]
        else:
            self.is_over = True
            asyncio.get_running_loop().remove_reader(0)


class Line(asyncio.Protocol):
    """One connection: asks again when it was answered."""

    def __init__(self, load: Load, is_fresh: bool, began: float) -> None:
        self.began = began
        self.asked_at = 0.0
        self._load = load
        self._is_fresh = is_fresh
        self._answered = 0
        self._data = b""
        self._slug = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport: Any = transport
        self._ask()

    def _ask(self) -> None:
        self._slug = self._load.slug
        self._load.sent[self._slug] += 1
        self._load.waiting.add(self)
        self.asked_at = time.monotonic()
        self._transport.write(b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % self._slug.encode())

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._data.endswith(b"\r\n\r\n"):
            return
        if not self._data.startswith(b"HTTP/1.1 301 ") or self._data.count(b"\r\n\r\n") != 1:
            self._load.failed.append(repr(self._data))
        self._load.waiting.discard(self)
        self._load.received[self._slug] += 1
        self._answered += 1
        self._data = b""
        if self._is_fresh or self._load.is_over:
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._load.waiting:
            self._load.waiting.discard(self)
            self._load.broken.append(Broken(self.began, time.monotonic(), self._answered))
        self._load.open -= 1
        if not self._load.is_over:
            self._load.connect(self._is_fresh)

    def abort(self) -> None:
        self._transport.abort()


async def main(port: int, kept: int, fresh: int) -> None:
    load = Load(port)
    load.told()  # waits for the first slug
    asyncio.get_running_loop().add_reader(0, load.told)
    for _ in range(kept):
        load.connect(False)
    for _ in range(fresh):
        load.connect(True)
    await load.watch()
    said = {"sent": load.sent, "received": load.received, "broken": load.broken, "failed": load.failed}
    print(json.dumps(said))


class Visitors:
    """Processes of visitors, as long as the context is open. The counts are there after :meth:`end`."""

    def __init__(self, port: int, *, processes: int = 2, kept: int = 6, fresh: int = 2) -> None:
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.broken: list[Broken] = []
        self.failed: list[str] = []
        command = [sys.executable, "-m", "tests.flows.visitors", str(port), str(kept), str(fresh)]
        self._processes = [
            subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(processes)
        ]

    def __enter__(self) -> "Visitors":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            with process:  # closes its pipes
                pass

    def visit(self, slug: str) -> None:
        """From now on."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(slug.encode() + b"\n")
            process.stdin.flush()

    def end(self) -> None:
        """Wait for the answers that are under way; then nobody visits any more."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            assert process.stdout is not None
            said = json.loads(process.stdout.read())
            assert process.wait(LIMIT_S) == 0
            self.sent.update(said["sent"])
            self.received.update(said["received"])
            self.broken += [Broken(*broken) for broken in said["broken"]]
            self.failed += said["failed"]


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*map(int, sys.argv[1:])))
