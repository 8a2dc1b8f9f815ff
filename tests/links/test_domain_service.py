"""What is decided about domains before and after the database, and what is remembered of them."""

from typing import Any

import pytest

from links.domain_rules import Checked
from links.domain_service import DomainService, Registered
from links.domains import DomainStore
from links.errors import Code, DnsError, LinkError
from links.service import Drafts
from links.settings import LinkSettings
from tests.links.storing import Opened

EXPECTED = ("CNAME go.example.",)


class FakeFollowers:
    def __init__(self) -> None:
        self.revs: list[int] = []
        self.missing = False

    async def reached(self, rev: int) -> None:
        self.revs.append(rev)

    def check_all_present(self) -> None:
        if self.missing:
            raise LinkError(Code.UNAVAILABLE, "missing")


class FakeChecker:
    def __init__(self) -> None:
        self.ok = True

    def expected(self) -> tuple[str, ...]:
        return EXPECTED

    async def check(self, host: str) -> Checked:
        return Checked(self.ok, EXPECTED, EXPECTED if self.ok else ("no such name",))


class Served:
    def __init__(self, opened: Opened, base_url: str = "http://go.example:8080") -> None:
        self.opened = opened
        self.followers, self.checker, self.registered = FakeFollowers(), FakeChecker(), Registered(base_url)
        self.store = DomainStore(opened.store, lambda: opened.now)
        self.service = DomainService(self.store, self.followers, self.registered, self.checker)


@pytest.fixture
def served(opened: Opened) -> Served:
    return Served(opened)


async def refused(awaited: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await awaited
    return caught.value


async def test_a_change_is_followed_before_it_is_acknowledged(served: Served) -> None:
    made = await served.service.add("Bücher.example", 1, spare=False)
    assert (made.host, made.status, served.followers.revs) == ("xn--bcher-kva.example", "active", [made.rev])
    changed = await served.service.set(made.id, 1, {"root_redirect": "HTTPS://example.com"})
    assert (changed.root_redirect, served.followers.revs[-1]) == ("https://example.com/", changed.rev)
    await served.service.remove(made.id, 1)
    assert served.followers.revs[-1] == changed.rev + 1
    assert served.service.all(1) == []


async def test_what_is_there_changes_only_while_all_workers_follow(served: Served) -> None:
    made = await served.service.add("a.example", 1, spare=False)
    served.followers.missing = True
    for awaited in (served.service.set(made.id, 1, {"robots": "disallow"}), served.service.remove(made.id, 1)):
        assert (await refused(awaited)).code is Code.UNAVAILABLE
    assert served.service.all(1) == [made]


@pytest.mark.parametrize(
    "url", ["ftp://a.b/", "/x", "https://u:p@a.b/", "https://a.b/\r\nX: y", "http://go.example:8080/"]
)
async def test_redirects_are_fit_for_a_header_and_lead_elsewhere(served: Served, url: str) -> None:
    made = await served.service.add("a.example", 1, spare=False)
    for name in ("root_redirect", "not_found_redirect"):
        error = await refused(served.service.set(made.id, 1, {name: url}))
        assert (error.code, error.field) == (Code.INVALID, name)


async def test_the_servers_own_host_needs_no_registration(served: Served) -> None:
    for name in ("go.example", "GO.example."):
        assert (await refused(served.service.add(name, 1, spare=False))).code is Code.INVALID
    assert served.service.host_for(None, 1) == served.service.host_for("GO.example:8080", 1) == ""


async def test_which_domains_links_can_be_made_on(served: Served) -> None:
    await served.service.add("💩.la", 1, spare=False)
    served.checker.ok = False
    await served.service.add("pending.example", 1, spare=False)
    assert served.service.host_for("💩.LA", 1) == served.service.host_for("xn--ls8h.la", 1) == "xn--ls8h.la"
    for name, workspace, found in (
        ("💩.la", 2, ()),
        ("unknown.example", 1, ()),
        ("pending.example", 1, ("no such name",)),
    ):
        with pytest.raises(DnsError) as caught:
            served.service.host_for(name, workspace)
        assert (caught.value.expected, caught.value.found) == (EXPECTED, found)


async def test_a_domain_fails_at_the_third_bad_look_in_a_row(served: Served) -> None:
    made = await served.service.add("a.example", 1, spare=False)
    statuses = []
    for ok in (False, False, True, False, False, False, False, True):
        served.checker.ok = ok
        seen = await served.service.check_again(made.host)
        assert seen is not None
        statuses.append(seen[1].status)
    assert statuses == ["active"] * 5 + ["failed"] * 2 + ["active"]


async def test_verifying_tells_what_was_found(served: Served) -> None:
    made = await served.service.add("a.example", 1, spare=False)
    served.checker.ok = False
    for _ in range(2):
        error = await refused(served.service.verify(made.id, 1))
        assert isinstance(error, DnsError)
        assert error.found == ("no such name",)
    assert served.service.get(made.id, 1).status == "active"
    assert (await refused(served.service.verify(made.id, 2))).code is Code.NOT_FOUND
    served.checker.ok = True
    assert (await served.service.verify(made.id, 1)).status == "active"


async def test_a_removed_domain_is_not_looked_at(served: Served) -> None:
    assert await served.service.check_again("a.example") is None


async def test_what_is_known_of_domains_is_learnt_at_the_start(served: Served, opened: Opened) -> None:
    made = await served.service.add("a.example", 1, spare=False)
    other = Served(opened)
    await other.service.load()
    assert other.registered.get("a.example") == made


async def test_certificates_are_for_what_is_answered(served: Served) -> None:
    await served.service.add("a.example", 1, spare=False)
    served.checker.ok = False
    await served.service.add("pending.example", 1, spare=False)
    names = ["go.example", "GO.example", "a.example", "A.example.", "pending.example", "b.example", "", "."]
    allowed = [name for name in names if served.service.may_have_certificate(name)]
    assert allowed == ["go.example", "GO.example", "a.example", "A.example."]


@pytest.mark.parametrize(
    ("url", "is_loop"),
    [
        ("https://a.example/x", True),
        ("http://A.example./x", True),
        ("http://a.example:8080/", True),
        ("http://a.example:9090/", False),
        ("https://b.example/", False),
    ],
)
async def test_destinations_on_registered_domains_are_loops(served: Served, url: str, is_loop: bool) -> None:
    await served.service.add("a.example", 1, spare=False)
    drafts = Drafts(LinkSettings(), frozenset(), bytes, str, served.registered)
    if is_loop:
        with pytest.raises(LinkError, match="would redirect to itself"):
            drafts.locate(url, {})
    else:
        drafts.locate(url, {})
