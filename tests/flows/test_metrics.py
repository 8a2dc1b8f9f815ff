"""``/metrics`` of the whole product: answers add up over the workers, also over the restart of one."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flows.commands import wait_for
from tests.flows.product import KEY, Product

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana.json"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Two workers and a collector."""
    product = Product(tmp_path_factory.mktemp("product"), FINGERPOST_STATS__COLLECT="true")
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(product: Product) -> Samples:
    status, headers, body = product.get(product.api_port, "/metrics")
    assert status == 200, body
    assert headers["content-type"].startswith("text/plain; version=1.0.0")
    families = text_string_to_metric_families(body.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def total(samples: Samples, name: str, **labels: str) -> float:
    """The sum over all that have these labels."""
    return sum(value for (own, have), value in samples.items() if own == name and labels.items() <= set(have))


def answers(product: Product) -> dict[str, float]:
    samples = scrape(product)
    kinds = {dict(labels)["kind"] for name, labels in samples if name == "fingerpost_answers_total"}
    return {kind: total(samples, "fingerpost_answers_total", kind=kind) for kind in kinds}


def raw(product: Product, data: bytes) -> int:
    """The status of what is no HTTP."""
    with socket.create_connection(("127.0.0.1", product.port), timeout=30) as sock:
        sock.sendall(data)
        return int(sock.recv(4096).split(b" ")[1])


def test_answers_add_up(product: Product) -> None:
    product.create(custom_slug="plain")
    product.create(custom_slug="other", routing_rules=[{"variants": [{"destination": "https://example.org/"}]}])
    locked = {"destinationUrl": "https://example.com/", "slashTag": "locked", "password": "secret-password"}
    assert product.api("POST", "/api/v1/short-link", locked)[0] == 201
    before = answers(product)
    expected = {"301": 40, "302": 7, "404": 5, "password": 3, "other": 2, "refused": 4}
    for slug, count in (("plain", 40), ("other", 7), ("none", 5), ("locked", 3), ("robots.txt", 2)):
        for _ in range(count):
            product.get(product.port, f"/{slug}")
    for _ in range(4):
        assert raw(product, b"nonsense\r\n\r\n") == 400

    def seen() -> dict[str, float]:
        now = answers(product)
        return {kind: count - before.get(kind, 0) for kind, count in now.items() if count != before.get(kind, 0)}

    wait_for(lambda: sum(seen().values()) >= sum(expected.values()), "all answers")
    assert seen() == expected


def test_requests_that_the_fast_path_leaves_to_aiohttp(product: Product) -> None:
    def slow() -> float:
        return total(scrape(product), "fingerpost_slow_requests_total")

    slug = product.create()["short_code"]
    before = slow()
    for version, count in (("1.1", 30), ("1.0", 5)):
        for _ in range(count):
            assert raw(product, f"GET /{slug} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode()) == 301
    wait_for(lambda: slow() >= before + 5, "the workers' word")
    assert slow() == before + 5


def test_the_rest(product: Product) -> None:
    before = total(scrape(product), "fingerpost_create_seconds_count")
    slug = product.create()["short_code"]
    assert product.follow(slug)[0] == 301
    status, answer = product.api("POST", "/api/v1/links", {"url": "nonsense"})
    assert status >= 400, answer
    wait_for(lambda: total(scrape(product), "fingerpost_collector_commits_total") > 0, "the collector")
    rev = total(scrape(product), "fingerpost_rev")
    wait_for(lambda: total(scrape(product), "fingerpost_worker_rev") == 2 * rev, "the workers")
    samples = scrape(product)
    assert total(samples, "fingerpost_up") == 1
    assert total(samples, "fingerpost_workers_expected") == 2
    assert total(samples, "fingerpost_workers_following") == 2
    assert total(samples, "fingerpost_visits_lost_total") == 0
    assert total(samples, "fingerpost_create_seconds_count") == before + 1
    assert all(total(samples, "fingerpost_storage_bytes", store=store) > 0 for store in ("links.db", "clicks.db"))
    assert total(samples, "fingerpost_storage_bytes", store="journal") > 0
    links = json.loads(product.get(product.port, "/healthz")[2])["links"]
    wait_for(lambda: total(scrape(product), "fingerpost_worker_links") == 2 * links, "both tables")


def test_everything_on_the_dashboard_is_there(product: Product) -> None:
    there = {name for name, _ in scrape(product)}
    asked = set(re.findall(r"\bfingerpost_\w+(?=\{)", json.dumps(json.loads(DASHBOARD.read_text()))))
    assert len(asked) > 15
    assert asked - there == set()


def test_a_worker_that_is_killed_begins_anew_and_the_other_one_stays(product: Product) -> None:
    def plain() -> list[float]:
        samples = scrape(product)
        return sorted(total(samples, "fingerpost_answers_total", worker=worker, kind="301") for worker in ("0", "1"))

    before = plain()
    assert all(before), "one of them has answered nothing yet"
    killed = product.children("worker")[0]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: plain()[0] == 0, "the successor's first counts")
    assert killed not in product.children("worker")
    kept = plain()[1]
    assert kept in before
    assert total(scrape(product), "fingerpost_workers_following") == 2
    for _ in range(20):
        assert product.follow("plain")[0] == 301
    wait_for(lambda: sum(plain()) == kept + 20, "the counts")
    assert total(scrape(product), "fingerpost_up") == 1


def test_who_may_ask(product: Product) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert product.request(product.api_port, "GET", "/metrics", headers=forwarded)[0] == 401
    with_key = forwarded | {"Authorization": f"Bearer {KEY}"}
    assert product.request(product.api_port, "GET", "/metrics", headers=with_key)[0] == 200
    assert product.get(product.port, "/metrics")[0] == 404


def test_a_proxy_that_is_not_listed_is_told_of(tmp_path: Path) -> None:
    """Loopback addresses are private: without them in ``trusted_proxies`` this test is such a proxy."""
    product = Product(tmp_path, workers=1, FINGERPOST_SERVER__TRUSTED_PROXIES="192.0.2.1")
    warning = "all visitors look like 127.0.0.1; add it to server.trusted_proxies"
    try:
        product.start()
        assert "warnings" not in json.loads(product.get(product.api_port, "/healthz")[2])
        for n in range(3):
            headers = {"X-Forwarded-For": f"203.0.113.{n}"}
            assert product.request(product.port, "GET", "/x", headers=headers)[0] == 404
        assert json.loads(product.get(product.port, "/healthz")[2])["warnings"] == [warning]
        wait_for(lambda: total(scrape(product), "fingerpost_unlisted_proxies") == 1, "the worker's word")
        assert json.loads(product.get(product.api_port, "/healthz")[2])["warnings"] == [warning]
        assert product.stop() == 0
        assert product.stderr.count(warning) == 1
    finally:
        product.kill_all()
