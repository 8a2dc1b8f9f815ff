"""The collector beside workers and an admin, as `fingerpost serve` runs it."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clicks.answers import of_links
from clicks.classes import Kind, Outcome
from clicks.database import FILE_NAME
from clicks.query import Statistics
from clicks.segment import DIRECTORY, names
from tests.clicks.counting import CURL, FIREFOX
from tests.flows.processes import wait_until
from tests.flows.product import Product

COLLECT = {"FINGERPOST_STATS__COLLECT": "true"}
ADDRESS = "203.0.113.77"


def visit(product: Product, slug: str, **headers: str) -> int:
    fields = {"User-Agent": FIREFOX} | {name.replace("_", "-"): value for name, value in headers.items()}
    return product.request(product.port, "GET", f"/{slug}", headers=fields)[0]


@pytest.fixture
def product(product_at: Callable[..., Product]) -> Product:
    product = product_at(workers=2, **COLLECT)
    product.start()
    return product


def statistics(product: Product) -> Statistics:
    return Statistics(product.data / FILE_NAME)


def counted(product: Product, *slugs: str) -> dict[str, int]:
    done = product.run("clicks", "count", "--json", *slugs)
    assert (done.returncode, done.stderr) == (0, "")
    return {row["slug"]: row["visits"] for row in map(json.loads, done.stdout.splitlines())}


def test_visits_are_in_the_statistics_soon_and_counted_once_with_those_that_are_not(product: Product) -> None:
    link = product.create(custom_slug="one")
    assert link["scan_count"] == 0
    for _ in range(20):
        assert visit(product, "one") == 301
        assert counted(product) == {"one": _ + 1}  # wherever they are at the moment
    visit(product, "one", User_Agent=CURL)
    product.request(product.port, "HEAD", "/one")
    answers = statistics(product)
    wait_until(lambda: answers.counts_of([1])[1].total == 21, "all are counted")
    assert answers.total(of_links([1], kinds=frozenset({Kind.HEAD}))) == 1
    assert answers.total(of_links([1], kinds=frozenset({Kind.TOOL}))) == 1
    assert answers.total(of_links([1], outcome=Outcome.GONE)) == 0
    answers.close()
    assert product.stop() == 0


def test_a_collector_that_dies_or_hangs_is_replaced_and_redirects_go_on(product: Product) -> None:
    product.create(custom_slug="one")
    workers = product.children("worker")
    answers = statistics(product)
    visits = 0
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
        visits += visit(product, "one") == 301
        wait_until(lambda visits=visits: answers.counts_of([1])[1].total == visits, "it counts")
        (pid,) = product.children("collector")
        os.kill(pid, number)
        visits += visit(product, "one") == 301
        wait_until(lambda pid=pid: pid not in product.children("collector"), "it has gone")
    wait_until(lambda: answers.counts_of([1])[1].total == visits == 6, "all are counted")
    assert product.children("worker") == workers
    answers.close()
    assert product.stop() == 0


def test_there_is_one_collector_for_a_data_directory(product: Product, product_at: Callable[..., Product]) -> None:
    wait_until(lambda: (product.data / FILE_NAME).exists(), "it is at work")
    done = product.run("collector")
    assert (done.returncode, done.stdout) == (1, "")
    assert "another collector (process " in done.stderr
    assert product.stop() == 0


def test_a_database_that_it_cannot_use_stops_the_start(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1, **COLLECT)
    product.data.mkdir(mode=0o700)
    (product.data / FILE_NAME).write_bytes(b"no database" * 500)
    done = product.run("serve")
    assert done.returncode == 78
    assert done.stderr == f"fingerpost: {product.data / FILE_NAME}: file is not a database\n"


def test_a_reload_gives_it_its_new_settings(product: Product) -> None:
    wait_until(lambda: product.children("collector"), "there is one")
    before = product.children("collector")
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "fingerpost: reloaded" in product.stderr, "it is reloaded")
    wait_until(lambda: product.children("collector") not in ([], before), "there is another one")
    assert product.stop() == 0


def test_erasing_a_link(product: Product) -> None:
    for slug in ("one", "two"):
        product.create(custom_slug=slug)
        visit(product, slug)
    answers = statistics(product)
    wait_until(lambda: answers.total(of_links([1, 2])) == 2, "both are counted")
    done = product.run("clicks", "erase", "one")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert counted(product) == {"two": 1}
    assert product.run("clicks", "erase", "never").returncode == 1
    assert product.run("clicks", "erase").returncode == 2
    done = product.run("clicks", "reclassify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == [f"{time.strftime('%Y-%m', time.gmtime())}: 0 visits of 0 profiles"]
    answers.close()
    assert product.stop() == 0


def everything(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def test_nothing_of_a_visitor_remains(product_at: Callable[..., Product]) -> None:
    """No address, cookie, key, or page that somebody came from, once the journal has been counted and is gone."""
    product = product_at(workers=1, **COLLECT)
    product.start()
    product.create(custom_slug="one")
    secrets: dict[str, Any] = {
        "X_Forwarded_For": ADDRESS,
        "Cookie": "session=cookie-of-somebody",
        "Authorization": "Basic bm9ib2R5LWtub3dz",
        "X_Api_Key": "key-of-somebody",
        "Referer": "https://a.example/page-of-somebody?q=searched",
    }
    for _ in range(3):
        assert visit(product, "one?secret=parameter-of-somebody", **secrets) == 301
    assert product.stop() == 0
    # Its workers' segments are final now; another one's collector finishes them.
    assert ADDRESS.encode() in everything(product.data)
    product.start()
    wait_until(lambda: not segments_of_ended_workers(product), "the journal of the first run is counted")
    answers = statistics(product)
    assert answers.counts_of([1])[1].total == 3
    answers.close()
    assert product.stop() == 0
    found = everything(product.data)
    assert b"a.example" in found
    packed = bytes(int(part) for part in ADDRESS.split("."))
    for secret in (ADDRESS.encode(), packed, b"of-somebody", b"bm9ib2R5LWtub3dz", b"searched"):
        assert secret not in found


def segments_of_ended_workers(product: Product) -> list[Any]:
    workers = product.children("worker")
    return [name for name in names(product.data / DIRECTORY) if name.pid not in workers]
