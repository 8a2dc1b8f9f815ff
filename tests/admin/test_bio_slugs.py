"""Slugs out of titles."""

import pytest

from admin.bio_slugs import candidates, folded
from links.errors import LinkError
from links.slug import canonical_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Marta Öberg", "marta-oberg"),
        ("José’s Café & Bar", "joses-cafe-bar"),
        ("Straße — Æther", "strasse-aether"),
        ("Łódź Smørrebrød", "lodz-smorrebrod"),
        ("Жанна Щукіна", "zhanna-shchukina"),
        ("Ελλάδα", "ellada"),
        ("İstanbul ışık", "istanbul-isik"),
        ("Ｆｕｌｌ ﬁt ①", "full-fit-1"),
        ("東京", ""),
        ("🎪", ""),
        ("<script>alert(1)</script>", "script-alert-1-script"),
        ("--a--", "a"),
    ],
)
def test_what_a_title_becomes(title: str, slug: str) -> None:
    assert folded(title) == slug


def test_the_best_comes_first() -> None:
    assert candidates("Marta", "a1b2c3")[:3] == ("marta", "marta-2", "marta-3")
    assert candidates("Marta", "a1b2c3")[-1] == "marta-a1b2c3"
    assert candidates("東京", "a1b2c3")[0] == "page"
    assert candidates("AB", "a1b2c3")[0] == "ab-page"


@pytest.mark.parametrize("title", ["x" * 200, "a" * 56 + " b" * 50, "Marta", "A", "東京"])
def test_all_fit_the_grammar(title: str) -> None:
    slugs = candidates(title, "a1b2c3")
    assert len(set(slugs)) == len(slugs)
    for slug in slugs:
        assert 3 <= len(slug) <= 64
        assert canonical_slug(slug) == slug
        assert "--" not in slug
        assert slug == slug.strip("-")


def test_a_reserved_one_has_successors_that_are_not() -> None:
    first, second, *_ = candidates("Admin", "a1b2c3")
    assert first == "admin"
    with pytest.raises(LinkError):
        canonical_slug(first)
    assert canonical_slug(second) == "admin-2"
