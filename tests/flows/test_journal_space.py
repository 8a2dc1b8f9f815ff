"""Redirects go on when there is no room for visits; the loss is counted and said, and all is well again by itself."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from clicks.record import LOST, REDIRECT
from clicks.segment import used_bytes
from tests.flows.journals import journal_of, visits_of
from tests.flows.processes import wait_until
from tests.flows.product import FINGERPOST, Product

MIB = 1 << 20
CAP_MIB = 64
DISK_MIB = 8
LINES = 32
CAPPED = "has reached its cap, clicks.journal_mib"
FULL = "No space left on device"
WELL = "visits are recorded in full again"
LARGE = b"u" * 7_000
"""A User-Agent that makes a visit large: its header section stands beside it."""


class Visitor:
    """Visits one link over some connections at once; each must lead on."""

    def __init__(self, product: Product, slug: str) -> None:
        self._product = product
        self._head = b"GET /%s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " % slug.encode()
        self._numbers = count()
        self._lines = [socket.create_connection(("127.0.0.1", product.port), timeout=30) for _ in range(LINES)]
        self.answered = 0

    def visit(self, agent: bytes, *, distinct: bool = False) -> None:
        """One visit on each connection."""
        for line in self._lines:
            line.sendall(self._head + agent + (b"%d" % next(self._numbers) if distinct else b"") + b"\r\n\r\n")
        for line in self._lines:
            data = b""
            while not data.endswith(b"\r\n\r\n"):
                more = line.recv(4096)
                assert more, data
                data += more
            assert data.startswith(b"HTTP/1.1 301 "), data
            self.answered += 1

    def visit_until_all_are_lost(self, reason: str, agent: bytes, *, distinct: bool = False) -> int:
        """Visit until, for a ``reason`` that is logged, of a visit on each connection none is recorded; how many have
        been lost then."""
        while True:
            before = lost(self._product)
            self.visit(agent, distinct=distinct)
            after = lost(self._product)
            if after == before + LINES and reason in self._product.stderr:
                return after
            for _ in range(20):
                self.visit(agent, distinct=distinct)

    def close(self) -> None:
        for line in self._lines:
            line.close()


@contextmanager
def visiting(product: Product, slug: str = "link") -> Iterator[Visitor]:
    visitor = Visitor(product, slug)
    try:
        yield visitor
    finally:
        visitor.close()


def recording(product: Product) -> dict[str, object]:
    """What the one worker says of its recording."""
    status, _, body = product.get(product.port, "/healthz")
    assert status == 200
    visits: dict[str, object] = json.loads(body)["visits"]
    return visits


def lost(product: Product) -> int:
    number = recording(product)["lost"]
    assert isinstance(number, int)
    return number


def worker_of(product: Product) -> int:
    (pid,) = product.children("worker")
    return pid


# The cap


def test_at_the_cap_visits_are_short_then_lost_and_redirects_go_on(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, FINGERPOST_CLICKS__JOURNAL_MIB=str(CAP_MIB))
    product.start()
    product.create(custom_slug="link")
    pid = worker_of(product)
    journal = journal_of(product)
    filler = journal / "filler"
    with visiting(product) as visitor:
        assert recording(product) == {"recorded": "in full", "lost": 0}
        while recording(product)["recorded"] == "in full":
            for _ in range(8):
                visitor.visit(LARGE, distinct=True)
            assert used_bytes(journal) <= CAP_MIB * MIB
        assert recording(product)["recorded"] == "time and link"
        assert used_bytes(journal) > CAP_MIB * MIB * 0.74
        # Short visits take 32 bytes: let something else use up most of the last quarter.
        use_up(filler, CAP_MIB * MIB - used_bytes(journal))
        before = visitor.visit_until_all_are_lost(CAPPED, b"x")
        assert used_bytes(journal) <= CAP_MIB * MIB
        for _ in range(10):
            visitor.visit(b"x")
        assert lost(product) == before + 10 * LINES
        filler.unlink()
        wait_until(lambda: "of visits only time and link" in product.stderr.rpartition("reached its cap")[2], "room")
        before = lost(product)
        visitor.visit(b"x")
        assert lost(product) == before
        answered = visitor.answered
    assert CAPPED in product.stderr
    assert worker_of(product) == pid  # it went on all the time
    assert product.stop() == 0
    check(product, journal, answered, before)
    assert not all(visit.peer for visit in visits_of(journal))


def check(product: Product, journal: Path, answered: int, lost: int) -> None:
    """All that was answered is recorded but for what is lost, and how many these are is in the journal and the log."""
    visits = visits_of(journal)
    recorded = [visit for visit in visits if visit.kind == REDIRECT]
    assert len(recorded) == answered - lost
    assert {visit.link_id for visit in recorded} == {1}
    assert sum(visit.link_id for visit in visits if visit.kind == LOST) == lost
    assert sum(map(int, re.findall(r"journal: (\d+) visits were not recorded", product.stderr))) == lost


# A small disk


def unsharing() -> list[str]:
    """The command in front of another one that gives it mounts of its own."""
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture
def can_mount(tmp_path: Path) -> None:
    """Skips where a file system cannot be mounted for one process alone."""
    try:
        tried = subprocess.run(
            [*unsharing(), "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        pytest.skip(f"{error.filename} is not installed: a small file system cannot be mounted")
    if tried.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {tried.stderr.strip()}")


class OnSmallDisk(Product):
    """A product whose journal is on a disk of its own, which no other process sees; ``is_full`` from the start."""

    is_full = False

    def start(self) -> None:
        journal_of(self).mkdir(mode=0o700, parents=True)
        self.data.chmod(0o700)
        mount = f"mount -t tmpfs -o size={DISK_MIB}m,mode=700 tmpfs '{journal_of(self)}' && "
        fill = f"{{ cat /dev/zero > '{journal_of(self)}/filler' 2> /dev/null; true; }} && " if self.is_full else ""
        command = [
            *unsharing(),
            "sh",
            "-c",
            mount + fill + 'exec "$@"',
            "sh",
            *FINGERPOST,
            "--config",
            str(self.config),
            self.command,
        ]
        with open(self.directory / "stdout", "ab") as out, open(self.directory / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment
            )
        self.wait_healthy()

    @contextmanager
    def disk(self) -> Iterator[Path]:
        """The disk; it lasts as long as the context, even when the product has ended."""
        assert self.process is not None
        fd = os.open(f"/proc/{self.process.pid}/root{journal_of(self)}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield Path(f"/proc/self/fd/{fd}")
        finally:
            os.close(fd)


@pytest.fixture
def on_small_disk(tmp_path: Path) -> Iterator[OnSmallDisk]:
    product = OnSmallDisk(tmp_path, workers=1, FINGERPOST_CLICKS__JOURNAL_MIB=str(CAP_MIB))
    yield product
    product.kill_all()


def free_bytes(directory: Path) -> int:
    stat = os.statvfs(directory)
    return stat.f_bavail * stat.f_frsize


def use_up(path: Path, size: int) -> None:
    """Make a file of ``size`` bytes."""
    with path.open("wb") as file:
        if size:
            os.posix_fallocate(file.fileno(), 0, size)


@pytest.mark.usefixtures("can_mount")
def test_on_a_full_disk_redirects_go_on(on_small_disk: OnSmallDisk) -> None:
    product = on_small_disk
    product.start()
    product.create(custom_slug="link")
    pid = worker_of(product)
    with product.disk() as disk:
        assert os.statvfs(disk).f_blocks * os.statvfs(disk).f_frsize == DISK_MIB * MIB
        use_up(disk / "filler", 3 * MIB)
        with visiting(product) as visitor:
            visitor.visit_until_all_are_lost(FULL, LARGE, distinct=True)
            assert free_bytes(disk) < MIB
            use_up(disk / "rest", free_bytes(disk))  # to the last byte
            assert free_bytes(disk) == 0
            before = lost(product)
            for _ in range(10):
                visitor.visit(LARGE, distinct=True)
            assert lost(product) == before + 10 * LINES
            assert FULL in product.stderr
            (disk / "filler").unlink()
            wait_until(lambda: WELL in product.stderr, "it is well again")
            final = lost(product)
            assert final == before + 10 * LINES
            for _ in range(4):
                visitor.visit(LARGE, distinct=True)
            assert recording(product) == {"recorded": "in full", "lost": final}
            answered = visitor.answered
        assert worker_of(product) == pid  # no SIGBUS
        assert product.stop() == 0
        assert product.stderr.count(FULL) == 1
        check(product, disk, answered, final)
        # Large heads in a burst may be faster than segments are made, before the disk is full: check has the sum. What
        # was lost from then on, with no segment to say so in, is told in one note.
        assert [visit.link_id for visit in visits_of(disk) if visit.kind == LOST][-1] >= 11 * LINES


@pytest.mark.usefixtures("can_mount")
def test_a_disk_that_is_full_from_the_start(on_small_disk: OnSmallDisk) -> None:
    """Not even the first segment fits; the product starts all the same."""
    product = on_small_disk
    product.is_full = True
    product.start()
    product.create(custom_slug="link")
    pid = worker_of(product)
    with product.disk() as disk, visiting(product) as visitor:
        assert free_bytes(disk) == 0
        visitor.visit(b"x")
        assert recording(product) == {"recorded": "in full", "lost": LINES}
        assert FULL in product.stderr
        (disk / "filler").unlink()
        wait_until(lambda: WELL in product.stderr, "it is well")
        visitor.visit(b"x")
        assert recording(product) == {"recorded": "in full", "lost": LINES}
        assert worker_of(product) == pid
        assert product.stop() == 0
        check(product, disk, visitor.answered, LINES)
