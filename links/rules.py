"""Routing rules: from what a client sent to the program that a worker decides by (``links.program``). Pure.

Rules are the array ``routing_rules`` of the XQR API, checked there (``admin.models_rules``) and stored as sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import can_ada
import msgspec

from links.errors import invalid
from links.program import DIRECT, UTC, VERSION
from links.times import parse_time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAX_PROGRAM_BYTES = 65_536
"""A program is in the memory of every worker, and travels through the feed with thousands of others."""

Check = Callable[[str, str], str]
"""The address that a redirect answers, out of a destination and the name of its field (``links.destination``)."""

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_HOST_GIVEN = re.compile(r"[^\x00-\x20/?#@\\%*]+")


def program_text(rules: Sequence[Mapping[str, Any]], check: Check) -> str | None:
    """The program of ``rules``; ``None`` where there are no rules.

    Raises :class:`LinkError` ``INVALID`` for a destination that ``check`` refuses or that is missing (field
    ``rules[0].destination`` and the like), and for rules whose program is longer than 65,536 bytes.
    """
    if not rules:
        return None
    # Those that are off are checked too: to be switched on, they are sent again, but nobody expects an error then.
    made = [_rule(number, rule, check) for number, rule in enumerate(rules, 1)]
    tried = sorted((rule.get("priority") or 0, index) for index, rule in enumerate(rules) if _is_on(rule))
    program = msgspec.json.encode([VERSION, *(made[index] for _, index in tried)])
    if len(program) > MAX_PROGRAM_BYTES:
        raise invalid("rules", f"are too long: they need {len(program)} bytes of {MAX_PROGRAM_BYTES}")
    return program.decode()


def referrer_host(text: str) -> str:
    """A host as browsers write it in a Referer: lower case, in ASCII (IDNA). Raises ``ValueError`` for anything else,
    an address or a host with its port too."""
    if not _HOST_GIVEN.fullmatch(text):
        raise ValueError("not a host")
    parsed = can_ada.parse(f"https://{text}/")
    host = str(parsed.hostname).removesuffix(".")
    # Browsers leave out a port that is the scheme's own, and so does the parser: it is looked for in what was given.
    if re.search(r":[0-9]*$", text) and not text.endswith("]") or not _HOST.fullmatch(host):
        raise ValueError("not a host")
    return host


def _is_on(rule: Mapping[str, Any]) -> bool:
    return rule.get("enabled") is not False


def _rule(number: int, rule: Mapping[str, Any], check: Check) -> list[Any]:
    path = f"rules[{number - 1}]"
    given = {name: value for name, value in (rule.get("conditions") or {}).items() if value is not None}
    return [number, _target(rule, check, path), _conditions(given, f"{path}.conditions")]


def _target(rule: Mapping[str, Any], check: Check, path: str) -> Any:
    destination, variants = rule.get("destination"), rule.get("variants")
    location = None if destination is None else check(destination, f"{path}.destination")
    if variants:
        return [
            [check(variant["destination"], f"{path}.variants[{index}].destination"), weight_of(variant)]
            for index, variant in enumerate(variants)
        ]
    if location is None:
        raise invalid(f"{path}.destination", "is required")
    return location


def weight_of(variant: Mapping[str, Any]) -> float:
    """How often a variant is chosen, in proportion to the others; 1 where nothing is said."""
    weight: float | None = variant.get("weight")
    return 1 if weight is None else weight


def _conditions(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """``given``: the conditions as sent, without those that are null."""
    hours = given.get("hours") or {}
    zone = hours.get("timezone") or given.get("timezone") or UTC
    made: dict[str, Any] = {}
    if "starts_at" in given:
        made["from"] = parse_time(given["starts_at"], f"{path}.starts_at")
    if "expires_at" in given:
        made["until"] = parse_time(given["expires_at"], f"{path}.expires_at")
    if hours:
        made["hours"] = [hours["start"], hours["end"], zone]
    if "days" in given:
        made["days"] = [[DAYS.index(day) for day in given["days"]], zone]
    if "device_types" in given:
        made["devices"] = [0, given["device_types"]]
    for name, mode, normal in _LISTS:
        if name in given:
            made[name] = [int(given.get(mode) == "exclude"), [normal(member) for member in given[name]]]
    if "query" in given:
        made["query"] = given["query"]
    if "percentage" in given:
        made["percentage"] = given["percentage"]
    return made


def _referrer(member: str) -> str:
    return DIRECT if member.lower() == DIRECT else referrer_host(member)


# The condition, what says whether it excludes, and how its members are compared.
_LISTS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("os", "os_mode", str),
    ("browsers", "browser_mode", str),
    ("languages", "language_mode", str.lower),
    ("referrers", "referrer_mode", _referrer),
    ("countries", "country_mode", str.upper),
)
