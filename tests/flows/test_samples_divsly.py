"""The samples of Divsly's create page, as a reader of that page copies them: other address, other key.

Their domain, custom.domain, is registered first, and a name server of the test's says that it points here.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.admin.qr_pictures import decoded
from tests.flows import divsly_page
from tests.flows.names import NameServer
from tests.flows.product import KEY, Product
from tests.flows.samples import (
    has_axios,
    has_php_curl,
    needs_node,
    run_axios,
    run_curl,
    run_fetch,
    run_php,
    run_python,
)

MADE = object()
"""A value that the server makes."""

LINK = {
    "id": MADE,
    "type": "shortlink",
    "type2": None,
    "userId": MADE,
    "clicks": 0,
    "lbClicks": 0,
    "scans": 0,
    "destinationUrl": "https://example.com/long-url",
    "faviconUrl": "",
    "title": "",
    "titleLabel": "",
    "btnLabel": "Click Here",
    "brandedDomain": "custom.domain",
    "slashTag": "my-custom-slug",
    "edit": 0,
    "utm_id": None,
    "utm_content": None,
    "utm_term": None,
    "utm_campaign": "summer_2024",
    "utm_medium": "social",
    "utm_source": "twitter",
    "preset": None,
    "bgColor": "#ffffff",
    "color": "#000000",
    "pattern": "classy",
    "corner": "square",
    "logo": None,
    "qr": MADE,
    "qrLogoId": None,
    "tags": "",
    "linkInBioId": None,
    "uniqueTagId": MADE,
    "isActive": True,
    "isStarred": False,
    "expirationDate": None,
    "createdAt": MADE,
    "updatedAt": MADE,
    "fieldData": None,
    "frame": None,
    "isadminblocked": False,
    "isEdit": False,
    "password": None,
    "passwordProtectionEnabled": True,
    "primary": None,
    "qrType": None,
    "secondary": None,
    "text": None,
    "textColor": None,
}
"""The page's answer, with what the samples ask for."""
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"

PASSWORD = "optional_password"
DOMAIN = "custom.domain"
HERE = "203.0.113.7"

SAMPLES = {
    "curl": divsly_page.CURL,
    "fetch": divsly_page.FETCH,
    "axios": divsly_page.AXIOS,
    "php": divsly_page.PHP,
    "python": divsly_page.PYTHON,
}


def python_lines(sample: str) -> str:
    """The page indents this sample at random; no line of it needs to be."""
    return "\n".join(line.strip() for line in sample.splitlines())


def readdressed(sample: str, product: Product) -> str:
    text = sample.replace("https://divsly-backend.vercel.app", f"http://127.0.0.1:{product.api_port}")
    assert text != sample
    return text.replace("YOUR_ACCESS_TOKEN", KEY)


def run(language: str, text: str, directory: Path) -> tuple[int, Any]:
    if language == "axios" and not has_axios():
        pytest.skip(
            "NOT TESTED: there is no axios to run the sample with: npm ci --prefix tests/clients --ignore-scripts"
        )
    if language == "php" and not has_php_curl():
        pytest.skip("NOT TESTED: there is no php with curl here to run the PHP sample")
    if language == "python":
        text = python_lines(text)
    runners: dict[str, Callable[[str], tuple[int, Any]]] = {
        "curl": lambda sample: run_curl(sample, directory),
        "fetch": run_fetch,
        "axios": run_axios,
        "php": run_php,
        "python": run_python,
    }
    return runners[language](text)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with NameServer() as names:
        names.zone[DOMAIN] = [f"A {HERE}"]
        product = Product(
            tmp_path_factory.mktemp("product"),
            FINGERPOST_DOMAINS__NAMESERVERS=names.address,
            FINGERPOST_DOMAINS__ADDRESSES=HERE,
        )
        try:
            product.start()
            status, answer = product.api("POST", "/api/v1/custom-domain", {"domain": DOMAIN, "spare": "No"})
            assert (status, answer["data"]["status"]) == (201, "active")
            yield product
            assert product.stop() == 0, product.stderr
        finally:
            product.kill_all()


@pytest.fixture
def free_slug(product: Product) -> Iterator[None]:
    """Every sample makes a link of the same name."""
    yield
    _, answer = product.api("GET", "/api/v1/links?q=my-custom-slug")
    for link in answer["data"]:
        product.api("DELETE", f"/api/v1/links/{link['id']}")


def visit(product: Product, host: str, **headers: str) -> tuple[int, str | None]:
    """(status, Location) of the samples' link on ``host``."""
    fields = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    status, answered, _ = product.request(product.port, "GET", "/my-custom-slug", headers=fields)
    return status, answered.get("location")


@pytest.mark.usefixtures("free_slug")
@pytest.mark.parametrize(
    "language",
    ["curl", pytest.param("fetch", marks=needs_node), pytest.param("axios", marks=needs_node), "php", "python"],
)
def test_the_sample_works_as_it_stands(product: Product, tmp_path: Path, language: str) -> None:
    status, answer = run(language, readdressed(SAMPLES[language], product), tmp_path)
    assert (status, answer["success"], answer["message"]) == (201, True, "Short Link Created Successfully.")
    assert list(answer) == ["success", "message", "data"]
    link = answer["data"]
    assert list(link) == list(LINK)
    assert len(link) == 48
    assert link | {key: value for key, value in LINK.items() if value is not MADE} == link
    assert link["uniqueTagId"] == link["id"]
    assert re.fullmatch(TIME, link["createdAt"])
    assert link["qr"] == f"http://{DOMAIN}/qr/my-custom-slug.svg"
    status, _, image = product.request(product.port, "GET", "/qr/my-custom-slug.svg", headers={"Host": DOMAIN})
    assert (status, decoded(image)) == (200, f"http://{DOMAIN}/my-custom-slug?qr=1")
    assert visit(product, DOMAIN) == (200, None)  # the page that asks for the password
    assert visit(product, DOMAIN, X_Link_Password=PASSWORD) == (
        302,
        "https://example.com/long-url?utm_source=twitter&utm_medium=social&utm_campaign=summer_2024",
    )
    assert visit(product, f"localhost:{product.port}") == (404, None)


def test_a_domain_that_nobody_registered_is_told_as_the_page_says(product: Product, tmp_path: Path) -> None:
    text = readdressed(SAMPLES["curl"], product)
    status, answer = run("curl", text.replace(DOMAIN, "other.example"), tmp_path)
    assert (status, answer["error"], answer["code"]) == (400, True, "DNS_CONFIGURATION_ERROR")
    assert answer["data"]["message"] == "DNS_CONFIGURATION_ERROR"
    assert visit(product, "other.example") == (404, None)
