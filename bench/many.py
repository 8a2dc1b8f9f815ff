"""Ten million links: what a worker that holds them takes in memory and to start, beside one that holds a million."""

import json
import re
import shutil
import signal
import socket
import threading
import time
from pathlib import Path

from bench import machine
from bench.report import Table
from tests.flows import million
from tests.flows.product import Product

COUNTS = (1_000_000, 10_000_000)
RELOADED = 1_000_000
PAUSE_S = 0.001


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


class Asking(threading.Thread):
    """Asks for one link again and again, on a connection that is made anew whenever the server ends it.

    ``longest``: the most seconds that an answer took; ``answered``: how many there were.
    """

    def __init__(self, port: int, slug: str) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._request = f"GET /{slug} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._ended = threading.Event()
        self.longest = 0.0
        self.answered = 0
        self.wrong = 0

    def run(self) -> None:
        connection = None
        while not self._ended.is_set():
            before = time.perf_counter()
            connection = connection or socket.create_connection(("127.0.0.1", self._port), timeout=30)
            connection.sendall(self._request)
            answer = connection.recv(65_536)
            if not answer:  # its worker has ended: the next one answers
                connection.close()
                connection = None
                continue
            self.longest = max(self.longest, time.perf_counter() - before)
            self.answered += 1
            self.wrong += not answer.startswith(b"HTTP/1.1 301 ")
            time.sleep(PAUSE_S)
        if connection is not None:
            connection.close()

    def end(self) -> None:
        self._ended.set()
        self.join()


def reloaded(directory: Path) -> list[str]:
    """A row: replacing a worker that holds a million links by SIGHUP, and a client that asks meanwhile."""
    place = directory / "reloaded"
    place.mkdir()
    product = Product(place, workers=1, command="server")
    million.fill(product.data, RELOADED)
    product.start()
    try:
        (old,) = product.children("worker")
        asking = Asking(product.port, million.location(1)[0])
        asking.start()
        assert product.process is not None
        product.process.send_signal(signal.SIGHUP)
        while old in product.children("worker") or not product.children("worker"):
            time.sleep(0.02)
        asking.end()
    finally:
        product.stop()
    if asking.wrong:
        raise RuntimeError(f"{asking.wrong} answers were no redirect")
    seconds = float(re.findall(r"answering at rev \d+ after ([\d.]+) s", product.stderr)[-1])
    shutil.rmtree(place)
    return [f"{RELOADED:,}", f"{seconds:.2f}", f"{asking.answered:,}", f"{asking.longest * 1e3:.1f}"]


def run(directory: Path) -> list[Table]:
    """The tables of this scenario."""
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
    many = Table(
        "Ten million links",
        "A worker alone (`fingerpost server`, one worker): from the start of loading until it accepts. Slugs of 8 "
        "characters, destinations of 24 to 31.",
        ["links", "seconds", "ratio, a link", "worker, MB (PSS)", "bytes a link", "links.db, MB"],
        rows,
    )
    again = Table(
        "A worker with a million links is replaced",
        "`fingerpost server` with one worker gets SIGHUP: the successor loads while the old worker answers, and then "
        "takes over. One client asks all the while.",
        ["links", "successor loads, s", "answers meanwhile", "longest, ms"],
        [reloaded(directory)],
    )
    return [many, again]
