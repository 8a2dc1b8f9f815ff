"""``make bench``: all scenarios, or those named: ``make bench ARGS="creates memory"``.

A whole run is recorded in bench/results/ and bench/README.md. Scenarios that are named are only printed, unless
``--write`` asks for their record: ``make bench ARGS="--write redirects latency"``.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    backlog,
    bio,
    choices,
    collector,
    creates,
    freshness,
    journal,
    latency,
    machine,
    many,
    memory,
    million,
    passwords,
    propagation,
    qr,
    qr_load,
    queries,
    redirects,
    rules,
    stalls,
)
from bench.report import HERE, Table, write

SCENARIOS: dict[str, Callable[[Path], Table | list[Table]]] = {
    "creates": creates.run,
    "propagation": propagation.run,
    "memory": memory.run,
    "redirects": redirects.run,
    "latency": latency.run,
    "stalls": stalls.run,
    "journal": journal.run,
    "passwords": passwords.run,
    "renders": qr_load.run,
    "rules": rules.run,
    "bio": bio.run,
    "qr": qr.run,
    "million": million.run,
    "many": many.run,
    "choices": choices.run,
    "collector": collector.run,
    "queries": queries.run,
    "freshness": freshness.run,
}

ON_REQUEST: dict[str, Callable[[Path], Table | list[Table]]] = {"backlog": backlog.run}
"""Those that a whole run leaves out, as they take long."""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="The measurements; see bench/README.md.")
    parser.add_argument("--write", action="store_true", help="record the named scenarios, as a whole run is")
    known = SCENARIOS | ON_REQUEST
    parser.add_argument(
        "names",
        nargs="*",
        metavar="scenario",
        help=f"of {', '.join(known)}; if none, all but {', '.join(ON_REQUEST)}",
    )
    parsed = parser.parse_args(arguments)
    unknown = [name for name in parsed.names if name not in known]
    if unknown:
        parser.error(f"no scenario {unknown[0]}; there are: {', '.join(known)}")
    return parsed


def main(arguments: list[str]) -> int:
    parsed = parse(arguments)
    (HERE / "scratch").mkdir(exist_ok=True)
    print(machine.describe(), file=sys.stderr)
    for name in parsed.names or SCENARIOS:
        print(f"{name} …", file=sys.stderr, flush=True)
        # Beside the sources, not in /tmp, which may be memory: a commit must meet a disk.
        directory = Path(tempfile.mkdtemp(dir=HERE / "scratch"))
        try:
            made = (SCENARIOS | ON_REQUEST)[name](directory)
        finally:
            shutil.rmtree(directory)
        tables = made if isinstance(made, list) else [made]
        print(*(table.markdown() for table in tables), sep="\n", flush=True)
        if parsed.write or not parsed.names:
            print(f"written to {write(name, tables)} and bench/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
