"""Domains of their own: registered over the API, checked against a name server of the test's, answered by Host."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.names import SERVFAIL, NameServer
from tests.flows.product import KEY, Product

HERE = "203.0.113.7"
TARGET = "links.example.com"
EXPECTED = [f"CNAME {TARGET}.", f"A {HERE}"]
FRESH = 6
"""Connections, so that both workers answer some."""


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with NameServer() as server:
        server.zone[TARGET] = [f"A {HERE}"]
        yield server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, names: NameServer) -> Iterator[Product]:
    product = Product(
        tmp_path_factory.mktemp("product"),
        FINGERPOST_DOMAINS__NAMESERVERS=names.address,
        FINGERPOST_DOMAINS__ADDRESSES=HERE,
        FINGERPOST_DOMAINS__CNAME_TARGET=TARGET,
        FINGERPOST_DOMAINS__TIMEOUT_SECONDS="2",
    )
    try:
        product.start()
        yield product
        assert product.stop() == 0, product.stderr
    finally:
        product.kill_all()


def register(product: Product, names: NameServer, host: str, *records: str) -> dict[str, Any]:
    """A registered domain with those records, a CNAME to the server if none; its ``data``."""
    names.zone[host] = list(records) or [f"CNAME {TARGET}."]
    status, answer = product.api("POST", "/api/v1/custom-domain", {"domain": host, "spare": "No"})
    assert status == 201, answer
    data: dict[str, Any] = answer["data"]
    return data


def link_on(product: Product, host: str, slug: str | None = None, to: str = "https://example.com/") -> tuple[int, Any]:
    body = {"destinationUrl": to, "brandedDomain": host} | ({"slashTag": slug} if slug else {})
    return product.api("POST", "/api/v1/short-link", body)


def ask(product: Product, host: str, path: str) -> set[tuple[int, str | None]]:
    """(status, Location) of ``path`` on ``host``, from several connections."""
    answers = (product.request(product.port, "GET", path, headers={"Host": host}) for _ in range(FRESH))
    return {(status, headers.get("location")) for status, headers, _ in answers}


def change(product: Product, domain: dict[str, Any], **settings: Any) -> tuple[int, Any]:
    return product.api("PUT", f"/v1/custom-domain/{domain['id']}", settings)


def test_a_domain_from_its_registration_to_its_removal(product: Product, names: NameServer) -> None:
    names.zone["go.custom.domain"] = [f"CNAME {TARGET}."]
    body = {"domain": "Custom.Domain", "subDomain": "go", "spare": "Yes"}
    status, answer = product.api("POST", "/v1/custom-domain", body)
    assert (status, answer["success"]) == (201, True)
    domain = answer["data"]
    assert (domain["domain"], domain["status"], domain["spare"]) == ("go.custom.domain", "active", "Yes")
    assert (domain["expected"], domain["found"]) == (EXPECTED, [f"CNAME {TARGET}.", f"A {HERE}"])
    assert product.api("GET", "/api/v1/custom-domain")[1] == {"success": True, "data": [domain]}

    assert ask(product, "go.custom.domain", "/hello") == {(404, None)}
    status, answer = link_on(product, "Go.Custom.Domain", "hello", "https://example.com/custom")
    assert (status, answer["data"]["brandedDomain"]) == (201, "go.custom.domain")
    product.create("https://example.com/own", custom_slug="hello")
    assert ask(product, "go.custom.domain", "/hello") == {(301, "https://example.com/custom")}
    assert ask(product, f"GO.custom.domain.:{product.port}", "/hello") == {(301, "https://example.com/custom")}
    assert ask(product, f"localhost:{product.port}", "/hello") == {(301, "https://example.com/own")}

    _, listed = product.api("GET", "/v1/links?q=custom")
    (link,) = listed["data"]
    assert link["short_url"] == "http://go.custom.domain/hello"
    status, answer = link_on(product, "go.custom.domain", "hello")
    assert (status, answer["data"]["message"]) == (400, "Slug already exists")

    path = f"/api/v1/custom-domain/{domain['id']}"
    status, answer = product.api("DELETE", path)
    assert (status, answer["data"]["errors"]) == (
        400,
        [{"field": "domain", "message": "has 1 link: delete them first"}],
    )
    assert product.api("DELETE", f"/v1/links/{link['id']}")[0] == 204
    assert product.api("DELETE", path)[0] == 200
    assert product.api("DELETE", path)[0] == 404
    assert link_on(product, "go.custom.domain")[0] == 400
    # An unknown host again: it gets the default domain.
    assert ask(product, "go.custom.domain", "/hello") == {(301, "https://example.com/own")}


@pytest.mark.parametrize(
    ("host", "records", "found"),
    [
        ("wrong.example", ["A 198.51.100.9"], ["A 198.51.100.9"]),
        ("broken.example", [SERVFAIL], None),
        ("loop.example", ["CNAME loop.example."], None),
    ],
)
def test_a_domain_that_points_elsewhere_waits(
    product: Product, names: NameServer, host: str, records: list[str], found: list[str] | None
) -> None:
    domain = register(product, names, host, *records)
    assert (domain["status"], domain["expected"], domain["verifiedAt"]) == ("pending", EXPECTED, None)
    assert found in (None, domain["found"])
    refusal = {
        "error": True,
        "code": "DNS_CONFIGURATION_ERROR",
        "data": {"message": "DNS_CONFIGURATION_ERROR", "expected": EXPECTED, "found": domain["found"]},
    }
    path = f"/v1/custom-domain/{domain['id']}/verify"
    assert product.api("POST", path) == (400, refusal)
    assert link_on(product, host) == (400, refusal)
    names.zone[host] = [f"A {HERE}"]
    status, answer = product.api("POST", path)
    assert (status, answer["data"]["status"]) == (200, "active")
    assert link_on(product, host)[0] == 201


def test_links_on_unknown_domains_are_refused_with_the_records_to_set(product: Product) -> None:
    status, answer = link_on(product, "unknown.example")
    assert (status, answer["code"], answer["data"]["expected"]) == (400, "DNS_CONFIGURATION_ERROR", EXPECTED)
    assert link_on(product, f"localhost:{product.port}")[0] == 201


@pytest.mark.parametrize("host", ["localhost", "203.0.113.9", "a b.c", "https://a.b", "a.b:80", "a_b.c", ""])
def test_what_is_no_domain_is_refused(product: Product, host: str) -> None:
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": host})
    assert (status, [fault["field"] for fault in answer["data"]["errors"]]) == (400, ["domain"])


def test_an_emoji_domain_is_answered_as_it_was_sent(product: Product, names: NameServer) -> None:
    names.zone["xn--ls8h.example"] = [f"A {HERE}"]
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": "💩.example"})
    assert (status, answer["data"]["domain"], answer["data"]["host"]) == (201, "💩.example", "xn--ls8h.example")
    assert product.api("POST", "/v1/custom-domain", {"domain": "xn--ls8h.example"})[0] == 400
    _, answer = link_on(product, "💩.example", "x", "https://example.com/emoji")
    assert answer["data"]["brandedDomain"] == "💩.example"
    assert ask(product, "xn--ls8h.example", "/x") == {(301, "https://example.com/emoji")}
    _, listed = product.api("GET", "/v1/links?q=emoji")
    assert listed["data"][0]["short_url"] == "http://xn--ls8h.example/x"


def test_what_a_domain_answers_differently(product: Product, names: NameServer) -> None:
    domain = register(product, names, "settings.example")
    link_on(product, "settings.example", "there", "https://example.com/there")
    settings = {
        "redirectStatus": 307,
        "rootRedirect": "https://example.com/root",
        "notFoundRedirect": "https://example.com/none",
        "robots": "disallow",
    }
    status, answer = change(product, domain, **settings)
    assert status == 200
    assert answer["data"].items() >= settings.items()
    assert ask(product, "settings.example", "/there") == {(307, "https://example.com/there")}
    assert ask(product, "settings.example", "/") == {(302, "https://example.com/root")}
    assert ask(product, "settings.example", "/none") == {(302, "https://example.com/none")}
    _, _, robots = product.request(product.port, "GET", "/robots.txt", headers={"Host": "settings.example"})
    assert b"Disallow: /\n" in robots
    assert change(product, domain, redirectStatus=None, rootRedirect="", notFoundRedirect="", robots="allow")[0] == 200
    assert ask(product, "settings.example", "/there") == {(301, "https://example.com/there")}
    assert ask(product, "settings.example", "/none") == {(404, None)}
    for wrong in ({"redirectStatus": 303}, {"rootRedirect": "x"}, {"robots": "no"}, {"ignoreCases": True}):
        status, answer = change(product, domain, **wrong)
        assert (status, [fault["field"] for fault in answer["data"]["errors"]]) == (400, list(wrong))


def test_a_domain_that_ignores_case(product: Product, names: NameServer) -> None:
    domain = register(product, names, "case.example")
    for slug in ("Mixed", "other", "OTHER"):
        assert link_on(product, "case.example", slug, f"https://example.com/{slug}")[0] == 201
    assert ask(product, "case.example", "/mixed") == {(404, None)}
    status, answer = change(product, domain, ignoreCase=True)
    (fault,) = answer["data"]["errors"]
    assert (status, fault["field"]) == (400, "ignoreCase")
    assert '"other" and "OTHER"' in fault["message"]

    _, listed = product.api("GET", "/v1/links?q=example.com/OTHER")
    upper = next(link for link in listed["data"] if link["short_code"] == "OTHER")
    assert product.api("DELETE", f"/v1/links/{upper['id']}")[0] == 204
    status, answer = change(product, domain, ignoreCase=True)
    assert (status, answer["data"]["ignoreCase"]) == (200, True)
    for path in ("/mixed", "/Mixed", "/MIXED", "/%4Dixed"):
        assert ask(product, "case.example", path) == {(301, "https://example.com/Mixed")}
    status, answer = link_on(product, "case.example", "New")
    assert (status, answer["data"]["errors"][0]["field"]) == (400, "slashTag")
    assert link_on(product, "case.example", "new")[0] == 201
    assert ask(product, "case.example", "/NEW") == {(301, "https://example.com/")}


def test_destinations_on_a_registered_domain_are_refused(product: Product, names: NameServer) -> None:
    register(product, names, "loops.example")
    for path, field in (("/v1/links", "url"), ("/v1/short-link", "destinationUrl")):
        status, answer = product.api("POST", path, {field: "https://Loops.example/x"})
        assert status == 400
        assert "would redirect to itself" in json.dumps(answer)


def test_who_may_have_a_certificate(product: Product, names: NameServer) -> None:
    register(product, names, "tls.example")
    register(product, names, "tlspending.example", "A 198.51.100.9")
    answers = {
        name: product.get(product.api_port, f"/tls/allowed?domain={name}")
        for name in ("localhost", "tls.example", "tlspending.example", "none.example", "", "x" * 300)
    }
    assert [status for status, _, _ in answers.values()] == [200, 200, 404, 404, 404, 404]
    assert {body for _, _, body in answers.values()} == {b""}
    assert product.get(product.api_port, "/tls/allowed")[0] == 404


def test_domains_are_there_after_a_restart(product_at: Any, names: NameServer) -> None:
    product = product_at(FINGERPOST_DOMAINS__NAMESERVERS=names.address, FINGERPOST_DOMAINS__CNAME_TARGET=TARGET)
    product.start()
    register(product, names, "kept.example")
    removed = register(product, names, "removed.example")
    assert link_on(product, "kept.example", "x", "https://example.com/kept")[0] == 201
    assert link_on(product, "removed.example", "gone")[0] == 201
    (link,) = product.api("GET", "/v1/links?q=gone")[1]["data"]
    assert product.api("DELETE", f"/v1/links/{link['id']}")[0] == 204
    assert product.api("DELETE", f"/v1/custom-domain/{removed['id']}")[0] == 200
    product.create("https://example.com/own", custom_slug="own")
    assert product.stop() == 0
    product.start()
    assert ask(product, "kept.example", "/x") == {(301, "https://example.com/kept")}
    assert ask(product, "kept.example", "/own") == {(404, None)}
    assert ask(product, "removed.example", "/own") == {(301, "https://example.com/own")}
    assert link_on(product, "kept.example", "y")[0] == 201
    imported = product.run("links", "import", "--format", "csv", "-", input="url\nhttps://kept.example/x\n")
    assert (imported.returncode, "would redirect to itself" in imported.stderr) == (1, True)


def test_a_server_that_does_not_know_where_it_is(product_at: Any) -> None:
    product = product_at(workers=1)
    product.start()
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": "custom.domain"})
    assert status == 400
    assert "set domains.addresses or domains.cname_target" in answer["data"]["errors"][0]["message"]
    product.stop()

    product = product_at(workers=1, FINGERPOST_DOMAINS__VERIFY="false")
    product.start()
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": "custom.domain"})
    assert (status, answer["data"]["status"], answer["data"]["checkedAt"]) == (201, "active", None)
    assert link_on(product, "custom.domain")[0] == 201


def test_a_workspace_has_as_many_domains_as_it_may(product_at: Any) -> None:
    product = product_at(workers=1, FINGERPOST_DOMAINS__VERIFY="false")
    product.start()
    assert product.run("workspaces", "set", "1", "--domains", "1").returncode == 0
    status, answer = product.api("POST", "/v1/custom-domain", {"domain": "one.example"})
    assert status == 201
    message = "Domain Limit Exceeded for your current plan. Please upgrade!"
    refusal = (429, {"error": True, "data": {"message": message}})
    assert product.api("POST", "/v1/custom-domain", {"domain": "two.example"}) == refusal
    assert product.api("DELETE", f"/v1/custom-domain/{answer['data']['id']}")[0] == 200
    assert product.api("POST", "/v1/custom-domain", {"domain": "two.example"})[0] == 201


def test_scopes_and_keys(product: Product) -> None:
    assert product.api("GET", "/v1/custom-domain", key=None)[0] == 401
    made = product.run("keys", "create", "--name", "reader", "--scope", "links:read")
    reader = made.stdout.strip()
    assert reader != KEY
    assert product.api("GET", "/v1/custom-domain", key=reader)[0] == 200
    assert product.api("POST", "/v1/custom-domain", {"domain": "no.example"}, key=reader)[0] == 403
    assert product.api("DELETE", "/v1/custom-domain/1", key=reader)[0] == 403
