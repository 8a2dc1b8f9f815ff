"""The endpoints of the Divsly API beside creation, under every spelling, against a running product."""

import sqlite3
from contextlib import closing
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from links import database
from tests.admin.qr_pictures import decoded
from tests.flows.product import Product
from tests.flows.test_workspaces import each_at_once, key_of, workspace

URL = "https://example.com/page"
LIMIT = "{} Limit Exceeded for your current plan. Please upgrade!"
NOT_FOUND = (404, {"error": True, "data": {"message": "Not Found"}})
SHORT = pytest.mark.parametrize(
    "base", ["/api/v1/short-link", "/api/v1/shortlinks", "/v1/short-link", "/v1/shortlinks"]
)
QR = pytest.mark.parametrize("base", ["/api/v1/qr-code", "/api/v1/qr-codes", "/v1/qr-code"])
_numbers = count(1)


def make(product: Product, base: str = "/api/v1/short-link", key: str | None = None, **fields: Any) -> dict[str, Any]:
    more = {} if key is None else {"key": key}
    status, answer = product.api("POST", base, {"destinationUrl": URL} | fields, **more)
    assert (status, answer["success"]) == (201, True), answer
    data: dict[str, Any] = answer["data"]
    return data


def put(product: Product, link: dict[str, Any], **fields: Any) -> dict[str, Any]:
    status, answer = product.api("PUT", f"/api/v1/short-link/{link['id']}", fields)
    assert (status, answer["success"]) == (200, True), answer
    data: dict[str, Any] = answer["data"]
    return data


def slug() -> str:
    return f"slug-{next(_numbers)}"


def faults(answer: Any) -> list[str]:
    return [error["field"] for error in answer["data"]["errors"]]


# Reading


@SHORT
def test_a_link_is_listed_and_answered(product: Product, base: str) -> None:
    older, newer = make(product, base), make(product, base, title="newer")
    status, answer = product.api("GET", f"{base}?limit=2&user_id=1&parentUser=1")
    assert (status, list(answer)) == (200, ["message", "success", "resultData", "error"])
    assert (answer["success"], answer["resultData"], answer["error"]) == (True, [newer, older], None)
    assert product.api("GET", f"{base}?limit=1&offset=1")[1]["resultData"] == [older]
    assert product.api("GET", f"{base}/{newer['id']}") == (200, {"success": True, "data": newer})
    assert len(newer) == 48
    assert product.api("GET", f"{base}?user_id=2") == (403, {"error": True, "data": {"message": "Forbidden"}})
    assert faults(product.api("GET", f"{base}?limit=x&type=y")[1]) == ["type", "limit"]


def test_links_are_listed_by_type(product: Product) -> None:
    made = {kind: make(product, type=kind) for kind in ("SHORT_LINK", "QR", "BIO_LINK", "QR_N_BIO_PAGE")}
    for kind, link in made.items():
        assert product.api("GET", f"/v1/short-link?type={kind}&limit=1")[1]["resultData"] == [link]
    codes = product.api("GET", "/v1/qr-code?limit=2")[1]["resultData"]
    assert codes == [made["QR_N_BIO_PAGE"], made["QR"]]


# Changing


def test_a_new_destination_keeps_the_utm_parameters(product: Product) -> None:
    link = make(product, utm_source="x", utm_params={"id": "7"})
    changed = put(product, link, destinationUrl="https://example.org/?utm_source=old&a=1")
    assert changed["destinationUrl"] == "https://example.org/?utm_source=old&a=1"
    assert product.follow(link["slashTag"])[1] == "https://example.org/?a=1&utm_source=x&utm_id=7"


def test_utm_parameters_change_one_by_one(product: Product) -> None:
    link = make(product, utm_source="x", utm_medium="m")
    changed = put(product, link, utm_source="y", utm_medium="", utm_params={"campaign": "c"})
    assert [changed[f"utm_{key}"] for key in ("source", "medium", "campaign")] == ["y", None, "c"]
    assert product.follow(link["slashTag"])[1] == f"{URL}?utm_source=y&utm_campaign=c"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"title": "New"}, {"title": "New", "titleLabel": "new"}),
        ({"title": ""}, {"title": ""}),
        ({"tags": "b, a"}, {"tags": "b,a"}),
        ({"tags": ""}, {"tags": ""}),
        ({"type": "QR_N"}, {"type": "qrnbiopage"}),
        ({"btnLabel": "Go"}, {"btnLabel": "Go"}),
        ({"btnLabel": ""}, {"btnLabel": "Click Here"}),
        ({"faviconUrl": "https://example.com/i.png"}, {"faviconUrl": "https://example.com/i.png"}),
        ({"expirationDate": "2040-01-01"}, {"expirationDate": "2040-01-01T00:00:00.000Z"}),
        ({"expirationDate": None}, {"expirationDate": None}),
        ({"qrSettings": {"color": "#123456", "text": "Scan"}}, {"color": "#123456", "text": "Scan", "qr": None}),
        ({"qrSettings": {"pattern": ""}}, {"pattern": None, "color": "#102030"}),
        ({"password": "new"}, {"password": None, "passwordProtectionEnabled": True}),
        ({"passwordProtectionEnabled": True, "password": "new"}, {"passwordProtectionEnabled": True}),
    ],
)
def test_each_field_changes_and_is_kept(product: Product, sent: dict[str, Any], answered: dict[str, Any]) -> None:
    link = make(
        product,
        title="Old",
        tags="old",
        btnLabel="Old",
        expirationDate="2041-01-01",
        qrSettings={"color": "#102030", "pattern": "dots"},
    )
    changed = put(product, link, **sent)
    assert {key: changed[key] for key in answered} == answered
    assert (changed["edit"], changed["isEdit"]) == (1, True)
    untouched = link.keys() - answered.keys() - {"edit", "isEdit", "updatedAt", "titleLabel", "qr"}
    assert {key: changed[key] for key in untouched} == {key: link[key] for key in untouched}
    assert product.api("GET", f"/v1/shortlinks/{link['id']}")[1]["data"] == changed


def test_what_was_answered_can_be_sent_back(product: Product) -> None:
    link = make(product, title="T", utm_source="x", password="secret", expirationDate="2041-01-01", type="QR")
    assert put(product, link, **link) == link
    assert put(product, link) == link


def test_a_rename_leaves_the_old_slug_for_a_while(product: Product) -> None:
    link, new = make(product), slug()
    assert put(product, link, slashTag=new)["slashTag"] == new
    assert product.follow(new)[0] == product.follow(link["slashTag"])[0] == 301
    other = make(product)
    status, answer = product.api("PUT", f"/v1/short-link/{other['id']}", {"slashTag": new})
    assert (status, answer["data"]["message"]) == (400, "Slug already exists")


def test_expiry_is_set_and_cleared(product: Product) -> None:
    link = make(product)
    for sent, status in (({"expirationDate": "2020-01-01"}, 410), ({"expirationDate": None}, 301)):
        put(product, link, **sent)
        assert product.follow(link["slashTag"])[0] == status
    assert put(product, link, public=True)["expirationDate"] is not None


def test_a_password_is_set_changed_and_lifted(product: Product) -> None:
    link = make(product)

    def visit(password: str) -> int:
        fields = {"Host": f"localhost:{product.port}", "X-Link-Password": password}
        return product.request(product.port, "GET", f"/{link['slashTag']}", headers=fields)[0]

    for password in ("first", "second"):
        put(product, link, password=password)
        assert (visit(password), product.follow(link["slashTag"])[0]) == (302, 200)
    assert visit("first") == 403
    assert put(product, link, password=None)["passwordProtectionEnabled"] is True
    assert put(product, link, password="")["passwordProtectionEnabled"] is False
    assert product.follow(link["slashTag"])[0] == 301
    put(product, link, password="third")
    assert put(product, link, passwordProtectionEnabled=False)["passwordProtectionEnabled"] is False
    status, answer = product.api("PUT", f"/v1/short-link/{link['id']}", {"passwordProtectionEnabled": True})
    assert (status, faults(answer)) == (400, ["passwordProtectionEnabled"])
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        texts = connection.execute("SELECT before FROM link_changes WHERE link = ?", (link["id"],)).fetchall()
    assert len(texts) == 6
    assert "argon2" not in str(texts)


@SHORT
@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"destinationUrl": "example.com", "slashTag": "a_b"}, ["destinationUrl", "slashTag"]),
        ({"title": 5, "tags": ["a"], "type": "x"}, ["title", "tags", "type"]),
        ({"expirationDate": "soon", "password": 5}, ["expirationDate", "password"]),
        ({"qrSettings": {"color": "red"}}, ["qrSettings.color"]),
        ({"bioPage": 99}, ["bioPage"]),
        ({"isLinkInBio": True}, ["isLinkInBio"]),
    ],
)
def test_a_faulty_change_changes_nothing(product: Product, base: str, sent: dict[str, Any], fields: list[str]) -> None:
    link = make(product)
    status, answer = product.api("PUT", f"{base}/{link['id']}", sent)
    assert (status, faults(answer)) == (400, fields)
    assert product.api("GET", f"{base}/{link['id']}")[1]["data"] == link


def test_a_branded_domain_that_nobody_registered(product: Product) -> None:
    link = make(product)
    status, answer = product.api("PUT", f"/v1/short-link/{link['id']}", {"brandedDomain": "go.example"})
    assert (status, answer["code"]) == (400, "DNS_CONFIGURATION_ERROR")
    assert put(product, link, brandedDomain=f"localhost:{product.port}") == link


# Deleting


@SHORT
def test_a_deleted_link_is_gone_and_its_slug_stays_taken(product: Product, base: str) -> None:
    link = make(product)
    status, answer = product.api("DELETE", f"{base}/{link['id']}")
    assert (status, list(answer), answer["success"]) == (200, ["success", "message"], True)
    assert product.follow(link["slashTag"])[0] == 404
    for method, body in (("GET", None), ("PUT", {"title": "x"}), ("DELETE", None)):
        assert product.api(method, f"{base}/{link['id']}", body) == NOT_FOUND
    status, answer = product.api("POST", base, {"destinationUrl": URL, "slashTag": link["slashTag"]})
    assert (status, answer["data"]["message"]) == (400, "Slug already exists")
    assert product.api("POST", "/v1/links", {"url": URL, "custom_slug": link["slashTag"]})[0] == 409


@pytest.mark.parametrize("path", ["/bulk-delete", "/shortlinks/bulk-delete", "/short-link/bulk-delete"])
def test_many_are_deleted(product: Product, path: str) -> None:
    links = [make(product) for _ in range(3)]
    named = [{"id": links[0]["id"], "type": "SHORT_LINK"}, {"id": 10**9}, {"id": links[1]["id"]}]
    status, answer = product.api("POST", f"/api/v1{path}", {"bulkLinks": named})
    assert (status, answer["success"]) == (200, True)
    assert answer["data"] == {"deleted": [links[0]["id"], links[1]["id"]], "notFound": [10**9]}
    assert [product.follow(link["slashTag"])[0] for link in links] == [404, 404, 301]
    assert product.api("POST", "/v1/short-link", {"destinationUrl": URL, "slashTag": links[0]["slashTag"]})[0] == 400


# Importing


def test_an_import_makes_what_it_can(product: Product) -> None:
    mine = slug()
    rows = [
        {"destinationUrl": URL, "slashTag": mine, "tags": "row", "title": "T", "utm_source": "x"},
        {"destinationUrl": URL, "slashTag": mine},
        {"destinationUrl": "nonsense"},
        {"destinationUrl": URL, "expirationDate": "2020-01-01", "faviconUrl": None},
    ]
    status, answer = product.api("POST", "/api/v1/import-short-link", {"importData": rows, "tags": "all"})
    assert (status, answer["success"]) == (201, True)
    first, second = answer["data"]["created"]
    assert (first["slashTag"], first["tags"], first["title"]) == (mine, "all,row", "T")
    assert product.follow(mine) == (301, f"{URL}?utm_source=x")
    assert product.follow(second["slashTag"])[0] == 410
    said = [(error["index"], error["message"]) for error in answer["data"]["errors"]]
    assert said == [(1, "Slug already exists"), (2, "Bad Request")]
    status, answer = product.api(
        "POST", "/api/v1/import-short-link", {"importData": rows, "brandedDomain": "go.example"}
    )
    assert (status, answer["code"]) == (400, "DNS_CONFIGURATION_ERROR")
    status, answer = product.api("POST", "/api/v1/import-short-link", {"importData": [rows[3]] * 1_001})
    assert (status, faults(answer)) == (400, ["importData"])


# QR codes


def read(product: Product, link: dict[str, Any]) -> str:
    """What the image at ``qr`` holds."""
    parts = urlsplit(link["qr"])
    assert parts.netloc == f"localhost:{product.port}"
    status, headers, body = product.get(product.port, parts.path)
    assert (status, headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")
    return decoded(body)


@QR
def test_a_qr_code_is_a_link_with_an_image(product: Product, base: str) -> None:
    link = make(product, base, color="#123456", pattern="dots", qrType="website", title="Menu", tags="a")
    assert (link["type"], link["color"], link["pattern"], link["qrType"]) == ("qr", "#123456", "dots", "website")
    assert read(product, link) == f"http://localhost:{product.port}/{link['slashTag']}?qr=1"
    assert product.api("GET", f"{base}/{link['id']}") == (200, {"success": True, "data": link})
    status, answer = product.api("POST", f"{base}/{link['id']}", {"color": "#654321", "destinationUrl": URL + "/new"})
    assert (status, answer["data"]["color"], answer["data"]["pattern"]) == (200, "#654321", "dots")
    assert read(product, answer["data"]) == f"http://localhost:{product.port}/{link['slashTag']}?qr=1"
    assert product.follow(f"{link['slashTag']}?qr=1") == (301, URL + "/new")
    assert product.api("GET", f"{base}?limit=1")[1]["resultData"] == [answer["data"]]
    assert product.api("DELETE", f"{base}/{link['id']}")[0] == 200
    assert product.api("GET", f"{base}/{link['id']}") == NOT_FOUND
    assert product.follow(link["slashTag"])[0] == 404


def test_a_short_link_gets_a_code_and_loses_it(product: Product) -> None:
    link = make(product)
    assert link["qr"] is None
    link = put(product, link, isQrGenerated=True, qrSettings={"color": "#112233"})
    assert read(product, link).endswith(f"/{link['slashTag']}?qr=1")
    assert product.api("GET", f"/v1/qr-code/{link['id']}") == NOT_FOUND
    assert put(product, link, isQrGenerated=False)["qr"] is None


@pytest.mark.parametrize(("path", "at"), [("/v1/short-link", "qrSettings."), ("/v1/qr-code", "")])
def test_unreadable_colours_are_refused(product: Product, path: str, at: str) -> None:
    def body(**colours: str) -> dict[str, Any]:
        return colours if path == "/v1/qr-code" else {"qrSettings": colours}

    status, answer = product.api("POST", path, {"destinationUrl": URL} | body(color="#eeeeee"))
    (error,) = answer["data"]["errors"]
    assert (status, error["field"]) == (400, f"{at}color")
    assert "contrast" in error["message"]
    link = make(product, path, **body(color="#777777"))
    method = "PUT" if "short" in path else "POST"
    status, answer = product.api(method, f"{path}/{link['id']}", body(bgColor="#888888"))
    assert (status, "contrast" in answer["data"]["errors"][0]["message"]) == (400, True)


# Bio pages


def bio_page(product: Product) -> tuple[str, int]:
    """The slug of a new, published page, and its number."""
    data = product.api("POST", "/v1/bio/pages", {"title": f"Page {next(_numbers)}"})[1]["data"]
    assert product.api("POST", f"/v1/bio/pages/{data['id']}/publish")[0] == 200
    return data["slug"], data["number"]


def test_a_link_is_put_on_a_bio_page_and_taken_off(product: Product) -> None:
    (first, one), (second, two) = bio_page(product), bio_page(product)

    def shows(page: str, text: str) -> bool:
        return text in product.get(product.port, f"/{page}")[2].decode()

    link = make(product, type="BIO_LINK", bioPage=one, btnLabel="Click & go")
    assert (link["linkInBioId"], link["type"], shows(first, "Click &amp; go")) == (one, "biolink", True)
    assert put(product, link, btnLabel="Other")["linkInBioId"] == one
    assert (shows(first, "Click &amp; go"), shows(first, "Other")) == (False, True)
    assert put(product, link, bioPage=two)["linkInBioId"] == two
    assert (shows(first, "Other"), shows(second, "Other")) == (False, True)
    assert product.api("GET", f"/v1/short-link/{link['id']}")[1]["data"]["linkInBioId"] == two
    assert put(product, link, isLinkInBio=False)["linkInBioId"] is None
    assert shows(second, "Other") is False


# What is not here


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
def test_what_this_server_does_not_do_says_so(product: Product, prefix: str) -> None:
    status, answer = product.api("POST", f"{prefix}/create-token", {"registrationId": "x", "email": "a@b.c"}, key=None)
    assert (status, "operator" in answer["data"]["errors"][0]["message"]) == (400, True)
    status, answer = product.api("POST", f"{prefix}/city-analytics", {"shortlink": "x", "countries": ["Germany"]})
    assert (status, "no city database is configured" in answer["data"]["errors"][0]["message"]) == (400, True)


# Keys, workspaces, quotas


def test_without_the_right_key(product: Product) -> None:
    link = make(product)
    reader = product.run("keys", "create", "--name", "reader", "--scope", "links:read").stdout.strip()
    other = key_of(product, workspace(product))
    reading = [("GET", "/v1/short-link"), ("GET", f"/v1/short-link/{link['id']}"), ("GET", "/v1/qr-codes")]
    writing = [("PUT", f"/v1/short-link/{link['id']}"), ("DELETE", f"/v1/shortlinks/{link['id']}")]
    writing += [("POST", path) for path in ("/v1/bulk-delete", "/v1/import-short-link", "/v1/qr-code")]
    for method, path in reading + writing:
        assert product.api(method, path, {}, key=None) == (401, {"message": "Unauthorized!"})
        assert (product.api(method, path, {}, key=reader)[0] == 403) is ((method, path) in writing)
    assert product.api("GET", f"/v1/short-link/{link['id']}", key=other) == NOT_FOUND
    assert product.api("PUT", f"/v1/short-link/{link['id']}", {"title": "x"}, key=other) == NOT_FOUND
    assert product.api("DELETE", f"/v1/short-link/{link['id']}", key=other) == NOT_FOUND
    answer = product.api("POST", "/v1/bulk-delete", {"bulkLinks": [{"id": link["id"]}]}, key=other)[1]
    assert answer["data"] == {"deleted": [], "notFound": [link["id"]]}
    assert product.follow(link["slashTag"])[0] == 301


def test_64_clients_at_once_make_no_edit_and_no_qr_code_too_many(product: Product) -> None:
    key = key_of(product, workspace(product, "--edits", "40", "--qr-codes", "10"))
    links = [make(product, key=key) for _ in range(64)]
    paths = [f"/v1/short-link/{link['id']}" for link in links]
    switched = each_at_once(product, key, "PUT", [(path, {"isQrGenerated": True}) for path in paths])
    assert switched == {(200, ""): 10, (429, LIMIT.format("Qr Code")): 54}
    titled = each_at_once(product, key, "PUT", [(path, {"title": "x"}) for path in paths])
    assert titled == {(200, ""): 30, (429, LIMIT.format("Link Edit")): 34}
    listed = product.api("GET", "/v1/short-link?limit=200", key=key)[1]["resultData"]
    assert sum(link["qr"] is not None for link in listed) == 10
    assert sum(link["edit"] for link in listed) == 40


def test_a_code_that_is_switched_off_makes_room(product: Product) -> None:
    key = key_of(product, workspace(product, "--qr-codes", "1"))
    first, second = make(product, "/v1/qr-code", key=key), make(product, key=key)
    on = ("PUT", f"/v1/short-link/{second['id']}", {"isQrGenerated": True})
    assert product.api(*on, key=key)[0] == 429
    off = {"type": "SHORT_LINK", "isQrGenerated": False}
    assert product.api("PUT", f"/v1/short-link/{first['id']}", off, key=key)[1]["data"]["qr"] is None
    assert product.api(*on, key=key)[0] == 200


def test_a_full_workspace_imports_as_far_as_it_goes(product: Product) -> None:
    key = key_of(product, workspace(product, "--links", "3"))
    rows = {"importData": [{"destinationUrl": URL}] * 5}
    answer = product.api("POST", "/v1/import-short-link", rows, key=key)[1]
    assert len(answer["data"]["created"]) == 3
    assert [error["message"] for error in answer["data"]["errors"]] == [LIMIT.format("Link")] * 2
