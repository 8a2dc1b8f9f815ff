"""nginx and HAProxy in front of a server, and a tap between: what went over each connection behind a proxy.

A proxy adds a field with a secret to each request that it passes on: so a request in what it sent that does not have it
is one that the proxy knows nothing of.
"""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SECRET = b"5ecret-of-the-proxy"
START_S = 20.0

_BINARIES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
_PASSED_ON = re.compile(rb"x-via: " + SECRET + rb"\r\n", re.IGNORECASE)
_ANSWERED = re.compile(rb"^HTTP/1\.[01] ([2-5][0-9]{2}) ", re.MULTILINE)

NGINX = """\
daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/nginx.log error;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    proxy_http_version 1.1;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream strict {{ server 127.0.0.1:{taps[0]}; keepalive 4; }}
    upstream lenient {{ server 127.0.0.1:{taps[1]}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{ports[0]};
        location / {{
            proxy_set_header X-Via {secret}; proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_pass http://strict;
        }}
    }}
    server {{
        listen 127.0.0.1:{ports[1]};
        ignore_invalid_headers off; underscores_in_headers on; merge_slashes off; proxy_request_buffering off;
        location / {{
            proxy_set_header X-Via {secret}; proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
            proxy_pass http://lenient;
        }}
    }}
}}
"""

HAPROXY = """\
global
    maxconn 256
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
    http-reuse always
    retry-on conn-failure empty-response
frontend strict
    bind 127.0.0.1:{ports[0]}
    http-request set-header X-Via {secret}
    default_backend strict
frontend lenient
    bind 127.0.0.1:{ports[1]}
    option accept-invalid-http-request
    http-request set-header X-Via {secret}
    default_backend lenient
backend strict
    server tap 127.0.0.1:{taps[0]} pool-max-conn 4
backend lenient
    server tap 127.0.0.1:{taps[1]} pool-max-conn 4
"""


def find(name: str) -> str | None:
    """The path of a server program, which may not be on an ordinary user's path."""
    return shutil.which(name, path=_BINARIES)


@contextmanager
def running(name: str, directory: Path, ports: list[int], taps: list[int]) -> Iterator[None]:
    """nginx or haproxy with a strict and a lenient front on ``ports``, each in front of one of ``taps``."""
    program = find(name)
    assert program is not None
    text = {"nginx": NGINX, "haproxy": HAPROXY}[name]
    config = directory / f"{name}.conf"
    config.write_text(text.format(directory=directory, ports=ports, taps=taps, secret=SECRET.decode()))
    arguments = {
        "nginx": ["-p", str(directory), "-e", str(directory / "nginx.log"), "-c", str(config)],
        "haproxy": ["-db", "-f", str(config)],
    }
    with open(directory / f"{name}.out", "wb") as out:
        process = subprocess.Popen([program, *arguments[name]], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait_for(process, ports, directory / f"{name}.out")
        yield
    finally:
        process.terminate()
        process.wait(START_S)


def _wait_for(process: "subprocess.Popen[bytes]", ports: list[int], log: Path) -> None:
    deadline = time.monotonic() + START_S
    for port in ports:
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:  # not listening yet
                time.sleep(0.02)


class Seen(NamedTuple):
    """One connection behind a proxy: what the proxy sent, and what the server answered."""

    sent: bytearray
    answered: bytearray

    def passed_on(self) -> int:
        """Requests that the proxy passed on as such."""
        return len(_PASSED_ON.findall(self.sent))

    def answers(self) -> int:
        """Responses but for interim ones. No body of the server's has a line that begins like one."""
        return len(_ANSWERED.findall(self.answered))

    def passed_on_for(self, path: bytes) -> int:
        head = rb"[A-Z]+ [^ ]*" + re.escape(path) + rb" HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*?x-via: " + SECRET
        return len(re.findall(head, self.sent, re.IGNORECASE))

    def answers_with(self, location: bytes) -> int:
        return self.answered.count(b"Location: " + location + b"\r\n")


class Tap:
    """Passes on everything between a proxy and the server on ``server_port``, and keeps it. ``port``: where it listens.

    It has a thread and an event loop of its own.
    """

    def __init__(self, server_port: int) -> None:
        self.seen: list[Seen] = []
        self.port = 0
        self._server_port = server_port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(START_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_S)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in self._writers:
            writer.close()  # what is passed on meanwhile ends with it
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        self._writers += [writer, back]
        seen = Seen(bytearray(), bytearray())
        self.seen.append(seen)
        await asyncio.gather(_pump(reader, back, seen.sent), _pump(there, writer, seen.answered))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
    """Pass on until one end closes; the other is closed then."""
    try:
        while data := await reader.read(65536):
            kept += data
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the other direction ends too
    finally:
        writer.close()
