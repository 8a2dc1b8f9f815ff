"""What is taken and refused of routing rules, and how a fault is named."""

from typing import Any

import pytest

from admin.errors import Problem, translate
from admin.models_rules import MAX_MEMBERS, MAX_PARAMETERS, MAX_RULES, MAX_VARIANTS
from admin.models_xqr import CreateLink, PatchLink
from admin.validation import context, validated
from admin.wire_xqr import XQR
from links.model import Changes

CONTEXT = context("localhost:8080")
URL = "https://example.com/"

FULL = {
    "name": "Germans at night",
    "destination": "https://example.com/de?x=ä",
    "priority": 3,
    "enabled": True,
    "conditions": {
        "countries": ["de", "AT", "XK"],
        "country_mode": "exclude",
        "device_types": ["mobile", "tablet", "desktop"],
        "os": ["ios", "android", "windows", "macos", "linux", "chromeos"],
        "os_mode": "include",
        "browsers": ["chrome", "safari", "firefox", "edge", "opera", "samsung", "other"],
        "browser_mode": "include",
        "languages": ["pt", "pt-BR", "zh-Hant-TW", "i-klingon", "x-own"],
        "language_mode": "include",
        "referrers": ["News.example", "bücher.example", "direct"],
        "referrer_mode": "exclude",
        "query": {"utm_source": "mail", "ref": None, "": ""},
        "hours": {"start": 20, "end": 6, "timezone": "Europe/Berlin"},
        "days": ["mon", "sun"],
        "timezone": "Europe/Berlin",
        "starts_at": "2026-01-01",
        "expires_at": "2026-12-31T23:59:59+01:00",
        "percentage": 12.5,
        "max_scans": None,
    },
    "variants": [{"destination": "https://a.example/", "weight": 1.5}, {"destination": "https://b.example/"}],
}


def rules_of(*rules: Any) -> tuple[Any, ...]:
    body = {"url": URL, "routing_rules": list(rules)}
    return validated(CreateLink, body, CONTEXT).draft(1).rules


def faults(*rules: Any, model: Any = CreateLink) -> dict[str, str]:
    with pytest.raises(Problem) as caught:
        validated(model, {"url": URL, "routing_rules": list(rules)}, CONTEXT)
    return {detail.field: detail.message for detail in caught.value.details}


def condition_fault(**conditions: Any) -> tuple[str, str]:
    """The one field at fault, below ``conditions``, and the message."""
    ((field, message),) = faults({"destination": URL, "conditions": conditions}).items()
    prefix = "routing_rules[0].conditions"
    assert field.startswith(prefix)
    return field.removeprefix(prefix).removeprefix("."), message


def test_rules_are_kept_as_they_were_sent() -> None:
    assert rules_of(FULL, {"destination": URL}) == (FULL, {"destination": URL})
    changes = validated(PatchLink, {"routing_rules": [FULL]}, CONTEXT).changes()
    assert changes == Changes(rules=(FULL,))


def test_null_is_as_good_as_nothing() -> None:
    nothing = dict.fromkeys(("name", "priority", "enabled", "conditions", "variants"))
    assert rules_of({"destination": URL, **nothing})
    assert rules_of({"destination": URL, "conditions": dict.fromkeys(FULL["conditions"])})  # type: ignore[call-overload]


def test_every_fault_is_named_with_its_path() -> None:
    assert faults(
        {"destination": URL},
        {
            "destination": "ftp://a",
            "priority": "1",
            "prio": 1,
            "conditions": {
                "hours": {"start": 24, "end": "6", "until": 3},
                "countries": ["DE", "Germany"],
                "weather": 1,
            },
        },
        {"variants": [{"destination": "https://localhost:8080/x"}, {"weight": 0}]},
        5,
    ) == {
        "routing_rules[1].destination": 'must have one of the schemes http, https, not "ftp"',
        "routing_rules[1].priority": "must be an integer",
        "routing_rules[1].prio": 'unknown field "prio" (did you mean "priority"?)',
        "routing_rules[1].conditions.hours.start": "must be at most 23",
        "routing_rules[1].conditions.hours.end": "must be an integer",
        "routing_rules[1].conditions.hours.until": 'unknown field "until"',
        "routing_rules[1].conditions.countries[1]": "must be a country code of two letters (ISO 3166-1 alpha-2), "
        'such as "DE"',
        "routing_rules[1].conditions.weather": 'unknown field "weather"',
        "routing_rules[2].variants[0].destination": 'must not lead to this server ("localhost:8080"): '
        "it would redirect to itself",
        "routing_rules[2].variants[1].destination": "is required",
        "routing_rules[2].variants[1].weight": "must be more than 0",
        "routing_rules[3]": "must be an object",
    }


@pytest.mark.parametrize(
    ("conditions", "field", "said"),
    [
        ({"max_scans": 100}, "max_scans", "is not available yet"),
        ({"maxscans": 100}, "maxscans", 'unknown field "maxscans" (did you mean "max_scans"?)'),
        ({"country": ["DE"]}, "country", 'unknown field "country" (did you mean "countries"?)'),
        ({"countries": ["UK"]}, "countries[0]", '"GB"'),
        ({"countries": ["ZZ"]}, "countries[0]", "country code"),
        ({"countries": "DE"}, "countries", "must be an array"),
        ({"countries": []}, "countries", "must not be empty"),
        ({"countries": ["DE"] * (MAX_MEMBERS + 1)}, "countries", f"at most {MAX_MEMBERS} items"),
        ({"country_mode": "only"}, "country_mode", "must be one of 'include' or 'exclude'"),
        ({"device_types": ["phone"]}, "device_types[0]", "must be one of 'mobile', 'tablet' or 'desktop'"),
        ({"device_types": []}, "device_types", "must not be empty"),
        ({"os": ["iOS"]}, "os[0]", "must be one of 'ios'"),
        ({"os": ["other"]}, "os[0]", "must be one of 'ios'"),
        ({"browsers": ["brave"]}, "browsers[0]", "must be one of 'chrome'"),
        ({"days": ["monday"]}, "days[0]", "must be one of 'mon'"),
        ({"languages": ["pt_BR"]}, "languages[0]", "BCP 47"),
        ({"languages": ["*"]}, "languages[0]", "BCP 47"),
        ({"languages": ["i"]}, "languages[0]", "BCP 47"),
        ({"languages": ["de" + "-abcdefgh" * 4]}, "languages[0]", "BCP 47"),
        ({"referrers": ["https://a.example/"]}, "referrers[0]", "must be a host without scheme"),
        ({"referrers": ["*.example.com"]}, "referrers[0]", "must be a host without scheme"),
        ({"query": {}}, "query", "must not be empty"),
        ({"query": {"a": 1}}, "query.a", "must be a string"),
        ({"query": ["a"]}, "query", "must be an object"),
        ({"query": {str(n): None for n in range(MAX_PARAMETERS + 1)}}, "query", f"at most {MAX_PARAMETERS} items"),
        ({"hours": {"start": 5, "end": 5}}, "hours.end", "must not be the same as start; the whole day is 0 to 24"),
        ({"hours": {"start": -1, "end": 5}}, "hours.start", "must be at least 0"),
        ({"hours": {"start": 1, "end": 25}}, "hours.end", "must be at most 24"),
        ({"hours": {"start": 1.5, "end": 5}}, "hours.start", "must be an integer"),
        ({"hours": {"start": True, "end": 5}}, "hours.start", "must be an integer"),
        ({"hours": {"start": 1}}, "hours.end", "is required"),
        ({"hours": {"start": 1, "end": 2, "timezone": "CET/Berlin"}}, "hours.timezone", "IANA"),
        (
            {"hours": {"start": 1, "end": 2, "timezone": "UTC"}, "timezone": "Asia/Tokyo"},
            "timezone",
            "must be the same",
        ),
        ({"timezone": "../etc/passwd"}, "timezone", "IANA"),
        ({"timezone": "localtime"}, "timezone", "IANA"),
        ({"timezone": "europe/berlin"}, "timezone", "IANA"),
        ({"percentage": -0.1}, "percentage", "must be at least 0"),
        ({"percentage": 100.5}, "percentage", "must be at most 100"),
        ({"percentage": "50"}, "percentage", "must be a number"),
        ({"percentage": True}, "percentage", "must be a number"),
        ({"expires_at": "tomorrow"}, "expires_at", "must be an ISO 8601"),
        ({"starts_at": 5}, "starts_at", "must be a string"),
        ({"starts_at": "2026-01-02", "expires_at": "2026-01-01"}, "expires_at", "must be later than starts_at"),
        ({"starts_at": "2026-01-01", "expires_at": "2026-01-01"}, "expires_at", "must be later than starts_at"),
    ],
)
def test_a_bad_condition(conditions: dict[str, Any], field: str, said: str) -> None:
    found, message = condition_fault(**conditions)
    assert found == field
    assert said in message


@pytest.mark.parametrize(
    ("rule", "field", "said"),
    [
        ({}, ".destination", "is required where there are no variants"),
        ({"destination": None}, ".destination", "is required where there are no variants"),
        ({"destination": URL, "variants": []}, ".variants", "must not be empty"),
        ({"variants": [{"destination": URL}] * (MAX_VARIANTS + 1)}, ".variants", f"at most {MAX_VARIANTS} items"),
        ({"destination": "https://localhost:8080/x"}, ".destination", "must not lead to this server"),
        ({"destination": "/x"}, ".destination", "must be an absolute URL"),
        ({"destination": URL, "enabled": "yes"}, ".enabled", "must be true or false"),
        ({"destination": URL, "priority": 1.5}, ".priority", "must be an integer"),
        ({"destination": URL, "priority": 1 << 31}, ".priority", "must be at most 2147483647"),
        ({"destination": URL, "name": "x" * 65}, ".name", "at most 64 characters"),
        ({"destination": URL, "conditions": []}, ".conditions", "must be an object"),
        ({"destination": URL, "condition": {}}, ".condition", 'did you mean "conditions"?'),
        ([], "", "must be an object"),
        (None, "", "must be an object, not null"),
    ],
)
def test_a_bad_rule(rule: Any, field: str, said: str) -> None:
    for model in (CreateLink, PatchLink):
        ((found, message),) = faults(rule, model=model).items()
        assert found == f"routing_rules[0]{field}"
        assert said in message


def test_too_many_rules() -> None:
    assert len(rules_of(*[{"destination": URL}] * MAX_RULES)) == MAX_RULES
    assert faults(*[{"destination": URL}] * (MAX_RULES + 1)) == {
        "routing_rules": f"must have at most {MAX_RULES} items"
    }


def test_what_the_links_refuse_is_named_alike() -> None:
    assert translate("rules[2].variants[0].destination", XQR.fields) == "routing_rules[2].variants[0].destination"
    assert translate("rules", XQR.fields) == "routing_rules"
