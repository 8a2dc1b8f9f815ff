"""The lists of user agents: whole, in step with their packages, and not in one another's way."""

import re

import crawleruseragents
import pytest

from clicks.agent_kinds import _INSTEAD, lists_version
from clicks.classes import Kind
from tests.clicks.counting import KINDS

ENTRIES = crawleruseragents.CRAWLER_USER_AGENTS_DATA


def test_what_is_replaced_is_still_in_the_list() -> None:
    assert set(_INSTEAD) <= {entry["pattern"] for entry in ENTRIES}


def test_the_list_needs_nothing_that_the_matcher_has_not() -> None:
    # It knows no look-around and no references back; the library `re` must agree with it on every instance.
    for entry in ENTRIES:
        expression = re.compile(entry["pattern"])
        assert all(expression.search(instance) for instance in entry["instances"]), entry["pattern"]


def test_nearly_all_instances_of_bots_are_no_people() -> None:
    people = [
        instance for entry in ENTRIES for instance in entry["instances"] if KINDS.kind_of(instance) is Kind.PERSON
    ]
    # Browsers inside apps and editors, which the list takes for bots.
    assert len(people) <= 8
    assert all(person.startswith("Mozilla/5.0 (") for person in people)


def test_the_versions_of_all_lists_are_named() -> None:
    assert re.fullmatch(r"\d+;crawler-user-agents [\d.]+;ua-parser [\d.]+;ua-parser-rs [\d.]+", lists_version())


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("WhatsApp/2.23.20.0", Kind.PREVIEW),
        ("WhatsApp", Kind.PREVIEW),
        ("Mozilla/5.0 (Linux; Android 13; wv) Chrome/120 Mobile Safari/537.36 WhatsApp/2.24.1.78", Kind.PERSON),
        ("Viber/21", Kind.PREVIEW),
        ("python-requests/2.32 (my crawler)", Kind.TOOL),
        ("curl", Kind.TOOL),
        ("Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", Kind.PREVIEW),
        ("Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 Chrome/114.0.0.0 Mobile", Kind.PERSON),
        ("Mozilla/5.0 (iPhone) Instagram 1 (compatible; Googlebot/2.1)", Kind.BOT),
        ("http.rb/5.2.0 (Mastodon/4.2.9; +https://mastodon.social/)", Kind.PREVIEW),
    ],
)
def test_what_stands_in_front_and_within(agent: str, kind: Kind) -> None:
    assert KINDS.kind_of(agent) is kind
