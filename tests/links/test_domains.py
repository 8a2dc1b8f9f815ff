"""Domains in the database: what they allow, how they change, and what the feed says of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from links.changing import Change
from links.domain_rules import Checked
from links.domains import DomainStore
from links.errors import Code, DnsError, LinkError
from links.model import Link
from links.workspaces import Workspaces
from tests.links.storing import Opened, drawing, prepared

HOST = "go.example"
BAD = Checked(False, ("A 203.0.113.7",), ("A 198.51.100.9",))
GOOD = Checked(True, ("A 203.0.113.7",), ("A 203.0.113.7",))


@pytest.fixture
def domains(opened: Opened) -> DomainStore:
    return DomainStore(opened.store, lambda: opened.now)


def used(opened: Opened) -> int:
    return int(opened.rows("SELECT used_domains FROM workspaces WHERE id = 1")[0][0])


def renaming(slug: str) -> Callable[[Link], Change]:
    return lambda old: Change(msgspec.structs.replace(old, slug=slug), None)


async def refused(awaited: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await awaited
    return caught.value


async def test_a_domain_is_pending_until_its_dns_is_right(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, BAD, spare=True)
    assert (made.status, made.spare, made.expected, made.found) == ("pending", True, BAD.expected, BAD.found)
    assert (made.checked_at, made.verified_at) == (opened.now, None)
    opened.now += 5
    done = await domains.record(made.id, GOOD, fails=False)
    assert (done.status, done.checked_at, done.verified_at, done.found) == (
        "active",
        opened.now,
        opened.now,
        GOOD.found,
    )
    assert done.rev > made.rev
    assert await domains.all() == [done]


async def test_a_bad_check_fails_an_active_domain_only_where_it_is_to(domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    assert (await domains.record(made.id, BAD, fails=False)).status == "active"
    failed = await domains.record(made.id, BAD, fails=True)
    assert (failed.status, failed.verified_at) == ("failed", made.verified_at)
    assert (await domains.record(made.id, GOOD, fails=False)).status == "active"
    pending = await domains.add("b.example", 1, BAD, spare=False)
    assert (await domains.record(pending.id, BAD, fails=True)).status == "pending"


async def test_a_host_is_registered_once_and_again_when_it_was_removed(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=True)
    await domains.set(made.id, {"root_redirect": "https://a.example/", "redirect_status": 302})
    assert (await refused(domains.add(HOST, 1, GOOD, spare=False))).message == "is registered already"
    assert used(opened) == 1
    rev = await domains.remove(made.id)
    assert (rev, used(opened), await domains.all()) == (made.rev + 2, 0, [])
    assert (await refused(domains.remove(made.id))).code is Code.NOT_FOUND
    again = await domains.add(HOST, 1, BAD, spare=False)
    assert (again.id, again.rev) == (made.id, rev + 1)
    assert (again.status, again.root_redirect, again.redirect_status, again.spare) == ("pending", "", None, False)


async def test_a_workspace_has_as_many_domains_as_it_may(opened: Opened, domains: DomainStore) -> None:
    writing = opened.store.writer
    await writing.submit(lambda tx: tx.fetch("UPDATE workspaces SET most_domains = 1 WHERE id = 1"))
    first = await domains.add(HOST, 1, GOOD, spare=False)
    assert (await refused(domains.add("b.example", 1, GOOD, spare=False))).code is Code.LIMIT
    await domains.remove(first.id)
    await domains.add("b.example", 1, GOOD, spare=False)
    assert used(opened) == 1


async def test_a_domain_with_links_stays(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    links = [await opened.make("a", domain=HOST), await opened.make("b", domain=HOST)]
    assert (await refused(domains.remove(made.id))).message == "has 2 links: delete them first"
    await opened.store.delete(links[0].uuid, "t", keep_code=True)
    assert (await refused(domains.remove(made.id))).message == "has 1 link: delete them first"
    await opened.store.delete(links[1].uuid, "t")
    await domains.remove(made.id)


async def test_links_are_made_on_active_domains_of_their_own_workspace_alone(
    opened: Opened, domains: DomainStore
) -> None:
    await domains.add("pending.example", 1, BAD, spare=False)
    assert await Workspaces(opened.store, lambda: opened.now).create("other", {}) == 2
    await domains.add("other.example", 2, GOOD, spare=False)
    removed = await domains.add("removed.example", 1, GOOD, spare=False)
    await domains.remove(removed.id)
    await domains.add(HOST, 1, GOOD, spare=False)
    hosts = ["pending.example", "other.example", "removed.example", "unknown.example", HOST, ""]
    *bad, good, own = await opened.store.create([prepared("a", domain=host) for host in hosts], "t")
    assert [(type(one), one.expected) for one in bad if isinstance(one, DnsError)] == [
        (DnsError, BAD.expected),
        *[(DnsError, ())] * 3,
    ]
    assert [isinstance(one, Link) for one in (good, own)] == [True, True]
    assert opened.rows("SELECT used_links FROM workspaces WHERE id = 1") == [(2,)]


async def test_slugs_are_in_lower_case_where_case_is_ignored(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    await domains.set(made.id, {"ignores_case": True})
    capital, drawn, lower = await opened.store.create(
        [prepared("Abc", domain=HOST), prepared("", domain=HOST, draw=drawing("XyZ")), prepared("größe", domain=HOST)],
        "t",
    )
    assert isinstance(capital, LinkError)
    assert (capital.field, capital.message) == ("slug", "must be in lower case: go.example ignores case")
    assert isinstance(drawn, Link)
    assert isinstance(lower, Link)
    assert [drawn.slug, lower.slug] == ["xyz", "größe"]
    assert (await refused(opened.store.edit(drawn.uuid, renaming("XX"), "t", 0))).code is Code.INVALID
    await opened.make("Abc")


async def test_ignoring_case_renames_what_is_there(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    big = await opened.make("ABC", domain=HOST, labels=("x",))
    await opened.make("plain", domain=HOST)
    await opened.make("ÄÖ", domain=HOST)
    kept = await opened.make("plAIN", domain=HOST)
    await opened.store.delete(kept.uuid, "t", keep_code=True)
    await opened.make("ABC")
    before = await opened.store.rev()
    done = await domains.set(made.id, {"ignores_case": True})
    assert done.ignores_case
    assert done.rev == await opened.store.rev()
    taken = "SELECT slug, state FROM codes WHERE domain = ? AND state <> 'gone' ORDER BY slug"
    assert opened.rows(taken, HOST) == [("abc", "live"), ("plain", "live"), ("äö", "live")]
    assert opened.rows(taken, "") == [("ABC", "live")]
    renamed = await opened.store.get(big.uuid)
    assert (renamed.slug, renamed.labels, renamed.edits) == ("abc", ("x",), 0)
    (_, was) = await opened.store.history(big.id)
    assert (was[0], was[2:4]) == (renamed.rev, ("ignores case", "edit"))
    # A worker that stops after any of them: first case, then what goes for good, the new names, and the old ones.
    feed = opened.rows(
        "SELECT rev, slug, state FROM codes WHERE rev > ? UNION ALL SELECT rev, NULL, '' FROM domains WHERE rev > ? "
        "ORDER BY 1",
        before,
        before,
    )
    assert [row[1:] for row in feed] == [
        (None, ""),
        ("plAIN", "gone"),
        ("abc", "live"),
        ("äö", "live"),
        ("ABC", "gone"),
        ("ÄÖ", "gone"),
    ]
    assert [row[0] for row in feed] == list(range(before + 1, before + 7))


async def test_two_links_that_differ_in_case_only_stand_against_it(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    for slug in ("abc", "aBc", "X"):
        await opened.make(slug, domain=HOST)
    rev = await opened.store.rev()
    error = await refused(domains.set(made.id, {"ignores_case": True}))
    assert (error.field, error.code) == ("ignores_case", Code.INVALID)
    assert '"abc" and "aBc"' in error.message
    assert await opened.store.rev() == rev
    assert opened.codes() == {"abc": "live", "aBc": "live", "X": "live"}


async def test_an_old_name_in_its_grace_gives_way(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    link = await opened.make("ABC", domain=HOST)
    await opened.store.edit(link.uuid, renaming("abc"), "t", 1000)
    assert opened.codes() == {"ABC": "grace", "abc": "live"}
    await domains.set(made.id, {"ignores_case": True})
    assert opened.codes() == {"abc": "live"}


async def test_a_setting_that_stays_takes_no_rev(opened: Opened, domains: DomainStore) -> None:
    made = await domains.add(HOST, 1, GOOD, spare=False)
    assert await domains.set(made.id, {"robots": "allow"}) == made
    assert await opened.store.rev() == made.rev
    opened.now += 1
    done = await domains.set(made.id, {"robots": "disallow", "not_found_redirect": "https://a.example/"})
    assert (done.robots, done.not_found_redirect, done.updated_at) == ("disallow", "https://a.example/", opened.now)
    assert opened.committed[-1] == done.rev
