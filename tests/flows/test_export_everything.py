"""That nothing of a link is lost on the way from one installation into another: slugs and domains of every script, and
every property."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.flows.product import Product

FORMATS = ("csv", "jsonl")
PASSWORD = "correct hörse"
EMOJI, INTERNATIONAL, PLAIN = "xn--ls8h.example", "xn--bcher-kva.example", "go.example"
DOMAINS = {"💩.example": EMOJI, "bücher.example": INTERNATIONAL, "go.example": PLAIN}
SLUGS = ("ascii", "🚀", "👩‍💻", "straße", "日本")
RULES = [
    {"name": "=1+1", "destination": "https://example.com/de", "conditions": {"languages": ["de"]}},
    {"variants": [{"destination": "https://example.com/a"}], "conditions": {"query": {"ab": None}}, "priority": 1},
]
BY_IMPORT: dict[str, Any] = {
    "slug": "a/ü/🚀",
    "url": "https://example.com/imported?own=1",
    "status": 307,
    "cache_seconds": 60,
    "forward_query": True,
    "track": False,
    "created_at": "2020-02-29T12:00:00.001Z",
}
GERMAN = {"Accept-Language": "de"}
UNLOCKED = {"X-Link-Password": PASSWORD}

Make = Callable[..., Product]
Answer = tuple[int, str | None, str | None]


def open_product(make: Callable[[], Product], *hosts: str) -> Product:
    """A running product with these domains."""
    product = make()
    product.start()
    for host in hosts:
        status, answer = product.api("POST", "/api/v1/custom-domain", {"domain": host, "spare": "No"})
        assert (status, answer["data"]["status"]) == (201, "active")
    return product


def shorten(product: Product, slug: str, **fields: Any) -> str:
    """A link made through the Divsly API; its UUID in the other API."""
    body = {"destinationUrl": f"https://example.com/{slug}", "slashTag": slug} | fields
    status, answer = product.api("POST", "/api/v1/short-link", body)
    assert status == 201, answer
    _, listed = product.api("GET", f"/api/v1/links?q={quote(slug)}&limit=100")
    return str(next(link["id"] for link in listed["data"] if link["short_code"] == slug))


def ask(product: Product, host: str, slug: str, query: str = "", **headers: str) -> Answer:
    """Status, Location and Cache-Control of a link."""
    fields = {"Host": host or f"localhost:{product.port}"} | headers
    status, answered, _ = product.request(product.port, "GET", f"/{quote(slug)}{query}", headers=fields)
    return status, answered.get("location"), answered.get("cache-control")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Product]]:
    """Makes products for this module, which take any domain at its word, and ends them."""
    products: list[Product] = []

    def make() -> Product:
        directory = tmp_path_factory.mktemp("product")
        products.append(Product(directory, workers=1, FINGERPOST_DOMAINS__VERIFY="false"))
        return products[-1]

    yield make
    for product in products:
        product.kill_all()


@pytest.fixture(scope="module")
def filled(made: Callable[[], Product]) -> Product:
    product = open_product(made, *DOMAINS)
    for slug in SLUGS:
        for name in ("", *DOMAINS):
            more = {"brandedDomain": name, "destinationUrl": f"https://example.com/{name}"} if name else {}
            shorten(product, slug, **more)
    ruled = product.create("https://example.com/ruled", custom_slug="ruled", routing_rules=RULES)
    assert ruled["routing_rules"] == RULES
    whole = {
        "title": '=HYPERLINK("https://evil.example","x")',
        "tags": "+tag, other",
        "utm_source": "a & b",
        "password": PASSWORD,
        "type": "QR",
        "qrSettings": {"color": "#112233"},
        "brandedDomain": "💩.example",
        "expirationDate": "2999-01-01T00:00:00.123Z",
    }
    uuid = shorten(product, "whole", **whole)
    assert product.api("PATCH", f"/v1/links/{uuid}", {"routing_rules": RULES})[0] == 200
    off = shorten(product, "off")
    assert product.api("PATCH", f"/v1/links/{off}", {"enabled": False})[0] == 200
    done = product.run("links", "import", "--format", "jsonl", "-", input=json.dumps(BY_IMPORT))
    assert (done.returncode, done.stderr) == (0, "")
    return product


def export(product: Product, format_: str, *options: str) -> str:
    done = product.run("links", "export", "-", "--format", format_, *options, text=False)
    assert done.returncode == 0
    out: bytes = done.stdout
    return out.decode()


def redirects(product: Product) -> dict[str, Answer]:
    """What visitors of every link get."""
    hosts = ("", *DOMAINS.values())
    answers = {f"{host}/{slug}": ask(product, host, slug) for host in hosts for slug in SLUGS}
    for name, headers in (("", {}), ("german", GERMAN)):
        answers[f"ruled {name}"] = ask(product, "", "ruled", **headers)
        answers[f"locked {name}"] = ask(product, EMOJI, "whole", **headers)
        answers[f"unlocked {name}"] = ask(product, EMOJI, "whole", **headers, **UNLOCKED)
    answers["ab"] = ask(product, EMOJI, "whole", "?ab=1", **UNLOCKED)
    answers["wrong"] = ask(product, EMOJI, "whole", **{"X-Link-Password": "wrong"})
    answers["off"] = ask(product, "", "off")
    answers["imported"] = ask(product, "", "a/ü/🚀", "?q=1")
    return answers


@pytest.mark.parametrize("format_", FORMATS)
def test_everything_is_the_same_elsewhere(filled: Product, made: Callable[[], Product], format_: str) -> None:
    before = redirects(filled)
    assert before["unlocked "] == (302, "https://example.com/whole?utm_source=a%20%26%20b", "private, no-store")
    assert before["unlocked german"][:2] == (302, "https://example.com/de")
    assert before["ab"][:2] == (302, "https://example.com/a")
    assert (before["locked "][0], before["wrong"][0], before["off"][0]) == (200, 403, 410)
    assert before["imported"] == (307, "https://example.com/imported?own=1&q=1", "private, max-age=60")
    assert before[f"{EMOJI}/🚀"][:2] == (301, "https://example.com/%F0%9F%92%A9.example")

    text = export(filled, format_, "--with-passwords")
    fresh = open_product(made, *DOMAINS)
    done = fresh.run("links", "import", "--format", format_, "-", input=text)
    count = 4 * len(SLUGS) + 4
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{count} created, 0 unchanged, 0 failed\n", "")
    assert redirects(fresh) == before
    for each in FORMATS:
        assert export(fresh, each, "--with-passwords") == export(filled, each, "--with-passwords")
    again = fresh.run("links", "import", "--format", format_, "-", input=text)
    assert (again.returncode, again.stdout) == (0, f"0 created, {count} unchanged, 0 failed\n")
    assert fresh.stop() == 0, fresh.stderr


def test_the_lines_of_a_spreadsheet_are_no_formulas(filled: Product) -> None:
    (line,) = [line for line in export(filled, "csv").splitlines() if line.startswith("whole,")]
    assert ',"\'+tag,other",' in line
    assert ",\"'=HYPERLINK(" in line


def test_a_domain_that_is_not_there_is_named_and_the_others_go_in(filled: Product, made: Callable[[], Product]) -> None:
    fresh = open_product(made, "go.example", "bücher.example")
    text = export(filled, "csv", "--with-passwords")
    done = fresh.run("links", "import", "--format", "csv", "-", input=text)
    missing = len(SLUGS) + 1
    assert done.returncode == 1
    assert done.stdout == f"{3 * len(SLUGS) + 3} created, 0 unchanged, {missing} failed\n"
    reasons = [line.partition(": ")[2] for line in done.stderr.splitlines()]
    assert reasons == ["domain: 💩.example is not registered for workspace 1"] * missing
    assert ask(fresh, INTERNATIONAL, "🚀") == ask(filled, INTERNATIONAL, "🚀")
    status, answer = fresh.api("POST", "/api/v1/custom-domain", {"domain": "💩.example", "spare": "No"})
    assert status == 201, answer
    done = fresh.run("links", "import", "--format", "csv", "-", input=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert redirects(fresh) == redirects(filled)


def test_without_its_hash_a_link_with_a_password_is_not_made(filled: Product, made: Callable[[], Product]) -> None:
    done = filled.run("links", "export", "-", "--format", "jsonl")
    assert done.stderr.startswith("1 link asks for a password, which was not exported")
    assert "argon2" not in done.stdout
    fresh = open_product(made, *DOMAINS)
    imported = fresh.run("links", "import", "--format", "jsonl", "-", input=done.stdout)
    assert imported.returncode == 1
    assert "password: was not exported" in imported.stderr
    assert ask(fresh, EMOJI, "whole")[0] == 404
    assert ask(fresh, EMOJI, "ascii")[0] == 301
    # Where it is, it stays.
    imported = filled.run("links", "import", "--format", "jsonl", "-", input=done.stdout)
    assert (imported.returncode, imported.stderr) == (0, "")
