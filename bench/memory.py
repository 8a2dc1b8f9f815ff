"""Memory of the whole product at rest: the sum of the proportional set sizes of its processes, with one worker.

The reference is a bare Python that has imported aiohttp and uvloop and does nothing.
"""

import subprocess
import sys
import time
from pathlib import Path

from bench import machine
from bench.report import Table
from tests.flows.product import Product

SETTLE_S = 2.0
BARE = "import aiohttp.web, uvloop, sys; print('ready', flush=True); sys.stdin.read()"


def _bare() -> int:
    with subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return machine.pss_bytes(process.pid)


def run(directory: Path) -> Table:
    """The table of this scenario."""
    place = directory / "memory"
    place.mkdir()
    product = Product(place, workers=1, FINGERPOST_STATS__COLLECT="true")
    product.start()
    try:
        product.create()
        time.sleep(SETTLE_S)
        assert product.process is not None
        parts = {
            "supervisor": machine.pss_bytes(product.process.pid),
            "admin": machine.pss_bytes(product.children("admin")[0]),
            "worker": machine.pss_bytes(product.children("worker")[0]),
            "collector": machine.pss_bytes(product.children("collector")[0]),
        }
        parts["the whole product"] = sum(parts.values())
        bare = _bare()
    finally:
        product.stop()
    rows = [["bare Python with aiohttp and uvloop", f"{bare / 1e6:.0f}", "1"]]
    rows += [[name, f"{size / 1e6:.0f}", f"{size / bare:.2f}"] for name, size in parts.items()]
    return Table(
        "Memory at rest",
        "`fingerpost serve` with one worker, one link made, then idle; PSS. Aim: at most 150 MB in all.",
        ["", "MB", "ratio"],
        rows,
    )
