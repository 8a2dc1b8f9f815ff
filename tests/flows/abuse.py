"""Clients that nobody wants, and how much memory a process has."""

import resource
import socket
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 30.0
"""Until a test gives up on a socket."""

MB = 1_000_000

MALFORMED = (
    b"GET /plain HTTP/1.1\r\n\r\n",
    b"GET /plain HTTP/1.1\r\nHost: s.test\r\nHost: s.test\r\n\r\n",
    b"GET /plain HTTP/1.1\r\nHost: s.test\r\nBad Name: x\r\n\r\n",
    b"GET /plain HTTP/9.9\r\nHost: s.test\r\n\r\n",
    b"NONSENSE\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: s.test\r\n\r\n",
    b"GET /plain HTTP/1.1\r\nHost: s.test\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
    b"GET /plain HTTP/1.1\r\nHost: s.test\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"POST /plain HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n",
    b"POST /plain HTTP/1.1\r\nHost: s.test\r\nContent-Length: -1\r\n\r\n",
    b"POST /plain HTTP/1.1\r\nHost: s.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
)
"""Each is refused; those with more than a head are refused in it or after it."""


def memory(pid: int) -> int:
    """Bytes of anonymous memory: what is mapped from files, such as the journal, is not counted."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) * 1_024
    raise ValueError("no Pss_Anon in smaps_rollup")


def exchange(port: int, data: bytes, source: str = "127.0.0.1", *, end: bool = False) -> bytes:
    """Everything that comes back for ``data`` until the server closes. ``end``: the client ends its half first."""
    with connect(port, source) as sock:
        with suppress(ConnectionError):  # closed before all was sent
            sock.sendall(data)
            if end:
                sock.shutdown(socket.SHUT_WR)
        return rest(sock)


def rest(sock: socket.socket) -> bytes:
    """What comes until the server closes; a reset is an end too."""
    data = b""
    with suppress(ConnectionResetError):
        while chunk := sock.recv(65_536):
            data += chunk
    return data


def connect(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S, (source, 0))


def status(data: bytes) -> int:
    """Of the first response; 0 where there is none."""
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/") else 0


def pour(sock: socket.socket, request: bytes, most: int) -> int:
    """Send ``request`` again and again without reading, until nothing more is taken for a second or ``most`` bytes
    were; how many bytes were taken."""
    block = memoryview(request * (1 + 65_536 // len(request)))
    sock.settimeout(1.0)
    sent = offset = 0
    with suppress(TimeoutError, ConnectionError):
        while sent < most:
            taken = sock.send(block[offset:])
            sent += taken
            offset = (offset + taken) % len(block)
    return sent


def allow_files(count: int) -> None:
    """Let this process have that many files open, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
