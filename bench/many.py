"""Ten million links: what a worker that holds them takes in memory and to start, beside one that holds a million."""

import json
import re
import shutil
from pathlib import Path

from bench import machine
from bench.report import Table
from tests.flows import million
from tests.flows.product import Product

COUNTS = (1_000_000, 10_000_000)


def loaded(directory: Path, count: int) -> tuple[float, int, int]:
    """(seconds of loading, PSS of the worker, bytes of links.db) with ``count`` links."""
    place = directory / str(count)
    place.mkdir()
    product = Product(place, workers=1, command="server")
    million.fill(product.data, count)
    product.start()
    try:
        links = json.loads(product.get(product.port, "/healthz")[2])["links"]
        if links != count:
            raise RuntimeError(f"{links} links instead of {count}")
        slug, destination = million.location(count)
        if product.follow(slug) != (301, destination):
            raise RuntimeError(f"{slug} does not lead to {destination}")
        memory = machine.pss_bytes(product.children("worker")[0])
    finally:
        product.stop()
    found = re.search(r"answering at rev \d+ after ([\d.]+) s", product.stderr)
    if found is None:
        raise RuntimeError(product.stderr)
    size = (product.data / "links.db").stat().st_size
    shutil.rmtree(place)
    return float(found[1]), memory, size


def run(directory: Path) -> Table:
    """The table of this scenario."""
    rows = []
    reference = 0.0
    for count in COUNTS:
        seconds, memory, size = loaded(directory, count)
        reference = reference or seconds / count
        ratio = seconds / count / reference
        each = f"{memory / count:.0f}"
        rows.append(
            [f"{count:,}", f"{seconds:.1f}", f"{ratio:.2f}", f"{memory / 1e6:,.0f}", each, f"{size / 1e6:,.0f}"]
        )
    return Table(
        "Ten million links",
        "A worker alone (`fingerpost server`, one worker): from the start of loading until it accepts. Slugs of 8 "
        "characters, destinations of 24 to 31.",
        ["links", "seconds", "ratio, a link", "worker, MB (PSS)", "bytes a link", "links.db, MB"],
        rows,
    )
