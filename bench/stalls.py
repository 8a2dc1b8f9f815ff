"""Who has the server's core while a request waits: the kernel's scheduler tracepoints, at half of nginx's throughput.

A diagnosis of latencies, not a contest: nginx, our worker, and our worker while it reloads 10,000 changed links, each
for some seconds. ``bench.switches`` adds up what ran on the core while the server's main thread could have run.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench import beside, contestants, cores, latency, latency_tables, machine, switches, tools, traffic, verify
from bench.contestants import NGINX
from bench.latency import Bench
from bench.openloop import EXTRA_S, WARM_UP_S, Outcome
from bench.report import Table
from bench.switches import Wait, Watch
from clicks.keeper import SYNC_NICE

NAME = "What holds the server's core"
SECONDS = 8.0
ATTACH_S = 0.5
"""What perf takes to begin."""

PAGES = 4096
"""Of memory for perf, a core: 16 MB, which is written seldom."""

KERNEL_THREAD = 0x200000
"""PF_KTHREAD of include/linux/sched.h."""

WORKERS_OF_THE_KERNEL = "kworker/"
"""kworker/0:1H-kblockd and many more, which are counted as one."""

LONG_MS = 1.0
MOST_ROWS = 10
MOST_WAITS = 5
COLUMNS = ["", "who ran meanwhile", "ms a second", "times a second", "longest, ms"]


class Task(NamedTuple):
    """A thread as proc(5) has it in ``stat``. ``started``: clock ticks since boot."""

    tid: int
    is_kernels: bool
    nice: int
    started: int

    @classmethod
    def parse(cls, stat: str) -> "Task":
        # The name before the last parenthesis may hold spaces; the field after it is the third.
        fields = stat.rpartition(")")[2].split()
        return cls(int(stat.split(" ", 1)[0]), bool(int(fields[6]) & KERNEL_THREAD), int(fields[16]), int(fields[19]))


def names_of(pid: int, tasks: list[Task]) -> dict[int, str]:
    """What the threads of our worker ``pid`` are.

    Python 3.11 does not tell the kernel the names that it gives to threads, so they are known by what they do: the one
    that synchronises the journal has lowered its priority. The one that makes segments is started just before it;
    what is left is the thread that reads the feed of changes.
    """
    others = sorted((task for task in tasks if task.tid != pid), key=lambda task: (task.started, task.tid))
    names = {task.tid: "our journal-sync" if task.nice == SYNC_NICE else "our feed" for task in others}
    for maker, other in pairwise(others):
        if other.nice == SYNC_NICE:
            names[maker.tid] = "our journal"
    return names


def task_of(tid: int) -> Task | None:
    """``None`` where it has ended."""
    try:
        return Task.parse(Path(f"/proc/{tid}/stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None


def namer(known: dict[int, str], look: Callable[[int], Task | None] = task_of) -> Callable[[str, int], str]:
    """A function that says who a thread is, by its comm and id; ``look`` is asked once for each, after the trace, when
    some have ended: of the kernel's own, only those that ``WORKERS_OF_THE_KERNEL`` begins come and go."""

    def name(comm: str, tid: int) -> str:
        if tid not in known:
            task = look(tid)
            is_kernels = comm.startswith(WORKERS_OF_THE_KERNEL) if task is None else task.is_kernels
            known[tid] = f"{comm.partition('/')[0]} ({'kernel' if is_kernels else 'another process'})"
        return known[tid]

    return name


def threads(pid: int) -> dict[int, str]:
    """Of one of our workers."""
    tids = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    return names_of(pid, [task for tid in tids if (task := task_of(tid))])


@contextmanager
def traced(data: Path, tid: int, seconds: float) -> Iterator[None]:
    """perf at work inside, away from the server's core; on leaving, after ``seconds`` at most, ``data`` is whole."""
    record = [*cores.on(cores.OTHERS), tools.require("perf"), "record", "--quiet", "--all-cpus", "-m", str(PAGES)]
    # Not of the one core alone: who wakes the server is often on another.
    events = ["-e", "sched:sched_switch", "-e", "sched:sched_wakeup", "--filter", f"pid == {tid}"]
    command = [*record, *events, "-o", str(data), "--", "sleep", f"{seconds:.1f}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(ATTACH_S)
        yield
        _, complaint = process.communicate(timeout=seconds + EXTRA_S)
        if process.returncode:
            raise RuntimeError(f"perf record: {complaint}")
    finally:
        process.terminate()
        process.wait()


def read(data: Path, watch: Watch) -> None:
    """Show ``watch`` what was traced."""
    command = [tools.require("perf"), "script", "-i", str(data), "--show-lost-events", "-F", switches.FIELDS]
    with open(data.with_suffix(".complaints"), "w+") as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as process:
            assert process.stdout is not None
            watch.see(process.stdout)
        if process.returncode:
            complaints.seek(0)
            raise RuntimeError(f"perf script: {complaints.read()}")


def watched(bench: Bench, port: int, main: int, known: dict[int, str]) -> tuple[Watch, Outcome]:
    """``main``, the thread that answers at ``port``, under half of nginx's load."""
    data = bench.directory / f"perf-{main}-{time.monotonic_ns()}.data"
    with traced(data, main, ATTACH_S + WARM_UP_S + SECONDS):
        outcome = bench.ask(port, latency.HALF, 0, SECONDS, naps=True)
    (core,) = cores.SERVER
    watch = Watch(main, core, namer({0: "nobody: the core was idle", **known}))
    read(data, watch)
    data.unlink()
    return watch, outcome


def rows(situation: str, watch: Watch) -> list[list[str]]:
    """Of one situation: who had the core most of the time that somebody waited for it."""
    per_second = 1 / (WARM_UP_S + SECONDS)
    shares = sorted(watch.shares.items(), key=lambda item: -item[1].total)[:MOST_ROWS]
    return [
        [situation, who, f"{s.total * per_second:.2f}", f"{s.times * per_second:,.1f}", f"{s.longest:.2f}"]
        for who, s in shares
    ]


def described(wait: Wait) -> str:
    """``7.2 ms (kdamond.0 (kernel) 6.9, our journal 0.3)``."""
    parts = sorted(wait.by.items(), key=lambda part: -part[1])
    return f"{wait.ms:.1f} ms ({', '.join(f'{who} {ms:.1f}' for who, ms in parts)})"


def remarks(situation: str, watch: Watch, outcome: Outcome) -> str:
    """How long requests took meanwhile, and what the longest waits consisted of."""
    long = sorted((wait for wait in watch.waits if wait.ms > LONG_MS), key=lambda wait: -wait.ms)
    longest = f", the longest {'; '.join(map(described, long[:MOST_WAITS]))}" if long else ""
    p99, p999 = (latency_tables.ms(outcome.latency.quantile(q)) for q in (0.99, 0.999))
    lost = f" perf lost {watch.lost:,} events." if watch.lost else ""
    return (
        f"{situation}: {len(watch.waits):,} waits, {len(long):,} of them over {LONG_MS:.0f} ms{longest}. "
        f"Latency p99 {p99} ms, p99.9 {p999} ms.{lost}"
    )


def not_measured() -> str | None:
    """What is missing, as a sentence; ``None`` where nothing is."""
    if (reason := latency.not_measured()) is not None:
        return reason
    if cores.IS_SHARED:
        return "Not measured: there is one core, and perf itself would be what holds it."
    if tools.find("perf") is None:
        return "Not measured: perf is not installed (Debian: linux-perf)."
    command = [tools.require("perf"), "record", "--quiet", "--all-cpus", "-o", "/dev/null"]
    command += ["-e", "sched:sched_switch", "-e", "sched:sched_wakeup", "--", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        said = " ".join(line.strip() for line in tried.stderr.splitlines()[:4] if line.strip())
        return f"Not measured: perf cannot trace the scheduler here (it needs root and tracefs): {said}"
    return None


def run(directory: Path) -> Table:
    """The table of this scenario."""
    if (reason := not_measured()) is not None:
        return Table(NAME, reason)
    noise = machine.Noise()
    program, requests = tools.build("openloop.c", directory), traffic.write(directory / "usual", traffic.usual())
    found: list[tuple[str, Watch, Outcome]] = []
    with contestants.turn(NGINX, directory) as nginx:
        verify.check(nginx.port, traffic.all_heads())
        bench = Bench(directory, program, requests, nginx, idle=0)
        bench.rate = latency.closed_loop(bench)
        found.append(("nginx", *watched(bench, nginx.port, nginx.pids[-1], {})))
    with latency.our_product(directory) as product:
        (worker,) = product.children("worker")
        found.append(("Fingerpost", *watched(bench, product.port, worker, threads(worker))))
        with beside.disturbed("changes", product.data, latency.CHANGED_LINKS, latency.CHANGES_PAUSE_S) as changed:
            reloading = watched(bench, product.port, worker, threads(worker))
        found.append((f"Fingerpost, {len(changed['windows'])} reloads", *reloading))
    return Table(
        NAME,
        f"What ran on the server's core while its main thread could have run, for {SECONDS:.0f} s at half of nginx's "
        f"throughput ({bench.rate:,.0f}/s in a closed loop), by the kernel's scheduler tracepoints.",
        COLUMNS,
        [row for situation, watch, _ in found for row in rows(situation, watch)],
        "\n\n".join([*(remarks(*one) for one in found), f"{cores.describe().capitalize()}. {noise}"]),
    )
