"""The process that draws QR codes (``admin.qr_process``), as the admin sees it: jobs wait for it in a queue.

It is started when something is to be drawn, and ended when nothing has been for a while. It may die (of a picture that
takes all its memory, say): the job is tried once more in a new one.
"""

import logging
import queue
import select
import subprocess
import sys
import time
from asyncio import wrap_future
from concurrent.futures import Future
from threading import Thread
from typing import Final

import msgspec

from admin.qr_jobs import LENGTH_BYTES, Done, Job, Refused, decode_answer, encode, framed
from links.errors import Code, LinkError

log = logging.getLogger(__name__)

COMMAND: Final = (sys.executable, "-P", "-m", "admin.qr_process")

JOB_S = 10.0
"""How long one job may take, the start of the process counted. The largest pictures take a second."""

IDLE_S = 60.0
"""After that long without a job the process is ended: it holds 60 MB."""

MOST_WAITING = {"api": 64, "public": 8}
"""Jobs that may wait or be at work, by where they come from; one more is told to come back. Images that anybody may
ask for must not keep the API's from being drawn."""

_CHUNK = 1 << 16


class Busy(LinkError):
    """Too many are waiting, or the process does not answer."""

    def __init__(self, message: str = "too many QR codes are being drawn; try again in a second") -> None:
        super().__init__(Code.UNAVAILABLE, message)


class DiedError(Exception):
    """The process ended, or had to be, before it answered."""


class _Process:
    """The process at the other end of two pipes. Used by one thread."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def ask(self, job: bytes, deadline: float) -> bytes:
        """The answer to a job. Raises :class:`DiedError`."""
        assert self._process.stdin is not None
        left = memoryview(framed(job))
        try:
            while left:
                left = left[self._process.stdin.write(left) :]
        except OSError as error:
            raise DiedError from error
        length = int.from_bytes(self._read(LENGTH_BYTES, deadline), "big")
        return self._read(length, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        fd, data = self._process.stdout.fileno(), bytearray()
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while len(data) < size:
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise DiedError(f"no answer for {JOB_S:.0f} s")
            chunk = self._process.stdout.read(min(_CHUNK, size - len(data)))
            if not chunk:
                raise DiedError
            data += chunk
        return bytes(data)

    def kill(self) -> None:
        """End it, whatever it is doing: whoever waits for its answer gets :class:`DiedError`."""
        self._process.kill()

    def end(self) -> None:
        """As :meth:`kill`, and wait until it has ended."""
        self.kill()
        with self._process:  # closes the pipes
            pass


class RenderPool:
    """Draws, one job after another, away from the event loop; :meth:`close` ends thread and process."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._jobs: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._waiting = dict.fromkeys(MOST_WAITING, 0)
        self._process: _Process | None = None
        self._is_closing = False
        self._thread = Thread(target=self._run, name="qr", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End. Jobs that wait are not done any more."""
        self._is_closing = True
        self._jobs.put(None)
        if (process := self._process) is not None:
            process.kill()
        self._thread.join()

    def is_full(self, lane: str) -> bool:
        """Whether one more job of ``lane`` would be refused."""
        return self._waiting[lane] >= MOST_WAITING[lane]

    async def run(self, job: Job, lane: str = "api") -> Done | Refused:
        """What comes of ``job``. ``lane``: of ``MOST_WAITING``. Raises :class:`Busy`."""
        if self.is_full(lane):
            raise Busy
        future: Future[Done | Refused] = Future()
        self._waiting[lane] += 1
        try:
            self._jobs.put((encode(job), future))
            return await wrap_future(future)
        except DiedError:
            raise Busy("the QR code could not be drawn; try again in a second") from None
        finally:
            self._waiting[lane] -= 1

    def _run(self) -> None:
        """The thread."""
        while (item := self._next()) is not None:
            job, future = item
            if future.set_running_or_notify_cancel():
                self._do(job, future)
        self._end()
        while not self._jobs.empty():
            left = self._jobs.get()
            if left is not None and left[1].set_running_or_notify_cancel():
                left[1].set_exception(DiedError())

    def _next(self) -> "_Item | None":
        """The next job; ``None`` at the end."""
        while not self._is_closing:
            try:
                return self._jobs.get(timeout=None if self._process is None else IDLE_S)
            except queue.Empty:
                self._end()
        return None

    def _do(self, job: bytes, future: "Future[Done | Refused]") -> None:
        """Carry out one job; once more in a new process where the one that was there has failed."""
        is_last = self._process is None
        while True:
            try:
                self._process = process = self._process or _Process(self._command)
                if self._is_closing:  # whoever closes may have seen none to be killed
                    raise DiedError
                future.set_result(decode_answer(process.ask(job, time.monotonic() + JOB_S)))
                return
            except (DiedError, OSError, msgspec.DecodeError) as error:
                self._end()
                if not self._is_closing:
                    log.warning("the process that draws QR codes failed: %s", str(error) or "it ended")
                if is_last or self._is_closing:
                    future.set_exception(DiedError())
                    return
                is_last = True

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


_Item = tuple[bytes, "Future[Done | Refused]"]
