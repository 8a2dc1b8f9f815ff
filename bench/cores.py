"""Which processor core serves and which asks. The server gets the first core that this process may use, everything
else the others; on a machine with one core they share it, and the tables say so."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ALL = sorted(os.sched_getaffinity(0))
SERVER = ALL[:1]
OTHERS = ALL[1:] or ALL
IS_SHARED = len(ALL) == 1
"""Server and clients run on one core."""

IS_CROWDED = len(ALL) < 3
"""All that is not the server shares one core: the client with whatever else runs beside it."""


def pin(pid: int, cores: Iterable[int]) -> None:
    """Let all threads of a process run on ``cores`` only; what they start later inherits it."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # a thread that has ended
            os.sched_setaffinity(int(task.name), cores)


@contextmanager
def away() -> Iterator[None]:
    """This process and what it starts leave the server's core alone inside."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, OTHERS)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def on(cores: Iterable[int]) -> list[str]:
    """The beginning of a command that runs the rest of it on ``cores`` (util-linux's taskset)."""
    return ["taskset", "-c", ",".join(map(str, cores))]


def describe() -> str:
    if IS_SHARED:
        return "server and clients on the one core that there is"
    return f"server on core {SERVER[0]}, clients on core{'s' if len(OTHERS) > 1 else ''} {', '.join(map(str, OTHERS))}"
