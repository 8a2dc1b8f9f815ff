"""Links that move between domains, and imports onto one, against a running product."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.names import NameServer
from tests.flows.product import Product

URL = "https://example.com/page"
HERE = "203.0.113.7"
ONE, TWO, ELSEWHERE = "one.example", "two.example", "elsewhere.example"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With two active domains, and one whose DNS does not lead here."""
    with NameServer() as names:
        names.zone |= {ONE: [f"A {HERE}"], TWO: [f"A {HERE}"], ELSEWHERE: ["A 198.51.100.9"]}
        product = Product(
            tmp_path_factory.mktemp("product"),
            FINGERPOST_DOMAINS__NAMESERVERS=names.address,
            FINGERPOST_DOMAINS__ADDRESSES=HERE,
        )
        try:
            product.start()
            for domain in (ONE, TWO, ELSEWHERE):
                assert product.api("POST", "/api/v1/custom-domain", {"domain": domain})[0] == 201
            yield product
            assert product.stop() == 0, product.stderr
        finally:
            product.kill_all()


def make(product: Product, **fields: Any) -> dict[str, Any]:
    status, answer = product.api("POST", "/api/v1/short-link", {"destinationUrl": URL} | fields)
    assert status == 201, answer
    data: dict[str, Any] = answer["data"]
    return data


def put(product: Product, link: dict[str, Any], **fields: Any) -> tuple[int, Any]:
    return product.api("PUT", f"/api/v1/short-link/{link['id']}", fields)


def own(product: Product) -> str:
    return f"localhost:{product.port}"


def statuses(product: Product, slug: str) -> list[int]:
    """On the server's own host, on the first and on the second domain."""
    return [
        product.request(product.port, "GET", f"/{slug}", headers={"Host": host})[0] for host in (own(product), ONE, TWO)
    ]


def test_a_link_moves_and_its_old_addresses_answer_for_a_while(product: Product) -> None:
    link = make(product, slashTag="moving")
    assert statuses(product, "moving") == [301, 404, 404]
    for host, seen in ((ONE, [301, 301, 404]), (TWO, [301, 301, 301])):
        status, answer = put(product, link, brandedDomain=host)
        assert (status, answer["data"]["brandedDomain"], answer["data"]["slashTag"]) == (200, host, "moving")
        assert statuses(product, "moving") == seen
    assert put(product, link, brandedDomain=own(product))[1]["data"]["brandedDomain"] == own(product)
    assert product.api("DELETE", f"/v1/short-link/{link['id']}")[0] == 200
    assert statuses(product, "moving") == [404, 404, 404]
    assert make(product, slashTag="moving", brandedDomain=ONE)["brandedDomain"] == ONE  # only where it was, it is kept
    assert product.api("POST", "/v1/short-link", {"destinationUrl": URL, "slashTag": "moving"})[0] == 400


def test_a_code_moves_with_its_link(product: Product) -> None:
    link = make(product, type="QR", slashTag="coded")
    _, answer = put(product, link, brandedDomain=ONE)
    assert answer["data"]["qr"] == f"http://{ONE}/qr/coded.svg"


def test_a_move_to_where_the_slug_is_taken_is_refused(product: Product) -> None:
    make(product, slashTag="taken", brandedDomain=ONE)
    link = make(product, slashTag="taken")
    status, answer = put(product, link, brandedDomain=ONE)
    assert (status, answer["data"]["message"]) == (400, "Slug already exists")
    assert put(product, link, brandedDomain=ONE, slashTag="not-taken")[0] == 200


def test_a_move_to_a_domain_that_does_not_lead_here_is_refused(product: Product) -> None:
    link = make(product)
    status, answer = put(product, link, brandedDomain=ELSEWHERE, title="x")
    assert (status, answer["code"]) == (400, "DNS_CONFIGURATION_ERROR")
    assert (answer["data"]["expected"], answer["data"]["found"]) == ([f"A {HERE}"], ["A 198.51.100.9"])
    assert product.api("GET", f"/v1/short-link/{link['id']}")[1]["data"] == link


def test_an_import_onto_a_domain(product: Product) -> None:
    rows = [{"destinationUrl": URL, "slashTag": "imported"}, {"destinationUrl": URL}]
    body = {"importData": rows, "brandedDomain": TWO}
    created = product.api("POST", "/v1/import-short-link", body)[1]["data"]["created"]
    assert [link["brandedDomain"] for link in created] == [TWO, TWO]
    assert statuses(product, "imported") == [404, 404, 301]
    assert product.api("POST", "/v1/import-short-link", body | {"brandedDomain": ELSEWHERE})[0] == 400
