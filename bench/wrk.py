"""Driving wrk: as many requests as the server answers, and no way of not noticing errors."""

import re
import subprocess
from pathlib import Path

import msgspec

from bench import cores, machine, tools

CONNECTIONS = 64


class Driven(msgspec.Struct):
    """What wrk says, and what it took itself in CPU seconds."""

    count: int
    seconds: float
    client_cpu: float


def parse(output: str) -> tuple[int, float]:
    """(requests, seconds) of wrk's report. Raises ``RuntimeError`` where it tells of errors."""
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)\b", output)
    if found is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk met errors:\n{output}")
    return int(found[1]), float(found[2]) * {"ms": 1e-3, "s": 1, "m": 60}[found[3]]


def drive(script: Path, port: int, seconds: int, *, on: list[int] | None = None, threads: int = 1) -> Driven:
    """Ask for ``seconds``, from the clients' cores unless ``on`` others."""
    command = [*cores.on(on or cores.OTHERS), tools.require("wrk"), f"-t{threads}", f"-c{CONNECTIONS}"]
    command += [f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    cpu = machine.ended_children_cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, took = parse(done.stdout)
    return Driven(count, took, machine.ended_children_cpu_seconds() - cpu)
