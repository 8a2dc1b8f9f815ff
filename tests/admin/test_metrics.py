"""What ``/metrics`` says and to whom; that the dashboard asks for nothing else."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from admin import metrics
from admin.auth import Key
from admin.create_times import CreateTimes
from admin.metrics import Metrics, Snapshot, text_of
from clicks.answers import State
from links.counts import ANSWERS, Counts
from tests.admin.conftest import Admin, token

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana.json"

COUNTS = Counts(tuple(range(10, 10 + len(ANSWERS))), 3, 4, 5, 6)
SNAPSHOT = Snapshot(
    up=True,
    rev=77,
    expected=2,
    missing=1,
    counts={1: COUNTS, 0: COUNTS._replace(lost=9)},
    watermarks={1: 76},
    state=State(commits=1, visits=2, lost=3, damaged=4, at=1_774_103_400_500, lag_records=6, lag_ms=7_500),
    sizes={"links.db": 100, "clicks.db": 200, "journal": 300},
    proxies=1,
)


def samples(body: bytes) -> dict[tuple[str, ...], float]:
    """Values by name and values of labels, ``worker`` before ``kind``."""
    families = text_string_to_metric_families(body.decode())
    found = [one for family in families for one in family.samples]
    return {(one.name, *(one.labels[name] for name in sorted(one.labels, reverse=True))): one.value for one in found}


def told(snapshot: Snapshot = SNAPSHOT) -> dict[tuple[str, ...], float]:
    times = CreateTimes(lambda: 0.0)
    times.add(0.02)
    return samples(text_of(snapshot, times))


def test_everything_is_told():
    found = told()
    for position, kind in enumerate(ANSWERS):
        for worker in "01":
            assert found["fingerpost_answers_total", worker, kind] == 10 + position
    expected = {
        ("fingerpost_up",): 1,
        ("fingerpost_rev",): 77,
        ("fingerpost_workers_expected",): 2,
        ("fingerpost_workers_following",): 1,
        ("fingerpost_workers_missing",): 1,
        ("fingerpost_unlisted_proxies",): 1,
        ("fingerpost_visits_lost_total", "0"): 9,
        ("fingerpost_visits_lost_total", "1"): 3,
        ("fingerpost_visits_shortened_total", "1"): 4,
        ("fingerpost_slow_requests_total", "1"): 6,
        ("fingerpost_worker_links", "1"): 5,
        ("fingerpost_worker_rev", "1"): 76,
        ("fingerpost_storage_bytes", "links.db"): 100,
        ("fingerpost_storage_bytes", "clicks.db"): 200,
        ("fingerpost_storage_bytes", "journal"): 300,
        ("fingerpost_collector_commits_total",): 1,
        ("fingerpost_collector_visits_total",): 2,
        ("fingerpost_collector_lost_total",): 3,
        ("fingerpost_collector_damaged_total",): 4,
        ("fingerpost_collector_commit_timestamp_seconds",): 1_774_103_400.5,
        ("fingerpost_journal_lag_records",): 6,
        ("fingerpost_journal_lag_seconds",): 7.5,
        ("fingerpost_create_seconds_bucket", "0.01"): 0,
        ("fingerpost_create_seconds_bucket", "0.025"): 1,
        ("fingerpost_create_seconds_count",): 1,
        ("fingerpost_create_seconds_sum",): 0.02,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_of_a_worker_that_has_ended_its_counts_stay_and_nothing_else():
    found = told()
    assert ("fingerpost_answers_total", "0", "301") in found
    assert ("fingerpost_worker_links", "0") not in found
    assert ("fingerpost_worker_rev", "0") not in found


def test_without_statistics_the_rest_is_told():
    found = told(SNAPSHOT._replace(state=None, up=False))
    assert found[("fingerpost_up",)] == 0
    assert not [name for name in found if "collector" in name[0] or "lag" in name[0]]


async def gather() -> Snapshot:
    return SNAPSHOT


@pytest.fixture
async def metered(aiohttp_client):
    made = Admin(metered=Metrics(gather, CreateTimes(lambda: 0.0)))
    made.client = await aiohttp_client(made.app())
    return made


async def ask(metered, headers=None):
    async with metered.client.get("/metrics", headers=headers) as response:
        return response.status, response.headers, await response.read()


async def test_this_machine_needs_no_key(metered):
    status, headers, body = await ask(metered)
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=1.0.0")
    assert samples(body)[("fingerpost_rev",)] == 77


@pytest.mark.parametrize("name", ["X-Forwarded-For", "forwarded", "X-Real-IP", "Via"])
async def test_others_behind_a_proxy_of_this_machine_need_one(metered, name):
    status, _, body = await ask(metered, {name: "x"})
    assert status == 401
    assert b"fingerpost_" not in body


@pytest.mark.parametrize(
    ("scopes", "workspace", "status"),
    [
        (("*",), 1, 200),
        (("reports:read",), 1, 200),
        (("analytics:read", "links:read"), 1, 403),
        (("*",), 2, 403),
    ],
)
async def test_strangers_need_a_key_of_the_first_workspace(metered, monkeypatch, bearer, scopes, workspace, status):
    monkeypatch.setattr(metrics, "is_loopback", lambda address: False)
    assert (await ask(metered))[0] == 401
    metered.keys.keys[token("0000000a")] = Key("fp_pk_0000000a", "x", frozenset(scopes), workspace)
    assert (await ask(metered, bearer("a")))[0] == status


async def test_creates_are_timed(metered):
    assert (await metered.post({"url": "https://example.com/"}))[0] == 201
    assert (await metered.post({"url": "nonsense"}))[0] == 400
    assert samples((await ask(metered))[2])[("fingerpost_create_seconds_count",)] == 1


async def test_without_it_there_is_none(admin):
    async with admin.client.get("/metrics") as response:
        assert response.status == 404


def expressions(panel: object) -> list[str]:
    """Every query in the dashboard."""
    if isinstance(panel, dict):
        own = [panel["expr"]] if "expr" in panel else []
        return own + [found for value in panel.values() for found in expressions(value)]
    return [found for value in panel for found in expressions(value)] if isinstance(panel, list) else []


def test_the_dashboard_asks_for_what_there_is_and_for_all_of_it():
    asked = {
        name
        for expression in expressions(json.loads(DASHBOARD.read_text()))
        for name in re.findall(r"\bfingerpost_\w+", expression)
    }
    there = {name for name, *_ in told()}
    assert asked - there == set()
    unasked = {name for name in there - asked if not name.endswith(("_sum", "_count"))}
    assert unasked == set()
