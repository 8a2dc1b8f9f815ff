"""A pseudo-terminal for one of a command's streams: what a person at a screen would see."""

import os
import pty
import select
import time

READ_S = 60.0


class Terminal:
    """``end`` is the descriptor to give to the command; close it here (:meth:`hand_over`) once it has been."""

    def __init__(self) -> None:
        self._screen, self.end = pty.openpty()
        self.text = ""

    def hand_over(self) -> None:
        os.close(self.end)

    def read_until(self, words: str) -> str:
        """Everything shown so far, once ``words`` are among it."""
        deadline = time.monotonic() + READ_S
        while words not in self.text:
            assert self._read(deadline), f"ended or silent without {words!r}: {self.text!r}"
        return self.text

    def read_all(self) -> str:
        """Everything that is shown until the command has closed its end."""
        deadline = time.monotonic() + READ_S
        while self._read(deadline):
            pass
        return self.text

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._screen, 65_536)
        except OSError:  # EIO: the other end has been closed
            return False
        self.text += data.decode().replace("\r\n", "\n")
        return bool(data)

    def close(self) -> None:
        os.close(self._screen)
