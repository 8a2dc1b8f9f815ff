import msgspec
import pytest

from admin.errors import Problem
from admin.models_xqr import CreateLink, PatchLink
from admin.validation import context, validated
from links.model import Changes, Draft

CONTEXT = context("localhost:8080")
URL = "https://example.com/summer-sale?utm_source=qr"


def draft(**body):
    return validated(CreateLink, {"url": URL, **body}, CONTEXT).draft(1)


def faults(model=CreateLink, /, **body):
    with pytest.raises(Problem) as caught:
        validated(model, {"url": URL, **body}, CONTEXT)
    return {detail.field: detail.message for detail in caught.value.details}


def changes(**body):
    return validated(PatchLink, body, CONTEXT).changes()


def test_only_the_url_is_required():
    assert draft() == Draft(destination=URL)
    with pytest.raises(Problem, match="url: is required"):
        validated(CreateLink, {}, CONTEXT)


def test_null_is_as_good_as_nothing():
    assert draft(custom_slug=None, labels=None, routing_rules=None, expires_at=None, track=None) == draft()


def test_everything():
    asked = draft(
        custom_slug="summer24",
        labels=[" b ", "a", "b"],
        routing_rules=[],
        expires_at="2026-09-30T23:59:59.999Z",
        track=False,
    )
    assert asked == Draft(
        destination=URL, slug="summer24", labels=("b", "a"), expires_at=1_790_812_799_000, track=False
    )


@pytest.mark.parametrize(("slug", "said"), [("", "too short"), ("ab", "too short"), ("a" * 65, "too long")])
def test_a_slug_of_the_wrong_length(slug, said):
    assert said in faults(custom_slug=slug)["custom_slug"]


@pytest.mark.parametrize(
    ("slug", "character"), [("a_b", '"_"'), ("a b", "U+0020"), ("abc\n", "U+000A"), ("é-é", '"é"'), ("a/b", '"/"')]
)
def test_a_slug_with_a_wrong_character_names_it(slug, character):
    assert character in faults(custom_slug=slug)["custom_slug"]


@pytest.mark.parametrize("slug", ["abc", "A-9", "---", "a" * 64])
def test_a_good_slug(slug):
    assert draft(custom_slug=slug).slug == slug


@pytest.mark.parametrize("slug", ["api", "Docs", "healthz"])
def test_a_reserved_slug_is_found_with_the_other_faults(slug):
    assert "reserved" in faults(custom_slug=slug)["custom_slug"]


def test_labels():
    assert faults(labels=["ok", 1, "  ", "x" * 65]) == {
        "labels[1]": "must be a string",
        "labels[2]": "must not be blank",
        "labels[3]": "must have at most 64 characters, this has 65",
    }
    assert faults(labels=[str(n) for n in range(11)]) == {"labels": "must have at most 10 items"}
    assert faults(labels="a") == {"labels": "must be an array"}
    assert len(draft(labels=[str(n) for n in range(10)]).labels) == 10


def test_types_are_strict():
    assert set(faults(url=5, custom_slug=24, labels={}, routing_rules={}, expires_at=5)) == {
        "url",
        "custom_slug",
        "labels",
        "routing_rules",
        "expires_at",
    }


def test_an_empty_patch_asks_for_nothing():
    assert changes() is None
    assert changes(routing_rules=[]) == Changes(rules=())


def test_a_patch_asks_for_what_was_sent():
    assert changes(url=URL, labels=["a", "a"], enabled=False, custom_slug="new-one", expires_at=None) == Changes(
        destination=URL, labels=("a",), enabled=False, slug="new-one", expires_at=None
    )
    assert changes(labels=[]).labels == ()
    assert [changes(track=track) for track in (True, False)] == [Changes(track=True), Changes(track=False)]
    assert changes(enabled=True).expires_at is msgspec.UNSET
    assert changes(expires_at="2026-09-30").expires_at == 1_790_726_400_000


def test_null_is_refused_in_a_patch():
    assert set(
        faults(PatchLink, url=None, labels=None, enabled=None, routing_rules=None, track=None, custom_slug=None)
    ) == {
        "track",
        "url",
        "labels",
        "enabled",
        "routing_rules",
        "custom_slug",
    }


def test_a_patch_checks_as_create_does():
    assert set(faults(PatchLink, url="x", custom_slug="a", labels=[""], enabled="true", expire_at="2026")) == {
        "url",
        "custom_slug",
        "labels[0]",
        "enabled",
        "expire_at",
    }
