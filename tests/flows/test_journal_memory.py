"""Visits in real memory: what a kill leaves is on the disk after the next start, what a power cut leaves is what had
been synchronised, and the collector counts each once meanwhile."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clicks.memory_segment import memory_for
from clicks.segment import beside, names
from tests.flows.journals import are_abandoned, is_cut, journal_of, visits_of
from tests.flows.processes import state, wait_until
from tests.flows.product import Product

MEMORY = Path("/dev/shm")
VISITS = 40


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory in memory, which is removed."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        pytest.skip(f"NOT TESTED: {MEMORY} cannot be written")
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(MEMORY)], check=True, capture_output=True, text=True).stdout
    assert kind.strip() == "tmpfs"
    directory = MEMORY / f"fingerpost-test-{os.getpid()}"
    directory.mkdir(mode=0o700)
    yield directory
    shutil.rmtree(directory)


def kill(product: Product) -> None:
    children = product.children()
    product.kill_all()
    wait_until(lambda: not any(map(state, children)), "all have ended")
    wait_until(lambda: are_abandoned(journal_of(product)), "all threads of theirs have ended")


def visit(product: Product, count: int = VISITS) -> None:
    for _ in range(count):
        assert product.follow("link")[0] == 301


def test_a_killed_product_has_its_visits_in_memory_and_then_on_the_disk(
    product_at: Callable[..., Product], memory: Path
) -> None:
    product = product_at(FINGERPOST_CLICKS__MEMORY_DIR=str(memory))
    product.start()
    product.create(custom_slug="link")
    visit(product)
    journal = journal_of(product)
    assert all((journal / str(name)).is_symlink() for name in names(journal))
    kill(product)
    assert len(visits_of(journal)) == VISITS
    left = [journal / str(name) for name in names(journal)]
    product.start()
    wait_until(lambda: not any(path.is_symlink() for path in left), "all is on the disk")
    visit(product)
    assert product.stop() == 0
    assert all(is_cut(path) for path in journal.iterdir())
    assert os.listdir(memory) == []
    assert len(visits_of(journal)) == 2 * VISITS


def test_after_a_power_cut_there_is_what_was_synchronised(product_at: Callable[..., Product], memory: Path) -> None:
    product = product_at(workers=1, FINGERPOST_CLICKS__MEMORY_DIR=str(memory))
    product.start()
    product.create(custom_slug="link")
    journal = journal_of(product)
    visit(product)
    present = journal / str(names(journal)[0])
    wait_until(lambda: beside(present).read_bytes() == present.read_bytes(), "it is synchronised")
    kill(product)
    (within,) = memory.iterdir()
    assert within == memory_for(journal, memory)
    shutil.rmtree(within)
    assert visits_of(journal) == []
    product.start()
    wait_until(lambda: not present.is_symlink(), "the copy has taken its place")
    assert product.stop() == 0
    assert len(visits_of(journal)) == VISITS


def test_a_collector_counts_each_once_whatever_is_killed(product_at: Callable[..., Product], memory: Path) -> None:
    """It has counted what it read in memory; then the copy appears in its place."""
    product = product_at(FINGERPOST_CLICKS__MEMORY_DIR=str(memory), FINGERPOST_STATS__COLLECT="true")
    product.start()
    link = product.create(custom_slug="link")

    def count() -> int:
        _, answer = product.api("GET", f"/api/v1/links/{link['id']}")
        return int(answer["data"]["scan_count"])

    for round_ in range(1, 4):
        visit(product)
        if round_ % 2:  # so that it has not counted all of it each time
            wait_until(lambda round_=round_: count() == round_ * VISITS, "they are counted")
        kill(product)
        product.start()
        wait_until(lambda round_=round_: count() == round_ * VISITS, "they are counted, and once")
    wait_until(lambda: len(names(journal_of(product))) == 4, "what has been counted is removed")
    assert product.stop() == 0
    assert os.listdir(memory) == []
    product.start()
    assert count() == 3 * VISITS
    assert product.stop() == 0
