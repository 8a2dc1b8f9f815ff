"""Whose request it is: what proxies say of it, and what strangers would like them to have said."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicks import forwarded
from clicks.addresses import Networks, peer_bytes
from clicks.forwarded import (
    HEADERS,
    MOST_ENTRY_BYTES,
    MOST_PAIRS,
    MOST_STEPS,
    ForwardingFields,
    client_address,
    told,
)
from server.fields import listed

TRUSTED = Networks(("127.0.0.0/8", "::1", "10.0.0.0/8", "2001:db8:ffff::/48"))
PROXY = "10.0.0.1"
VISITOR = "192.0.2.7"
SPOOFED = "198.51.100.66"


def packed(host: str) -> bytes:
    return peer_bytes((host, 0))


def shown(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET6, address).removeprefix("::ffff:")


def seen(peer: str = PROXY, **fields: bytes | tuple[bytes, ...] | None) -> str:
    return shown(client_address(packed(peer), ForwardingFields(**fields), TRUSTED))


# Who is believed


EVERYTHING = ForwardingFields((b"for=198.51.100.66",), (b"198.51.100.66",), b"198.51.100.66", b"198.51.100.66")


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1", "::"])
def test_a_stranger_is_not_believed(peer: str) -> None:
    assert client_address(packed(peer), EVERYTHING, TRUSTED) == packed(peer)


@pytest.mark.parametrize("peer", [PROXY, "::ffff:10.0.0.1", "::1", "127.0.0.9", "2001:db8:ffff::5"])
def test_a_proxy_is_believed(peer: str) -> None:
    assert client_address(packed(peer), EVERYTHING, TRUSTED) == packed(SPOOFED)


def test_a_proxy_that_says_nothing_speaks_for_itself() -> None:
    assert seen() == PROXY


@pytest.mark.parametrize(
    ("fields", "visitor"),
    [
        ((b"for=192.0.2.1", b"192.0.2.2", b"192.0.2.3", b"192.0.2.4"), "192.0.2.1"),
        ((b" \t", b"192.0.2.2", b"192.0.2.3", b"192.0.2.4"), "192.0.2.2"),
        ((None, b"192.0.2.2", b"192.0.2.3", b"192.0.2.4"), "192.0.2.2"),
        ((None, b"", b"192.0.2.3", b"192.0.2.4"), "192.0.2.3"),
        ((None, None, b"192.0.2.3", b"192.0.2.4"), "192.0.2.3"),
        ((None, None, b"", b"192.0.2.4"), "192.0.2.4"),
        ((None, None, None, b"192.0.2.4"), "192.0.2.4"),
        # Nothing is looked up elsewhere where the first that speaks does not say it.
        ((b" , ", b"192.0.2.2", b"192.0.2.3", b"192.0.2.4"), PROXY),
        ((b"for=unknown", b"192.0.2.2", b"192.0.2.3", b"192.0.2.4"), PROXY),
        ((b"proto=https", b"192.0.2.2", None, None), PROXY),
        ((None, b"unknown", b"192.0.2.3", b"192.0.2.4"), PROXY),
        ((None, None, b"nobody", b"192.0.2.4"), PROXY),
    ],
)
def test_which_field_counts(fields: tuple[bytes | None, ...], visitor: str) -> None:
    standard, common, cloudflare, nginx = fields
    lists = [() if value is None else (value,) for value in (standard, common)]
    forwarding = ForwardingFields(lists[0], lists[1], cloudflare, nginx)
    assert shown(client_address(packed(PROXY), forwarding, TRUSTED)) == visitor


# Lists


@pytest.mark.parametrize(
    ("values", "visitor"),
    [
        ((b"192.0.2.7",), VISITOR),
        ((b"198.51.100.66, 192.0.2.7",), VISITOR),
        ((b"198.51.100.66", b"192.0.2.7"), VISITOR),
        ((b"198.51.100.66, 192.0.2.7, 10.0.0.3,10.0.0.2",), VISITOR),
        ((b"198.51.100.66, 192.0.2.7", b"10.0.0.3", b" 10.0.0.2 "), VISITOR),
        # Spoofed: the stranger claims to be one of the proxies, behind another stranger.
        ((b"198.51.100.66, 10.0.0.2, 192.0.2.7",), VISITOR),
        ((b"198.51.100.66, ::1, 192.0.2.7, 127.0.0.1",), VISITOR),
        # Spoofed: what the stranger sent is broken, what the proxy added is not.
        ((b'", 192.0.2.7',), VISITOR),
        ((b"\\, 192.0.2.7",), VISITOR),
        ((b"\xff\x00, 192.0.2.7",), VISITOR),
        # All are proxies: the first of them asked for itself.
        ((b"10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        # No address: the last hop that is known.
        ((b"198.51.100.66, unknown",), PROXY),
        ((b"198.51.100.66, unknown, 10.0.0.2",), "10.0.0.2"),
        ((b"198.51.100.66, 10.0.0.256, 10.0.0.2",), "10.0.0.2"),
        # Empty entries are none.
        ((b"198.51.100.66, 192.0.2.7,, ,",), VISITOR),
        ((b"192.0.2.7", b"", b","), VISITOR),
    ],
)
def test_x_forwarded_for(values: tuple[bytes, ...], visitor: str) -> None:
    assert seen(x_forwarded_for=values) == visitor


@pytest.mark.parametrize(
    ("values", "visitor"),
    [
        ((b"for=192.0.2.7",), VISITOR),
        ((b"For=192.0.2.7;proto=https;by=10.0.0.1",), VISITOR),
        ((b'by=10.0.0.1;FOR="192.0.2.7:4711"; proto=https',), VISITOR),
        ((b"for=192.0.2.7:4711",), VISITOR),
        ((b'for="192.0.2.7:_port"',), VISITOR),
        ((b'for="\\192.0.2.7"',), VISITOR),
        ((b'for="[2001:db8::1]:4711"',), "2001:db8::1"),
        ((b'for="[2001:DB8::1]"',), "2001:db8::1"),
        ((b"for=[2001:db8::1]:4711",), "2001:db8::1"),
        ((b'for="[2001:db8:ffff::2]", for="[2001:db8:ffff::1]"',), "2001:db8:ffff::2"),
        ((b'for=198.51.100.66, for=192.0.2.7;host="a,b", for=10.0.0.2',), VISITOR),
        ((b'for=198.51.100.66, for=192.0.2.7;host="a\\",for=\\"198.51.100.66"',), VISITOR),
        ((b'for=198.51.100.66, host="a\\\\";for=192.0.2.7',), VISITOR),
        ((b"for=198.51.100.66", b"for=192.0.2.7", b"for=10.0.0.2"), VISITOR),
        ((b"for=192.0.2.7;;",), VISITOR),
        # Spoofed: a quotation mark that the stranger leaves open does not swallow what the proxy adds.
        ((b'for="198.51.100.66, for=192.0.2.7',), VISITOR),
        ((b'for=198.51.100.66;host=", for=192.0.2.7;host="a"',), VISITOR),
        ((b'for=198.51.100.66;host="', b"for=192.0.2.7"), VISITOR),
        # No address, or none that is sure: the last hop that is known.
        ((b"for=198.51.100.66, for=unknown, for=10.0.0.2",), "10.0.0.2"),
        ((b"for=198.51.100.66, for=_hidden",), PROXY),
        ((b"for=198.51.100.66, proto=https",), PROXY),
        ((b"for=198.51.100.66;for=192.0.2.7",), PROXY),
        ((b"for=198.51.100.66;=",), PROXY),
        ((b"for=198.51.100.66 192.0.2.7",), PROXY),
        ((b"for = 198.51.100.66",), PROXY),
        ((b'for="198.51.100.66',), PROXY),
        ((b"198.51.100.66",), PROXY),
        ((b"for=",), PROXY),
        # A field's quoted string ends with it: the first part is not gone on with.
        ((b"for=198.51.100.66", b'a"'), PROXY),
    ],
)
def test_forwarded(values: tuple[bytes, ...], visitor: str) -> None:
    assert seen(forwarded=values) == visitor


# Addresses


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        (b"192.0.2.7", VISITOR),
        (b" \t192.0.2.7\t", VISITOR),
        (b"192.0.2.7:4711", VISITOR),
        (b"::ffff:192.0.2.7", VISITOR),
        (b"::FFFF:c000:207", VISITOR),
        (b"[::ffff:192.0.2.7]:80", VISITOR),
        (b"2001:db8::1", "2001:db8::1"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"[2001:db8::1]:4711", "2001:db8::1"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"[fe80::1%eth0.7]:80", "fe80::1"),
        (b"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        (b"::", None),
        (b"192.0.2", None),
        (b"192.0.2.256", None),
        (b"192.0.2.7.8", None),
        (b"192.0.2.7:", None),
        (b"192.0.2.7:123456", None),
        (b"192.0.2.7 198.51.100.66", None),
        (b"192.0.2.7\n", None),
        (b"3221225991", None),
        (b"0x7f.1", None),
        (b"2001:db8::1::2", None),
        (b"[2001:db8::1", None),
        (b"2001:db8::1]", None),
        (b"[]", None),
        (b"%eth0", None),
        (b"localhost", None),
        ("１９２.0.2.7".encode(), None),
    ],
)
def test_what_an_address_is(entry: bytes, address: str | None) -> None:
    expected = PROXY if address is None else address
    assert seen(x_forwarded_for=(entry,)) == expected
    assert seen(cf_connecting_ip=entry) == expected
    assert seen(x_real_ip=entry) == expected


# Bounds


def test_only_so_many_hops_are_followed() -> None:
    hops = [f"10.0.1.{number}".encode() for number in range(MOST_STEPS + 1)]
    assert seen(x_forwarded_for=(b",".join(hops[::-1]),)) == f"10.0.1.{MOST_STEPS - 1}"
    assert seen(x_forwarded_for=tuple(hops[::-1])) == f"10.0.1.{MOST_STEPS - 1}"
    assert seen(x_forwarded_for=(b"192.0.2.7," + b",".join(hops[1:MOST_STEPS]),)) == VISITOR
    assert seen(x_forwarded_for=(b"192.0.2.7," + b"," * (MOST_STEPS - 1),)) == PROXY


def test_only_so_long_an_entry_is_read() -> None:
    fitting = b"host=" + b"a" * (MOST_ENTRY_BYTES - len(b"host=;for=192.0.2.7")) + b";for=192.0.2.7"
    assert seen(forwarded=(fitting,)) == VISITOR
    assert seen(forwarded=(b"x" + fitting,)) == PROXY
    assert seen(forwarded=(b'for=192.0.2.7;host="' + b"," * MOST_ENTRY_BYTES + b'"',)) == PROXY


def test_only_so_many_parameters_are_read() -> None:
    assert seen(forwarded=(b";" * (MOST_PAIRS - 1) + b"for=192.0.2.7",)) == VISITOR
    assert seen(forwarded=(b";" * MOST_PAIRS + b"for=192.0.2.7",)) == PROXY


SIZE = 32_768


@pytest.mark.parametrize(
    "value",
    [
        b"10.0.0.2," * (SIZE // 9),
        b"for=10.0.0.2," * (SIZE // 13),
        b"," * SIZE,
        b'"' * SIZE,
        b'",' * (SIZE // 2),
        b"\\" * SIZE,
        b'for="' + b"\\a" * (SIZE // 2),
        b";" * SIZE,
        b"a=b;" * (SIZE // 4),
        b":" * SIZE,
        b"1." * (SIZE // 2),
        b"[" * SIZE,
        (b"a" * (MOST_ENTRY_BYTES - 1) + b",") * (SIZE // MOST_ENTRY_BYTES),
    ],
    ids=lambda value: value[:13].decode(),
)
def test_long_hostile_fields_cost_a_bounded_number_of_steps(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counting(node: bytes) -> bytes | None:
        read.append(len(node))
        return original(node)

    original = forwarded._address
    monkeypatch.setattr(forwarded, "_address", counting)
    for values in ((value,), tuple(value[at : at + 256] for at in range(0, SIZE, 256))):
        assert seen(forwarded=values) in (PROXY, "10.0.0.2")
        assert seen(x_forwarded_for=values) in (PROXY, "10.0.0.2")
        assert seen(x_real_ip=value) == PROXY
        assert len(read) <= 2 * MOST_STEPS + 1
        read.clear()


# Anything


NODES = st.sampled_from(
    [b"192.0.2.7", b"10.0.0.2", b'"[2001:db8::1]:1"', b"unknown", b"_x", b'"', b"\\", b",", b";", b"for=", b" ", b"::1"]
)
VALUES = st.one_of(st.binary(max_size=80), st.lists(NODES, max_size=12).map(b"".join))
LISTS = st.lists(VALUES, max_size=4).map(tuple)
FIELDS = st.builds(ForwardingFields, LISTS, LISTS, st.none() | VALUES, st.none() | VALUES)
PEERS = st.one_of(st.binary(min_size=16, max_size=16), st.sampled_from([packed(PROXY), packed("::1")]))


@given(PEERS, FIELDS)
def test_it_never_raises_and_a_stranger_is_who_it_is(peer: bytes, fields: ForwardingFields) -> None:
    address = client_address(peer, fields, TRUSTED)
    assert len(address) == 16
    assert address == peer or peer in TRUSTED


@given(LISTS, st.booleans())
def test_what_the_proxy_adds_counts_whatever_stands_before_it(sent: tuple[bytes, ...], in_one: bool) -> None:
    for name, added in (("forwarded", b"for=192.0.2.7"), ("x_forwarded_for", b"192.0.2.7")):
        values = (b",".join((*sent, added)),) if in_one else (*sent, added)
        assert seen(**{name: values}) == VISITOR


@pytest.mark.parametrize("header", HEADERS)
def test_only_the_field_that_is_believed_counts(header: str) -> None:
    """The others may be the visitor's own: a proxy passes on what it does not know."""
    sent = {name.lower().encode(): b"for=192.0.2.66" if name == "Forwarded" else b"192.0.2.66" for name in HEADERS}
    sent[header.lower().encode()] = b"for=192.0.2.7" if header == "Forwarded" else b"192.0.2.7"
    fields = listed(sent.items())
    trusted = Networks(("127.0.0.1",))
    peer = peer_bytes(("127.0.0.1", 1))
    assert client_address(peer, told(fields, header), trusted) == peer_bytes(("192.0.2.7", 1))


@pytest.mark.parametrize("header", HEADERS[2:])
def test_a_single_address_that_comes_twice_is_none(header: str) -> None:
    name = header.lower().encode()
    fields = listed([(name, b"192.0.2.7"), (name, b"192.0.2.66")])
    trusted = Networks(("127.0.0.1",))
    peer = peer_bytes(("127.0.0.1", 1))
    assert client_address(peer, told(fields, header), trusted) == peer
