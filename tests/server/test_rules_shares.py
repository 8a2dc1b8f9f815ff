"""Percentages and variants over many visitors. The draw is seeded, so a bound that holds once holds always."""

import random
from collections import Counter
from typing import Any

import pytest

from server.answer import Answer
from server.fields import no_fields
from server.rules import Router, compile_program
from server.visitor import Surroundings, Visitor
from tests.server.routing import GERMAN, IPHONE, PROXY, TO, URL, WINDOWS, location, program, surroundings, visit

MANY = 100_000
# Four standard deviations of a share of MANY, at most (of one half).
BOUND = 4 * (MANY * 0.25) ** 0.5

THREE = {"variants": [{"destination": f"https://{name}.example/", "weight": weight}
                      for name, weight in (("a", 50), ("b", 30), ("c", 20))]}  # fmt: skip


def router(*rules: dict[str, Any]) -> Router:
    return compile_program(program(rules))


def visitor(number: int, around: Surroundings) -> Visitor:
    return Visitor(number.to_bytes(16), no_fields, None, around)


def shares(*rules: dict[str, Any], around: Surroundings, link: int = 7) -> Counter[tuple[int, int]]:
    """How many of MANY distinct visitors get which rule and variant."""
    deciding, found = router(*rules), Counter[tuple[int, int]]()
    for number in range(MANY):
        choice = deciding.choose(link, visitor(number, around), 0)
        found[(0, 0) if choice is None else (choice.rule, choice.variant)] += 1
    return found


def assert_shares(found: Counter[tuple[int, int]], wanted: dict[tuple[int, int], float]) -> None:
    assert found.keys() == wanted.keys()
    for key, share in wanted.items():
        assert abs(found[key] - MANY * share) < BOUND, (key, found)


def seeded() -> Surroundings:
    return surroundings(random.Random(1).random)


def test_variants_come_as_often_as_they_weigh() -> None:
    assert_shares(shares(THREE, around=seeded()), {(1, 1): 0.5, (1, 2): 0.3, (1, 3): 0.2})


def test_weights_need_not_add_up_to_anything() -> None:
    odd = {"variants": [{"destination": TO}, {"destination": URL, "weight": 0.25}]}
    assert_shares(shares(odd, around=seeded()), {(1, 1): 0.8, (1, 2): 0.2})


def test_a_percentage_is_of_what_got_so_far() -> None:
    half = {"destination": TO, "conditions": {"percentage": 50}}
    assert_shares(shares(half, half, around=seeded()), {(1, 0): 0.5, (2, 0): 0.25, (0, 0): 0.25})


@pytest.mark.parametrize("share", [0.5, 12.5, 99])
def test_a_percentage_may_have_a_fraction(share: float) -> None:
    rule = {"destination": TO, "conditions": {"percentage": share}}
    assert_shares(shares(rule, around=seeded()), {(1, 0): share / 100, (0, 0): 1 - share / 100})


def test_a_percentage_is_drawn_last_and_only_where_it_matters() -> None:
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(0.0)
        return 0.0

    rules = [
        {"destination": TO, "conditions": {"percentage": 50, "countries": ["FR"]}},
        {"destination": TO, "conditions": {"percentage": 50}},
    ]
    assert visit(rules, around=surroundings(draw)).rule == 2
    assert len(drawn) == 1


def test_variants_and_percentages_are_drawn_apart() -> None:
    found = shares({**THREE, "conditions": {"percentage": 50}}, around=seeded())
    assert_shares(found, {(1, 1): 0.25, (1, 2): 0.15, (1, 3): 0.1, (0, 0): 0.5})


def get(number: int, around: Surroundings, link: int = 7, rule: dict[str, Any] = THREE) -> int:
    choice = router(rule).choose(link, visitor(number, around), 0)
    assert choice is not None
    return choice.variant


def test_a_visitor_keeps_a_variant() -> None:
    first = [get(number, surroundings()) for number in range(200)]
    again = [get(number, surroundings(), rule={**THREE, "name": "renamed"}) for number in range(200)]
    assert first == again
    assert len(set(first)) == 3


def test_another_key_or_link_or_rule_deals_anew() -> None:
    first = [get(number, surroundings()) for number in range(200)]
    other_key = [get(number, surroundings(key=b"x" * 32)) for number in range(200)]
    other_link = [get(number, surroundings(), link=8) for number in range(200)]
    second = router({"destination": TO, "enabled": False}, THREE)
    other_rule = [
        choice.variant for number in range(200) if (choice := second.choose(7, visitor(number, surroundings()), 0))
    ]
    dealt = [first, other_key, other_link, other_rule]
    assert all(len(one) == 200 for one in dealt)
    assert len({tuple(one) for one in dealt}) == 4


def test_the_address_is_that_behind_the_proxy_and_the_user_agent_counts_too() -> None:
    def ask(**visitor: Any) -> Answer:
        return visit([THREE], **visitor)

    addresses = [f"192.0.2.{n}" for n in range(60)]
    straight = [ask(peer=address, headers={"User-Agent": IPHONE}).rule for address in addresses]
    behind = [ask(peer=PROXY, headers={"User-Agent": IPHONE, "X-Forwarded-For": address}).rule for address in addresses]
    spoofed = {
        ask(peer=GERMAN, headers={"User-Agent": IPHONE, "X-Forwarded-For": address}).rule for address in addresses
    }
    other = [ask(peer=address, headers={"User-Agent": WINDOWS}).rule for address in addresses]
    assert straight == behind != other
    assert len(spoofed) == 1


def test_the_record_says_rule_and_variant() -> None:
    answer = visit([{"destination": TO, "enabled": False}, THREE])
    variant = answer.rule >> 16
    assert answer.rule == 2 | variant << 16
    assert location(answer) == THREE["variants"][variant - 1]["destination"]
