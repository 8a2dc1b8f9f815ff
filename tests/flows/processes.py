"""What the kernel knows of a product's processes: who is there, who stands still, who holds which connection."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 60.0
"""What takes so long does not come any more. No promise of the product is measured with it."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return once ``condition`` holds."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting until {what}"
        time.sleep(0.01)


def state(pid: int) -> str:
    """The letter of proc(5), such as ``T`` for stopped; nothing where there is no such process (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    letter = stat.rpartition(")")[2].split()[0]
    return "" if letter == "Z" else letter


def owners(clients: list[socket.socket], pids: list[int]) -> list[int | None]:
    """Which of ``pids`` has accepted the other end of each connection to the loopback interface; ``None`` for none."""
    inodes = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        inodes[_port(fields[1]), _port(fields[2])] = fields[9]
    held = {descriptor: pid for pid in pids for descriptor in _descriptors(pid)}
    ends = [(client.getpeername()[1], client.getsockname()[1]) for client in clients]
    return [held.get(f"socket:[{inodes.get(end)}]") for end in ends]


def _port(address: str) -> int:
    return int(address.split(":")[1], 16)


def _descriptors(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(os.readlink(entry))
        except FileNotFoundError:
            continue  # closed meanwhile
    return found


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback interface."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
