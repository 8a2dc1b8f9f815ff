"""Do the contestants answer rightly? Asked before anything is measured: a wrong answer may well be a fast one."""

import socket
from collections.abc import Iterable

STATUS = 301
TIMEOUT_S = 10.0


class WrongAnswer(Exception):
    """A contestant that does not do what is to be measured."""


def answer(connection: socket.socket, request: bytes) -> tuple[int, dict[str, str], int]:
    """(status, headers with lower-case names, bytes of the whole answer) of one request on a kept connection."""
    connection.sendall(request)
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    status, *lines = data[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "content-length" not in headers:
        raise WrongAnswer(f"an answer without Content-Length: {data!r}")
    size = end + 4 + int(headers["content-length"])
    while len(data) < size:
        data += _more(connection)
    if len(data) > size:
        raise WrongAnswer(f"more than one answer: {data!r}")
    return int(status.split(" ")[1]), headers, size


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise WrongAnswer("the connection was closed instead of kept")
    return data


def check(port: int, expected: Iterable[tuple[bytes, str]]) -> int:
    """Send each request on one connection; each must be answered with a 301 to its Location.

    Returns the bytes of the last answer. Raises :class:`WrongAnswer`.
    """
    size = 0
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        for request, location in expected:
            status, headers, size = answer(connection, request)
            if (status, headers.get("location")) != (STATUS, location):
                raise WrongAnswer(
                    f"{status} to {headers.get('location')} instead of {STATUS} to {location}: {request!r}"
                )
    return size


def check_unknown(port: int, request: bytes) -> None:
    """A slug that there is not must not redirect: whoever has a table looks into it. Raises :class:`WrongAnswer`."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        status, _, _ = answer(connection, request)
    if status != 404:
        raise WrongAnswer(f"{status} instead of 404: {request!r}")
