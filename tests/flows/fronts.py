"""The proxies of deploy/, run with the very files that stand there, a client that speaks TLS to them, and what arrives.

Of the files only addresses, ports and paths are replaced, and the user that nginx runs as; Caddy's certificates come
from a certificate authority of its own instead of a public one.
"""

import os
import pwd
import re
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from clicks.reader import JournalReader, Visit
from links import database
from tests.flows.journals import journal_of
from tests.flows.product import Product, parse_response
from tests.flows.proxies import START_S, Tap, find

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "links.example.com"
DOMAIN = "go.example.org"
VISITOR = "127.0.0.9"
"""Where clients connect from: an address that is not the proxy's own."""


class Ports(NamedTuple):
    """``https`` and ``http`` of the proxy; where it finds ``redirects`` and ``api``."""

    https: int
    http: int
    redirects: int
    api: int


class Front:
    """A running proxy. ``name``: ``nginx`` or ``caddy``; ``logs``: the file with its access log."""

    def __init__(self, name: str, ports: Ports, authority: Path, logs: Path) -> None:
        self.name = name
        self.ports = ports
        self.logs = logs
        self.authority = authority

    def ask(
        self,
        target: bytes,
        *fields: str,
        method: str = "GET",
        name: str = HOST,
        host: str | None = None,
        body: str = "",
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of a request over TLS on a new connection.

        ``fields``: whole header lines. ``name``: the one that is asked for in the handshake, and ``host`` the one in
        the request where it is another. Raises ``ssl.SSLError`` where there is no certificate for it.
        """
        lines = [f"Host: {host or name}", "Connection: close", *fields]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
        head = method.encode() + b" " + target + b" HTTP/1.1\r\n" + "\r\n".join([*lines, "", ""]).encode()
        with self.connected(name) as client:
            client.sendall(head + body.encode())
            data = b""
            while chunk := client.recv(65536):
                data += chunk
        return parse_response(data)

    @contextmanager
    def connected(self, name: str) -> Iterator[ssl.SSLSocket]:
        """A connection, after the handshake; the certificate has been verified for ``name``."""
        context = ssl.create_default_context(cafile=str(self.authority))
        address = ("127.0.0.1", self.ports.https)
        with (
            socket.create_connection(address, timeout=START_S, source_address=(VISITOR, 0)) as plain,
            context.wrap_socket(plain, server_hostname=name) as client,
        ):
            yield client


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """``text`` with each key replaced, which must be there, and none of them left."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not there any more"
        text = text.replace(old, new)
    return text


def with_registered_domains(text: str) -> str:
    """nginx.conf with the server that is prepared in comments."""
    changed = re.sub(r"^    #(?=server|    |\}|$)", "    ", text, flags=re.MULTILINE)
    assert changed.count(DOMAIN) == text.count(DOMAIN)
    assert changed != text
    return changed


@contextmanager
def nginx(directory: Path, ports: Ports, prepared: Callable[[str], str] = str) -> Iterator[Front]:
    """nginx with deploy/nginx.conf, which ``prepared`` may change."""
    certificate, key = make_certificate(directory)
    live = "/etc/letsencrypt/live"
    text = replaced(
        prepared((DEPLOY / "nginx.conf").read_text()),
        {
            "user www-data;": f"user {pwd.getpwuid(os.getuid()).pw_name};",
            "/run/nginx.pid": str(directory / "nginx.pid"),
            "/var/log/nginx/": f"{directory}/",
            # Paths that are built into nginx.
            "http {\n": "http {\n"
            + "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
            + f"client_body_temp_path {directory}/body;\n",
            # Two addresses of IPv4: a machine may be without IPv6.
            "listen 80 ": f"listen 127.0.0.1:{ports.http} ",
            "listen [::]:80 ": f"listen 127.0.0.2:{ports.http} ",
            "listen 443 ": f"listen 127.0.0.1:{ports.https} ",
            "listen [::]:443 ": f"listen 127.0.0.2:{ports.https} ",
            "server 127.0.0.1:8080;": f"server 127.0.0.1:{ports.redirects};",
            "server 127.0.0.1:8081;": f"server 127.0.0.1:{ports.api};",
            f"{live}/{HOST}/fullchain.pem": str(certificate),
            f"{live}/{HOST}/privkey.pem": str(key),
            f"{live}/{DOMAIN}/fullchain.pem": str(certificate),
            f"{live}/{DOMAIN}/privkey.pem": str(key),
        },
    )
    config = directory / "nginx.conf"
    config.write_text(text)
    log = directory / "error.log"
    arguments = ["-e", str(log), "-c", str(config), "-g", "daemon off;"]
    front = Front("nginx", ports, certificate, directory / "access.log")
    with _running("nginx", arguments, {}, front, directory / "out"):
        yield front


@contextmanager
def caddy(directory: Path, ports: Ports) -> Iterator[Front]:
    """Caddy with deploy/Caddyfile."""
    options = (
        f"admin off\n\thttp_port {ports.http}\n\thttps_port {ports.https}\n\tdefault_bind 127.0.0.1\n"
        "\tlocal_certs\n\tskip_install_trust"
    )
    text = replaced(
        (DEPLOY / "Caddyfile").read_text(),
        {
            f"email admin@{HOST}": options,
            "127.0.0.1:8080": f"127.0.0.1:{ports.redirects}",
            "127.0.0.1:8081": f"127.0.0.1:{ports.api}",
        },
    )
    config = directory / "Caddyfile"
    config.write_text(text)
    homes = {"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    authority = directory / "caddy/pki/authorities/local/root.crt"
    front = Front("caddy", ports, authority, directory / "out")
    with _running("caddy", ["run", "--config", str(config), "--adapter", "caddyfile"], homes, front, front.logs):
        yield front


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate that is its own authority, and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    kind = [
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=test",
    ]
    names = ["-addext", f"subjectAltName=DNS:{HOST},DNS:{DOMAIN}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True, timeout=START_S)
    return certificate, key


@contextmanager
def _running(name: str, arguments: list[str], more: dict[str, str], front: Front, out: Path) -> Iterator[None]:
    """The program, until the context ends; ready when there is a certificate for ``HOST``."""
    program = find(name)
    assert program is not None
    with open(out, "wb") as file:
        process = subprocess.Popen(
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | more
        )
    try:
        deadline = time.monotonic() + START_S
        while not _is_ready(front):
            assert process.poll() is None, out.read_text()
            assert time.monotonic() < deadline, out.read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(START_S)


def _is_ready(front: Front) -> bool:
    try:
        with front.connected(HOST):
            return True
    except OSError:  # no socket, no certificate, or no authority yet
        return False


class Deployed(NamedTuple):
    """A proxy in front of a product, and what goes to its two ports."""

    front: Front
    product: Product
    redirects: Tap
    api: Tap


def register(product: Product, host: str, status: str) -> None:
    """A domain, as if its DNS records had been looked at: there is no network here."""
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection, connection:
        ((rev,),) = connection.execute("UPDATE counters SET rev = rev + 1 RETURNING rev").fetchall()
        connection.execute(
            "INSERT INTO domains (host, workspace, spare, status, expected, found, root_redirect, not_found_redirect,"
            " ignores_case, robots, removed, rev, created_at, updated_at)"
            " VALUES (?, 1, 0, ?, '[]', '[]', '', '', 0, 'allow', 0, ?, 0, 0)",
            (host, status, rev),
        )


def sent_to(tap: Tap) -> bytes:
    return b"".join(bytes(seen.sent) for seen in tap.seen)


def visits_of(product: Product, slug: str) -> list[Visit]:
    """Visits of a link that have been recorded."""
    reader = JournalReader(journal_of(product))
    try:
        # What is there at the first look is read at the second.
        visits = [*reader.poll(), *reader.poll()]
    finally:
        reader.close()
    return [visit for visit in visits if visit.request.decode().partition("?")[0] == f"GET /{slug}"]


def values_of(section: bytes, name: str) -> list[str]:
    return re.findall(rf"(?im)^{name}:[ \t]*([^\r\n]*)\r$", section.decode())
