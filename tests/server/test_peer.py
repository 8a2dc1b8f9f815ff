import socket

import pytest

from server.peer import NO_PEER, Networks, counted_as, peer_bytes


@pytest.mark.parametrize(
    ("peername", "address"),
    [
        (("192.0.2.7", 40000), "::ffff:192.0.2.7"),
        (("2001:db8::1", 40000, 0, 0), "2001:db8::1"),
        (("fe80::1%eth0", 40000, 0, 2), "fe80::1"),
        (("::ffff:192.0.2.7", 40000, 0, 0), "::ffff:192.0.2.7"),
    ],
)
def test_an_address_is_16_bytes(peername: tuple[object, ...], address: str) -> None:
    assert peer_bytes(peername) == socket.inet_pton(socket.AF_INET6, address)


@pytest.mark.parametrize("peername", [None, "", "/run/some.sock"])
def test_who_has_no_address_is_nobody(peername: object) -> None:
    assert peer_bytes(peername) == NO_PEER


def test_a_name_is_no_address() -> None:
    with pytest.raises(OSError, match="illegal IP address"):
        peer_bytes(("localhost", 80))


def counted(host: str) -> bytes:
    return counted_as(peer_bytes((host, 1)))


def test_an_ipv4_address_and_an_ipv6_network_are_counted() -> None:
    assert counted("192.0.2.7") != counted("192.0.2.8")
    assert counted("2001:db8::1") == counted("2001:db8::ffff:1")
    assert counted("2001:db8::1") != counted("2001:db8:0:1::1")
    assert counted("::ffff:192.0.2.7") == counted("192.0.2.7")


NETWORKS = Networks(("127.0.0.0/8", "::1", "192.0.2.7", "2001:db8::/32"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.0.9", "::1", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8:9::9"])
def test_inside(host: str) -> None:
    assert peer_bytes((host, 1)) in NETWORKS


@pytest.mark.parametrize("host", ["128.0.0.1", "::2", "::", "192.0.2.8", "2001:db9::", "::127.0.0.1"])
def test_outside(host: str) -> None:
    assert peer_bytes((host, 1)) not in NETWORKS


def test_everything_and_nothing() -> None:
    assert peer_bytes(("192.0.2.7", 1)) in Networks(("0.0.0.0/0",))
    assert peer_bytes(("2001:db8::1", 1)) not in Networks(("0.0.0.0/0",))
    assert peer_bytes(("192.0.2.7", 1)) not in Networks(())


def test_what_is_no_network_is_an_error() -> None:
    with pytest.raises(ValueError, match="localhost"):
        Networks(("localhost",))
