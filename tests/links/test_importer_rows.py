"""What else a row can say, and what a row does where its link is there already."""

import pytest

from links.columns import WITHHELD
from links.domain_rules import Checked
from links.domains import DomainStore
from links.importer import Counts
from links.workspaces import Workspaces
from tests.links.importing import OTHER, URL, Importing, row

HOST, SHOWN = "xn--ls8h.example", "💩.example"
RULES = ({"destination": OTHER},)
HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$QWxhZGRpbjpvcGVuIHNlc2FtZQ"


async def test_a_row_on_a_domain(importing: Importing) -> None:
    await importing.opened.register(HOST)
    rows = [row(2, "a", domain=HOST), row(3, "a", OTHER), row(4, None, OTHER + "1", domain=HOST)]
    assert await importing.run(*rows) == Counts(created=3)
    by_slug = importing.opened.store.by_slugs
    assert (await by_slug(HOST, ["a"]))["a"].location == URL
    assert (await by_slug("", ["a"]))["a"].location == OTHER
    assert await importing.run(*rows) == Counts(unchanged=3)
    assert await importing.run(row(2, "a", OTHER, domain=HOST)) == Counts(failed=1)
    assert importing.failures() == [(2, f"slug: {SHOWN}/a already leads elsewhere")]


async def test_a_domain_that_is_not_here_is_named(importing: Importing) -> None:
    domains = DomainStore(importing.opened.store, lambda: 1)
    await domains.add("pending.example", 1, Checked(False, ("A 203.0.113.7",)), spare=False)
    number = await Workspaces(importing.opened.store, lambda: 1).create("other", {})
    await importing.opened.register("others.example", number)
    counts = await importing.run(
        row(2, "a", domain=HOST),
        row(3, "b", domain="pending.example"),
        row(4, "c", domain="others.example"),
        row(5, "d"),
    )
    assert counts == Counts(created=1, failed=3)
    assert importing.failures() == [
        (2, f"domain: {SHOWN} is not registered for workspace 1"),
        (3, "domain: the DNS of pending.example has not been found to lead here"),
        (4, "domain: others.example is not registered for workspace 1"),
    ]


async def test_a_row_of_another_workspace(importing: Importing) -> None:
    number = await Workspaces(importing.opened.store, lambda: 1).create("other", {})
    rows = [row(2, "a", workspace=number), row(3, None, workspace=number), row(4, None)]
    assert await importing.run(*rows) == Counts(created=3)
    assert await importing.run(*rows) == Counts(unchanged=3)
    assert (await importing.opened.store.by_slugs("", ["a"]))["a"].workspace == number
    assert await importing.run(row(2, "a")) == Counts(failed=1)  # in 1 it is taken, wherever it leads
    importing.refused[7] = "there is no workspace 7"
    assert await importing.run(row(3, "b", workspace=7)) == Counts(failed=1)
    assert importing.failures() == [(2, "slug: a already leads elsewhere"), (3, "there is no workspace 7")]


async def test_rules_and_a_password_are_not_taken_to_be_there(importing: Importing) -> None:
    await importing.run(row(2, "plain"), row(3, "ruled", rules=RULES), row(4, "locked", password=HASH))
    assert await importing.run(row(2, "ruled"), row(3, "locked")) == Counts(unchanged=2)  # the row does not say
    assert await importing.run(row(2, "ruled", rules=RULES), row(3, "locked", password=HASH)) == Counts(unchanged=2)
    assert await importing.run(row(2, "locked", password=WITHHELD)) == Counts(unchanged=1)
    assert importing.failures() == []
    other = HASH.replace("c29t", "c29u")
    rows = [row(2, "plain", rules=RULES), row(3, "plain", password=HASH), row(4, "locked", password=other)]
    assert await importing.run(*rows, row(5, "plain", password=WITHHELD)) == Counts(failed=4)
    assert importing.failures() == [
        (2, "slug: plain is there already, with other rules"),
        (3, "slug: plain is there already, with another password or none"),
        (4, "slug: locked is there already, with another password or none"),
        (5, "slug: plain is there already, without a password"),
    ]
    stored = await importing.opened.store.by_slugs("", ["plain", "locked"])
    assert (stored["plain"].password, stored["locked"].password) == (None, HASH)


async def test_a_link_that_is_counted_is_not_taken_for_one_that_is_not(importing: Importing) -> None:
    await importing.run(row(2, "counted"), row(3, "quiet", track=False), row(4, "locked", password=HASH))
    assert await importing.run(row(2, "quiet"), row(3, "quiet", track=False)) == Counts(unchanged=2)
    rows = [row(2, "counted", track=False), row(3, "locked", password=WITHHELD, track=False)]
    assert await importing.run(*rows) == Counts(failed=2)
    assert importing.failures() == [
        (2, "slug: counted is there already, and its visits are counted"),
        (3, "slug: locked is there already, and its visits are counted"),
    ]


async def test_a_link_is_never_made_open_for_want_of_its_password(importing: Importing) -> None:
    assert await importing.run(row(2, "a", password=WITHHELD)) == Counts(failed=1)
    assert importing.failures()[0][1].startswith("password: was not exported; `links export --with-passwords`")
    assert await importing.links() == {}


@pytest.mark.parametrize("fields", [{"rules": RULES}, {"password": HASH}, {"track": False}])
async def test_a_drawn_slug_has_no_rules_no_password_and_is_tracked(
    importing: Importing, fields: dict[str, object]
) -> None:
    assert await importing.run(row(2, None, **fields)) == Counts(failed=1)
    assert importing.failures() == [(2, "slug: is required beside rules, a password, or track=false")]


async def test_rules_are_checked_before_they_are_looked_into(importing: Importing) -> None:
    rules = ("no rule",)
    importing.refused[str(rules)] = "rules[0]: must be an object"
    assert await importing.run(row(2, "a", rules=rules), row(3, "b")) == Counts(created=1, failed=1)
    assert importing.failures() == [(2, "rules[0]: must be an object")]
