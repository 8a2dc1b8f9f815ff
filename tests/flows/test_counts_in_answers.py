"""What both APIs say about a link's visits: exact, soon after each. How soon is measured by bench/freshness.py."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flows.commands import wait_for
from tests.flows.product import Product

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
WAYS = ("", "?qr=1", "?bio=1")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With a collector."""
    product = Product(tmp_path_factory.mktemp("product"), FINGERPOST_STATS__COLLECT="true")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def answer(product: Product, path: str) -> Any:
    status, found = product.api("GET", f"/api/v1/{path}")
    assert status == 200, found
    return found


def second(at: float) -> str:
    """Epoch seconds as the APIs say a time."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M:%SZ}"


def xqr(product: Product, link: dict[str, Any]) -> tuple[int, str | None]:
    """Alone and in the list, which say the same."""
    alone = answer(product, f"links/{link['id']}")["data"]
    (listed,) = [one for one in answer(product, "links")["data"] if one["id"] == link["id"]]
    if (alone["scan_count"], alone["last_scan_at"]) != (listed["scan_count"], listed["last_scan_at"]):
        return -1, None  # a commit came between the two
    return alone["scan_count"], alone["last_scan_at"]


def divsly(product: Product, slug: str) -> tuple[int, int, int]:
    """``clicks``, ``scans`` and ``lbClicks``, alone and in the list."""
    (listed,) = [one for one in answer(product, "short-link")["resultData"] if one["slashTag"] == slug]
    alone = answer(product, f"short-link/{listed['id']}")["data"]
    one, other = ((said["clicks"], said["scans"], said["lbClicks"]) for said in (alone, listed))
    return one if one == other else (-1, -1, -1)


def test_each_visit_is_in_the_next_answers_of_both_apis(product: Product) -> None:
    link = product.create(custom_slug="fresh")
    assert xqr(product, link) == (0, None)
    assert divsly(product, "fresh") == (0, 0, 0)
    counts = dict.fromkeys(WAYS, 0)
    for number, way in enumerate(WAYS * 3, 1):
        counts[way] += 1
        before = time.time()
        status, _, _ = product.request(product.port, "GET", f"/fresh{way}", headers=BROWSER)
        after = time.time()
        assert status == 301
        wait_for(lambda number=number: xqr(product, link)[0] == number, f"{number} visits")
        assert second(before) <= str(xqr(product, link)[1]) <= second(after)
        # "clicks" are all but those through the QR code.
        expected = (counts[""] + counts["?bio=1"], counts["?qr=1"], counts["?bio=1"])
        assert divsly(product, "fresh") == expected


def test_visits_of_many_links_at_once(product: Product) -> None:
    """Each link's own, whoever is visited beside it."""
    links = {slug: product.create(custom_slug=slug) for slug in (f"many-{n}" for n in range(12))}
    for times, slug in enumerate(links):
        for _ in range(times):
            product.request(product.port, "GET", f"/{slug}?qr=1", headers=BROWSER)
    for times, (slug, link) in enumerate(links.items()):
        wait_for(lambda times=times, link=link: xqr(product, link)[0] == times, f"{times} visits")
        assert divsly(product, slug) == (0, times, 0)
