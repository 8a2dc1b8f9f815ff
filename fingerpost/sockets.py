"""Listening sockets, bound by the supervisor and inherited by the processes that accept from them."""

import errno
import socket

from fingerpost.errors import CommandError


def _bind(host: str, port: int, *, reuse_port: bool) -> socket.socket:
    """A listening TCP socket. Raises ``OSError``."""
    (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # v6-only: the v4 address has a socket of its own, and a visitor's address stays what it is.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
        sock.listen()
    except BaseException:
        sock.close()
        raise
    return sock


def _hosts(host: str | tuple[str, ...]) -> list[str]:
    return [host] if isinstance(host, str) else list(host)


def _has_no_ipv6(error: OSError, host: str) -> bool:
    return ":" in host and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, socket.EAI_ADDRFAMILY)


def listen(key: str, host: str | tuple[str, ...], port: int) -> list[socket.socket]:
    """One socket for each host, without ``SO_REUSEPORT``: a port in use is an error.

    ``key`` is the configuration's section, for the message. A v6 host is passed over where there is no IPv6.
    Port 0 takes a free one, the same for all hosts. Raises :class:`CommandError`.
    """
    sockets: list[socket.socket] = []
    for name in _hosts(host):
        try:
            sockets.append(_bind(name, port, reuse_port=False))
        except OSError as error:
            if _has_no_ipv6(error, name) and (sockets or len(_hosts(host)) > 1):
                continue
            close(sockets)
            raise CommandError(f"{key}: cannot listen on {name} port {port}: {error.strerror or error}") from None
        port = port or sockets[0].getsockname()[1]
    if not sockets:
        raise CommandError(f"{key}: no host to listen on")
    return sockets


def listen_for_each(key: str, host: str | tuple[str, ...], port: int, workers: int) -> list[list[socket.socket]]:
    """One list of ``SO_REUSEPORT`` sockets for each worker: the kernel spreads connections over them.

    The port is bound once without ``SO_REUSEPORT`` first, because with it a second server on the same port would
    silently share its visitors. Raises :class:`CommandError`.
    """
    probes = listen(key, host, port)
    addresses = [probe.getsockname() for probe in probes]
    close(probes)
    each: list[list[socket.socket]] = []
    try:
        for _ in range(workers):
            each.append([_bind(address[0], address[1], reuse_port=True) for address in addresses])
    except OSError as error:
        for sockets in each:
            close(sockets)
        raise CommandError(f"{key}: cannot listen on port {port}: {error.strerror}") from None
    return each


def close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()
