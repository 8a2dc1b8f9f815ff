"""Followers alone over a reader that is rigged, followers with a real hub and database, and what is no hub."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from links import follower as follower_module
from links.feed import FeedReader
from links.follower import Follower, Rows
from links.hub import Hub
from links.locks import WORKERS, DataLock
from links.socketpath import FILE_NAME
from tests.links.storing import PATIENCE, Opened, until


def task(what: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.ensure_future(what)


async def patiently(what: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await what


class RiggedReader(FeedReader):
    """Rows and a version out of memory. While ``gate`` is shut, a read has looked but does not come back: for loading,
    which is done in a thread."""

    def __init__(self) -> None:  # no database
        self.rows: list[tuple[int]] = []
        self.moves = 0
        self.reads = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.closed = False

    def commit(self, *revs: int) -> None:
        self.rows += [(rev,) for rev in revs]
        self.moves += 1

    def read(self, after: int, limit: int | None = None) -> Any:
        found = [row for row in self.rows if row[0] > after][: limit or follower_module.PAGE]
        self.reads += 1
        self.gate.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return found

    def domains(self, after: int, limit: int = 0) -> Any:
        return []

    def scan(self, after: int, limit: int = 0) -> Any:
        return []

    def bio_pages(self, after: int, limit: int = 0) -> Any:
        return []

    def rev(self) -> int:
        return 0

    def version(self) -> int:
        return self.moves

    def close(self) -> None:
        self.closed = True


class Alone:
    """A follower over a rigged reader, and what it applied. While ``gate`` is shut it does not go on after a page."""

    def __init__(self, data_dir: Path) -> None:
        self.reader = RiggedReader()
        self.applied: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.follower = Follower(self.reader, data_dir, self.apply, self.turn)

    def apply(self, rows: Rows) -> None:
        self.applied += [row[0] for row in rows]

    async def turn(self) -> None:
        await asyncio.sleep(0)
        await self.gate.wait()


class Worker:
    """A follower with a table of its own, as a redirect worker runs one."""

    def __init__(self, data_dir: Path) -> None:
        self.table: dict[bytes, bytes | None] = {}
        self.lock = DataLock(data_dir)
        self.reader = FeedReader(data_dir / "links.db")
        self.follower = Follower(self.reader, data_dir, self.apply)
        self.running: asyncio.Task[None]

    def apply(self, rows: Rows) -> None:
        for row in rows:
            self.table[row[2]] = None if row[5] == 0 else row[4]

    async def start(self) -> None:
        await self.follower.load()
        self.follower.slot = self.lock.take_any(WORKERS) or -1
        self.running = asyncio.ensure_future(self.follower.run())

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.follower.close()
        self.lock.close()


class House:
    """A store whose commits the hub tells of, the hub, and workers."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.data_dir = opened.path.parent
        self.lock = DataLock(self.data_dir)
        self.hub = Hub(self.data_dir, self.lock, lambda: 0.0)
        self.workers: list[Worker] = []

    async def worker(self) -> Worker:
        self.workers.append(Worker(self.data_dir))
        await self.workers[-1].start()
        return self.workers[-1]

    async def restart_hub(self) -> None:
        await self.hub.close()
        self.hub = Hub(self.data_dir, self.lock, lambda: 0.0)
        await self.hub.start(await self.opened.store.rev())

    async def close(self) -> None:
        for worker in self.workers:
            await worker.stop()
        await self.hub.close()
        await until(lambda: not self.hub._streams)
        self.lock.close()


class Impostor:
    """Something at the hub's address that says what it is told to."""

    def __init__(self, data_dir: Path, answer: Callable[[bytes], bytes | None]) -> None:
        self._path = data_dir / FILE_NAME
        self._answer = answer
        self.heard: list[bytes] = []
        self.connections = 0

    async def __aenter__(self) -> "Impostor":
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := await reader.readline():
                self.heard.append(line)
                answer = self._answer(line)
                if answer is None:
                    break
                writer.write(answer)
        finally:
            writer.close()
