import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from admin.auth import SCOPES
from admin.openapi import document
from admin.routes import routes
from tests.admin.domains import domain
from tests.admin.pages import bio_page, id_of

URL = "https://example.com/"


async def health():
    return 200, {}


TABLE = routes(None, health, lambda: 0, None, domains=None)
SPEC = document(TABLE, "1.0.0")
OPERATIONS = [(path, method, entry) for path, item in SPEC["paths"].items() for method, entry in item.items()]


def check(value, schema):
    """``value`` against a schema of the document."""
    jsonschema.Draft202012Validator({**schema, "components": SPEC["components"]}).validate(value)


def schema_of(path, method, status):
    return SPEC["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]


def test_the_document_is_valid():
    assert SPEC["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(SPEC).iter_errors()) == []


def test_it_names_no_server():
    assert "servers" not in SPEC


def test_every_route_is_there():
    expected = {(route.prefixes[0] + route.path, route.method.lower()) for route in TABLE}
    assert {(path, method) for path, method, _ in OPERATIONS} == expected


@pytest.mark.parametrize(("path", "method", "entry"), OPERATIONS)
def test_every_operation_is_complete(path, method, entry):
    assert entry["operationId"] and entry["summary"] and entry["description"] and entry["tags"]
    for need in entry["security"]:
        assert set(need.get("bearer", ())) <= set(SCOPES)  # {}: also without a key
    assert all(parameter["description"] for parameter in entry.get("parameters", ()))
    for status, response in entry["responses"].items():
        assert response["description"]
        assert "X-Request-Id" in response["headers"]
        assert path == "/healthz" or "X-RateLimit-Remaining" in response["headers"]
        if status in ("401", "503") and path != "/healthz":
            assert {"401": "WWW-Authenticate", "503": "Retry-After"}[status] in response["headers"]


@pytest.mark.parametrize(("path", "method", "entry"), OPERATIONS)
def test_examples_fit_their_schemas(path, method, entry):
    for response in entry["responses"].values():
        for content in response.get("content", {}).values():
            for example in content.get("examples", {}).values():
                check(example["value"], content["schema"])


@pytest.mark.parametrize("name", SPEC["components"]["schemas"])
def test_examples_of_schemas_fit_them(name):
    schema = SPEC["components"]["schemas"][name]
    for example in schema.get("examples", ()):
        check(example, schema)
    assert schema.get("description")


def test_every_tag_is_described():
    assert {tag for _, _, entry in OPERATIONS for tag in entry["tags"]} == {tag["name"] for tag in SPEC["tags"]}


def test_a_parameter_is_never_null():
    (parameters,) = [entry["parameters"] for _, _, entry in OPERATIONS if entry["operationId"] == "listLinks"]
    assert {parameter["name"]: parameter["schema"] for parameter in parameters} == {
        "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        "offset": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0},
        "label": {"type": "string"},
        "enabled": {"type": "boolean"},
        "q": {"type": "string", "maxLength": 2048},
        "cursor": {"type": "string"},
    }


async def test_answers_fit_the_document(admin):
    _, created, _ = await admin.post({"url": URL, "labels": ["a"]})
    check(created, schema_of("/api/v1/links", "post", "201"))
    _, listed, _ = await admin.call("GET", "/v1/links?limit=1")
    check(listed, schema_of("/api/v1/links", "get", "200"))
    _, short, _ = await admin.post({"destinationUrl": URL, "qrSettings": {"preset": 1}}, "/v1/short-link")
    check(short, schema_of("/api/v1/short-link", "post", "201"))
    _, refused, _ = await admin.post({})
    check(refused, schema_of("/api/v1/links", "post", "400"))
    _, refused, _ = await admin.post({}, "/v1/short-link")
    check(refused, schema_of("/api/v1/short-link", "post", "400"))


@pytest.mark.parametrize(("path", "method", "entry"), OPERATIONS)
async def test_the_examples_work(admin, path, method, entry):
    if "requestBody" not in entry:
        bare = ("/verify", "/create-token", "/render", "/presign", "/confirm", "/publish", "/unpublish")
        assert method in ("get", "delete") or path.endswith(bare)
        return
    if "application/json" not in entry["requestBody"]["content"]:
        assert path.startswith("/api/v1/assets/uploads/")
        return
    if path.endswith("/city-analytics"):
        await admin.post({"destinationUrl": URL, "slashTag": "summer24"}, "/v1/short-link")
    await admin.post({"destinationUrl": URL}, "/v1/qr-code")
    reference = entry["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    (example,) = SPEC["components"]["schemas"][reference.rpartition("/")[2]]["examples"]
    admin.media.templates.put("00000000-0000-4000-8000-000000000001")
    admin.domains.domains = {1: domain(host="other.example")}
    admin.pages.put(bio_page())
    path = path.replace("/bio/pages/{id}", f"/bio/pages/{id_of(1)}")
    numbered = ("custom-domain", "short-link", "shortlinks", "qr-code")
    path = path.replace(
        "{id}", "1" if any(name in path for name in numbered) else "00000000-0000-4000-8000-000000000001"
    )
    status, _, _ = await admin.call(method.upper(), path, example)
    assert status in (200, 201)
