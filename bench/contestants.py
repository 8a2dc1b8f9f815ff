"""Those who answer redirects in the benches: our worker, and what others build for the same purpose.

Each is started for its turn with a number of links, in processes of its own on the server's core, and ended after it.
The configurations stand in ``bench/configs/``.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from string import Template

import msgspec

from bench import cores, tools
from bench.traffic import SLUGS
from tests.flows import million
from tests.flows.processes import wait_until
from tests.flows.product import Product, free_ports

CONFIGS = tools.HERE / "configs"
CONSTANT = "https://example.com/m/constant"
"""Where the floor leads, whatever is asked."""

BUFFERED_LOG = "access_log $directory/access.log combined buffer=64k flush=1s;"
NO_LOG = "access_log off;"


class Running(msgspec.Struct):
    """A contestant at work: where it listens, and all of its processes."""

    port: int
    pids: list[int]


Start = Callable[[Path, int], AbstractContextManager[Running]]
"""Starts a contestant in a directory of its own, with so many links, on the server's core."""


class Contestant(msgspec.Struct, frozen=True):
    """``needs``: the program without which it is left out. ``has_table``: it looks links up. ``requests``: which of the
    files of requests it gets."""

    name: str
    start: Start
    needs: str | None = None
    has_table: bool = True
    requests: str = "usual"


@contextmanager
def _running(command: list[str], port: int, directory: Path) -> Iterator[Running]:
    """A server's processes from its first to its last breath; its output goes to a file, which is shown if it dies."""
    name, output = Path(command[0]).name, directory / "output"
    with open(output, "ab") as out:
        command = [*cores.on(cores.SERVER), *command]
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=tools.HERE.parent)
    try:
        wait_until(lambda: process.poll() is not None or _listens(process.pid, port), f"{name} listens")
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}: {output.read_text()}")
        yield Running(port, [process.pid, *_children(process.pid)])
    finally:
        process.terminate()
        process.wait()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _listens(pid: int, port: int) -> bool:
    """Whether something listens on the port, and, for a server that leaves the work to its children, they are there."""
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listens = any(fields[1].endswith(wanted) and fields[3] == "0A" for fields in map(str.split, lines))
    is_nginx = Path(f"/proc/{pid}/comm").read_text().strip() == "nginx"
    return listens and (not is_nginx or bool(_children(pid)))


def _fill_in(name: str, directory: Path, port: int, **more: str) -> Path:
    """A configuration of ``bench/configs/`` with its places filled in."""
    path = directory / name
    text = Template((CONFIGS / name).read_text())
    path.write_text(text.substitute(directory=directory, port=port, **more))
    return path


def write_map(path: Path, links: int, line: str) -> Path:
    """All links, a line each: ``{slug}`` and ``{location}`` are replaced."""
    pairs = map(million.location, range(1, links + 1))
    path.write_text("".join(line.format(slug=slug, location=location) for slug, location in pairs))
    return path


@contextmanager
def nginx(directory: Path, links: int, *, log: bool) -> Iterator[Running]:
    (port,) = free_ports(1)
    write_map(directory / "map.conf", links, "/{slug} {location};\n")
    logging = Template(BUFFERED_LOG if log else NO_LOG).substitute(directory=directory)
    config = _fill_in("nginx.conf", directory, port, log=logging)
    command = [tools.require("nginx"), "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(config)]
    with _running(command, port, directory) as running:
        yield running


@contextmanager
def haproxy(directory: Path, links: int) -> Iterator[Running]:
    (port,) = free_ports(1)
    write_map(directory / "map.txt", links, "/{slug} {location}\n")
    config = _fill_in("haproxy.cfg", directory, port)
    with _running([tools.require("haproxy"), "-db", "-f", str(config)], port, directory) as running:
        yield running


@contextmanager
def floor(directory: Path, links: int) -> Iterator[Running]:
    (port,) = free_ports(1)
    program = tools.build("floor.c", directory.parent)
    with _running([str(program), str(port)], port, directory) as running:
        yield running


@contextmanager
def aiohttp_reference(directory: Path, links: int, *, kind: str) -> Iterator[Running]:
    (port,) = free_ports(1)
    pairs = write_map(directory / "map.txt", links, "{slug} {location}\n")
    command = [sys.executable, "-m", "bench.aiohttp_reference", kind, str(port), str(pairs)]
    with _running(command, port, directory) as running:
        yield running


def filled(directory: Path, links: int) -> Path:
    """A data directory with so many links, made once for ``directory``'s bench; copy it."""
    made = directory / f"data{links}"
    if not made.exists():
        million.fill(made, links)
    return made


def product_of(
    directory: Path,
    links: int,
    *,
    workers: int = 1,
    command: str = "server",
    fast_path: bool = True,
    **environment: str,
) -> Product:
    """The product on a copy of such a data directory: not started yet. ``environment``: of its processes, too."""
    own = {"FINGERPOST_SERVER__FAST_PATH": str(fast_path).lower()}
    environment = own | environment
    product = Product(directory, workers=workers, command=command, **environment)
    shutil.copytree(filled(directory.parent, links), product.data)
    product.data.chmod(0o700)
    return product


@contextmanager
def started(product: Product) -> Iterator[list[int]]:
    """The product at work: its workers on the server's core, all else elsewhere. All its process ids, workers last.

    Raises ``RuntimeError`` on leaving where they are no longer the same: what was measured was a restart.
    """
    try:
        product.start()
        assert product.process is not None
        workers = product.children("worker")
        others = [product.process.pid, *(pid for pid in product.children() if pid not in workers)]
        for pid in others:
            cores.pin(pid, cores.OTHERS)
        for pid in workers:
            cores.pin(pid, cores.SERVER)
        yield [*others, *workers]
        if product.children("worker") != workers:
            raise RuntimeError(f"a worker was replaced while it was measured:\n{product.stderr}")
        product.stop()
    finally:
        product.kill_all()  # what did not start, or was left in the middle


@contextmanager
def fingerpost(directory: Path, links: int, *, fast_path: bool = True) -> Iterator[Running]:
    product = product_of(directory, links, fast_path=fast_path)
    with started(product) as pids:
        yield Running(product.port, pids)


@contextmanager
def turn(contestant: Contestant, directory: Path, links: int = SLUGS) -> Iterator[Running]:
    """Start a contestant in a fresh directory under ``directory``, which is removed at the end: what was recorded
    there must not pile up."""
    place = directory / f"turn-{os.getpid()}-{time.monotonic_ns()}"
    place.mkdir()
    try:
        with contestant.start(place, links) as running:
            yield running
    finally:
        shutil.rmtree(place)


def present() -> tuple[tuple[Contestant, ...], str]:
    """Those that this machine can run, and a sentence about the others; empty where there are none."""
    able = tuple(one for one in ALL if one.needs is None or tools.find(one.needs))
    missing = [f"{one.name} ({one.needs} is not installed)" for one in ALL if one not in able]
    return able, f" Left out: {', '.join(missing)}." if missing else ""


NGINX = Contestant("nginx, buffered access log", partial(nginx, log=True), "nginx")
WORKER = Contestant("Fingerpost worker", fingerpost)

ALL = (
    Contestant("constant answer (C, epoll)", floor, tools.COMPILER, has_table=False),
    Contestant("nginx, no log", partial(nginx, log=False), "nginx"),
    NGINX,
    WORKER,
    Contestant("Fingerpost worker, behind a proxy", fingerpost, requests="proxied"),
    Contestant("Fingerpost worker, no head twice", fingerpost, requests="once"),
    Contestant("Fingerpost worker, aiohttp first", fingerpost, requests="slow first"),
    Contestant("haproxy map", haproxy, "haproxy"),
    Contestant("aiohttp web.Server and a dict", partial(aiohttp_reference, kind="server")),
    Contestant("aiohttp Application and a dict", partial(aiohttp_reference, kind="application")),
    Contestant("Fingerpost worker, fast_path = false", partial(fingerpost, fast_path=False)),
)
