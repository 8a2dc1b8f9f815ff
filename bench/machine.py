"""What the figures were measured on, and the kernel's own accounting of processes."""

import os
import platform
import resource
import sqlite3
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from bench import tools

PACKAGES = ("aiohttp", "uvloop", "orjson", "msgspec", "aiosqlite", "can-ada", "pydantic")
TICKS = os.sysconf("SC_CLK_TCK")
SYNCS = 200


def interpreter() -> str:
    """Version and kind of the Python that runs: what is built into the program is faster than a shared library."""
    is_shared = "/libpython" in Path("/proc/self/maps").read_text()
    return f"Python {platform.python_version()} ({'a shared library' if is_shared else 'built into the program'})"


def describe() -> str:
    """One paragraph: processor, cores, kernel, versions."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{cpu}, {len(os.sched_getaffinity(0))} cores (shared), Linux {platform.release()}, "
        f"{interpreter()}, SQLite {sqlite3.sqlite_version}, {packages}, {tools.versions()}."
    )


def fdatasync_us(directory: Path) -> list[float]:
    """Microseconds of each of ``SYNCS`` appends of 4 KiB with fdatasync in ``directory``, sorted."""
    path = directory / "sync"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    took = []
    try:
        for _ in range(SYNCS):
            os.write(fd, b"x" * 4096)
            before = time.perf_counter()
            os.fdatasync(fd)
            took.append((time.perf_counter() - before) * 1e6)
    finally:
        os.close(fd)
        path.unlink()
    return sorted(took)


def cpu_split(pids: Iterable[int]) -> tuple[float, float]:
    """CPU seconds that living processes have used so far: (in user mode, in the kernel)."""
    user = system = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user += int(fields[11])
        system += int(fields[12])
    return user / TICKS, system / TICKS


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that living processes have used so far, user and system."""
    return sum(cpu_split(pids))


def stolen_seconds() -> float:
    """CPU time that the hypervisor gave to others while this machine wanted it: all cores, since boot (proc(5))."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return int(fields[8]) / TICKS


class Noise:
    """How busy the machine was when this object was made, and what the hypervisor took from it since; a sentence."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0]
        self._stolen = stolen_seconds()
        self._began = time.monotonic()

    def __str__(self) -> str:
        stolen, seconds = stolen_seconds() - self._stolen, time.monotonic() - self._began
        return (
            f"Load average before: {self._load:.1f}. The hypervisor took {stolen:.1f} s of CPU from this machine in "
            f"the {seconds:.0f} s of this measurement."
        )


def ended_children_cpu_seconds() -> float:
    """CPU time of the children that have been waited for: clients, after their run."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def pss_bytes(pid: int) -> int:
    """Proportional set size: a process's own memory, and its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no Pss for process {pid}")


def pss_of(pids: Iterable[int]) -> int:
    """Bytes of several processes together; what they share counts once."""
    return sum(map(pss_bytes, pids))


def quantile(values: list[float], q: float) -> float:
    """Of sorted values, by nearest rank."""
    return values[min(len(values) - 1, int(q * len(values)))]
