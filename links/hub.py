"""The admin's end of the feed: tells workers that there is something new, and knows when all of them have it.

Lines of ASCII over a Unix socket; the rows themselves are read from the database (``links.feed``), so that loading,
following, catching up after a restart and the command line's own writes are one mechanism.

=====================  =====================================================================================
worker: ``READY s r``  holds lock byte s, has loaded up to rev r; asks to be waited for
hub: ``GO n``          is waited for from now on; accepts connections once it has caught up to n
hub: ``REV n``         there are changes up to n
worker: ``AT r``       answers everything up to r (a watermark)
worker: ``COUNTS …``   what it has counted since it began, once a second (``links.counts``)
command: ``NUDGE n``   has committed up to n; answered ``DONE n`` when every worker is there
worker: ``CHECK …``    asks whether a password is right, on connections for that (``links.checking``)
worker: ``IMAGE …``    asks for the image of a link's QR code, on a connection of its own (``links.imaging``)
=====================  =====================================================================================
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from links import counts, imaging, socketpath
from links.checking import LINE_BYTES, Question, Verdict, read_question, verdict_line
from links.errors import Code, LinkError
from links.locks import WORKERS, DataLock

log = logging.getLogger(__name__)

REACHED_S = 10.0
"""How long an answer waits for the workers. One without progress is killed after 2 s; this only bounds a wait that
should not exist."""

RETURN_S = 2.0
"""How long a change of an existing link waits for workers that answer requests but are not connected (after a restart
of the admin). One that is alive looks for changes itself every 250 ms, one that is not has been killed by then."""

Check = Callable[[Question], Awaitable[Verdict]]
"""Says whether a password is right. What it needs for that is not known here."""

Draw = Callable[[imaging.Wanted], Awaitable[imaging.Picture]]
"""Draws the image of a link's QR code, likewise."""


class _Worker:
    def __init__(self, slot: int, at: int, writer: asyncio.StreamWriter) -> None:
        self.slot = slot
        self.at = at
        self.writer = writer


class Hub:
    """Serves the feed socket of a data directory; the caller holds that directory's admin lock.

    ``monotonic`` gives seconds. ``check`` answers questions about passwords, ``draw`` those about images; without it
    they are nonsense.
    """

    def __init__(
        self,
        data_dir: Path,
        lock: DataLock,
        monotonic: Callable[[], float],
        check: Check | None = None,
        draw: Draw | None = None,
    ) -> None:
        self._path = data_dir / socketpath.FILE_NAME
        self._lock = lock
        self._monotonic = monotonic
        self._check = check
        self._draw = draw
        self._rev = 0
        self._workers: set[_Worker] = set()
        self._streams: set[asyncio.StreamWriter] = set()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._turn = 0
        self._counts: dict[int, counts.Counts] = {}
        self._missing_since: dict[int, float] = {}
        self._server: asyncio.Server | None = None

    async def start(self, rev: int) -> None:
        """Listen. ``rev`` is the last change in the database."""
        self._rev = rev
        self._path.unlink(missing_ok=True)  # a predecessor's; it is dead, or we would not hold its lock
        with socketpath.short(self._path) as path:
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LINE_BYTES)
        self.missing()  # from now on the workers of the last run are expected back

    async def close(self) -> None:
        """Stop listening and drop the connections; workers go on by themselves."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)
        for stream in list(self._streams):
            stream.close()
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def workers(self) -> int:
        """How many workers are waited for."""
        return len(self._workers)

    @property
    def slowest(self) -> int:
        """The rev that every worker has reached."""
        return min((worker.at for worker in self._workers), default=self._rev)

    @property
    def rev(self) -> int:
        """The last committed change that the hub knows of."""
        return self._rev

    @property
    def counts(self) -> Mapping[int, counts.Counts]:
        """What workers last said that they have counted, by lock byte. Numbers of those that have ended stay, until a
        successor's, which begin at 0, take their place."""
        return self._counts

    @property
    def watermarks(self) -> dict[int, int]:
        """The rev that each worker which is waited for has reached, by lock byte."""
        return {worker.slot: worker.at for worker in self._workers}

    @property
    def warnings(self) -> list[str]:
        """What the workers have to say to the operator."""
        found = {self._counts[slot].proxy for slot in self.watermarks if slot in self._counts} - {""}
        return [counts.proxy_warning(address) for address in sorted(found)]

    def advance(self, rev: int) -> None:
        """Changes up to ``rev`` have been committed: tell the workers."""
        if rev <= self._rev:
            return
        self._rev = rev
        line = b"REV %d\n" % rev
        for worker in self._workers:
            _say(worker.writer, line)

    async def reached(self, rev: int) -> None:
        """Return once every worker answers everything up to ``rev``.

        Raises :class:`LinkError` ``UNAVAILABLE`` if that takes longer than ``REACHED_S``.
        """
        if self.slowest >= rev:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turn += 1
        heapq.heappush(self._waiting, (rev, self._turn, future))
        try:
            async with asyncio.timeout(REACHED_S):
                await future
        except TimeoutError:
            raise LinkError(Code.UNAVAILABLE, "stored, but not every redirect worker answers it yet") from None

    def missing(self) -> set[int]:
        """Lock bytes of workers that answer requests but are not connected, and have not been for long."""
        connected = {worker.slot for worker in self._workers}
        absent = self._lock.held_by_others(WORKERS) - connected
        now = self._monotonic()
        self._missing_since = {slot: self._missing_since.get(slot, now) for slot in absent}
        return {slot for slot, since in self._missing_since.items() if now - since < RETURN_S}

    def check_all_present(self) -> None:
        """Raise :class:`LinkError` ``UNAVAILABLE`` while a worker might go on answering what a change replaces."""
        if self.missing():
            raise LinkError(Code.UNAVAILABLE, "redirect workers are reconnecting; try again in a second")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.add(writer)
        worker: _Worker | None = None
        try:
            while line := await reader.readline():
                worker = await self._take(line, worker, writer)
        except (ValueError, IndexError):
            log.warning("the feed socket got a line that it does not know; connection dropped")
        except ConnectionError:
            pass  # the other end died: what follows is the same as for an orderly end
        finally:
            self._streams.discard(writer)
            if worker is not None:
                self._workers.discard(worker)
                self._wake()
                self.missing()
            writer.close()

    async def _take(self, line: bytes, worker: _Worker | None, writer: asyncio.StreamWriter) -> _Worker | None:
        """Carry out one line; the worker at the other end, if it is one. Raises ``ValueError`` for nonsense."""
        word, *numbers = line.split()
        if word == b"AT" and worker is not None:
            worker.at = int(numbers[0])
            self._wake()
        elif word == b"COUNTS" and worker is not None:
            self._counts[worker.slot] = counts.read(numbers)
        elif word == b"READY" and worker is None:
            worker = _Worker(int(numbers[0]), int(numbers[1]), writer)
            self._workers.add(worker)
            self._missing_since.pop(worker.slot, None)
            _say(writer, b"GO %d\n" % self._rev)
        elif word == b"NUDGE":
            rev = int(numbers[0])
            self.advance(rev)
            try:
                await self.reached(rev)
            except LinkError as error:
                _say(writer, b"LATE %s\n" % error.message.encode())
            else:
                _say(writer, b"DONE %d\n" % rev)
        elif word == b"CHECK" and self._check is not None:
            _say(writer, verdict_line(await self._check(read_question(numbers))))
        elif word == b"IMAGE" and self._draw is not None:
            _say(writer, imaging.answer_bytes(await self._draw(imaging.read_question(numbers))))
        else:
            raise ValueError(line)
        return worker

    def _wake(self) -> None:
        slowest = self.slowest
        while self._waiting and self._waiting[0][0] <= slowest:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)


def _say(writer: asyncio.StreamWriter, line: bytes) -> None:
    # The other end may have died just now, which `_serve` is about to learn: uvloop raises for what is written then.
    if not writer.is_closing():
        writer.write(line)


async def nudge(data_dir: Path, rev: int) -> bool:
    """Tell a running admin that this process has committed up to ``rev``, and wait until every worker answers it.

    ``False`` where no admin runs: workers then look for themselves, within 250 ms. Raises :class:`LinkError`
    ``UNAVAILABLE`` where the admin says that a worker is late.
    """
    try:
        with socketpath.short(data_dir / socketpath.FILE_NAME) as path:
            reader, writer = await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    try:
        writer.write(b"NUDGE %d\n" % rev)
        answer = await reader.readline()
    except ConnectionError:  # the admin ended meanwhile
        return False
    finally:
        writer.close()
    if answer.startswith(b"LATE"):
        raise LinkError(Code.UNAVAILABLE, answer[5:].decode().strip())
    return answer.startswith(b"DONE")
