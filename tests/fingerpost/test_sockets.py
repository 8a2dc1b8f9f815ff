import errno
import socket
from collections.abc import Iterator

import pytest

from fingerpost import sockets
from fingerpost.errors import CommandError
from fingerpost.sockets import listen, listen_for_each

V4 = "127.0.0.1"


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="NOT TESTED: there is no IPv6 here")


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    """Sockets that are closed after the test."""
    opened: list[socket.socket] = []
    yield opened
    sockets.close(opened)


@pytest.fixture
def taken(opened: list[socket.socket]) -> int:
    """A port that somebody listens on."""
    opened.append(socket.create_server((V4, 0)))
    return int(opened[0].getsockname()[1])


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def is_open(port: int, host: str = V4) -> bool:
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0


@pytest.fixture
def without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = sockets._bind

    def refusing(host: str, port: int, *, reuse_port: bool) -> socket.socket:
        if ":" in host:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return bind(host, port, reuse_port=reuse_port)

    monkeypatch.setattr(sockets, "_bind", refusing)


# One socket a host


def test_it_listens(opened: list[socket.socket]) -> None:
    opened += listen("admin.port", V4, 0)
    assert len(opened) == 1
    assert is_open(port_of(opened[0]))
    assert not opened[0].getblocking()
    assert not opened[0].get_inheritable()
    assert opened[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) == 0


def test_a_port_in_use_is_an_error_that_names_key_and_port(taken: int) -> None:
    with pytest.raises(CommandError) as caught:
        listen("admin.port", V4, taken)
    assert str(caught.value) == f"admin.port: cannot listen on 127.0.0.1 port {taken}: Address already in use"


def test_where_one_host_fails_the_others_are_closed(taken: int) -> None:
    with pytest.raises(CommandError, match=f"127.0.0.1 port {taken}"):
        listen("admin.port", ("127.0.0.2", V4), taken)
    assert not is_open(taken, "127.0.0.2")


def test_a_host_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(CommandError, match="cannot listen on 192.0.2.1 port 0: Cannot assign requested address"):
        listen("server.port", "192.0.2.1", 0)


def test_a_name_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CommandError, match="cannot listen on nowhere.invalid port 80: Name or service not known"):
        listen("server.port", "nowhere.invalid", 80)


def test_no_host_is_an_error() -> None:
    with pytest.raises(CommandError, match="server.port: no host to listen on"):
        listen("server.port", (), 0)


def test_a_free_port_is_the_same_for_all_hosts(opened: list[socket.socket]) -> None:
    opened += listen("server.port", (V4, "127.0.0.2", "127.0.0.3"), 0)
    assert [sock.getsockname()[0] for sock in opened] == [V4, "127.0.0.2", "127.0.0.3"]
    assert len({port_of(sock) for sock in opened}) == 1


@needs_ipv6
def test_both_families_listen_on_one_port(opened: list[socket.socket]) -> None:
    opened += listen("server.port", ("0.0.0.0", "::"), 0)
    assert [sock.family for sock in opened] == [socket.AF_INET, socket.AF_INET6]
    assert opened[1].getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    assert len({port_of(sock) for sock in opened}) == 1


@needs_ipv6
def test_a_v6_socket_is_for_v6_alone(opened: list[socket.socket]) -> None:
    opened += listen("server.port", "::", 0)
    assert not is_open(port_of(opened[0]))


@pytest.mark.usefixtures("without_ipv6")
def test_a_v6_host_is_passed_over_where_there_is_no_ipv6(opened: list[socket.socket]) -> None:
    opened += listen("server.port", ("0.0.0.0", "::"), 0)
    opened += listen("server.port", ("::", "0.0.0.0"), 0)
    assert [sock.family for sock in opened] == [socket.AF_INET, socket.AF_INET]


@pytest.mark.usefixtures("without_ipv6")
def test_only_v6_where_there_is_none_is_an_error() -> None:
    with pytest.raises(CommandError, match="cannot listen on :: port 0: Address family not supported"):
        listen("server.port", "::", 0)
    with pytest.raises(CommandError, match="no host to listen on"):
        listen("server.port", ("::", "::1"), 0)


# A list for each worker


@pytest.fixture
def each(opened: list[socket.socket]) -> list[list[socket.socket]]:
    each = listen_for_each("server.port", (V4, "127.0.0.2"), 0, 3)
    opened += [sock for one in each for sock in one]
    return each


def test_every_worker_has_a_socket_for_every_host(each: list[list[socket.socket]]) -> None:
    assert [[sock.getsockname()[0] for sock in one] for one in each] == [[V4, "127.0.0.2"]] * 3
    everything = [sock for one in each for sock in one]
    assert len({port_of(sock) for sock in everything}) == 1
    assert {sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) for sock in everything} == {1}
    assert len({sock.fileno() for sock in everything}) == 6


def test_each_gets_connections_of_its_own(each: list[list[socket.socket]]) -> None:
    clients = [socket.create_connection((V4, port_of(each[0][0]))) for _ in range(60)]
    got = 0
    for one in each:
        while True:
            try:
                connection, _ = one[0].accept()
            except BlockingIOError:
                break
            connection.close()
            got += 1
    assert got == 60
    for client in clients:
        client.close()


def test_a_second_server_does_not_share_the_port_by_stealth(each: list[list[socket.socket]]) -> None:
    with pytest.raises(CommandError, match="Address already in use"):
        listen_for_each("server.port", V4, port_of(each[0][0]), 3)


def test_a_port_that_goes_between_probe_and_bind_is_an_error(
    monkeypatch: pytest.MonkeyPatch, opened: list[socket.socket]
) -> None:
    bind = sockets._bind

    def racing(host: str, port: int, *, reuse_port: bool) -> socket.socket:
        if reuse_port and len(opened) == 2:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        sock = bind(host, port, reuse_port=reuse_port)
        if reuse_port:
            opened.append(sock)
        return sock

    monkeypatch.setattr(sockets, "_bind", racing)
    with pytest.raises(CommandError, match="server.port: cannot listen on port 0: Address already in use"):
        listen_for_each("server.port", V4, 0, 3)
    assert [sock.fileno() for sock in opened] == [-1, -1]


@needs_ipv6
def test_both_families_for_each_worker(opened: list[socket.socket]) -> None:
    each = listen_for_each("server.port", ("0.0.0.0", "::"), 0, 2)
    opened += [sock for one in each for sock in one]
    assert [[sock.family for sock in one] for one in each] == [[socket.AF_INET, socket.AF_INET6]] * 2
    assert len({port_of(sock) for sock in opened}) == 1
