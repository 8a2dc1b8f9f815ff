"""Keeps something going beside a measurement (``bench.disturb``, an import), away from the server's core."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import cores, tools
from tests.flows.processes import wait_until
from tests.flows.product import FINGERPOST, Product

IMPORTED = 1_000_000
"""Rows of the file: more than any measurement can wait for."""


@contextmanager
def disturbed(what: str, *arguments: object) -> Iterator[dict[str, Any]]:
    """``bench.disturb`` at work inside; on leaving, what it has done is in the dictionary."""
    command = [*cores.on(cores.OTHERS), sys.executable, "-m", "bench.disturb", what, *map(str, arguments)]
    done: dict[str, Any] = {}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tools.HERE.parent)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{what} did not begin")
        yield done
        process.terminate()
        done.update(json.loads(process.stdout.read()))
    finally:
        process.terminate()
        process.communicate()


def _links(product: Product) -> int:
    return int(json.loads(product.get(product.port, "/healthz")[2])["links"])


def write_csv(path: Path) -> Path:
    with open(path, "w") as file:
        file.write("slug,url\n")
        file.writelines(f"import{n:07d},https://example.com/imported/{n}\n" for n in range(IMPORTED))
    return path


@contextmanager
def importing(product: Product, csv_file: Path) -> Iterator[dict[str, int]]:
    """``fingerpost links import`` at work inside; on leaving, ``rows`` that were imported meanwhile.

    Raises ``RuntimeError`` where it ended before its time.
    """
    command = [*cores.on(cores.OTHERS), *FINGERPOST, "--config", str(product.config), "links", "import", str(csv_file)]
    with open(product.directory / "import.output", "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=product.environment)
    done: dict[str, int] = {}
    try:
        before = _links(product)
        wait_until(lambda: process.poll() is not None or _links(product) > before, "the import has begun")
        before = _links(product)
        yield done
        done["rows"] = _links(product) - before
        if process.poll() is not None:
            raise RuntimeError(f"the import is over: {(product.directory / 'import.output').read_text()}")
    finally:
        process.terminate()
        process.wait()
