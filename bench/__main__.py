"""``make bench``: all scenarios, or those named: ``make bench ARGS="creates memory"``."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import creates, memory, million, propagation, redirects
from bench.report import HERE, Table, write

SCENARIOS: dict[str, Callable[[Path], Table | list[Table]]] = {
    "creates": creates.run,
    "propagation": propagation.run,
    "memory": memory.run,
    "redirects": redirects.run,
    "million": million.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"no scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    (HERE / "scratch").mkdir(exist_ok=True)
    # Beside the sources, not in /tmp, which may be memory: a commit must meet a disk.
    directory = Path(tempfile.mkdtemp(dir=HERE / "scratch"))
    tables: list[Table] = []
    try:
        for name in names or SCENARIOS:
            print(f"{name} …", file=sys.stderr, flush=True)
            made = SCENARIOS[name](directory)
            tables += (new := made if isinstance(made, list) else [made])
            print(*(table.markdown() for table in new), sep="\n", flush=True)
    finally:
        shutil.rmtree(directory)
    if not names:  # a part is for trying things out; the record is of whole runs
        print(f"written to {write(tables)} and bench/README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
