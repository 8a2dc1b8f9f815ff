import pytest

from admin.cors import EXPOSED, Cors

APP = "https://app.example.com"


def test_any_origin():
    headers = Cors(("*",)).headers(APP)
    assert headers == {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
    assert Cors(("*",)).headers(None) == headers


def test_an_origin_of_the_list_is_echoed():
    assert Cors((APP, "http://localhost:3000")).headers(APP) == {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Expose-Headers": EXPOSED,
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    "origin", [None, "null", "https://app.example.com.evil.com", "http://app.example.com", f"{APP}:8443", APP.upper()]
)
def test_no_other_origin_is(origin):
    assert Cors((APP,)).headers(origin) == {"Vary": "Origin"}


def test_no_origins_at_all():
    assert Cors(()).headers(APP) == {"Vary": "Origin"}


def test_a_preflight_echoes_the_headers_that_are_asked_for():
    headers = Cors(("*",)).preflight("GET, OPTIONS", {"Access-Control-Request-Headers": "authorization,x-custom"})
    assert headers == {
        "Allow": "GET, OPTIONS",
        "Access-Control-Allow-Methods": "GET, OPTIONS",
        "Access-Control-Allow-Headers": "authorization,x-custom",
        "Access-Control-Max-Age": "86400",
    }


@pytest.mark.parametrize("asked", ["", "a b", "a,,b", "<script>", "a" * 2_000])
def test_a_preflight_echoes_header_names_alone(asked):
    headers = Cors(("*",)).preflight("GET", {"Access-Control-Request-Headers": asked})
    assert headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, X-Request-Id"


async def preflight(admin, path, origin=APP):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with admin.client.options(path, headers=headers) as response:
        return response.status, await response.read(), response.headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/links", "GET, HEAD, OPTIONS, POST"),
        ("/links/d47f2e1a-8c3b-4a5d-9e6f-1234567890ab", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/short-link", "GET, HEAD, OPTIONS, POST"),
        ("/shortlinks", "GET, HEAD, OPTIONS, POST"),
    ],
)
@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
async def test_a_preflight_is_answered_on_every_path_without_a_key(admin, prefix, path, methods):
    status, body, headers = await preflight(admin, prefix + path)
    assert (status, body) == (204, b"")
    assert headers["Access-Control-Allow-Methods"] == methods
    assert headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers


async def test_a_list_of_origins(admin_with):
    admin = await admin_with(cors_origins=(APP,))
    _, _, headers = await preflight(admin, "/v1/links")
    assert headers["Access-Control-Allow-Origin"] == APP
    assert headers.getall("Vary") == ["Origin"]
    _, _, headers = await preflight(admin, "/v1/links", "https://evil.example")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/v1/links", "/v1/links/7", "/v1/nothing", "/v1/short-link", "/v1/links?limit=0"])
async def test_errors_may_be_read_too(admin, path):
    async with admin.client.get(path, headers={"Origin": APP}) as response:
        assert response.status >= 400
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
