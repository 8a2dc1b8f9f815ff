"""The reference's analytics over visits that the collector's parts have counted. Today is 2026-03-21."""

import pytest

from clicks.classes import Kind, Outcome, Via
from tests.admin.conftest import Admin, uuid_of
from tests.admin.counting import Visit, count, insight_of

VISITS = [
    Visit(1, "2026-03-21T10:15:00"),
    Visit(1, "2026-03-21T10:45:00", country="US", device="desktop", browser="Chrome"),
    Visit(1, "2026-03-20T23:59:59", via=Via.QR),
    Visit(1, "2026-03-01T00:00:00", kind=Kind.TOOL, country="", device="", browser="Other"),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.BOT, country="FR"),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.HEAD, country="FR"),
    Visit(1, "2026-03-20T12:00:00", outcome=Outcome.GONE, country="FR"),
    Visit(2, "2025-12-24T12:00:00", via=Via.BIO, country="AT"),
    Visit(3, "2026-03-21T09:00:00", country="GB"),
]
OWNERS = {1: 1, 2: 1, 3: 2}


async def links_of(admin):
    """Links 1 and 2 are of the key's workspace, 3 is another's."""
    for number, labels in ((1, ["a"]), (2, ["b"]), (3, ["a"])):
        await admin.post({"url": "https://example.com/", "custom_slug": f"slug{number}", "labels": labels})
    other = uuid_of(3)
    admin.links.links[other] = type(admin.links.links[other])(
        **{name: getattr(admin.links.links[other], name) for name in admin.links.links[other].__struct_fields__}
        | {"workspace": 2}
    )


@pytest.fixture
async def analysed(aiohttp_client, tmp_path):
    count(tmp_path, VISITS, OWNERS)
    made = Admin()
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        await links_of(made)
        yield made
        await made.client.close()


@pytest.fixture
async def empty(aiohttp_client, tmp_path):
    """No collector has been at work."""
    made = Admin()
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        await links_of(made)
        yield made
        await made.client.close()


async def data(admin, path):
    status, body, _ = await admin.call("GET", path)
    assert status == 200, body
    return body["data"]


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
async def test_summary(analysed, prefix):
    found = await data(analysed, f"{prefix}/analytics/summary")
    assert list(found.items()) == [
        ("total_links", 3),  # the fake's
        ("total_scans", 4),
        ("active_links_30d", 1),
        ("unique_countries", 2),
    ]


@pytest.mark.parametrize(("period", "scans", "countries"), [("7d", 3, 2), ("30d", 4, 2), ("90d", 5, 3), ("all", 5, 3)])
async def test_a_summary_of_a_period(analysed, period, scans, countries):
    found = await data(analysed, f"/v1/analytics/summary?period={period}")
    assert (found["total_scans"], found["unique_countries"], found["active_links_30d"]) == (scans, countries, 1)


@pytest.mark.parametrize(
    "path", ["/api/v1/analytics/links/{}", "/v1/analytics/links/{}", "/v1/analytics/links/{}/stats"]
)
async def test_a_link(analysed, path):
    found = await data(analysed, path.format(uuid_of(1)))
    assert list(found) == [
        *("link_id", "short_code", "total_scans", "last_scan_at", "countries", "devices", "browsers", "daily_scans")
    ]
    assert (found["link_id"], found["short_code"]) == (uuid_of(1), "slug1")
    assert (found["total_scans"], found["last_scan_at"]) == (4, "2026-03-21T10:45:00Z")
    assert found["countries"] == [
        {"country": "DE", "count": 2},
        {"country": "unknown", "count": 1},
        {"country": "US", "count": 1},
    ]
    assert found["devices"][0] == {"device": "mobile", "count": 2}
    assert found["browsers"] == [
        {"browser": "Safari", "count": 2},
        {"browser": "Chrome", "count": 1},
        {"browser": "Other", "count": 1},
    ]
    days = found["daily_scans"]
    assert (len(days), days[0], days[-1]) == (
        21,
        {"date": "2026-03-01", "scans": 1},
        {"date": "2026-03-21", "scans": 2},
    )
    assert days[1] == {"date": "2026-03-02", "scans": 0}


async def test_a_link_that_nobody_visited(empty):
    found = await data(empty, f"/v1/analytics/links/{uuid_of(1)}")
    assert found == {
        "link_id": uuid_of(1),
        "short_code": "slug1",
        "total_scans": 0,
        "last_scan_at": None,
        "countries": [],
        "devices": [],
        "browsers": [],
        "daily_scans": [],
    }
    assert (await data(empty, "/v1/analytics/summary"))["total_scans"] == 0
    assert await data(empty, "/v1/analytics/geography") == []


async def test_counts_come_once_a_collector_is_at_work(empty, tmp_path):
    assert (await data(empty, f"/v1/links/{uuid_of(1)}"))["scan_count"] == 0
    count(tmp_path, VISITS, OWNERS)
    assert (await data(empty, f"/v1/links/{uuid_of(1)}"))["scan_count"] == 4


@pytest.mark.parametrize(
    "path", [f"links/{uuid_of(3)}", f"links/{uuid_of(9)}", f"timeseries?interval=day&link_id={uuid_of(3)}"]
)
async def test_anothers_link_is_none(analysed, path):
    status, body, _ = await analysed.call("GET", f"/v1/analytics/{path}")
    assert (status, body["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("interval=day&from_date=2026-03-20&to_date=2026-03-21", [("2026-03-20", 1), ("2026-03-21", 2)]),
        ("granularity=day&from_date=2026-03-20&to_date=2026-03-20", [("2026-03-20", 1)]),
        ("interval=week&from_date=2026-03-20&to_date=2026-03-21", [("2026-03-16", 3)]),
        ("interval=month&period=30d", [("2026-02-01", 0), ("2026-03-01", 4)]),
        ("interval=month&period=all", [("2025-12-01", 1), ("2026-01-01", 0), ("2026-02-01", 0), ("2026-03-01", 4)]),
        (
            f"interval=month&period=90d&link_id={uuid_of(2)}",
            [("2025-12-01", 1), ("2026-01-01", 0), ("2026-02-01", 0), ("2026-03-01", 0)],
        ),
    ],
)
async def test_timeseries(analysed, query, points):
    found = await data(analysed, f"/v1/analytics/timeseries?{query}")
    assert list(found) == ["interval", "points"]
    assert [(point["date"], point["scans"]) for point in found["points"]] == points


async def test_hours(analysed):
    found = await data(analysed, "/v1/analytics/timeseries?interval=hour&from_date=2026-03-21&to_date=2026-03-21")
    assert [point["date"] for point in found["points"]] == [f"2026-03-21T{hour:02}:00:00Z" for hour in range(24)]
    assert [point["scans"] for point in found["points"]] == [0] * 10 + [2] + [0] * 13


async def test_geography(analysed):
    assert await data(analysed, "/v1/analytics/geography?period=7d") == [
        {"country": "DE", "count": 2},
        {"country": "US", "count": 1},
    ]
    assert {"country": "AT", "count": 1} in await data(analysed, "/v1/analytics/geography")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("summary?period=1d", "period"),
        ("summary?interval=day", "interval"),
        ("geography?period=x", "period"),
        ("timeseries", "interval"),
        ("timeseries?interval=minute", "interval"),
        ("timeseries?interval=day&granularity=hour", "granularity"),
        ("timeseries?interval=day&from_date=2026-02-30", "from_date"),
        ("timeseries?interval=day&from_date=20260201", "from_date"),
        ("timeseries?interval=day&to_date=yesterday", "to_date"),
        ("timeseries?interval=day&from_date=2026-03-02&to_date=2026-03-01", "from_date"),
        ("timeseries?interval=day&period=7d&to_date=2026-03-01", "to_date"),
        ("timeseries?interval=hour&from_date=2020-01-01", "interval"),
        ("timeseries?interval=day&link_id=1", "link_id"),
    ],
)
async def test_what_is_refused_is_named(analysed, path, field):
    status, body, _ = await analysed.call("GET", f"/v1/analytics/{path}")
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in body["error"]["details"]] == [field]


async def test_it_takes_its_scope(analysed, bearer):
    status, body, _ = await analysed.call("GET", "/v1/analytics/summary", headers=bearer("b"))
    assert (status, body["error"]["message"]) == (403, "This endpoint requires the analytics:read scope.")


async def test_links_tell_their_counts(analysed):
    listed = await data(analysed, "/v1/links")
    counts = {link["short_code"]: (link["scan_count"], link["last_scan_at"]) for link in listed}
    assert counts["slug1"] == (4, "2026-03-21T10:45:00Z")
    assert counts["slug2"] == (1, "2025-12-24T12:00:00Z")
    _, patched, _ = await analysed.call("PATCH", f"/v1/links/{uuid_of(1)}", {"labels": ["x"]})
    assert patched["data"]["scan_count"] == 4


async def test_the_other_api_tells_them_by_way(analysed):
    for path in ("/v1/short-link/1", "/v1/shortlinks/1"):
        found = await data(analysed, path)
        assert (found["clicks"], found["lbClicks"], found["scans"]) == (3, 0, 1)
    found = await data(analysed, "/v1/short-link/2")
    assert (found["clicks"], found["lbClicks"], found["scans"]) == (1, 1, 0)
    _, listed, _ = await analysed.call("GET", "/v1/short-link")
    assert {link["id"]: link["scans"] for link in listed["resultData"]}[1] == 1
