"""Fields that a new link cannot have, in both APIs: each is refused by name, and nothing is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.product import Product
from tests.flows.refusals import divsly_details, post, stored, xqr_details

XQR, DIVSLY = "/api/v1/links", "/api/v1/short-link"
URL = "https://example.com/"
LIMIT = 1_048_576


@pytest.fixture(scope="module", autouse=True)
def taken(product: Product) -> None:
    """A slug that is in use."""
    product.create(URL, custom_slug="taken")


@pytest.fixture(autouse=True)
def nothing_stored(product: Product) -> Iterator[None]:
    before = stored(product)
    yield
    assert stored(product) == before


# What is wrong with a field


BAD_URLS = [
    ("javascript:alert(1)", 'must have one of the schemes http, https, not "javascript"'),
    ("JavaScript:alert(1)", 'must have one of the schemes http, https, not "javascript"'),
    ("data:text/html,<script>alert(1)</script>", 'must have one of the schemes http, https, not "data"'),
    ("ftp://example.com/", 'must have one of the schemes http, https, not "ftp"'),
    ("https://example.com/\r\nSet-Cookie: a=b", "must not contain the control character U+000D"),
    ("https://example.com/\nx", "must not contain the control character U+000A"),
    ("java\tscript:alert(1)", "must not contain the control character U+0009"),
    ("https://example.com/\0", "must not contain the control character U+0000"),
    ("https://", "must have a host"),
    ("http:///", "must have a host"),
    ("https://?q", "must have a host"),
    ("example.com", "must be an absolute URL"),
    ("//example.com/", "must be an absolute URL"),
    ("/path", "must be an absolute URL"),
    ("", "must be a URL"),
    (" https://example.com/", "must not start or end with a space"),
    ("https://exa mple.com/", "must be a valid URL"),
    ("https://example.com:65536/", "must be a valid URL"),
    ("http://OWN/taken", 'must not lead to this server ("localhost:'),
    ("https://user@example.com/", "must not contain a user name or password"),
    ("https://user:secret@example.com/", "must not contain a user name or password"),
    ("https://example.com/" + "a" * 8173, "must not be longer than 8192 bytes"),
    ("https://example.com/" + "é" * 2000, "must not be longer than 8192 bytes once it is percent-encoded"),
]


@pytest.mark.parametrize(("text", "says"), BAD_URLS, ids=[str(number) for number in range(len(BAD_URLS))])
def test_a_bad_url(product: Product, text: str, says: str) -> None:
    text = text.replace("OWN", f"localhost:{product.port}")
    [(field, message)] = xqr_details(post(product, XQR, {"url": text})).items()
    assert (field, says in message) == ("url", True), message
    [(field, message)] = divsly_details(post(product, DIVSLY, {"destinationUrl": text})).items()
    assert (field, says in message) == ("destinationUrl", True), message
    assert "secret" not in message


@pytest.mark.parametrize(
    "spelling", ["http://LOCALHOST:{}/x", "https://localhost:{}", "http://localhost.:{}/", "http:\\\\localhost:{}"]
)
def test_this_server_in_other_spellings(product: Product, spelling: str) -> None:
    [(field, message)] = xqr_details(post(product, XQR, {"url": spelling.format(product.port)})).items()
    assert (field, "must not lead to this server" in message) == ("url", True), message


BAD_SLUGS = [
    ("ab", "is too short: it must have 3 to 64 characters, this has 2"),
    ("", "is too short"),
    ("a" * 65, "is too long: it must have 3 to 64 characters, this has 65"),
    ("summer_24", 'must have letters A-Z and a-z, digits and hyphens only, not "_"'),
    ("summer/24", 'only, not "/"'),
    ("summer 24", "only, not U+0020"),
    ("sömmer", 'only, not "ö"'),
    ("🚀🚀🚀", 'only, not "🚀"'),
    ("abc\n", "only, not U+000A"),
    ("abc\0", "only, not U+0000"),
    ("api", 'must not start with "api": that is reserved'),
    ("Admin", 'must not start with "Admin": that is reserved'),
]


@pytest.mark.parametrize(("slug", "says"), BAD_SLUGS)
def test_a_bad_custom_slug(product: Product, slug: str, says: str) -> None:
    [(field, message)] = xqr_details(post(product, XQR, {"url": URL, "custom_slug": slug})).items()
    assert (field, says in message) == ("custom_slug", True), message


BAD_SLASH_TAGS = [
    ("a" * 65, "is too long: it must have 1 to 64 characters, this has 65"),
    ("summer_24", 'must have letters, digits, hyphens and emoji only, not "_"'),
    ("summer/24", 'only, not "/"'),
    ("summer 24", 'must not contain " "'),
    ("a\u200bb", "must not contain the invisible or control character U+200B"),
    ("healthz", 'must not start with "healthz": that is reserved'),
    ("%41", "must be given as plain text, without percent-encoding"),
]


@pytest.mark.parametrize(("slug", "says"), BAD_SLASH_TAGS)
def test_a_bad_slash_tag(product: Product, slug: str, says: str) -> None:
    [(field, message)] = divsly_details(post(product, DIVSLY, {"destinationUrl": URL, "slashTag": slug})).items()
    assert (field, says in message) == ("slashTag", True), message


def test_a_slug_that_is_taken(product: Product) -> None:
    status, answer = post(product, XQR, {"url": "https://example.org/", "custom_slug": "taken"})
    assert (status, answer["error"]["code"]) == (409, "SLUG_TAKEN")
    assert "custom_slug" in answer["error"]["message"]
    status, answer = post(product, DIVSLY, {"destinationUrl": "https://example.org/", "slashTag": "taken"})
    assert (status, answer) == (400, {"error": True, "data": {"message": "Slug already exists"}})
    assert product.follow("taken") == (301, URL)


@pytest.mark.parametrize(
    ("labels", "field", "says"),
    [
        ([str(number) for number in range(11)], "labels", "must have at most 10 items"),
        (["ok", ""], "labels[1]", "must not be blank"),
        ([" \t"], "labels[0]", "must not be blank"),
        (["ok", "a" * 65], "labels[1]", "must have at most 64 characters, this has 65"),
        (["a\nb"], "labels[0]", "must not contain control characters"),
        (["ok", 5], "labels[1]", "must be a string"),
        ([None], "labels[0]", "must be a string"),
    ],
)
def test_bad_labels(product: Product, labels: list[Any], field: str, says: str) -> None:
    details = xqr_details(post(product, XQR, {"url": URL, "labels": labels}))
    assert details.keys() == {field}
    assert says in details[field]


def test_bad_tags(product: Product) -> None:
    details = divsly_details(post(product, DIVSLY, {"destinationUrl": URL, "tags": "ok," + "a" * 65}))
    assert details == {"tags": "tag 2 must have at most 64 characters, this has 65"}


@pytest.mark.parametrize(
    "time",
    ["", "soon", "2026-02-30", "2026-13-01T00:00:00Z", "20260930", "2026-09-30T24:00:00Z", "2026-09-30T23:59:60Z", "1"],
)
def test_a_time_that_is_none(product: Product, time: str) -> None:
    details = xqr_details(post(product, XQR, {"url": URL, "expires_at": time}))
    assert details.keys() == {"expires_at"}
    assert "must be an ISO 8601 date or time" in details["expires_at"]
    if time:  # empty is as good as nothing there
        details = divsly_details(post(product, DIVSLY, {"destinationUrl": URL, "expirationDate": time}))
        assert details.keys() == {"expirationDate"}
        assert "must be an ISO 8601 date or time" in details["expirationDate"]


# Wrong types

XQR_TYPES: dict[str, list[Any]] = {
    "url": [None, 5, True, [], {}, [URL]],
    "custom_slug": [5, True, [], {}, 1.5],
    "labels": ["campaign", 5, True, {}],
    "routing_rules": ["none", 5, True, {}, [5], [{"destination": 5, "priority": 1, "conditions": {}}]],
    "expires_at": [5, 1790812799, True, [], {}],
}
DIVSLY_TYPES: dict[str, list[Any]] = {
    "destinationUrl": [None, 5, True, [], {}],
    "public": ["true", 1, [], {}],
    "bioPage": ["1", True, [], {}, 7],
    "passwordProtectionEnabled": ["true", 1, True],
    "isQrGenerated": ["true", 1],
    "isLinkInBio": ["true", 1, True],
    "utm_params": ["utm", 5, True, []],
    "qrSettings": ["classy", 5, True, []],
    "type": [5, True, [], {}, "LONG_LINK"],
    "brandedDomain": [5, True, [], {}],
    "password": [5, True, [], {}, "x" * 1_025],
    "faviconUrl": [5, True, [], {}, "javascript:alert(1)"],
    **dict.fromkeys(
        ("slashTag", "title", "tags", "expirationDate", "btnLabel", "utm_source", "utm_medium", "utm_campaign")
        + ("utm_term", "utm_content", "utm_id"),
        [5, True, [], {}],
    ),
}


def rows(types: dict[str, list[Any]]) -> list[Any]:
    return [pytest.param(name, wrong, id=name) for name, wrong in types.items()]


@pytest.mark.parametrize(("name", "wrong"), rows(XQR_TYPES))
def test_a_wrong_type_for_xqr(product: Product, name: str, wrong: list[Any]) -> None:
    for value in wrong:
        details = xqr_details(post(product, XQR, {"url": URL, name: value}))
        assert {field.partition("[")[0] for field in details} == {name}, value


@pytest.mark.parametrize(("name", "wrong"), rows(DIVSLY_TYPES))
def test_a_wrong_type_for_divsly(product: Product, name: str, wrong: list[Any]) -> None:
    for value in wrong:
        details = divsly_details(post(product, DIVSLY, {"destinationUrl": URL, name: value}))
        assert details.keys() == {name}, value
        assert "secret" not in str(details)


@pytest.mark.parametrize(
    ("outer", "inner", "value"),
    [("utm_params", "source", 5), ("qrSettings", "color", "red"), ("qrSettings", "pattern", "stars")],
)
def test_a_bad_member_for_divsly(product: Product, outer: str, inner: str, value: Any) -> None:
    details = divsly_details(post(product, DIVSLY, {"destinationUrl": URL, outer: {inner: value}}))
    assert details.keys() == {f"{outer}.{inner}"}


def test_every_bad_field_is_named_at_once(product: Product) -> None:
    details = xqr_details(post(product, XQR, {"custom_slug": "a", "labels": [""], "expires_at": "soon", "nope": 1}))
    assert details.keys() == {"url", "custom_slug", "labels[0]", "expires_at", "nope"}
    assert details["url"] == "is required"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("custom_slugs", "custom_slug"), ("Labels", "labels"), ("urls", "url"), ("expire_at", "expires_at")],
)
def test_an_unknown_field_is_named_with_the_nearest_known_one(product: Product, name: str, nearest: str) -> None:
    details = xqr_details(post(product, XQR, {"url": URL, name: "x"}))
    assert details == {name: f'unknown field "{name}" (did you mean "{nearest}"?)'}
    assert xqr_details(post(product, XQR, {"url": URL, "zzz": 1})) == {"zzz": 'unknown field "zzz"'}
