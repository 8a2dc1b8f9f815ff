"""What drafts and changes become; the service over a store: test_service_store.py."""

from itertools import count
from typing import Any

import msgspec
import pytest

from links.changing import Change
from links.errors import Code, LinkError
from links.model import Changes, Draft
from links.service import LABEL_CHARACTERS, Drafts, labels_of
from links.settings import LinkSettings
from tests.links.storing import link

OWN = "go.example:8080"
TO = "https://example.com/"


def drafts(random: Any = bytes, **settings: Any) -> Drafts:
    """``random`` gives zeros unless said otherwise: the alphabet's first character."""
    numbers = count(1)
    return Drafts(LinkSettings(**settings), frozenset({OWN}), random, lambda: f"uuid-{next(numbers)}")


def refused(draft: Draft, **settings: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        drafts(**settings).prepare(draft)
    assert caught.value.code is Code.INVALID
    return caught.value


# Drafts


def test_a_draft_becomes_a_link_that_lacks_what_the_database_gives() -> None:
    draft = Draft(
        destination="HTTPS://EXAMPLE.com/ä b",
        slug="My-Slug",
        domain="go.example",
        status=308,
        cache_seconds=5,
        forward_query=False,
        enabled=False,
        labels=(" one ", "two", "one"),
        title="T",
        rules=({"destination": "HTTPS://a.example"},),
        extras={"b": 2},
        expires_at=9,
    )
    prepared = drafts().prepare(draft)
    assert prepared.draw is None
    assert prepared.link == link(
        "My-Slug",
        uuid="uuid-1",
        destination="HTTPS://EXAMPLE.com/ä b",
        location="https://example.com/%C3%A4%20b",
        domain="go.example",
        status=308,
        cache_seconds=5,
        forward_query=False,
        enabled=False,
        labels=("one", "two"),
        title="T",
        rules=[{"destination": "HTTPS://a.example"}],
        program='[1,[1,"https://a.example/",{}]]',
        extras={"b": 2},
        expires_at=9,
    )


def test_every_link_has_a_uuid_of_its_own() -> None:
    made = drafts()
    assert [made.prepare(Draft(destination=TO)).link.uuid for _ in range(2)] == ["uuid-1", "uuid-2"]


def test_the_same_destination_has_the_same_hash_however_it_is_written() -> None:
    hashes = {
        drafts().prepare(Draft(destination=url)).destination_hash
        for url in ("https://example.com", "HTTPS://example.COM:443/", "https://example.com/./")
    }
    assert len(hashes) == 1


def test_utm_parameters_are_in_the_location_and_not_in_the_hash() -> None:
    plain = drafts().prepare(Draft(destination=TO))
    marked = drafts().prepare(Draft(destination=TO, utm={"source": "a b", "medium": ""}))
    assert marked.link.location == "https://example.com/?utm_source=a%20b"
    assert marked.link.destination == TO
    assert marked.link.utm == {"source": "a b", "medium": ""}
    assert marked.destination_hash == plain.destination_hash


def test_a_slug_is_brought_to_its_one_form() -> None:
    assert drafts().prepare(Draft(destination=TO, slug="❤\ufe0f")).link.slug == "❤"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(destination=""), "destination"),
        (Draft(destination="ftp://example.com/"), "destination"),
        (Draft(destination=f"http://{OWN}/abc"), "destination"),
        (Draft(destination=TO, slug=""), "slug"),
        (Draft(destination=TO, slug="api/x"), "slug"),
        (Draft(destination=TO, slug="a b"), "slug"),
        (Draft(destination=TO, labels=("",)), "labels"),
        (Draft(destination=TO, utm={"source": "x" * 9_000}), "destination"),
        (Draft(destination=TO, utm={"sauce": "x"}), "utm"),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(draft: Draft, field: str) -> None:
    assert refused(draft).field == field


def test_schemes_are_the_settings() -> None:
    assert drafts(schemes=("mailto",)).prepare(Draft(destination="mailto:a@example.com")).link.location
    assert refused(Draft(destination=TO), schemes=("mailto",)).field == "destination"


# Generated slugs


@pytest.mark.parametrize(
    ("fields", "extra", "slug"),
    [
        ({}, 0, "2222222"),
        ({}, 2, "222222222"),
        ({"slug_length": 3}, 0, "222"),
        ({"slug_length": 3}, 1, "2222"),
        ({"slug_alphabet": "xyz"}, 0, "xxxxxxx"),
        ({"slug_alphabet": "xyz", "slug_length": 4}, 0, "xxxx"),
    ],
)
def test_a_slug_is_drawn_as_the_draft_or_the_settings_say(fields: dict[str, Any], extra: int, slug: str) -> None:
    prepared = drafts().prepare(Draft(destination=TO, **fields))
    assert prepared.link.slug == ""
    assert prepared.draw is not None
    assert prepared.draw(extra) == slug


def test_the_settings_of_generated_slugs() -> None:
    prepared = drafts(slug_alphabet="0123456789", slug_length=5).prepare(Draft(destination=TO))
    assert prepared.draw is not None
    assert prepared.draw(0) == "00000"


def test_each_draw_draws_anew() -> None:
    given = iter([b"\x00\x01", b"\x02\x03"])
    prepared = drafts(lambda _: next(given)).prepare(Draft(destination=TO, slug_length=2, slug_alphabet="abcd"))
    assert prepared.draw is not None
    assert [prepared.draw(0), prepared.draw(0)] == ["ab", "cd"]


# Changes


STORED = link("abc", id=1, uuid="u", labels=("one",), utm={"source": "x"}, location=TO + "?utm_source=x", expires_at=5)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(),
        Changes(destination=TO),
        Changes(slug="abc"),
        Changes(enabled=True),
        Changes(labels=("one",)),
        Changes(labels=(" one ", "one")),
        Changes(expires_at=5),
        Changes(utm={"source": "x"}),
        Changes(title="", password=None, domain="", extras={}),
        Changes(destination=TO, slug="abc", enabled=True, labels=("one",), expires_at=5),
    ],
)
def test_what_is_so_already_changes_nothing(changes: Changes) -> None:
    assert drafts().change(STORED, changes) is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (Changes(slug="new"), {"slug": "new"}),
        (Changes(slug="❤\ufe0f"), {"slug": "❤"}),
        (Changes(enabled=False), {"enabled": False}),
        (Changes(labels=()), {"labels": ()}),
        (Changes(labels=("b ", "a", "b")), {"labels": ("b", "a")}),
        (Changes(expires_at=None), {"expires_at": None}),
        (Changes(expires_at=0), {"expires_at": 0}),
        (Changes(title="T"), {"title": "T"}),
        (Changes(domain="go.test"), {"domain": "go.test"}),
        (Changes(password="hash"), {"password": "hash"}),
        (Changes(extras={"type": "QR"}), {"extras": {"type": "QR"}}),
    ],
)
def test_only_what_is_said_changes(changes: Changes, fields: dict[str, Any]) -> None:
    assert drafts().change(STORED, changes) == Change(msgspec.structs.replace(STORED, **fields), None)


def test_a_new_destination_gets_the_links_own_utm_and_a_new_hash() -> None:
    change = drafts().change(STORED, Changes(destination="https://example.org/?utm_source=y&a=1"))
    assert change is not None
    assert change.link.destination == "https://example.org/?utm_source=y&a=1"
    assert change.link.location == "https://example.org/?a=1&utm_source=x"
    expected = drafts().prepare(Draft(destination="https://example.org/?utm_source=y&a=1"))
    assert change.destination_hash == expected.destination_hash


def test_other_utm_parameters_make_another_location() -> None:
    change = drafts().change(STORED, Changes(utm={"medium": "y"}))
    assert change is not None
    assert (change.link.utm, change.link.location) == ({"medium": "y"}, TO + "?utm_medium=y")
    assert change.destination_hash == drafts().prepare(Draft(destination=TO)).destination_hash
    change = drafts().change(STORED, Changes(utm={}))
    assert change is not None
    assert change.link.location == TO


def test_a_destination_that_would_be_refused_today_may_stay() -> None:
    old = link("abc", destination="ftp://example.com/", location="ftp://example.com/")
    change = drafts().change(old, Changes(destination="ftp://example.com/", enabled=False))
    assert change == Change(msgspec.structs.replace(old, enabled=False), None)
    with pytest.raises(LinkError):
        drafts().change(old, Changes(destination="ftp://example.org/"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (Changes(destination=f"http://{OWN}/"), "destination"),
        (Changes(slug=""), "slug"),
        (Changes(slug="a//b"), "slug"),
        (Changes(labels=("x" * 65,)), "labels"),
        (Changes(utm={"sauce": "x"}), "utm"),
    ],
)
def test_a_change_is_checked_as_a_draft_is(changes: Changes, field: str) -> None:
    with pytest.raises(LinkError) as caught:
        drafts().change(STORED, changes)
    assert (caught.value.code, caught.value.field) == (Code.INVALID, field)


@pytest.mark.parametrize(
    ("labels", "result"),
    [
        ((), ()),
        (("a",), ("a",)),
        (("b", "a"), ("b", "a")),
        ((" a\t", "a", "b", "a "), ("a", "b")),
        (("A", "a"), ("A", "a")),
        (("x" * LABEL_CHARACTERS,), ("x" * LABEL_CHARACTERS,)),
        (("😀" * LABEL_CHARACTERS,), ("😀" * LABEL_CHARACTERS,)),
        ((" " + "x" * LABEL_CHARACTERS + " ",), ("x" * LABEL_CHARACTERS,)),
    ],
)
def test_labels(labels: tuple[str, ...], result: tuple[str, ...]) -> None:
    assert labels_of(labels) == result


@pytest.mark.parametrize("labels", [("",), ("a", " "), ("x" * (LABEL_CHARACTERS + 1),)])
def test_labels_that_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(LinkError, match="1 to 64 characters") as caught:
        labels_of(labels)
    assert caught.value.field == "labels"
