import pytest

from admin.city_analytics import parts_of
from clicks.classes import Via
from tests.admin.conftest import Admin
from tests.admin.counting import Visit, count, insight_of
from tests.admin.test_xqr_analytics import links_of

DAY = "2026-03-21"
VISITS = [
    *[Visit(1, DAY, country="DE", city="Berlin")] * 3,
    Visit(1, DAY, country="DE", city="Berlin", via=Via.QR),
    Visit(1, DAY, country="DE", city="Berlin", via=Via.BIO),
    *[Visit(1, DAY, country="DE", city="Frankfurt", via=Via.QR)] * 2,
    Visit(1, DAY, country="US", city="Berlin"),
    Visit(1, DAY, country="FR", city=""),
    Visit(2, DAY, country="FR", city="Paris"),
    Visit(3, DAY, country="IT", city="Rome"),
]


def row(country, code, city, clicks, scans=0):
    return {"country": country, "countryCode": code, "city": city, "clicks": clicks, "scans": scans}


BERLIN, FRANKFURT = row("Germany", "DE", "Berlin", 4, 1), row("Germany", "DE", "Frankfurt", 0, 2)
OTHER_BERLIN = row("United States", "US", "Berlin", 1)


@pytest.fixture
async def counted(aiohttp_client, tmp_path):
    count(tmp_path, VISITS, {1: 1, 2: 1, 3: 2})
    made = Admin()
    with insight_of(tmp_path, made.links, has_cities=True) as made.insight:
        made.client = await aiohttp_client(made.app())
        await links_of(made)
        yield made
        await made.client.close()


async def asked(admin, shortlink="localhost:8080/slug1", **body):
    status, answer, _ = await admin.post({"shortlink": shortlink} | body, "/v1/city-analytics")
    return status, answer


async def test_cities_of_all_countries(counted):
    status, answer = await asked(counted)
    assert (status, answer["success"]) == (200, True)
    assert answer["data"] == [BERLIN, FRANKFURT, OTHER_BERLIN]
    assert (await asked(counted, countries=None))[1] == answer


@pytest.mark.parametrize(
    ("countries", "rows"),
    [
        (["Germany"], [BERLIN, FRANKFURT]),
        (["USA"], [OTHER_BERLIN]),
        (["de", "United States of America", "DEU"], [BERLIN, FRANKFURT, OTHER_BERLIN]),
        (["France"], []),
        ([], []),
    ],
)
async def test_cities_of_some(counted, countries, rows):
    assert (await asked(counted, countries=countries))[1]["data"] == rows


async def test_names_of_no_country_are_told(counted):
    status, answer = await asked(counted, countries=["Germany", "Atlantis", "Öz\x7f"])
    assert status == 400
    faults = {error["field"]: error["message"] for error in answer["data"]["errors"]}
    assert faults["countries[1]"] == "is no country: 'Atlantis'"
    assert "countries[0]" not in faults


@pytest.mark.parametrize(
    "shortlink",
    ["slug1", "http://localhost:8080/slug1", "https://LOCALHOST:8080/slug1/?qr=1#x", "localhost:8080/slug%31"],
)
async def test_ways_to_name_a_link(counted, shortlink):
    assert (await asked(counted, shortlink, countries=["US"]))[1]["data"] == [OTHER_BERLIN]


@pytest.mark.parametrize("shortlink", ["nothing", "localhost:8080/", "slug3", "a b", "localhost:8080/../x"])
async def test_a_link_that_is_not_the_workspace_s(counted, shortlink):
    assert (await asked(counted, shortlink))[0] == 404


async def test_a_host_that_is_not_the_workspace_s(counted):
    status, answer = await asked(counted, "elsewhere.example/slug1")
    assert (status, answer["data"]["errors"][0]["field"]) == (400, "shortlink")


async def test_without_a_database_of_cities(aiohttp_client, tmp_path):
    made = Admin()
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        status, answer = await asked(made, countries=["Atlantis"])
        message = "clicks cannot be told by city: no city database is configured"
        assert (status, answer["data"]["errors"][0]["message"]) == (400, message)
        status, answer, _ = await made.post({"countries": "Germany"}, "/v1/city-analytics")
        assert [error["field"] for error in answer["data"]["errors"]] == ["shortlink", "countries"]
        await made.client.close()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("go.example/a/b", ("go.example", "a/b")),
        (" https://go.example/%C3%BC/ ", ("go.example", "ü")),
        ("abc", (None, "abc")),
        ("", (None, "")),
    ],
)
def test_parts_of_an_address(text, parts):
    assert parts_of(text) == parts
