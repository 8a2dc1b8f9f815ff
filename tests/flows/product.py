"""The whole product as processes of its own, on free ports and a directory of its own, and clients for it.

Everything that is started here is ended by its process id.
"""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

START_S = 60.0
STOP_S = 30.0
KEY = "fp_pk_0123abcd." + "k" * 64
"""The first key of every product under test, supplied through FINGERPOST_INITIAL_KEY_FILE."""

FINGERPOST = [sys.executable, "-P", "-m", "fingerpost.cli"]


_FIRST_PORT, _PORTS = 10_240, 22_000
"""Below those that the kernel gives to outgoing connections (ip_local_port_range, from 32768 on): none of them can take
a port that has been chosen and is not listened on yet."""

_next_port = count(random.SystemRandom().randrange(_PORTS))


def free_ports(number: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on at the moment, and that were not given before. Processes
    begin anywhere, so that several at a time hardly choose the same."""
    ports: list[int] = []
    while len(ports) < number:
        port = _FIRST_PORT + next(_next_port) % _PORTS
        with suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            ports.append(port)
    return ports


class Product:
    """``fingerpost serve`` (or another command) with a configuration of its own under ``directory``."""

    def __init__(self, directory: Path, *, workers: int = 2, command: str = "serve", **environment: str) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.port, self.api_port = free_ports(2)
        self.config = directory / "config.toml"
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        # Journals are to be looked into: tests of the collector ask for one.
        self._environment = {"FINGERPOST_STATS__COLLECT": "false"} | environment
        self.key_file = directory / "key"
        self.key_file.write_text(KEY + "\n")
        self.config.write_text(
            'data_dir = "data"\n'
            f'[server]\nhost = "127.0.0.1"\nport = {self.port}\nworkers = {workers}\n'
            f'[admin]\nhost = "127.0.0.1"\nport = {self.api_port}\n'
        )

    # Processes

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"FINGERPOST_INITIAL_KEY_FILE": str(self.key_file)} | self._environment

    def start(self) -> None:
        """Start it and wait until both ports answer ``/healthz`` with 200."""
        with open(self.directory / "stdout", "ab") as out, open(self.directory / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                [*FINGERPOST, "--config", str(self.config), self.command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=self.environment,
            )
        self.wait_healthy()

    def wait_healthy(self) -> None:
        deadline = time.monotonic() + START_S
        ports = {"serve": [self.api_port, self.port], "server": [self.port], "admin": [self.api_port]}[self.command]
        while True:
            assert self.process is not None
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.stderr}"
            try:
                if all(self.get(port, "/healthz")[0] == 200 for port in ports):
                    return
            except OSError:
                pass  # not listening yet
            assert time.monotonic() < deadline, f"not healthy: {self.stderr}"
            time.sleep(0.02)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise

    def kill_all(self) -> None:
        """SIGKILL to the supervisor and its children."""
        if self.process is not None and self.process.poll() is None:
            for pid in [*self.children(), self.process.pid]:
                with suppress(ProcessLookupError, FileNotFoundError):  # it may have ended by itself
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(STOP_S)

    def children(self, kind: str = "") -> list[int]:
        """Process ids of the children whose command line holds ``fingerpost.child <kind>``, oldest first."""
        assert self.process is not None
        pids: set[int] = set()
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(FileNotFoundError):  # a thread that has ended
                pids.update(map(int, (task / "children").read_text().split()))
        found = []
        for pid in sorted(pids):
            with suppress(ProcessLookupError, FileNotFoundError):  # it may have ended by itself
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"fingerpost.child" in command and kind.encode() in (b"", command[-3]):
                    found.append(pid)
        return found

    @property
    def stdout(self) -> str:
        return (self.directory / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.directory / "stderr").read_text()

    def run(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Another command line of the program against the same configuration."""
        options = {"env": self.environment, "timeout": 120, "text": True} | options
        return subprocess.run(
            [*FINGERPOST, "--config", str(self.config), *arguments],
            capture_output=True,
            check=False,
            **options,
        )

    # Requests, each on a connection of its own

    def request(
        self, port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers with lower-case names, body) of one HTTP request on a new connection."""
        lines = {"Host": f"localhost:{port}", "Connection": "close", "Content-Length": str(len(body))} | (headers or {})
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
            sock.sendall(head.encode() + b"\r\n" + body)
            data = b""
            while chunk := sock.recv(65536):
                data += chunk
        return parse_response(data)

    def get(self, port: int, path: str) -> tuple[int, dict[str, str], bytes]:
        return self.request(port, "GET", path)

    def follow(self, slug: str) -> tuple[int, str | None]:
        """(status, Location) of a short link."""
        status, headers, _ = self.get(self.port, f"/{slug}")
        return status, headers.get("location")

    def api(self, method: str, path: str, body: Any = None, key: str | None = KEY) -> tuple[int, Any]:
        """(status, JSON) of an API call; ``body`` is sent as JSON."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        data = b"" if body is None else json.dumps(body).encode()
        status, _, answer = self.request(self.api_port, method, path, data, headers)
        return status, json.loads(answer) if answer else None

    def create(self, url: str = "https://example.com/", **fields: Any) -> dict[str, Any]:
        """A new link of the XQR API; its ``data``."""
        status, answer = self.api("POST", "/api/v1/links", {"url": url} | fields)
        assert status == 201, answer
        data: dict[str, Any] = answer["data"]
        return data


class Client:
    """An asyncio client with one keep-alive connection, which it makes anew when it breaks."""

    def __init__(self, port: int, key: str | None = None) -> None:
        self._port = port
        self._key = key
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
        """One request. Raises ``ConnectionError`` where the connection broke before the whole answer came."""
        try:
            return await self._request(method, path, body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError(str(error)) from error

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Make the connection, unless it is there."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer

    async def _request(self, method: str, path: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await self.connect()
        data = b"" if body is None else json.dumps(body).encode()
        auth = f"Authorization: Bearer {self._key}\r\n" if self._key else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{self._port}\r\n{auth}"
        if data:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        writer.write(head.encode() + b"\r\n" + data)
        status, headers, _ = parse_response(await reader.readuntil(b"\r\n\r\n"))
        length = int(headers.get("content-length", "0")) if method != "HEAD" else 0
        answer = await reader.readexactly(length)
        if headers.get("connection") == "close":
            self.close()
        return status, headers, answer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def get_fresh(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """GET on a connection of its own."""
    client = Client(port)
    try:
        return await client.request("GET", path)
    finally:
        client.close()


def parse_response(data: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    if not status:
        raise ConnectionResetError("no answer")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status.split(" ")[1]), headers, body
