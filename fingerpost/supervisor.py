"""The supervisor: starts the processes of ``serve``, hands them their sockets and settings, starts them again.

Knows nothing of links or HTTP. Sockets outlive the processes that accept from them, so a restart refuses nobody; the
socket of a dead or silent redirect worker is adopted by another one until its successor answers.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from fingerpost.child import EXIT_CONFIGURATION
from fingerpost.process import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, Process

log = logging.getLogger(__name__)

TICK_S = 0.25
ORPHAN_S = 1.0
"""A worker that is silent for so long has its socket adopted: 1/N of all new connections would wait for it."""
KILL_S = 2.0
"""A worker that is silent for so long is killed."""
KILL_AFTER_DRAIN_S = 5.0
"""How much longer than its drain time a process may take to end."""

EXIT_NOT_STARTED = 1
"""Stands for the exit code of a process that never was."""

NewProcess = Callable[[], Process]


class Place:
    """A child that is kept running: the admin, the collector, or the worker of one slot. ``is_waited_for``: whether
    all is not ready without it."""

    def __init__(self, name: str, slot: int | None, new: NewProcess, *, is_waited_for: bool = True) -> None:
        self.name = name
        self.slot = slot
        self.new = new
        self.is_waited_for = is_waited_for
        self.process: Process | None = None
        self.adopter: Process | None = None
        self.successor: asyncio.Task[int] | None = None
        self.replacing = False

    @property
    def is_well(self) -> bool:
        """Whether its process answers: ready, and heard of lately."""
        process = self.process
        return process is not None and process.ready.is_set() and process.silent_for() < ORPHAN_S


class Supervisor:
    """Keeps the processes of ``places`` running. ``monotonic`` gives seconds, ``drain`` the seconds to end in."""

    def __init__(self, places: Sequence[Place], monotonic: Callable[[], float], drain: int) -> None:
        self._places = list(places)
        self._monotonic = monotonic
        self._drain = drain
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()
        self._replacing = asyncio.Lock()
        self._exit_code = 0
        self._running: set[Process] = set()

    async def run(self) -> int:
        """Run until :meth:`stop`; the exit code (78 where a child says that its configuration is unusable)."""
        keepers = [asyncio.create_task(self._keep(place), name=place.name) for place in self._places]
        watching = asyncio.create_task(self._watch(), name="watch")
        for task in (*keepers, watching):  # one that fails, a defect, ends everything: it is no use half alive
            task.add_done_callback(lambda _: self._stopping.set())
        await self._stopping.wait()
        for process in list(self._running):
            process.terminate()
        _, late = await asyncio.wait(keepers, timeout=self._drain + KILL_AFTER_DRAIN_S)
        for process in list(self._running):
            log.warning("%s did not end in time and is killed", process.name)
            process.kill()
        if late:
            await asyncio.wait(late)
        watching.cancel()
        outcomes = await asyncio.gather(*keepers, watching, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return self._exit_code

    def stop(self, exit_code: int = 0) -> None:
        """End everything; asked twice, at once."""
        if self._stopping.is_set():
            for process in self._running:
                process.kill()
        self._exit_code = self._exit_code or exit_code
        self._stopping.set()

    async def ready(self) -> bool:
        """Wait until every process answers; ``False`` if the supervisor stops before."""
        stopping = asyncio.ensure_future(self._stopping.wait())
        ready = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait({stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        ready.cancel()
        return self._ready.is_set() and not self._stopping.is_set()

    async def replace(self, places: Sequence[Place]) -> None:
        """Give each place a process made by the ``new`` of its successor in ``places`` (by name), one at a time.

        A worker's successor answers before it is told to end; the admin, of which there can be only one, ends first
        and its socket holds the callers meanwhile. Asked again meanwhile, the second replacement waits for the first.
        """
        fresh = {place.name: place.new for place in places}
        async with self._replacing:
            for place in self._places:
                await self._replace(place, fresh[place.name])

    async def _replace(self, place: Place, new: NewProcess) -> None:
        before, place.new = place.new, new
        old = place.process
        if self._stopping.is_set() or old is None:
            return
        log.info("replacing %s", place.name)
        if place.slot is None:
            place.replacing = True
            old.terminate()
            while place.process is old and not self._stopping.is_set():
                await asyncio.sleep(TICK_S / 5)
        elif not await self._replace_worker(place, old):
            log.error("%s could not be replaced; the old one goes on", place.name)
            place.new = before

    async def _replace_worker(self, place: Place, old: Process) -> bool:
        """Start the successor beside ``old``; it takes the place when it answers. ``False`` where it never does."""
        successor = place.new()
        running = asyncio.create_task(self._run(successor))
        ready = asyncio.ensure_future(successor.ready.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if place.process is not old:  # it died meanwhile, and what was started in its place is new as well
            successor.terminate()
            await asyncio.wait({running})
        elif running.done():
            return False
        else:
            place.process = successor
            place.successor = running
            old.terminate()
        return True

    async def _run(self, process: Process) -> int:
        self._running.add(process)
        try:
            return await process.run()
        except OSError as error:  # no memory or no descriptor is free: that may pass
            log.error("%s cannot be started: %s", process.name, error)
            return EXIT_NOT_STARTED
        finally:
            self._running.discard(process)

    async def _keep(self, place: Place) -> None:
        """Run the processes of one place, one after the other, until the supervisor stops."""
        backoff = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            place.process = place.new()
            code = await self._run(place.process)
            while place.successor is not None:  # it answers already; its predecessor was told to end
                running, place.successor = place.successor, None
                code = await running
            ended, place.process = place.process, None
            self._assign_orphans()
            if self._stopping.is_set():
                return
            if code == EXIT_CONFIGURATION and place.is_waited_for:
                self.stop(EXIT_CONFIGURATION)
                return
            if code == EXIT_CONFIGURATION:
                log.error("%s cannot work (%s) and is not started again; all the rest goes on", place.name, code)
                await self._stopping.wait()
                return
            if place.replacing:
                place.replacing = False
                continue
            log.error("%s ended (%s)", place.name, _describe(code))
            if ended.has_answered:
                backoff = FIRST_BACKOFF_S
            await self._pause(backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass  # the ordinary case: nobody stopped us meanwhile

    async def _watch(self) -> None:
        """Look at the heartbeats."""
        last = self._monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = self._monotonic()
            slept, last = now - last > ORPHAN_S, now
            for process in list(self._running):
                if slept:  # a suspended machine: everybody else's clock stood still as well
                    process.forgive()
                elif process.silent_for() > KILL_S:
                    log.error("%s has made no progress for %d s and is killed", process.name, KILL_S)
                    process.kill()
            self._assign_orphans()

    def changed(self) -> None:
        """A process became ready."""
        needed = [place.process for place in self._places if place.is_waited_for]
        if all(process is not None and process.ready.is_set() for process in needed):
            self._ready.set()
        self._assign_orphans()

    def _assign_orphans(self) -> None:
        """See to it that each worker socket is accepted from by somebody who answers."""
        if self._stopping.is_set():
            return
        workers = [place for place in self._places if place.slot is not None]
        survivors = [place.process for place in workers if place.is_well and place.process]
        for place in workers:
            slot = place.slot
            assert slot is not None
            if place.is_well:
                if place.adopter is not None:
                    place.adopter.release(slot)
                    place.adopter = None
            elif survivors and place.adopter not in survivors and self._ready.is_set():
                place.adopter = survivors[slot % len(survivors)]
                log.warning("%s does not answer; %s accepts its connections", place.name, place.adopter.name)
                place.adopter.adopt(slot)


def _describe(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
