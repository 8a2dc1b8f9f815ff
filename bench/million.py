"""A million links: importing them, starting a worker with them, memory a link.

References in the same run: for the import, the same rows into one bare table by ``executemany`` in transactions of
the same size; for the start, reading the same rows from SQLite and putting them into one plain dict.
"""

import csv
import json
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from bench import machine
from bench.report import Table
from tests.flows.product import FINGERPOST, Product

LINKS = 1_000_000
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TRANSACTION_ROWS = 1_000
SEED = 7

READ_INTO_A_DICT = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.text_factory = bytes
before, cpu = time.perf_counter(), time.process_time()
table, after = {}, 0
while rows := connection.execute(
    "SELECT c.rev, c.slug, l.destination FROM codes c JOIN links l ON l.id = c.link WHERE c.rev > ? "
    "ORDER BY c.rev LIMIT 5000", (after,)).fetchall():
    for rev, slug, destination in rows:
        table[slug] = destination
    after = rev
print(time.perf_counter() - before, time.process_time() - cpu, len(table))
"""


def write_csv(path: Path, links: int) -> None:
    """Random 7-character slugs with destinations of 30 to 110 characters."""
    rng = random.Random(SEED)
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["slug", "url", "labels", "expires_at"])
        for n in range(links):
            slug = "".join(rng.choices(ALPHABET, k=7))
            path_ = "".join(rng.choices("abcdefghij-/", k=rng.randint(5, 85)))
            out.writerow([slug, f"https://www{n % 1000}.example.com/{path_}", "", ""])


def _reference_import(csv_file: Path, database: Path) -> float:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE links (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, destination TEXT)")
    before = time.perf_counter()
    with open(csv_file, newline="") as file:
        reader = csv.reader(file)
        next(reader)
        batch: list[tuple[str, str]] = []
        for slug, url, *_ in reader:
            batch.append((slug, url))
            if len(batch) == TRANSACTION_ROWS:
                _insert(connection, batch)
                batch = []
        _insert(connection, batch)
    connection.close()
    return time.perf_counter() - before


def _insert(connection: sqlite3.Connection, batch: list[tuple[str, str]]) -> None:
    connection.execute("BEGIN")
    connection.executemany("INSERT OR IGNORE INTO links (slug, destination) VALUES (?, ?)", batch)
    connection.execute("COMMIT")


def import_table(directory: Path, product: Product, csv_file: Path) -> Table:
    """Import the file while the product serves."""
    reference = _reference_import(csv_file, directory / "reference-import.db")
    before = time.perf_counter()
    result = subprocess.run(
        [*FINGERPOST, "--config", str(product.config), "links", "import", str(csv_file)],
        capture_output=True,
        text=True,
        check=False,
        env=product.environment,
    )
    seconds = time.perf_counter() - before
    size = (product.data / "links.db").stat().st_size
    return Table(
        "Importing 1,000,000 links",
        "`fingerpost links import` of a CSV file into a running product with two workers, which answer all of them "
        "when the command returns.",
        ["", "seconds", "µs a link", "ratio"],
        [
            ["bare SQLite, one table with one index", f"{reference:.1f}", f"{reference / LINKS * 1e6:.1f}", "1"],
            [
                "links import",
                f"{seconds:.1f}",
                f"{seconds / LINKS * 1e6:.1f}",
                f"{seconds / reference:.2f}",
            ],
        ],
        f"Result: {result.stdout.strip()}. Rows that draw a slug a second time are reported as taken. "
        f"links.db has {size / 1e6:,.0f} MB. Aim: under 60 s.",
    )


def start_table(product: Product) -> Table:
    """Start a worker with what was imported, and its memory against that of an empty one."""
    reference = subprocess.run(
        [sys.executable, "-c", READ_INTO_A_DICT, str(product.data / "links.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, _ = map(float, reference.stdout.split())
    links, memory = _loaded(product)
    start = _start_seconds(product)
    log = [line for line in product.stderr.splitlines() if "answering at rev" in line][-1]
    loaded = float(log.rpartition("after ")[2].removesuffix(" s"))
    empty = _empty_memory(product.directory.parent)
    return Table(
        "Starting a worker with 1,000,000 links",
        "A worker alone (`fingerpost server`, one worker): from the start of loading until it accepts, and from the "
        "command until `/healthz` answers.",
        ["", "seconds", "CPU s", "ratio"],
        [
            ["the same rows read into a plain dict", f"{wall:.2f}", f"{cpu:.2f}", "1"],
            ["worker: loading until accepting", f"{loaded:.2f}", "", f"{loaded / wall:.2f}"],
            ["command until healthy", f"{start:.2f}", "", f"{start / wall:.2f}"],
        ],
        f"Memory of the worker (PSS): {memory / 1e6:.0f} MB with {links:,} links, {empty / 1e6:.0f} MB with none: "
        f"{(memory - empty) / links:.0f} bytes a link. Aims: under 2 s, at most 300 bytes a link.",
    )


def _alone(product: Product) -> Product:
    product.command = "server"
    product.config.write_text(product.config.read_text().replace("workers = 2", "workers = 1"))
    return product


def _start_seconds(product: Product) -> float:
    before = time.perf_counter()
    product.start()
    seconds = time.perf_counter() - before
    product.stop()
    return seconds


def _loaded(product: Product) -> tuple[int, int]:
    """(links, PSS) of a worker."""
    product.start()
    try:
        links = json.loads(product.get(product.port, "/healthz")[2])["links"]
        return links, machine.pss_bytes(product.children("worker")[0])
    finally:
        product.stop()


def _empty_memory(directory: Path) -> int:
    place = directory / "empty"
    place.mkdir()
    product = Product(place, workers=1)
    product.start()
    try:
        return machine.pss_bytes(product.children("worker")[0])
    finally:
        product.stop()


def run(directory: Path) -> list[Table]:
    """The tables of this scenario."""
    csv_file = directory / "million.csv"
    write_csv(csv_file, LINKS)
    place = directory / "million"
    place.mkdir()
    product = Product(place)
    product.start()
    try:
        imported = import_table(directory, product, csv_file)
    finally:
        product.stop()
    return [imported, start_table(_alone(product))]
