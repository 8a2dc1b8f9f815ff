"""bench/switches.py: lines of perf script, as they were printed, and what is made of them."""

import pytest

from bench.switches import Lost, Share, Switch, Wait, Wakeup, Watch, parse

SERVER, CORE = 500, 0
PLAIN = (
    "[000] 27797.439954: sched:sched_switch: prev_comm=perf prev_pid=8494 prev_prio=120 prev_state=D ==> "
    "next_comm=migration/0 next_pid=18 next_prio=0"
)
PREEMPTED = (
    "[001] 27797.440139:       sched:sched_switch: prev_comm=a b=c prev_pid=8494 prev_prio=120 prev_state=R+ ==> "
    "next_comm=perf-exec next_pid=8495 next_prio=120"
)
PLUGIN = " [000]  6801.5:       sched:sched_switch: kworker/0:1H:212 [100] I ==> swapper/0:0 [120]"


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (PLAIN, Switch(27797439.954, 0, "perf", 8494, False, 18)),
        (PREEMPTED, Switch(27797440.139, 1, "a b=c", 8494, True, 8495)),
        (PLUGIN, Switch(6801500.0, 0, "kworker/0:1H", 212, False, 0)),
        (
            "[001] 2.25: sched:sched_wakeup: comm=nginx pid=500 prio=120 target_cpu=000",
            Wakeup(2250.0, 500),
        ),
        ("[001] 2.25: sched:sched_wakeup: nginx:500 [120] CPU:000", Wakeup(2250.0, 500)),
        ("[000] 27797.4: PERF_RECORD_LOST lost 12", Lost(12)),
        ("", None),
        ("# captured on: today", None),
    ],
)
def test_a_line(line: str, event: object) -> None:
    found = parse(line)
    assert found == event
    assert type(found) is type(event)


@pytest.mark.parametrize(
    "line",
    [
        "[000] 2.25: sched:sched_switch: what is this",
        "[000] 2.25: sched:sched_wakeup: nginx woke up",
        "python 500 [000] 2.25: sched:sched_switch: prev_comm=a",
    ],
)
def test_an_unknown_form_is_not_passed_over(line: str) -> None:
    with pytest.raises(ValueError, match="not as perf script writes it"):
        parse(line)


def switch(ms: float, before: int, state: str, after: int, core: int = CORE) -> str:
    return (
        f"[{core:03d}] {ms / 1e3:.6f}: sched:sched_switch: prev_comm=c{before} prev_pid={before} prev_prio=120 "
        f"prev_state={state} ==> next_comm=c{after} next_pid={after} next_prio=120"
    )


def wakeup(ms: float, tid: int = SERVER, core: int = 1) -> str:
    return f"[{core:03d}] {ms / 1e3:.6f}: sched:sched_wakeup: comm=c{tid} pid={tid} prio=120 target_cpu=000"


def watch(*lines: str) -> Watch:
    watch = Watch(SERVER, CORE, lambda comm, tid: f"{comm}/{tid}")
    watch.see(lines)
    return watch


def near(shares: dict[str, Share]) -> dict[str, tuple[float, int, float]]:
    return {name: (round(s.total, 3), s.times, round(s.longest, 3)) for name, s in shares.items()}


def near_waits(waits: list[Wait]) -> list[tuple[float, dict[str, float]]]:
    return [(round(wait.ms, 3), {name: round(ms, 3) for name, ms in wait.by.items()}) for wait in waits]


def test_who_runs_when_the_server_is_woken_holds_it_up_from_then_on() -> None:
    seen = watch(switch(10, 0, "R", 7), wakeup(12), switch(15, 7, "S", SERVER), switch(16, SERVER, "S", 0))
    assert near(seen.shares) == {"c7/7": (3.0, 1, 3.0)}
    assert near_waits(seen.waits) == [(3.0, {"c7/7": 3.0})]
    assert seen.ran == pytest.approx(1.0)


def test_several_hold_it_up_one_after_the_other() -> None:
    lines = [
        switch(10, 0, "R", 7),
        wakeup(11),
        switch(12, 7, "R", 8),
        switch(14, 8, "S", 7),
        switch(15, 7, "S", SERVER),
    ]
    seen = watch(*lines)
    assert near(seen.shares) == {"c7/7": (2.0, 2, 1.0), "c8/8": (2.0, 1, 2.0)}
    assert near_waits(seen.waits) == [(4.0, {"c7/7": 2.0, "c8/8": 2.0})]


def test_a_server_that_is_taken_off_the_core_waits() -> None:
    seen = watch(switch(10, 0, "R", SERVER), switch(11, SERVER, "R+", 7), switch(13, 7, "S", SERVER))
    assert near_waits(seen.waits) == [(2.0, {"c7/7": 2.0})]


def test_a_server_that_sleeps_does_not_wait() -> None:
    lines = [switch(10, 0, "R", SERVER), switch(11, SERVER, "S", 7), switch(19, 7, "S", 0), wakeup(20)]
    seen = watch(*lines, switch(20.5, 0, "R", SERVER))
    assert near(seen.shares) == {"c0/0": (0.5, 1, 0.5)}
    assert near_waits(seen.waits) == [(0.5, {"c0/0": 0.5})]


def test_a_second_wakeup_changes_nothing() -> None:
    seen = watch(switch(10, 0, "R", 7), wakeup(11), wakeup(14), switch(15, 7, "S", SERVER))
    assert near_waits(seen.waits) == [(4.0, {"c7/7": 4.0})]


def test_other_cores_and_other_threads_do_not_count() -> None:
    lines = [switch(10, 0, "R", 7), wakeup(11, tid=9), switch(12, 3, "S", 4, core=1), switch(15, 7, "S", SERVER)]
    seen = watch(*lines)
    assert seen.shares == {}
    assert seen.waits == []


def test_before_the_first_switch_nobody_is_blamed() -> None:
    seen = watch(wakeup(11), switch(15, 7, "S", SERVER))
    assert seen.shares == {}
    assert near_waits(seen.waits) == [(4.0, {})]


def test_lost_events_are_counted() -> None:
    assert watch("[000] 1.0: PERF_RECORD_LOST lost 12", "[001] 1.0: PERF_RECORD_LOST lost 3").lost == 15
