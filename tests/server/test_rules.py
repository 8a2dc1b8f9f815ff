"""Each condition of a routing rule, alone and with each other one; windows of time: test_rules_time.py."""

from itertools import combinations, product
from typing import Any

import pytest

from server.fields import no_fields
from server.rules import CONDITIONS, Choice, Routers, compile_program
from server.visitor import NOWHERE as UNKNOWN
from server.visitor import Visitor
from tests.server.routing import (
    FRENCH,
    GERMAN,
    IPHONE,
    NOW,
    NOWHERE,
    PROXY,
    TABLET,
    TO,
    URL,
    WINDOWS,
    location,
    matches,
    program,
    surroundings,
    visit,
)

HOUR = 3_600_000
HEADERS = {"User-Agent": IPHONE, "Accept-Language": "pt-BR,pt;q=0.9", "Referer": "https://news.example.com/a"}

# Each with what holds for one visitor, and what does not.
HOLDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "from": ({"starts_at": "2026-11-18T12:30:00Z"}, {"starts_at": "2026-11-18T12:30:01Z"}),
    "until": ({"expires_at": "2026-11-18T12:30:01Z"}, {"expires_at": "2026-11-18T12:30:00Z"}),
    "hours": ({"hours": {"start": 12, "end": 13}}, {"hours": {"start": 13, "end": 12}}),
    "days": ({"days": ["sun", "wed"]}, {"days": ["tue", "thu"]}),
    "devices": ({"device_types": ["mobile"]}, {"device_types": ["tablet", "desktop"]}),
    "os": ({"os": ["ios", "macos"]}, {"os": ["android"]}),
    "browsers": ({"browsers": ["safari"]}, {"browsers": ["chrome", "other"]}),
    "languages": ({"languages": ["PT"]}, {"languages": ["de"]}),
    "referrers": ({"referrers": ["example.com"]}, {"referrers": ["direct", "ample.com"]}),
    "query": ({"query": {"utm_source": "a b"}}, {"query": {"utm_source": "b"}}),
    "countries": ({"countries": ["FR", "de"]}, {"countries": ["FR"]}),
    "percentage": ({"percentage": 100}, {"percentage": 0}),
}
VISITOR: dict[str, Any] = {"headers": HEADERS, "query": "utm_source=a+b"}


def test_every_condition_is_tried() -> None:
    assert tuple(HOLDS) == CONDITIONS


@pytest.mark.parametrize("name", HOLDS)
def test_one_condition(name: str) -> None:
    assert [matches(conditions, **VISITOR) for conditions in HOLDS[name]] == [True, False]


@pytest.mark.parametrize("case", [*product((0, 1), repeat=2)])
@pytest.mark.parametrize("pair", [*combinations(HOLDS, 2)], ids="+".join)
def test_two_conditions_must_both_hold(pair: tuple[str, str], case: tuple[int, int]) -> None:
    one, other = (HOLDS[name][fails] for name, fails in zip(pair, case, strict=True))
    assert matches({**one, **other}, **VISITOR) is (case == (0, 0))


def test_all_conditions_at_once() -> None:
    every = {key: value for holds, _ in HOLDS.values() for key, value in holds.items()}
    assert matches(every, **VISITOR)
    assert not matches(every, **VISITOR | {"peer": FRENCH, "query": ""})


@pytest.mark.parametrize(
    ("conditions", "visitor", "holds"),
    [
        ({}, {}, True),
        # Countries
        ({"countries": ["DE"], "country_mode": "include"}, {}, True),
        ({"countries": ["DE"], "country_mode": "exclude"}, {}, False),
        ({"countries": ["FR"], "country_mode": "exclude"}, {}, True),
        ({"countries": ["FR"]}, {"peer": FRENCH}, True),
        ({"countries": ["FR", "DE"], "country_mode": "exclude"}, {"peer": FRENCH}, False),
        ({"countries": ["DE"]}, {"peer": NOWHERE}, False),
        ({"countries": ["DE"], "country_mode": "exclude"}, {"peer": NOWHERE}, True),
        ({"countries": ["FR"], "country_mode": None}, {"peer": FRENCH}, True),
        # What proxies say counts if they are trusted, and only then.
        ({"countries": ["FR"]}, {"headers": {"X-Forwarded-For": FRENCH}}, False),
        ({"countries": ["DE"]}, {"headers": {"X-Forwarded-For": FRENCH}}, True),
        ({"countries": ["FR"]}, {"headers": {"Forwarded": f'for="[{FRENCH}]"'}}, False),
        ({"countries": ["FR"]}, {"headers": {"CF-Connecting-IP": FRENCH}}, False),
        ({"countries": ["FR"]}, {"headers": {"X-Real-IP": FRENCH}}, False),
        ({"countries": ["FR"]}, {"headers": {"CF-IPCountry": "FR"}}, False),
        ({"countries": ["FR"]}, {"peer": PROXY, "headers": {"X-Forwarded-For": FRENCH}}, True),
        # Fields that the proxy was not said to set may be the visitor's own.
        ({"countries": ["FR"]}, {"peer": PROXY, "headers": {"Forwarded": f'for="[{FRENCH}]"'}}, False),
        ({"countries": ["FR"]}, {"peer": PROXY, "headers": {"CF-Connecting-IP": FRENCH}}, False),
        ({"countries": ["FR"]}, {"peer": PROXY, "headers": {"X-Real-IP": FRENCH}}, False),
        (
            {"countries": ["FR"]},
            {"peer": PROXY, "headers": {"Forwarded": f'for="[{GERMAN}]"', "X-Forwarded-For": FRENCH}},
            True,
        ),
        ({"countries": ["FR"]}, {"peer": PROXY, "headers": {"X-Forwarded-For": f"{FRENCH}, {GERMAN}"}}, False),
        ({"countries": ["DE"]}, {"peer": PROXY, "headers": {"X-Forwarded-For": f"{FRENCH}, {GERMAN}"}}, True),
        ({"countries": ["DE"]}, {"peer": PROXY}, False),
        # Devices
        ({"device_types": ["tablet"]}, {"headers": {"User-Agent": TABLET}}, True),
        ({"device_types": ["mobile"]}, {"headers": {"User-Agent": TABLET}}, False),
        ({"device_types": ["desktop"]}, {"headers": {"user-agent": WINDOWS}}, True),
        ({"device_types": ["desktop"]}, {}, True),
        ({"device_types": ["mobile", "tablet"]}, {}, False),
        # Systems and browsers
        ({"os": ["windows"]}, {"headers": {"User-Agent": WINDOWS}}, True),
        ({"os": ["windows"], "os_mode": "exclude"}, {"headers": {"User-Agent": WINDOWS}}, False),
        ({"os": ["android"]}, {"headers": {"User-Agent": TABLET}}, True),
        ({"os": ["ios"], "os_mode": "exclude"}, {"headers": {"User-Agent": TABLET}}, True),
        ({"os": ["windows", "macos", "linux", "ios", "android", "chromeos"]}, {}, False),
        ({"os": ["windows", "macos", "linux", "ios", "android", "chromeos"], "os_mode": "exclude"}, {}, True),
        ({"browsers": ["firefox"]}, {"headers": {"User-Agent": WINDOWS}}, True),
        ({"browsers": ["samsung"]}, {"headers": {"User-Agent": TABLET}}, True),
        ({"browsers": ["chrome"]}, {"headers": {"User-Agent": TABLET}}, False),
        ({"browsers": ["firefox"], "browser_mode": "exclude"}, {"headers": {"User-Agent": WINDOWS}}, False),
        ({"browsers": ["other"]}, {"headers": {"User-Agent": "curl/8.0"}}, True),
        ({"browsers": ["other"]}, {}, True),
        ({"browsers": ["other"], "browser_mode": "exclude"}, {}, False),
        # Languages
        ({"languages": ["pt"]}, {"headers": {"Accept-Language": "pt"}}, True),
        ({"languages": ["pt"]}, {"headers": {"Accept-Language": "pt-BR"}}, True),
        ({"languages": ["pt-BR"]}, {"headers": {"Accept-Language": "pt-br"}}, True),
        ({"languages": ["pt-BR"]}, {"headers": {"Accept-Language": "pt"}}, False),
        ({"languages": ["pt-BR"]}, {"headers": {"Accept-Language": "pt-PT"}}, False),
        ({"languages": ["p"]}, {"headers": {"Accept-Language": "pt"}}, False),
        ({"languages": ["zh-Hant"]}, {"headers": {"Accept-Language": "zh-Hant-TW"}}, True),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "en-US, en;q=0.9 , de;q=0.1"}}, True),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "en, de;q=0"}}, False),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "en, de; q=0.000"}}, False),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "en, de;Q=0.001"}}, True),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "*"}}, False),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": ",;q=1, de;q=x, ünn, \u00ff"}}, False),
        ({"languages": ["de"]}, {"headers": {"Accept-Language": "x, " * 40 + "de"}}, False),
        ({"languages": ["de"]}, {}, False),
        ({"languages": ["de"], "language_mode": "exclude"}, {}, True),
        ({"languages": ["de"], "language_mode": "exclude"}, {"headers": {"Accept-Language": "fr"}}, True),
        ({"languages": ["de"], "language_mode": "exclude"}, {"headers": {"Accept-Language": "fr,de-AT"}}, False),
        # Referrers
        ({"referrers": ["direct"]}, {}, True),
        ({"referrers": ["Direct"]}, {"headers": {"Referer": ""}}, True),
        ({"referrers": ["direct"]}, {"headers": {"Referer": "about:blank"}}, True),
        ({"referrers": ["direct"]}, {"headers": {"Referer": "https://a.example/"}}, False),
        ({"referrers": ["direct"]}, {"headers": {"Referer": "https://direct/"}}, False),
        ({"referrers": ["direct"]}, {"headers": {"Referer": "/relative"}}, False),
        ({"referrers": ["direct"], "referrer_mode": "exclude"}, {}, False),
        ({"referrers": ["direct"], "referrer_mode": "exclude"}, {"headers": {"Referer": "nonsense"}}, True),
        ({"referrers": ["A.example"]}, {"headers": {"Referer": "https://a.example"}}, True),
        ({"referrers": ["a.example"]}, {"headers": {"Referer": "HTTP://U:P@M.A.Example.:8080/x?https://b.c/"}}, True),
        ({"referrers": ["m.a.example"]}, {"headers": {"Referer": "https://a.example/"}}, False),
        ({"referrers": ["a.example"]}, {"headers": {"Referer": "https://ba.example/"}}, False),
        ({"referrers": ["a.example"]}, {"headers": {"Referer": "https://b.c/?https://a.example/"}}, False),
        ({"referrers": ["a.example"]}, {"headers": {"Referer": "https://a.example@b.c/"}}, False),
        ({"referrers": ["a.example"]}, {"headers": {"Referer": "https://a.example\\.b.c/"}}, False),
        ({"referrers": ["bücher.example"]}, {"headers": {"Referer": "https://www.xn--bcher-kva.example/"}}, True),
        ({"referrers": ["[::1]"]}, {"headers": {"Referer": "http://[::1]:80/"}}, True),
        (
            {"referrers": ["com.google.android.gm"]},
            {"headers": {"Referer": "android-app://com.google.android.gm/"}},
            True,
        ),
        ({"referrers": ["a.example"], "referrer_mode": "exclude"}, {}, True),
        (
            {"referrers": ["a.example"], "referrer_mode": "exclude"},
            {"headers": {"Referer": "https://a.example"}},
            False,
        ),
        # Query
        ({"query": {"a": "1"}}, {"query": "a=1"}, True),
        ({"query": {"a": "1"}}, {"query": "a=2&b=1"}, False),
        ({"query": {"a": "1"}}, {"query": "a=2&a=1"}, True),
        ({"query": {"a": "1"}}, {"query": "A=1"}, False),
        ({"query": {"a": None}}, {"query": "a"}, True),
        ({"query": {"a": None}}, {"query": "a="}, True),
        ({"query": {"a": ""}}, {"query": "a"}, True),
        ({"query": {"a": ""}}, {"query": "a=1"}, False),
        ({"query": {"a": None}}, {"query": "b=a"}, False),
        ({"query": {"a": None}}, {}, False),
        ({"query": {"a": "1", "b": None}}, {"query": "b&&a=1"}, True),
        ({"query": {"a": "1", "b": None}}, {"query": "a=1"}, False),
        ({"query": {"ä b": "ö&="}}, {"query": "%C3%A4+b=%c3%b6%26="}, True),
        ({"query": {"a": "\ufffd"}}, {"query": "a=%ff"}, True),
        ({"query": {"qr": "1"}}, {"query": "qr=1"}, True),
        # Time
        ({"starts_at": "2026-11-18T13:30:00+01:00"}, {}, True),
        ({"starts_at": "2026-11-18T12:30:00.001Z"}, {}, False),
        ({"expires_at": "2026-11-18T12:30:00.001Z"}, {}, True),
        ({"starts_at": "2026-11-18", "expires_at": "2026-11-19"}, {}, True),
        ({"starts_at": "2026-11-18", "expires_at": "2026-11-19"}, {"now": NOW + 12 * HOUR}, False),
    ],
)
def test_a_condition(conditions: dict[str, Any], visitor: dict[str, Any], holds: bool) -> None:
    assert matches(conditions, **visitor) is holds


# Order


def rule(name: str, priority: int | None = None, **rest: Any) -> dict[str, Any]:
    return {"destination": f"https://{name}.example/", "priority": priority, **rest}


@pytest.mark.parametrize(
    ("rules", "number"),
    [
        ([rule("a", 2), rule("b", 1)], 2),
        ([rule("a", 1), rule("b", 1)], 1),
        ([rule("a"), rule("b", -1)], 2),
        ([rule("a", 1), rule("b")], 2),
        ([rule("a", 1, enabled=False), rule("b", 2)], 2),
        ([rule("a", 1, enabled=None), rule("b", 2)], 1),
        ([rule("a", 1, conditions={"countries": ["FR"]}), rule("b", 2)], 2),
        ([rule("a", 3), rule("b", 2, conditions=None), rule("c", 1, conditions={"query": {"x": None}})], 2),
        ([rule("a", enabled=False)], 0),
        ([rule("a", conditions={"percentage": 0})], 0),
    ],
)
def test_the_lowest_priority_that_matches_answers(rules: list[dict[str, Any]], number: int) -> None:
    answer = visit(rules)
    assert answer.rule == number
    assert location(answer) == (rules[number - 1]["destination"] if number else URL)


# Answers


def test_a_link_with_rules_is_not_kept_whatever_is_set() -> None:
    for conditions in ({}, {"countries": ["FR"]}):
        rules = [{"destination": TO, "conditions": conditions}]
        answer = visit(rules, link={"status": 308, "cache_seconds": 60}, redirect_status=301, cache_seconds=600)
        assert location(answer) == (URL if conditions else TO)
        assert answer.link_id == 7


def test_the_query_is_forwarded_to_the_destination_of_the_rule() -> None:
    rules = [{"destination": f"{TO}?a=1#f", "conditions": {"query": {"b": None}}}]
    assert location(visit(rules, query="a=2&b=3&qr=1", forward_query=True)) == f"{TO}?a=1&b=3#f"
    assert location(visit(rules, query="c=3", forward_query=True)) == f"{URL}?c=3"
    assert location(visit(rules, query="b=3", forward_query=True, link={"forward_query": False})) == f"{TO}?a=1#f"


def test_other_methods_than_reading_are_not_redirected() -> None:
    assert visit([{"destination": TO}], method="POST", redirect_status=307).status == 405
    assert location(visit([{"destination": TO}], method="HEAD")) == TO


def test_a_disabled_or_expired_link_is_gone_with_its_rules() -> None:
    assert visit([{"destination": TO}], link={"enabled": False}).status == 410
    assert visit([{"destination": TO}], link={"expires_ms": NOW}).status == 410


# Programs


def chosen(text: bytes) -> Choice | None:
    return compile_program(text).choose(7, Visitor(bytes(16), no_fields, None, UNKNOWN), NOW)


@pytest.mark.parametrize(
    "text",
    [
        b"[1]",
        b'[2,[1,"https://a.example/",{}]]',
        b'["1",[1,"https://a.example/",{}]]',
        b'[1,[1,"https://a.example/",{"weather":["rain"]}]]',
        b'[1,[1,"https://a.example/",{"countries":{"in":["DE"]}}]]',
        b'[1,[1,"https://a.example/",{"hours":[0,24,"Mars/Olympus"]}]]',
        b'[1,[1,"https://a.example/",{"days":[[0,1,2,3,4,5,6],"../etc/passwd"]}]]',
        b'[1,[1,"https://a.example/",{"hours":[0,24,"Europe"]}]]',
        b'[1,[1,{"to":"https://a.example/"},{}]]',
        b'[1,"https://a.example/"]',
    ],
)
def test_what_is_not_understood_never_matches(text: bytes) -> None:
    assert chosen(text) is None
    if text.startswith(b"[1,"):
        assert chosen(text[:-1] + b',[9,"https://b.example/",{}]]') == Choice(b"https://b.example/", 9)


def test_routers_are_made_once_and_forgotten_when_there_are_too_many() -> None:
    programs = [program([{"destination": f"https://{n}.example/"}]) for n in range(10, 20)]
    routers = Routers(most_bytes=3 * len(programs[0]))
    first = routers.get(programs[0])
    assert routers.get(programs[0]) is first
    assert [routers.get(text) and len(routers) for text in programs] == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1]
    assert routers.get(programs[0]) is not first


def test_nothing_is_looked_up_that_no_rule_asks_for() -> None:
    def never(address: bytes) -> str:
        raise AssertionError

    around = surroundings()._replace(country_of=never)
    rules = [{"destination": TO, "conditions": {"query": {"a": None}, "countries": ["DE"]}}]
    assert location(visit(rules, around=around)) == URL
