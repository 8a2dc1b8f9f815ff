"""The kernel's scheduler tracepoints, as ``perf script`` prints them: who ran on a core while one thread waited. Pure.

A thread waits from when it could run (it was woken, or taken off the core) until it runs. What ran on its core
meanwhile held it up.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

FIELDS = "cpu,time,event,trace"
"""What ``perf script -F`` must be asked for."""

_line = re.compile(
    r"\s*\[(?P<core>\d+)\]\s+(?P<at>\d+\.\d+):\s+sched:(?P<event>sched_switch|sched_wakeup):\s+(?P<trace>.*)"
)
# With the plug-in of libtraceevent, and without.
_switches = (
    re.compile(r"(?P<comm>.*?):(?P<tid>\d+) \[\d+\] (?P<state>\S+) ==> (?P<to>.*):(?P<to_tid>\d+) \[\d+\]"),
    re.compile(
        r"prev_comm=(?P<comm>.*?) prev_pid=(?P<tid>\d+) prev_prio=\d+ prev_state=(?P<state>\S+) ==> "
        r"next_comm=(?P<to>.*) next_pid=(?P<to_tid>\d+)"
    ),
)
_wakeups = (re.compile(r"(?P<comm>.*):(?P<tid>\d+) \[\d+\]"), re.compile(r"comm=(?P<comm>.*) pid=(?P<tid>\d+)"))
_lost = re.compile(r"PERF_RECORD_LOST\w* (?:lost )?(?P<count>\d+)")


class Switch(NamedTuple):
    """A core goes from one thread to another. ``at``: ms since boot. ``could_run``: the first one still wanted it."""

    at: float
    core: int
    comm: str
    tid: int
    could_run: bool
    to_tid: int


class Wakeup(NamedTuple):
    """A thread can run from now on. ``at``: ms since boot."""

    at: float
    tid: int


class Lost(NamedTuple):
    """Events that perf did not get round to writing."""

    events: int


def parse(line: str) -> Switch | Wakeup | Lost | None:
    """What a line tells; ``None`` for one that is no event. Raises ``ValueError`` where an event's form is unknown."""
    if lost := _lost.search(line):
        return Lost(int(lost["count"]))
    if not (found := _line.match(line)):
        if "sched:" in line:
            raise ValueError(f"not as perf script writes it: {line!r}")
        return None
    at, trace = float(found["at"]) * 1e3, found["trace"]
    forms = _switches if found["event"] == "sched_switch" else _wakeups
    event = next((match for form in forms if (match := form.match(trace))), None)
    if event is None:
        raise ValueError(f"not as perf script writes it: {line!r}")
    if found["event"] == "sched_wakeup":
        return Wakeup(at, int(event["tid"]))
    could_run = event["state"].startswith("R")
    return Switch(at, int(found["core"]), event["comm"], int(event["tid"]), could_run, int(event["to_tid"]))


class Share(msgspec.Struct):
    """How long somebody ran while the thread waited, ms in all and at a stretch, and how often."""

    total: float = 0.0
    times: int = 0
    longest: float = 0.0

    def add(self, ms: float) -> None:
        self.total += ms
        self.times += 1
        self.longest = max(self.longest, ms)


class Wait(NamedTuple):
    """One wait: ms, and the ms in it by who ran."""

    ms: float
    by: dict[str, float]


class Watch:
    """What kept thread ``tid`` from ``core``. ``name`` says who a thread is, by its comm and id."""

    def __init__(self, tid: int, core: int, name: Callable[[str, int], str]) -> None:
        self._tid = tid
        self._core = core
        self._name = name
        self._changed: float | None = None
        """When the core went to who has it now; ``None`` before the first switch."""
        self._waits_since: float | None = None
        self._by: dict[str, float] = {}
        self.ran = 0.0
        """ms for which the thread itself had the core."""
        self.shares: defaultdict[str, Share] = defaultdict(Share)
        self.waits: list[Wait] = []
        self.lost = 0

    def see(self, lines: Iterable[str]) -> None:
        """All of a trace, in the order of time."""
        for line in lines:
            event = parse(line)
            if isinstance(event, Wakeup):
                if event.tid == self._tid and self._waits_since is None:
                    self._waits_since = event.at
            elif isinstance(event, Switch):
                if event.core == self._core:
                    self._switch(event)
            elif event is not None:
                self.lost += event.events

    def _switch(self, event: Switch) -> None:
        if event.tid == self._tid:
            self._leaves(event)
        elif self._waits_since is not None and self._changed is not None:
            self._is_held_up(event, event.at - max(self._changed, self._waits_since))
        self._changed = event.at
        if event.to_tid == self._tid:
            if self._waits_since is not None:
                self.waits.append(Wait(event.at - self._waits_since, self._by))
            self._waits_since, self._by = None, {}

    def _leaves(self, event: Switch) -> None:
        if self._changed is not None:
            self.ran += event.at - self._changed
        self._waits_since, self._by = event.at if event.could_run else None, {}

    def _is_held_up(self, event: Switch, ms: float) -> None:
        name = self._name(event.comm, event.tid)
        self.shares[name].add(ms)
        self._by[name] = self._by.get(name, 0.0) + ms
