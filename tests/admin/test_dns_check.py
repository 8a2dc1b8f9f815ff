"""Against a name server of the test's own: what counts as pointing here, and what is said of the rest."""

from collections.abc import Iterator
from typing import Any

import pytest

from admin.dns_check import UNCONFIGURED, DnsCheck
from admin.nameservers import nameserver_of
from admin.settings import DomainsSettings
from links.domain_rules import Checked
from links.errors import LinkError
from tests.flows.names import SERVFAIL, SILENT, NameServer

FOUR, SIX, OTHER = "203.0.113.7", "2001:db8::7", "198.51.100.9"
TARGET = "links.example.com"
BOTH = (f"CNAME {TARGET}.", f"AAAA {SIX}", f"A {FOUR}")
HERE = {TARGET: [f"A {FOUR}", f"AAAA {SIX}"]}
HOST = "go.custom.domain"


@pytest.fixture(params=[False, True], ids=["resolver", "by steps"])
def names(request: pytest.FixtureRequest) -> Iterator[NameServer]:
    with NameServer(by_steps=request.param) as server:
        yield server


def checker(names: NameServer, **settings: Any) -> DnsCheck:
    given = {"addresses": (SIX, FOUR), "cname_target": TARGET, "nameservers": (names.address,), "timeout_seconds": 1}
    return DnsCheck(DomainsSettings(**(given | settings)))


GOOD: dict[str, dict[str, list[str]]] = {
    "the CNAME": {HOST: [f"CNAME {TARGET}."], **HERE},
    "a chain of CNAMEs": {HOST: ["CNAME a.example."], "a.example": [f"CNAME {TARGET}."], **HERE},
    "the addresses, as a zone's own name has them": {HOST: [f"A {FOUR}", f"AAAA {SIX}"]},
    "IPv4 alone": {HOST: [f"A {FOUR}"]},
    "IPv6 alone": {HOST: [f"AAAA {SIX}"]},
    "a CNAME elsewhere that ends here": {HOST: ["CNAME a.example."], "a.example": [f"A {FOUR}"]},
    "the target, wherever it is": {HOST: [f"CNAME {TARGET}."], TARGET: [f"A {OTHER}"]},
}

BAD: dict[str, tuple[dict[str, list[str]], tuple[str, ...] | None]] = {
    "another address": ({HOST: [f"A {OTHER}"]}, (f"A {OTHER}",)),
    "ours and another": ({HOST: [f"A {FOUR}", f"AAAA {SIX}1"]}, (f"AAAA {SIX}1", f"A {FOUR}")),
    "a CNAME elsewhere": (
        {HOST: ["CNAME a.example."], "a.example": [f"A {OTHER}"]},
        ("CNAME a.example.", f"A {OTHER}"),
    ),
    "nothing": ({}, ("no such name",)),
    "no addresses": ({HOST: []}, ()),
    "a CNAME to nothing": ({HOST: ["CNAME a.example."]}, None),
    "a target without addresses": ({HOST: [f"CNAME {TARGET}."], TARGET: []}, (f"CNAME {TARGET}.",)),
    "a loop": (
        {HOST: ["CNAME a.example."], "a.example": [f"CNAME {HOST}."]},
        None,
    ),
    "itself": ({HOST: [f"CNAME {HOST}."]}, None),
    "an error": ({HOST: [SERVFAIL]}, ("the name servers answer with an error (SERVFAIL or the like)",)),
}


@pytest.mark.parametrize("zone", GOOD.values(), ids=GOOD)
async def test_what_points_here(names: NameServer, zone: dict[str, list[str]]) -> None:
    names.zone = zone
    checked = await checker(names).check(HOST)
    assert (checked.ok, checked.expected) == (True, BOTH)


@pytest.mark.parametrize(("zone", "found"), BAD.values(), ids=BAD)
async def test_what_does_not(names: NameServer, zone: dict[str, list[str]], found: tuple[str, ...] | None) -> None:
    names.zone = zone
    checked = await checker(names).check(HOST)
    assert (checked.ok, checked.expected) == (False, BOTH)
    if found is None:  # a resolver and a name server that goes by steps are told apart: one line in any case
        assert len(checked.found) == 1
        assert checked.found[0]
    else:
        assert checked.found == found


async def test_no_answer_ends_in_time(names: NameServer) -> None:
    names.zone = {HOST: [SILENT]}
    checked = await checker(names).check(HOST)
    assert not checked.ok
    assert "no answer from DNS" in checked.found[0]


async def test_a_long_chain_is_not_followed_for_ever(names: NameServer) -> None:
    names.zone = {f"n{n}.example": [f"CNAME n{n + 1}.example."] for n in range(100)}
    assert not (await checker(names).check("n0.example")).ok
    assert len(names.asked) < 30


async def test_without_addresses_of_its_own_those_of_the_target_count(names: NameServer) -> None:
    names.zone = {"custom.domain": [f"A {FOUR}"], "wrong.domain": [f"A {OTHER}"], **HERE}
    good = await checker(names, addresses=()).check("custom.domain")
    assert good == Checked(True, BOTH, (f"A {FOUR}",))
    bad = await checker(names, addresses=()).check("wrong.domain")
    assert bad == Checked(False, BOTH, (f"A {OTHER}",))


async def test_a_server_that_does_not_know_where_it_is_says_which_keys_to_set(names: NameServer) -> None:
    with pytest.raises(LinkError) as caught:
        await checker(names, addresses=(), cname_target="").check(HOST)
    assert caught.value.message == UNCONFIGURED
    assert "domains.addresses or domains.cname_target" in UNCONFIGURED


async def test_nobody_is_asked_where_nothing_is_to_be_verified(names: NameServer) -> None:
    unasked = checker(names, verify=False, addresses=(), cname_target="")
    assert await unasked.check(HOST) == Checked(True, looked=False)
    assert unasked.expected() == ()
    assert names.asked == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_places_of_name_servers(text: str, place: tuple[str, int]) -> None:
    assert nameserver_of(text) == place
