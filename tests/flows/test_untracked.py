"""Links whose visits are not counted: they redirect, and nothing is known of their visits."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from clicks.database import FILE_NAME
from tests.flows.commands import wait_for
from tests.flows.journals import link_ids
from tests.flows.product import KEY, Product
from tests.flows.test_statistics import data, scans, visit, wait_for_scans


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"), FINGERPOST_STATS__COLLECT="true")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def mentions(product: Product, slug: str) -> dict[str, int]:
    """Rows about a link, by table, of everything that the collector keeps."""
    link = link_ids(product)[slug]
    tables = {"hours": "subject", "days": "subject", "visitors": "subject", "totals": "subject", "activity": "link"}
    found = {}
    with closing(sqlite3.connect(product.data / FILE_NAME, timeout=30)) as connection:
        for table, column in tables.items():
            ((found[table],),) = connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} = ?", (link,))
    for path in product.data.glob("clicks-*-*.db"):
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            ((found[path.name],),) = connection.execute("SELECT COUNT(*) FROM visits WHERE link = ?", (link,))
    return {table: count for table, count in found.items() if count}


def counted_after(product: Product, link: dict[str, Any]) -> None:
    """Visit a link until the collector has counted that: what came before has been dealt with then."""
    before = scans(product, link)
    assert visit(product, f"/{link['short_code']}") == 301
    wait_for(lambda: scans(product, link) > before, "counted")


def test_a_link_that_is_made_so(product: Product) -> None:
    mark = product.create(custom_slug="mark-made")
    quiet = product.create("https://example.com/quiet", custom_slug="quiet-made", track=False)
    assert "track" not in quiet
    assert len(quiet) == 12
    body = {"destinationUrl": "https://example.com/d", "slashTag": "quiet-divsly", "track": False}
    status, made = product.api("POST", "/api/v1/short-link", body)
    assert (status, len(made["data"]), "track" in made["data"]) == (201, 48, False)
    for slug in ("quiet-made", "quiet-divsly"):
        for way in ("", "?qr=1", "?bio=1"):
            assert product.get(product.port, f"/{slug}{way}")[0] == 301
        assert product.request(product.port, "HEAD", f"/{slug}")[0] == 301
    # A worker's segment is read in order, but there are two workers: once for each at least.
    for _ in range(5):
        counted_after(product, mark)
    assert scans(product, quiet) == 0
    assert data(product, f"links/{quiet['id']}")["last_scan_at"] is None
    assert {slug: mentions(product, slug) for slug in ("quiet-made", "quiet-divsly")} == {
        "quiet-made": {},
        "quiet-divsly": {},
    }
    done = product.run("clicks", "count", "--json")
    assert "quiet" not in done.stdout, done.stdout


@pytest.mark.parametrize("api", ["xqr", "divsly"])
def test_a_link_that_is_changed(product: Product, api: str) -> None:
    slug = f"changed-{api}"
    link = product.create(custom_slug=slug)
    number = link_ids(product)[slug]

    def track(value: bool) -> None:
        if api == "xqr":
            status, answer = product.api("PATCH", f"/api/v1/links/{link['id']}", {"track": value})
        else:
            status, answer = product.api("PUT", f"/api/v1/short-link/{number}", {"track": value})
        assert status == 200, answer

    assert visit(product, f"/{slug}") == 301
    wait_for_scans(product, link, 1)
    before = mentions(product, slug)
    track(False)
    mark = product.create(custom_slug=f"mark-{api}")
    for _ in range(3):  # a second later at most
        counted_after(product, mark)
    for _ in range(4):
        assert visit(product, f"/{slug}") == 301
    for _ in range(5):
        counted_after(product, mark)
    assert scans(product, link) == 1
    assert mentions(product, slug) == before
    track(True)
    for _ in range(3):
        counted_after(product, mark)
    assert visit(product, f"/{slug}") == 301
    wait_for_scans(product, link, 2)


def test_in_files(product: Product) -> None:
    line = json.dumps({"slug": "from-file", "url": "https://example.com/", "track": False})
    done = product.run("links", "import", "--format", "jsonl", "-", input=line)
    assert done.returncode == 0, done.stderr
    exported = product.run("links", "export", "-", "--format", "jsonl").stdout.splitlines()
    tracks = {row["slug"]: row["track"] for row in map(json.loads, exported)}
    assert tracks["from-file"] is False
    assert tracks["mark-xqr"] is True


def test_a_switch_that_is_no_truth_value_is_named(product: Product) -> None:
    status, answer = product.api("POST", "/api/v1/links", {"url": "https://example.com/", "track": "no"}, KEY)
    assert (status, answer["error"]["details"][0]["field"]) == (400, "track")
    status, answer = product.api("POST", "/api/v1/short-link", {"destinationUrl": "https://example.com/", "track": 1})
    assert (status, "track" in json.dumps(answer)) == (400, True)
