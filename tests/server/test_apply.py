import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.model import FeedRow, RawFeedRow
from server.apply import apply_rows
from server.bio_page import BioPage
from server.domains import DomainSettings
from server.endings import Endings
from server.entry import Target, pack, unpack
from server.table import Table

LOCATION = b"https://example.com/"


def row(
    rev: int,
    slug: str,
    state: bytes = b"live",
    *,
    link: int = 1,
    domain: bytes = b"",
    until: int | None = None,
    location: bytes | None = LOCATION,
    status: int | None = None,
    enabled: int | None = 1,
    expires: int | None = None,
    cache: int | None = None,
    forward: int | None = None,
    mark: str | None = None,
    program: list[object] | None = None,
) -> RawFeedRow:
    ends = {b"live": None, b"grace": until, b"gone": 0, b"kept": 0}[state]
    set_ = [enabled, status, expires, cache, forward, mark, program]
    settings = (
        None if set_ == [1, None, None, None, None, None, None] or location is None else json.dumps(set_).encode()
    )
    return (rev, domain, slug.encode(), link, location, ends, settings)


def found(table: Table, path: bytes, domain: bytes = b"") -> Target | None:
    entry = table.get(domain, path)
    return None if entry is None else unpack(entry)


def test_a_plain_row_is_packed_as_pack_does() -> None:
    table = Table()
    apply_rows(table, Endings(), [row(1, "abc", link=9)])
    assert table.get(b"", b"abc") == pack(9, LOCATION)


@pytest.mark.parametrize(
    ("given_row", "expected"),
    [
        (row(1, "a", status=308), Target(1, 308, LOCATION, True, None, None, None, None)),
        (row(1, "a", enabled=0), Target(1, None, LOCATION, False, None, None, None, None)),
        (row(1, "a", expires=0), Target(1, None, LOCATION, True, 0, None, None, None)),
        (row(1, "a", cache=0), Target(1, None, LOCATION, True, None, None, 0, None)),
        (row(1, "a", forward=1), Target(1, None, LOCATION, True, None, None, None, True)),
        (row(1, "a", forward=0), Target(1, None, LOCATION, True, None, None, None, False)),
        (row(1, "a", mark="x+/"), Target(1, None, LOCATION, True, None, None, None, None, b"x+/")),
        (
            row(1, "a", program=[1, {"é": []}]),
            Target(1, None, LOCATION, True, *[None] * 4, b"", b'[1, {"\\u00e9": []}]'),
        ),
        (row(1, "a", b"grace", until=5), Target(1, None, LOCATION, True, None, 5, None, None)),
        (row(1, "a", b"live", until=5), Target(1, None, LOCATION, True, None, None, None, None)),
    ],
)
def test_what_a_row_sets_is_in_the_entry(given_row: RawFeedRow, expected: Target) -> None:
    table = Table()
    apply_rows(table, Endings(), [given_row])
    assert found(table, b"a") == expected


@pytest.mark.parametrize(
    "last",
    [
        row(2, "a", b"gone"),
        row(2, "a", b"kept"),
        row(2, "a", b"gone", location=None, enabled=None),
        row(2, "a", b"kept", location=None, enabled=None),
    ],
)
def test_what_leads_nowhere_is_removed(last: RawFeedRow) -> None:
    table = Table()
    apply_rows(table, Endings(), [row(1, "a"), last])
    assert found(table, b"a") is None
    assert len(table) == 0


def test_slugs_outside_ascii_are_keyed_percent_encoded() -> None:
    table = Table()
    apply_rows(table, Endings(), [row(1, "😀/é"), row(2, "menu"), row(3, "menu/Week-1_a.b~")])
    assert found(table, b"%F0%9F%98%80/%C3%A9") is not None
    assert found(table, b"menu/Week-1_a.b~") is not None
    assert len(table) == 3


def test_rows_go_to_their_domains() -> None:
    table = Table()
    apply_rows(
        table,
        Endings(),
        [
            row(1, "a", link=1, domain=b"x.test"),
            row(2, "a", link=2),
            row(3, "b", link=3, domain=b"x.test"),
            row(4, "c", b"gone", domain=b"y.test"),
        ],
    )
    assert [found(table, b"a", b"x.test"), found(table, b"a"), found(table, b"b", b"x.test")] == [
        Target(1, None, LOCATION, True, None, None, None, None),
        Target(2, None, LOCATION, True, None, None, None, None),
        Target(3, None, LOCATION, True, None, None, None, None),
    ]
    assert b"y.test" not in table  # the code of a removed domain, which says nothing of the host


def test_a_domain_stays_without_links_until_it_is_removed() -> None:
    table = Table()
    said = FeedRow(1, b"x.test", None, 0, None, None, b'[302,"","",0,"allow"]')
    apply_rows(table, Endings(), [said, row(2, "a", b"gone", domain=b"x.test")])
    assert b"x.test" in table
    apply_rows(table, Endings(), [row(3, "a", b"gone", domain=b"x.test"), said._replace(rev=4, settings=None)])
    assert b"x.test" not in table


def test_a_slug_given_away_again_is_its_new_links() -> None:
    table = Table()
    apply_rows(table, Endings(), [row(5, "a", b"gone", link=1), row(9, "a", link=2)])
    target = found(table, b"a")
    assert target is not None
    assert target.link_id == 2


def test_a_rename_there_and_back() -> None:
    table = Table()
    apply_rows(table, Endings(), [row(1, "old")])
    apply_rows(table, Endings(), [row(2, "old", b"grace", until=9), row(3, "new")])
    assert [found(table, key) is not None for key in (b"old", b"new")] == [True, True]
    apply_rows(table, Endings(), [row(4, "old", b"gone"), row(5, "new", b"grace", until=12), row(6, "old")])
    old, new = found(table, b"old"), found(table, b"new")
    assert old is not None
    assert old.until_ms is None
    assert new is not None
    assert new.until_ms == 12


HISTORY = [
    row(1, "a", link=1),
    row(2, "a", b"gone", link=1),
    row(3, "a", link=2),
    row(4, "a", b"grace", link=2, until=9),
    row(5, "b", link=2),
    row(6, "a", b"gone", link=2),
    row(7, "a", link=3),
    row(8, "b", b"kept", link=2),
]


@given(st.integers(0, len(HISTORY)), st.integers(0, len(HISTORY)))
def test_applying_rows_again_ends_where_it_ended(first: int, again: int) -> None:
    table = Table()
    apply_rows(table, Endings(), HISTORY[:first])
    apply_rows(table, Endings(), HISTORY[min(first, again) :])
    assert len(table) == 1
    target = found(table, b"a")
    assert target is not None
    assert target.link_id == 3


def test_a_grace_period_is_noted_and_nothing_else() -> None:
    table, endings = Table(), Endings()
    apply_rows(table, endings, [row(1, "a"), row(2, "b", b"grace", until=9), row(3, "c", b"gone")])
    assert len(endings) == 1
    assert endings.sweep(table, 9, lambda: 0, 1) is False
    assert (table.get(b"", b"a") is not None, table.get(b"", b"b")) == (True, None)


# Domains


def domain_row(rev: int, host: bytes, *settings: object) -> RawFeedRow:
    return (rev, host, None, 0, None, None, json.dumps(settings).encode() if settings else None)


def test_a_domain_is_there_without_links_once_its_row_has_come() -> None:
    table = Table()
    apply_rows(table, Endings(), [domain_row(1, b"x.test", 302, "https://r.test/", "", 1, "disallow")])
    assert b"x.test" in table
    assert table.settings(b"x.test") == DomainSettings(302, "https://r.test/", "", 1, "disallow")
    assert table.settings(b"") is None


def test_a_later_row_replaces_what_a_domain_answers() -> None:
    table = Table()
    rows = [domain_row(1, b"x.test", 302, "", "", 0, "allow"), domain_row(2, b"x.test", None, "", "", 0, "allow")]
    apply_rows(table, Endings(), rows)
    assert table.settings(b"x.test") == DomainSettings(None, "", "", 0, "allow")


def test_a_removed_domain_is_nobodys_and_the_rows_after_it_are_applied() -> None:
    table = Table()
    apply_rows(table, Endings(), [domain_row(1, b"x.test", None, "", "", 0, "allow"), row(2, "a", domain=b"x.test")])
    rows = [domain_row(3, b"x.test"), row(4, "b"), domain_row(5, b"x.test", None, "", "", 0, "allow")]
    apply_rows(table, Endings(), [*rows, row(6, "c", domain=b"x.test")])
    assert found(table, b"a", b"x.test") is None
    assert found(table, b"b") is not None
    assert found(table, b"c", b"x.test") is not None


def test_a_row_of_the_same_domain_right_after_its_removal_is_applied() -> None:
    table = Table()
    rows = [row(1, "a", domain=b"x.test"), domain_row(2, b"x.test"), row(3, "b", domain=b"x.test")]
    apply_rows(table, Endings(), rows)
    assert found(table, b"a", b"x.test") is None
    assert found(table, b"b", b"x.test") is not None


# Bio pages


def page_row(rev: int, page: int, document: bytes | None, *, domain: bytes = b"", at_root: int = 0) -> RawFeedRow:
    return (rev, domain, None, page, document, None, json.dumps(["tag", "policy", at_root]).encode())


@pytest.mark.parametrize("until", [None, 9])
def test_a_code_that_has_no_link_leads_to_a_bio_page(until: int | None) -> None:
    table, endings = Table(), Endings()
    apply_rows(table, endings, [row(1, "p", b"grace" if until else b"live", link=7, until=until, location=None)])
    target = found(table, b"p")
    assert target is not None
    assert (target.link_id, target.is_page, target.until_ms) == (7, True, until)
    assert len(endings) == (until is not None)
    assert table.page(7) is None  # nothing has said yet that it is published
    apply_rows(table, endings, [row(2, "p", b"gone", link=7, location=None)])
    assert found(table, b"p") is None


def test_a_pages_row_says_whether_it_is_published_and_where_it_stands() -> None:
    table = Table()
    for document, at_root in ((b"one", 1), (b"two", 0), (None, 0), (b"three", 1), (None, 1)):
        apply_rows(table, Endings(), [page_row(1, 7, document, domain=b"x.test", at_root=at_root)])
        page = table.page(7)
        assert (page is not None) == (document is not None)
        assert table.root(b"x.test") is (page if at_root else None)
        assert table.root(b"") is None
    assert b"x.test" not in table  # the row of a page on a domain that was removed makes no domain of the host


def test_a_root_changes_hands_in_either_order_of_rows() -> None:
    table = Table()
    apply_rows(table, Endings(), [page_row(1, 7, b"a", at_root=1), page_row(2, 8, b"b", at_root=1)])
    apply_rows(table, Endings(), [page_row(3, 7, b"a")])
    assert isinstance(root := table.root(b""), BioPage)
    assert root.id == 8
    apply_rows(table, Endings(), [page_row(4, 8, b"b"), page_row(5, 7, b"a", at_root=1)])
    assert (root := table.root(b"")) is not None
    assert root.id == 7


def test_rows_around_a_pages_row_go_to_their_domains() -> None:
    table = Table()
    rows = [
        row(1, "a", domain=b"x.test"),
        page_row(2, 7, b"d", domain=b"y.test"),
        row(3, "b", domain=b"x.test"),
        page_row(4, 8, b"d"),
        row(5, "c"),
    ]
    apply_rows(table, Endings(), rows)
    assert [found(table, *where) is not None for where in ((b"a", b"x.test"), (b"b", b"x.test"), (b"c",))] == [True] * 3


def test_a_removed_domain_has_no_root() -> None:
    table = Table()
    apply_rows(table, Endings(), [domain_row(1, b"x.test", None, "", "", 0, "allow")])
    apply_rows(table, Endings(), [page_row(2, 7, b"d", domain=b"x.test", at_root=1), domain_row(3, b"x.test")])
    assert table.root(b"x.test") is None
