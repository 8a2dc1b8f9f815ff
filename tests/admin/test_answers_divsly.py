import msgspec
import pytest

from admin.answers_divsly import DivslyLink, view
from links.model import Link

LINK = Link(
    id=7,
    uuid="00000000-0000-4000-8000-000000000007",
    workspace=1,
    domain="",
    slug="tw9e1",
    destination="https://jsdev.org/",
    location="https://jsdev.org/",
    status=None,
    cache_seconds=None,
    forward_query=None,
    enabled=False,
    labels=("a", "b c"),
    title="JS Dev",
    rules=[],
    program=None,
    password=None,
    utm={"source": "x"},
    extras={"btnLabel": "Go", "isBgTransparent": True},
    expires_at=1_782_361_815_979,
    edits=2,
    rev=9,
    created_at=1_774_103_400_500,
    updated_at=1_774_103_400_501,
)


def test_a_link_that_was_edited():
    answer = view(LINK, "kut.lt")
    assert (answer["edit"], answer["isEdit"], answer["isActive"]) == (2, True, False)
    assert (answer["title"], answer["titleLabel"], answer["tags"]) == ("JS Dev", "js dev", "a,b c")
    assert (answer["utm_source"], answer["utm_medium"], answer["btnLabel"]) == ("x", None, "Go")
    assert (answer["brandedDomain"], answer["id"], answer["uniqueTagId"]) == ("kut.lt", 7, 7)
    assert (answer["expirationDate"], answer["updatedAt"]) == ("2026-06-25T04:30:15.979Z", "2026-03-21T14:30:00.501Z")


@pytest.mark.parametrize(
    ("type_", "answered"),
    [("SHORT_LINK", "shortlink"), ("QR", "qr"), ("BIO_LINK", "biolink"), ("QR_N_BIO_PAGE", "qrnbiopage")],
)
def test_the_type_in_the_words_of_answers(type_, answered):
    assert view(LINK, "kut.lt")["type"] == "shortlink"
    assert view(msgspec.structs.replace(LINK, extras={"type": type_}), "kut.lt")["type"] == answered


def test_the_user_is_the_workspace():
    assert view(msgspec.structs.replace(LINK, workspace=92), "kut.lt")["userId"] == 92


def test_the_documented_keys_are_those_answered_in_the_same_order():
    assert list(view(LINK, "kut.lt")) == list(DivslyLink.model_fields)
    assert DivslyLink.model_validate(view(LINK, "kut.lt"), strict=True).id == 7
