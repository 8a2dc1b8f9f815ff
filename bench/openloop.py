"""Runs ``bench/openloop.c`` and reads what it prints: see there for what it measures and how."""

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from bench import cores
from bench.histogram import Histogram

CONNECTIONS = 128
WARM_UP_S = 0.5
ERRORS = ("wrong_status", "unframed", "broken", "unanswered")
EXTRA_S = 30.0
"""What a run may take longer than planned before it is given up: the client waits 2 s for the last answers."""


class Outcome(msgspec.Struct):
    """One run. Histograms in ns; ``late`` is the client's own lateness; ``rate`` answers a second; ``errors`` by kind,
    none that did not happen; ``slots`` the longest latency of each ``slot_ns`` of the schedule, which began at
    ``start_ns`` (CLOCK_MONOTONIC)."""

    latency: Histogram
    late: Histogram
    rate: float
    errors: Counter[str]
    cpu_s: float
    start_ns: int
    slot_ns: int
    slots: list[int]

    @classmethod
    def parse(cls, printed: Mapping[str, Any]) -> "Outcome":
        return cls(
            latency=Histogram.parse(printed["latency"]),
            late=Histogram.parse(printed["late"]),
            rate=printed["rate"],
            errors=Counter({kind: printed[kind] for kind in ERRORS if printed[kind]}),
            cpu_s=printed["cpu_s"],
            start_ns=printed["start_ns"],
            slot_ns=printed["slot_ns"],
            slots=printed["slots"],
        )

    def worst_between(self, begin_ns: int, end_ns: int) -> int:
        """The longest latency, in ns, of the requests that were due between two times; 0 where there were none."""
        first = max(0, (begin_ns - self.start_ns) // self.slot_ns)
        last = (end_ns - self.start_ns) // self.slot_ns
        return max(self.slots[first : last + 1], default=0) if last >= 0 else 0


def ask(
    program: Path, port: int, requests: Path, rate: float, seconds: float, *, seed: int = 1, naps: bool = False
) -> Outcome:
    """Send ``rate`` requests a second on average, at the random times that ``seed`` gives; 0 is a closed loop.

    The client has its core for itself and never sleeps, or, with ``naps``, shares it and comes first on it.
    """
    command = [*cores.on(cores.OTHERS), str(program), "-p", str(port), "-f", str(requests), "-c", str(CONNECTIONS)]
    command += ["-r", f"{rate:.0f}", "-d", f"{seconds * 1e3:.0f}", "-w", f"{WARM_UP_S * 1e3:.0f}", "-s", str(seed)]
    if not cores.IS_SHARED and rate:
        command.append("-N" if naps else "-S")
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + WARM_UP_S + EXTRA_S)
    return Outcome.parse(json.loads(done.stdout))
