"""What a worker is told of routing rules."""

import json
from typing import Any

import pytest

from links.destination import Destinations
from links.errors import Code, LinkError
from links.model import Changes, Draft
from links.rules import MAX_PROGRAM_BYTES, program_text, referrer_host
from tests.links.test_service import drafts

TO = "https://a.example/"
CHECK = Destinations(("http", "https"), frozenset({"go.example"})).check


def made(*rules: dict[str, Any]) -> list[Any]:
    text = program_text(rules, CHECK)
    assert text is not None
    assert " " not in text
    version, *program = json.loads(text)
    assert version == 1
    return program


def conditions(**given: Any) -> dict[str, Any]:
    ((_, _, told),) = made({"destination": TO, "conditions": given})
    return told  # type: ignore[no-any-return]


def refused(*rules: dict[str, Any]) -> LinkError:
    with pytest.raises(LinkError) as caught:
        program_text(rules, CHECK)
    assert caught.value.code is Code.INVALID
    return caught.value


def test_no_rules_are_no_program() -> None:
    assert program_text((), CHECK) is None


def test_rules_that_are_all_off_are_a_program_that_says_nothing() -> None:
    assert program_text([{"destination": TO, "enabled": False}], CHECK) == "[1]"


def test_rules_are_in_the_order_they_are_tried_and_keep_their_numbers() -> None:
    rules = [(5, True), (1, True), (None, None), (1, False), (-1, True), (1, True)]
    program = made(*({"destination": TO, "priority": priority, "enabled": on} for priority, on in rules))
    assert [number for number, _, _ in program] == [5, 3, 2, 6, 1]


def test_destinations_are_what_a_redirect_answers() -> None:
    variants = [{"destination": "http://ä.example", "weight": 0.5}, {"destination": TO, "weight": None}]
    assert made({"destination": "HTTPS://A.example/b c"}, {"destination": TO, "variants": variants}) == [
        [1, "https://a.example/b%20c", {}],
        [2, [["http://xn--4ca.example/", 0.5], [TO, 1]], {}],
    ]


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([{"destination": TO}, {"destination": "ftp://a"}], "rules[1].destination"),
        ([{"destination": "https://go.example/x"}], "rules[0].destination"),
        ([{"destination": "nonsense", "enabled": False}], "rules[0].destination"),
        ([{}], "rules[0].destination"),
        ([{"variants": []}], "rules[0].destination"),
        ([{"destination": "x", "variants": [{"destination": TO}]}], "rules[0].destination"),
        ([{"variants": [{"destination": TO}, {"destination": "x"}]}], "rules[0].variants[1].destination"),
        ([{"destination": TO, "conditions": {"starts_at": "soon"}}], "rules[0].conditions.starts_at"),
        ([{"destination": TO, "conditions": {"expires_at": "2026-02-30"}}], "rules[0].conditions.expires_at"),
    ],
)
def test_what_is_at_fault_is_named(rules: list[dict[str, Any]], field: str) -> None:
    assert refused(*rules).field == field


def test_a_program_that_is_too_long() -> None:
    long = {"destination": TO + "x" * 8_000}
    assert refused(*[long] * (MAX_PROGRAM_BYTES // 8_000 + 1)).field == "rules"
    assert len(made(*[long] * (MAX_PROGRAM_BYTES // 8_100))) == MAX_PROGRAM_BYTES // 8_100


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, {}),
        ({"countries": None, "hours": None, "percentage": None}, {}),
        ({"country_mode": "exclude", "timezone": "Europe/Berlin"}, {}),
        ({"countries": ["de", "AT"]}, {"countries": [0, ["DE", "AT"]]}),
        ({"countries": ["DE"], "country_mode": "exclude"}, {"countries": [1, ["DE"]]}),
        ({"device_types": ["mobile"]}, {"devices": [0, ["mobile"]]}),
        ({"os": ["ios"], "os_mode": "include"}, {"os": [0, ["ios"]]}),
        ({"browsers": ["edge"], "browser_mode": "exclude"}, {"browsers": [1, ["edge"]]}),
        ({"languages": ["pt-BR"], "language_mode": None}, {"languages": [0, ["pt-br"]]}),
        ({"referrers": ["A.example.", "DIRECT"]}, {"referrers": [0, ["a.example", "direct"]]}),
        ({"query": {"a": None, "B": "C"}}, {"query": {"a": None, "B": "C"}}),
        ({"hours": {"start": 20, "end": 6}}, {"hours": [20, 6, "UTC"]}),
        ({"hours": {"start": 0, "end": 24, "timezone": "Asia/Tokyo"}}, {"hours": [0, 24, "Asia/Tokyo"]}),
        ({"days": ["mon", "sun"]}, {"days": [[0, 6], "UTC"]}),
        ({"days": ["wed"], "timezone": "Asia/Tokyo"}, {"days": [[2], "Asia/Tokyo"]}),
        ({"starts_at": "1970-01-01T01:00:00+01:00"}, {"from": 0}),
        ({"expires_at": "1970-01-01T00:00:01.5Z"}, {"until": 1_500}),
        ({"percentage": 12.5}, {"percentage": 12.5}),
        ({"percentage": 0}, {"percentage": 0}),
    ],
)
def test_conditions(given: dict[str, Any], told: dict[str, Any]) -> None:
    assert conditions(**given) == told


@pytest.mark.parametrize(
    ("given", "host"),
    [("Example.COM", "example.com"), ("bücher.de", "xn--bcher-kva.de"), ("a.de.", "a.de"), ("[::1]", "[::1]")]
    + [("192.0.2.1", "192.0.2.1"), ("localhost", "localhost"), ("a_b.de", "a_b.de")],
)
def test_a_host(given: str, host: str) -> None:
    assert referrer_host(given) == host


@pytest.mark.parametrize(
    "given",
    ["", ".", "a..b", "a b", "https://a.de", "a.de/", "a.de:443", "a.de:80", "a.de:", "[::1]:80", "*.a.de", "u@a.de"]
    + ["a.de?b", "a.de#b", "%61.de", "a\x00.de", "a\\b"],
)
def test_no_host(given: str) -> None:
    with pytest.raises(ValueError):
        referrer_host(given)


# Changes


def test_an_edit_replaces_the_rules_and_an_empty_array_clears_them() -> None:
    link = drafts().prepare(Draft(destination=TO, rules=({"destination": TO},))).link
    assert (link.rules, link.program) == ([{"destination": TO}], f'[1,[1,"{TO}",{{}}]]')

    rule = {"destination": "https://b.example", "priority": 1}
    change = drafts().change(link, Changes(rules=(rule,)))
    assert change is not None
    assert (change.link.rules, change.link.program) == ([rule], '[1,[1,"https://b.example/",{}]]')
    assert drafts().change(change.link, Changes(rules=(rule,))) is None

    change = drafts().change(change.link, Changes(rules=()))
    assert change is not None
    assert (change.link.rules, change.link.program) == ([], None)


def test_an_edit_of_something_else_leaves_them() -> None:
    link = drafts().prepare(Draft(destination=TO, rules=({"destination": TO},))).link
    change = drafts().change(link, Changes(enabled=False))
    assert change is not None
    assert change.link.program == link.program


def test_rules_are_checked_in_an_edit() -> None:
    link = drafts().prepare(Draft(destination=TO)).link
    with pytest.raises(LinkError) as caught:
        drafts().change(link, Changes(rules=({"destination": "https://go.example:8080/a"},)))
    assert caught.value.field == "rules[0].destination"
