"""How many redirect workers a machine, a container or a `taskset` has room for.

Files are read under a root that is passed in; nothing here asks the running process.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

# Each worker holds a table of its own, and one answers over 100,000 requests a second: more must be asked for.
MOST_WORKERS_UNASKED = 4


def worker_count(setting: int, affinity: int, quota: float | None) -> int:
    """How many redirect workers to start.

    ``setting`` is ``server.workers``: above 0 it is the answer. ``affinity`` is the number of CPUs the process may
    run on, ``quota`` what its cgroup allows, in CPUs (``None``: no limit). A broken quota is rounded down: one worker
    more would be halted by the kernel in the middle of answering.
    """
    if setting > 0:
        return setting
    room = affinity if quota is None else min(affinity, int(quota))
    return max(1, min(MOST_WORKERS_UNASKED, room))


def cgroup_quota(root: Path) -> float | None:
    """The smallest CPU quota of this process's cgroups and all above them, in CPUs; ``None`` where there is none.

    Reads ``proc/self/cgroup`` under ``root`` and, of cgroup v2, ``cpu.max``; of v1, ``cpu.cfs_quota_us`` and
    ``cpu.cfs_period_us``. What is missing or unreadable sets no limit: the count of workers is no reason to fail.
    """
    quotas = [_v1_quota(group) for group in _v1_groups(root)]
    quotas += [_v2_quota(group) for group in _v2_groups(root)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _memberships(root: Path) -> Iterator[tuple[list[str], str]]:
    """The controllers and the path of each line of ``proc/self/cgroup``; v2's line has the one controller ``""``."""
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        yield controllers.split(","), path


def _v2_groups(root: Path) -> Iterator[Path]:
    for controllers, path in _memberships(root):
        if controllers == [""]:
            yield from _upwards(root / "sys/fs/cgroup", path)


def _v1_groups(root: Path) -> Iterator[Path]:
    for controllers, path in _memberships(root):
        if "cpu" in controllers:
            yield from _upwards(root / "sys/fs/cgroup" / ",".join(controllers), path)
            yield from _upwards(root / "sys/fs/cgroup/cpu", path)


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """The group's directory and each above it up to the mount itself.

    A container often sees the host's path here but has its own group mounted at the top: so the top is always
    read, and directories that do not exist are no error. ``..`` (a process outside its namespace) is dropped.
    """
    parts = [part for part in PurePosixPath(path).parts if part not in ("/", "..")]
    for depth in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:depth])


def _v2_quota(group: Path) -> float | None:
    quota, _, period = (_read(group / "cpu.max") or "").partition(" ")
    return _cpus(quota, period)


def _v1_quota(group: Path) -> float | None:
    return _cpus(_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us"))


def _cpus(quota: str | None, period: str | None) -> float | None:
    """``quota`` microseconds each ``period`` microseconds; ``max`` and ``-1`` mean no limit."""
    if not (quota and period and quota.strip().isdecimal() and period.strip().isdecimal()):
        return None
    return int(quota) / int(period) if int(period) else None


def _read(file: Path) -> str | None:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return None
