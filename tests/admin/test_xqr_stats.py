"""This server's own statistics. Today is 2026-03-21."""

import csv
import io
import json
from datetime import UTC
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import pytest

from admin.auth import Key
from clicks.classes import Kind, Outcome, Via
from clicks.dimensions import EVERYBODY
from tests.admin.conftest import Admin, token, uuid_of
from tests.admin.counting import Visit, count, insight_of
from tests.admin.test_xqr_analytics import data, links_of

OWNERS = {1: 1, 2: 1, 3: 2}
VISITS = [
    Visit(
        1,
        "2026-03-21T10:15:00",
        referrer="news.example",
        utm=("mail", "cpc", "spring"),
        city="Berlin",
        rule=1,
        variant=2,
    ),
    Visit(1, "2026-03-21T10:45:00", via=Via.QR, os="Android", language="fr", address=2, rule=2),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.BOT, referrer="news.example"),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.HEAD),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.PREFETCH),
    Visit(1, "2026-03-20T12:00:00", kind=Kind.PREVIEW),
    Visit(1, "2026-03-20T12:00:00", outcome=Outcome.GONE),
    Visit(1, "2026-03-20T12:00:00", outcome=Outcome.LOCKED),
    Visit(2, "2026-03-18T08:00:00", via=Via.BIO, kind=Kind.TOOL, referrer="=cmd|x"),
    Visit(2, "2026-03-13T08:00:00"),
    Visit(3, "2026-03-21T09:00:00", referrer="secret.example"),
    Visit(EVERYBODY, "2026-03-21T09:00:00", outcome=Outcome.NOT_FOUND, path="/nothing?x"),
]


@pytest.fixture
async def analysed(aiohttp_client, tmp_path):
    count(tmp_path, VISITS, OWNERS)
    made = Admin()
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        await links_of(made)
        yield made
        await made.client.close()


async def items(admin, path):
    return (await data(admin, f"/v1/stats/{path}"))["items"]


async def test_summary_shows_every_kind_apart(analysed):
    found = await data(analysed, "/api/v1/stats/summary?period=7d")
    assert found == {
        "from_date": "2026-03-15",
        "to_date": "2026-03-21",
        "timezone": "UTC",
        "kinds_counted": ["person", "tool"],
        "visits": 3,
        "by_via": {"click": 1, "qr": 1, "bio": 1},
        "by_kind": {"person": 2, "tool": 1, "bot": 1, "preview": 1, "prefetch": 1, "head": 1},
        "by_outcome": {"redirect": 3, "locked": 1, "gone": 1},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "referrers",
            [
                {"referrer": None, "count": 2},
                {"referrer": "=cmd|x", "count": 1},
                {"referrer": "news.example", "count": 1},
            ],
        ),
        ("os", [{"os": "iOS", "count": 3}, {"os": "Android", "count": 1}]),
        ("browsers", [{"browser": "Safari", "count": 4}]),
        ("devices", [{"device": "mobile", "count": 4}]),
        ("countries", [{"country": "DE", "count": 4}]),
        ("cities", [{"country": "DE", "city": "Berlin", "count": 1}]),
        ("languages", [{"language": "de", "count": 3}, {"language": "fr", "count": 1}]),
        ("utm-sources", [{"utm_source": "mail", "count": 1}]),
        ("utm-mediums", [{"utm_medium": "cpc", "count": 1}]),
        ("utm-campaigns", [{"utm_campaign": "spring", "count": 1}]),
        (
            f"variants?link_id={uuid_of(1)}",
            [{"rule_index": 0, "variant_index": 1, "count": 1}, {"rule_index": 1, "variant_index": None, "count": 1}],
        ),
    ],
)
async def test_the_most_frequent(analysed, path, expected):
    assert await items(analysed, path) == expected


@pytest.mark.parametrize(
    ("query", "visits"),
    [
        ("period=30d", 4),
        ("period=7d", 3),
        ("from_date=2026-03-13&to_date=2026-03-13", 1),
        (f"link_id={uuid_of(2)}", 2),
        ("label=a", 2),
        ("label=b", 2),
        ("label=b&via=bio", 1),
        ("label=none", 0),
        ("domain=localhost:8080", 4),
        ("via=qr", 1),
        ("via=click", 2),
        ("kind=bot", 1),
        ("kind=tool,bot", 2),
        ("include=all", 8),
    ],
)
async def test_filters(analysed, query, visits):
    found = await data(analysed, f"/v1/stats/comparison?{query}")
    assert found["visits"] == visits


async def test_kinds_apart(analysed):
    found = await items(analysed, "referrers?include=all&limit=1")
    kinds = {"person": 2, "tool": 0, "bot": 0, "preview": 1, "prefetch": 1, "head": 1}
    assert found == [{"referrer": None, "count": 5, "kinds": kinds}]
    series = await data(analysed, "/v1/stats/timeseries?from_date=2026-03-20&to_date=2026-03-20&include=all")
    kinds = {"person": 0, "tool": 0, "bot": 1, "preview": 1, "prefetch": 1, "head": 1}
    assert series["points"] == [{"date": "2026-03-20", "visits": 4, "kinds": kinds}]
    assert series["kinds_counted"] == ["person", "tool", "bot", "preview", "prefetch", "head"]


async def test_comparison(analysed):
    found = await data(analysed, "/v1/stats/comparison?period=7d")
    assert (found["before_from"], found["before_to"]) == ("2026-03-08", "2026-03-14")
    assert (found["visits"], found["before"], found["change"]) == (3, 1, 2.0)
    found = await data(analysed, f"/v1/stats/comparison?period=7d&link_id={uuid_of(1)}")
    assert (found["visits"], found["before"], found["change"]) == (2, 0, None)


async def test_heat_map(analysed):
    rows = (await data(analysed, "/v1/stats/heatmap?period=7d"))["rows"]
    assert [row["weekday"] for row in rows][::6] == ["monday", "sunday"]
    found = {(row["weekday"], hour): n for row in rows for hour, n in enumerate(row["hours"]) if n}
    assert found == {("saturday", 10): 2, ("wednesday", 8): 1}


async def test_uniques(analysed):
    found = await data(analysed, "/v1/stats/uniques?period=7d")
    assert found["days"] == [{"date": "2026-03-21", "visitors": 2}]  # tools are no people
    assert found["visitor_days"] == 2
    status, body, _ = await analysed.call("GET", "/v1/stats/uniques?label=a")
    assert (status, body["error"]["details"][0]["field"]) == (400, "label")


async def test_orphans_are_the_operators(analysed, bearer):
    found = await data(analysed, "/v1/stats/orphans")
    assert (found["visits"], found["items"]) == (1, [{"path": "/nothing", "count": 1}])
    key = "0000000f"
    analysed.keys.keys[token(key)] = Key("fp_pk_" + key, "other", frozenset({"*"}), 2)
    for end in ("b", "f"):
        status, _, _ = await analysed.call("GET", "/v1/stats/orphans", headers=bearer(end))
        assert status == 403


async def test_another_workspace_sees_its_own(analysed, bearer):
    analysed.keys.keys[token("0000000f")] = Key("fp_pk_0000000f", "other", frozenset({"analytics:read"}), 2)
    _, body, _ = await analysed.call("GET", "/v1/stats/referrers", headers=bearer("f"))
    assert body["data"]["items"] == [{"referrer": "secret.example", "count": 1}]
    status, _, _ = await analysed.call("GET", f"/v1/stats/summary?link_id={uuid_of(1)}", headers=bearer("f"))
    assert status == 404
    async with analysed.client.get("/v1/stats/export?what=visits&format=jsonl", headers=bearer("f")) as answer:
        assert [json.loads(line)["short_code"] for line in (await answer.text()).splitlines()] == ["slug3"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("summary?via=qr", "via"),
        ("timeseries?kind=dog", "kind"),
        ("timeseries?kind=bot&include=all", "kind"),
        ("timeseries?via=mail", "via"),
        ("timeseries?include=some", "include"),
        ("timeseries?interval=year", "interval"),
        (f"heatmap?label=a&link_id={uuid_of(1)}", "label"),
        ("heatmap?domain=other.example", "domain"),
        ("referrers?limit=0", "limit"),
        ("export?format=xml", "format"),
        ("live?period=7d", "period"),
    ],
)
async def test_what_is_refused_is_named(analysed, path, field):
    status, body, _ = await analysed.call("GET", f"/v1/stats/{path}")
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in body["error"]["details"]] == [field]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "visits"),
    [
        # Clocks go forward at 01:00 UTC, back at 01:00 UTC: days of 23 and 25 hours.
        ("Europe/Berlin", "2025-03-30", 23, {"2025-03-30T00:00:00+01:00": 1, "2025-03-30T03:00:00+02:00": 1}),
        (
            "Europe/Berlin",
            "2025-10-26",
            25,
            {"2025-10-26T02:00:00+02:00": 1, "2025-10-26T02:00:00+01:00": 1, "2025-10-26T23:00:00+01:00": 1},
        ),
        ("UTC", "2025-03-30", 24, {"2025-03-30T01:00:00Z": 1}),
    ],
)
async def test_days_are_those_of_the_zone(aiohttp_client, tmp_path, zone, day, hours, visits):
    times = (
        "2025-03-29T23:00:00",
        "2025-03-30T01:00:00",
        "2025-10-26T00:00:00",
        "2025-10-26T01:00:00",
        "2025-10-26T22:59:00",
    )
    tz = UTC if zone == "UTC" else ZoneInfo(zone)
    count(tmp_path, [Visit(1, at) for at in times], OWNERS, tz)
    made = Admin()
    with insight_of(tmp_path, made.links, zone) as made.insight:
        made.client = await aiohttp_client(made.app())
        found = await data(made, f"/v1/stats/timeseries?interval=hour&from_date={day}&to_date={day}")
        await made.client.close()
    assert found["timezone"] == zone
    assert len(found["points"]) == hours
    assert {point["date"]: point["visits"] for point in found["points"] if point["visits"]} == visits


async def export(admin, query):
    async with admin.client.get(f"/v1/stats/export?{query}", headers=admin.auth) as answer:
        assert answer.status == 200
        return await answer.text(), answer.headers


async def test_exports_say_the_same_in_both_formats(analysed):
    for what in ("hours", "values", "visits"):
        text, headers = await export(analysed, f"what={what}&include=all")
        assert headers["Content-Type"] == "text/csv; charset=utf-8"
        assert headers["Content-Disposition"] == f'attachment; filename="{what}.csv"'
        lines, headers = await export(analysed, f"what={what}&include=all&format=jsonl")
        assert headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
        rows, objects = list(csv.DictReader(io.StringIO(text))), list(map(json.loads, lines.splitlines()))
        assert list(rows[0]) == list(objects[0])
        assert [row["link_id"] for row in rows] == [row["link_id"] for row in objects]
        assert {row["short_code"] for row in rows} == {"slug1", "slug2"}


async def test_an_export_of_visits(analysed):
    text, _ = await export(analysed, "what=visits&format=jsonl&from_date=2026-03-21")
    assert [json.loads(line) for line in text.splitlines()][0] == {
        "id": "1-2-3:100",
        "time": "2026-03-21T10:15:00.000Z",
        "link_id": uuid_of(1),
        "short_code": "slug1",
        "outcome": "redirect",
        "via": "click",
        "kind": "person",
        "country": "DE",
        "city": "Berlin",
        "device": "mobile",
        "browser": "Safari",
        "os": "iOS",
        "language": "de",
        "referrer": "news.example",
        "utm_source": "mail",
        "utm_medium": "cpc",
        "utm_campaign": "spring",
        "rule_index": 0,
        "variant_index": 1,
        "address": None,
        "referrer_url": None,
    }
    assert len(text.splitlines()) == 2


async def test_an_export_has_what_the_operator_keeps(aiohttp_client, tmp_path):
    made = Admin()
    url = "https://news.example/a?b=c"
    count(
        tmp_path,
        [
            Visit(1, "2026-03-21 10:15", address=int(ip_address("2001:db8::7")), referrer_url=url),
            Visit(1, "2026-03-21 10:16", address=0xFFFF << 32 | int(ip_address("192.0.2.7")), referrer_url="=cmd|x"),
        ],
        {1: 1},
        addresses=True,
    )
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        await links_of(made)
        lines, _ = await export(made, "what=visits&format=jsonl&period=all")
        rows = [json.loads(line) for line in lines.splitlines()]
        assert [(row["address"], row["referrer_url"]) for row in rows] == [
            ("2001:db8::7", url),
            ("192.0.2.7", "=cmd|x"),
        ]
        text, _ = await export(made, "what=visits&period=all")
        assert text.splitlines()[2].endswith(",192.0.2.7,'=cmd|x")
        await made.client.close()


async def test_an_export_of_hours_adds_up(analysed):
    text, _ = await export(analysed, "format=jsonl&period=30d")
    rows = list(map(json.loads, text.splitlines()))
    redirected = [row for row in rows if row["outcome"] == "redirect"]
    assert sum(row["visits"] for row in redirected) == (await data(analysed, "/v1/stats/comparison"))["visits"]
    text, _ = await export(analysed, f"format=jsonl&link_id={uuid_of(2)}")
    assert {row["short_code"] for row in map(json.loads, text.splitlines())} == {"slug2"}


async def test_a_cell_is_no_formula(analysed):
    text, _ = await export(analysed, "what=visits")
    assert "'=cmd|x" in [row["referrer"] for row in csv.DictReader(io.StringIO(text))]
    lines, _ = await export(analysed, "what=visits&format=jsonl")
    assert "=cmd|x" in [json.loads(line)["referrer"] for line in lines.splitlines()]


@pytest.mark.parametrize("what", ["hours", "values", "visits"])
async def test_an_export_goes_on_piece_by_piece(analysed, what, monkeypatch):
    whole, _ = await export(analysed, f"what={what}&include=all&period=all")
    for rows in (1, 2, 3):
        monkeypatch.setattr("admin.stats_pieces.PIECE_ROWS", rows)
        assert (await export(analysed, f"what={what}&include=all&period=all"))[0] == whole


async def test_an_export_of_nothing(aiohttp_client, tmp_path):
    made = Admin()
    with insight_of(tmp_path, made.links) as made.insight:
        made.client = await aiohttp_client(made.app())
        assert (await export(made, "format=jsonl"))[0] == ""
        assert (await export(made, "what=visits"))[0].startswith("id,time,")
        await made.client.close()
