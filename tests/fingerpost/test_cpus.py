from pathlib import Path

import pytest

from fingerpost.cpus import cgroup_quota, worker_count


@pytest.mark.parametrize(
    ("setting", "affinity", "quota", "workers"),
    [
        (0, 1, None, 1),
        (0, 2, None, 2),
        (0, 64, None, 4),
        (0, 64, 3.0, 3),
        (0, 64, 2.9, 2),
        (0, 2, 8.0, 2),
        (0, 8, 0.5, 1),
        (7, 1, 0.5, 7),
        (1, 64, None, 1),
    ],
)
def test_worker_count(setting: int, affinity: int, quota: float | None, workers: int) -> None:
    assert worker_count(setting, affinity, quota) == workers


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


V2 = {"proc/self/cgroup": "0::/system.slice/fingerpost.service\n"}
V1 = {"proc/self/cgroup": "9:name=systemd:/\n4:cpu,cpuacct:/docker/f00\n0::/\n"}
SERVICE = "sys/fs/cgroup/system.slice/fingerpost.service/cpu.max"
SLICE = "sys/fs/cgroup/system.slice/cpu.max"
TOP = "sys/fs/cgroup/cpu.max"
V1_CPU = "sys/fs/cgroup/cpu,cpuacct"


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        (V2, None),
        (V2 | {SERVICE: "max 100000\n"}, None),
        (V2 | {SERVICE: "150000 100000\n"}, 1.5),
        (V2 | {SERVICE: "150000 50000\n"}, 3.0),
        (V2 | {SERVICE: "max 100000\n", SLICE: "200000 100000\n"}, 2.0),
        (V2 | {SERVICE: "400000 100000\n", SLICE: "200000 100000\n"}, 2.0),
        (V2 | {SERVICE: "100000 100000\n", SLICE: "200000 100000\n"}, 1.0),
        # A container that sees the host's path, but has its own group mounted at the top.
        (V2 | {TOP: "50000 100000\n"}, 0.5),
        ({"proc/self/cgroup": "0::/\n", TOP: "300000 100000\n"}, 3.0),
        ({"proc/self/cgroup": "0::/../other\n", TOP: "300000 100000\n"}, 3.0),
        (V2 | {SERVICE: ""}, None),
        (V2 | {SERVICE: "nonsense"}, None),
        (V2 | {SERVICE: "100000 0\n"}, None),
        (V1 | {f"{V1_CPU}/docker/f00/cpu.cfs_quota_us": "250000\n"}, None),
        (
            V1
            | {
                f"{V1_CPU}/docker/f00/cpu.cfs_quota_us": "250000\n",
                f"{V1_CPU}/docker/f00/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (V1 | {f"{V1_CPU}/cpu.cfs_quota_us": "100000\n", f"{V1_CPU}/cpu.cfs_period_us": "100000\n"}, 1.0),
        (V1 | {f"{V1_CPU}/cpu.cfs_quota_us": "-1\n", f"{V1_CPU}/cpu.cfs_period_us": "100000\n"}, None),
        (
            V1 | {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"},
            4.0,
        ),
        # A group of another controller says nothing about CPUs.
        ({"proc/self/cgroup": "3:cpuset:/\n"} | {TOP: "100000 100000\n"}, None),
        ({"proc/self/cgroup": "nonsense\n"}, None),
    ],
)
def test_cgroup_quota(tmp_path: Path, files: dict[str, str], quota: float | None) -> None:
    assert cgroup_quota(lay(tmp_path, files)) == quota


def test_the_machine_at_hand_can_be_asked() -> None:
    quota = cgroup_quota(Path("/"))
    assert quota is None or quota > 0
