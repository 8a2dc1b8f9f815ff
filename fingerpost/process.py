"""One child process: started, watched, started again.

Holds the supervisor's end of the socket pair of ``fingerpost.child``.
"""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Callable

from fingerpost.child import ADOPT, BEAT, READY, RELEASE

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.05
LONGEST_BACKOFF_S = 5.0
"""For a process that ends again and again before it answers. One that has answered starts again with the first
backoff, however soon it ended: links cannot be made, or a half of the visitors waits, until it is back."""


class Process:
    """A child of one kind, in one incarnation.

    ``changed`` is called when it becomes ready. ``monotonic`` gives seconds.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        settings: bytes,
        fds: tuple[int, ...],
        changed: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.name = name
        self._kind = kind
        self._settings = settings
        self._fds = fds
        self._changed = changed
        self._monotonic = monotonic
        self.ready = asyncio.Event()
        self.has_answered = False
        self.last_beat: float | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._end: socket.socket | None = None
        self._told_to_end = False

    async def run(self) -> int:
        """Start it and wait for its end; its exit code (negative: the signal that killed it)."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            fd = theirs.fileno()
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "fingerpost.child", self._kind, str(fd)),
                stdin=subprocess.DEVNULL,
                pass_fds=(fd, *self._fds),
            )
            if self._told_to_end:  # while it was being started
                self._child.terminate()
            theirs.close()
            ours.setblocking(False)
            self._end = ours
            listening = asyncio.create_task(self._listen(ours))
            try:
                return await self._child.wait()
            finally:
                self._end = None
                self.ready.clear()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, end: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(end, len(self._settings).to_bytes(4, "big") + self._settings)
            while data := await loop.sock_recv(end, 64):
                if BEAT in data:
                    self.last_beat = self._monotonic()
                if READY in data:
                    self.has_answered = True
                    self.ready.set()
                    self._changed()
        except ConnectionError:
            pass  # it died; `run` is told by the kernel

    def adopt(self, slot: int) -> None:
        self._say(bytes((ADOPT, slot)))

    def release(self, slot: int) -> None:
        self._say(bytes((RELEASE, slot)))

    def _say(self, message: bytes) -> None:
        if self._end is not None:
            try:
                self._end.send(message)
            except (BlockingIOError, ConnectionError) as error:
                log.warning("%s cannot be told anything: %s", self.name, error)

    def silent_for(self) -> float:
        """Seconds since the last heartbeat; 0 before the first one, and for kinds that send none."""
        return 0.0 if self.last_beat is None else self._monotonic() - self.last_beat

    def forgive(self) -> None:
        """Count silence from now: it was the supervisor itself that slept."""
        if self.last_beat is not None:
            self.last_beat = self._monotonic()

    def terminate(self) -> None:
        self._told_to_end = True
        if self._child is not None and self._child.returncode is None:
            self._child.terminate()

    def kill(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
