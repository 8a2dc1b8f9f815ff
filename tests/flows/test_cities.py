"""A database of cities, addresses that come through a proxy, and what the operator wants to be kept of visits."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clicks.mmdb import write_mmdb
from tests.flows.product import KEY, Product
from tests.flows.test_statistics import BROWSER, visit, wait_for_scans

GERMAN, FRENCH, NOBODY = "198.51.100.7", "203.0.113.9", "192.0.2.1"
REFERRER = "https://news.example/article?id=7"


def place(country: str, city: str) -> dict[str, Any]:
    return {"country": {"iso_code": country}, "city": {"names": {"en": city}}}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    directory = tmp_path_factory.mktemp("product")
    networks = {"198.51.100.0/24": place("DE", "Köln"), "203.0.113.0/24": place("FR", "Paris")}
    product = Product(
        directory,
        FINGERPOST_STATS__COLLECT="true",
        FINGERPOST_STATS__RAW_ADDRESSES="true",
        FINGERPOST_STATS__RAW_REFERRERS="full",
        FINGERPOST_GEOIP__PATH=str(write_mmdb(directory / "cities.mmdb", networks)),
    )
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def come(product: Product, path: str, address: str, **headers: str) -> None:
    """A visit by an address; the test is the proxy."""
    assert visit(product, path, BROWSER, **{"X-Forwarded-For": address, **headers}) == 301


def cities(product: Product, **body: Any) -> tuple[int, Any]:
    status, answer = product.api("POST", "/api/v1/city-analytics", body)
    return status, answer["data"]


def exported(product: Product, link: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/api/v1/stats/export?what=visits&format=jsonl&link_id={link['id']}"
    _, _, body = product.request(product.api_port, "GET", path, headers={"Authorization": f"Bearer {KEY}"})
    return [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]


def test_clicks_by_city(product: Product) -> None:
    link = product.create(custom_slug="travelled")
    for path, address in [
        *[("/travelled", GERMAN)] * 2,
        ("/travelled?qr=1", GERMAN),
        ("/travelled", FRENCH),
        ("/travelled", NOBODY),
    ]:
        come(product, path, address)
    wait_for_scans(product, link, 5)
    cologne = {"country": "Germany", "countryCode": "DE", "city": "Köln", "clicks": 2, "scans": 1}
    paris = {"country": "France", "countryCode": "FR", "city": "Paris", "clicks": 1, "scans": 0}
    shortlink = f"localhost:{product.port}/travelled"
    assert cities(product, shortlink=shortlink) == (200, [cologne, paris])
    assert cities(product, shortlink=shortlink, countries=["Germany"]) == (200, [cologne])
    assert cities(product, shortlink="travelled", countries=["FRA", "South Korea"]) == (200, [paris])
    status, said = cities(product, shortlink=shortlink, countries=["Germany", "Utopia"])
    assert (status, said["errors"][0]["field"]) == (400, "countries[1]")
    assert "Utopia" in said["errors"][0]["message"]
    assert cities(product, shortlink="nowhere")[0] == 404


def test_an_export_has_addresses_and_whole_referrers_until_they_are_erased(product: Product) -> None:
    link = product.create(custom_slug="kept")
    come(product, "/kept", GERMAN, Referer=REFERRER)
    come(product, "/kept", FRENCH)
    come(product, "/kept", FRENCH, **{"Sec-GPC": "1", "Referer": REFERRER})
    wait_for_scans(product, link, 3)
    rows = sorted((row["address"], row["referrer"], row["referrer_url"]) for row in exported(product, link))
    assert rows == [(GERMAN, "news.example", REFERRER), (FRENCH, None, None)]
    done = product.run("clicks", "erase", "kept")
    assert done.returncode == 0, done.stderr
    assert exported(product, link) == []
    for path in product.data.glob("clicks-*-*.db"):
        assert REFERRER.encode() not in path.read_bytes()
