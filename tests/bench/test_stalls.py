"""bench/stalls.py: whose a thread is, what is said of waits, and of a machine that cannot trace."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from bench import cores, stalls, tools
from bench.histogram import Histogram
from bench.openloop import Outcome
from bench.stalls import Task, described, namer, names_of, remarks, rows
from bench.switches import Share, Wait, Watch
from clicks.keeper import SYNC_NICE

STAT = (
    "{tid} (py (thon) {tid}) S 1 2 2 0 -1 {flags} 9 0 0 0 1 2 0 0 20 {nice} 4 0 {started} 9 9 18446744073709551615 1 1"
)


def test_a_line_of_stat() -> None:
    assert Task.parse(STAT.format(tid=77, flags=0x400040, nice=10, started=4711)) == Task(77, False, 10, 4711)
    assert Task.parse(STAT.format(tid=2, flags=0x208040, nice=0, started=0)) == Task(2, True, 0, 0)


def test_our_threads_are_known_by_priority_and_order() -> None:
    tasks = [Task(9, False, SYNC_NICE, 31), Task(7, False, 0, 20), Task(12, False, 0, 30), Task(5, False, 0, 10)]
    assert names_of(5, tasks) == {7: "our feed", 12: "our journal", 9: "our journal-sync"}


def test_others_are_the_kernels_or_somebodys() -> None:
    asked: list[int] = []

    def look(tid: int) -> Task | None:
        asked.append(tid)
        return {20: Task(20, True, 19, 0), 30: Task(30, False, 0, 0)}.get(tid)

    name = namer({7: "our feed"}, look)
    assert name("python", 7) == "our feed"
    assert name("kdamond.0", 20) == "kdamond.0 (kernel)"
    assert name("bash", 30) == name("bash", 31) == name("bash", 31) == "bash (another process)"
    assert name("kworker/0:1H-kblockd", 40) == "kworker (kernel)"
    assert asked == [20, 30, 31, 40]


def watch() -> Watch:
    watch = Watch(1, 0, lambda comm, tid: comm)
    watch.shares.update(little=Share(8.5, 17, 0.75), much=Share(85.0, 34, 6.5))
    watch.waits.extend(
        [Wait(0.2, {"little": 0.2}), Wait(7.25, {"little": 0.75, "much": 6.5}), Wait(1.5, {"much": 1.5})]
    )
    return watch


def test_the_rows_begin_with_who_takes_most() -> None:
    assert rows("nginx", watch()) == [
        ["nginx", "much", "10.00", "4.0", "6.50"],
        ["nginx", "little", "1.00", "2.0", "0.75"],
    ]


def test_a_wait() -> None:
    assert described(Wait(7.25, {"our journal": 0.75, "kdamond.0 (kernel)": 6.5})) == (
        "7.2 ms (kdamond.0 (kernel) 6.5, our journal 0.8)"
    )


def test_what_is_said_of_the_waits() -> None:
    latency = Histogram({(2_000_000, 2_000_000): 100}, 2_000_000)
    outcome = Outcome(latency, latency, 1.0, Counter(), 0.0, 0, 1, [])
    said = "nginx: 3 waits, 2 of them over 1 ms, the longest 7.2 ms (much 6.5, little 0.8); 1.5 ms (much 1.5)."
    assert remarks("nginx", watch(), outcome) == f"{said} Latency p99 2.00 ms, p99.9 2.00 ms."
    losing = watch()
    losing.lost = 1_200
    assert remarks("nginx", losing, outcome).endswith(" perf lost 1,200 events.")
    assert remarks("nginx", Watch(1, 0, str), outcome).startswith("nginx: 0 waits, 0 of them over 1 ms. Latency ")


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with two cores and all programs; its perf is this file, which succeeds."""
    perf = tmp_path / "perf"
    perf.write_text(f"#!{sys.executable}\n")
    perf.chmod(0o755)
    monkeypatch.setattr(cores, "IS_SHARED", False)
    monkeypatch.setattr(stalls, "ATTACH_S", 0.0)
    monkeypatch.setattr(tools, "find", lambda name: str(perf))
    return perf


def test_nothing_missing_is_nothing_to_say(able: Path) -> None:
    assert stalls.not_measured() is None


@pytest.mark.parametrize(("name", "reason"), [("nginx", "nginx is not installed"), ("perf", "perf is not installed")])
def test_a_program_is_missing(name: str, reason: str, able: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find", lambda wanted: None if wanted == name else str(able))
    table = stalls.run(able.parent)
    assert table.what.startswith(f"Not measured: {reason} (")
    assert table.rows == []


def test_one_core_is_not_enough(able: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "IS_SHARED", True)
    assert stalls.run(able.parent).what.startswith("Not measured: there is one core")


def test_a_kernel_that_is_not_to_be_traced(able: Path) -> None:
    able.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('Error:\\n  No permission.\\n')\n")
    table = stalls.run(able.parent)
    assert table.what.startswith("Not measured: perf cannot trace the scheduler here")
    assert table.what.endswith(": Error: No permission.")


def test_perf_is_ended_and_its_failure_seen(able: Path, tmp_path: Path) -> None:
    able.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no room')\n")
    with pytest.raises(RuntimeError, match="no room"), stalls.traced(tmp_path / "data", 1, 0.1):
        pass
    with pytest.raises(RuntimeError, match="no room"):
        stalls.read(tmp_path / "data", Watch(1, 0, str))


def test_a_trace_is_read(able: Path, tmp_path: Path) -> None:
    line = "[000] 1.0: PERF_RECORD_LOST lost 3"
    able.write_text(f"#!{sys.executable}\nimport sys\nprint({line!r})\nprint('noise', file=sys.stderr)\n")
    watch = Watch(1, 0, str)
    stalls.read(tmp_path / "data", watch)
    assert watch.lost == 3
