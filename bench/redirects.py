"""What a redirect costs: our worker against nginx, on the same heads and slugs, in turn in one run.

100,000 slugs asked for at random by wrk (closed loop, 64 connections), server and client pinned to a core each where
there are two. CPU time is the server processes' own, by the kernel's accounting. What cannot be installed is named and
left out.
"""

import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.heads import header_sections
from bench.report import Table
from tests.flows import million
from tests.flows.product import Product, free_ports

SLUGS = 100_000
HEADS = 1_200
REQUESTS = 20_000
CONNECTIONS = 64
SECONDS = 8
WARM_UP_SECONDS = 2
SERVER_CORE = {0}
CLIENT_CORE = "1"

NGINX = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  map_hash_max_size 524288; map_hash_bucket_size 128;
  map $uri $destination {{ default ""; include {directory}/map.conf; }}
  keepalive_requests 100000000; keepalive_timeout 75s;
  {log}
  server {{
    listen 127.0.0.1:{port};
    location / {{ if ($destination = "") {{ return 404; }} return 301 $destination; }}
  }}
}}
"""
BUFFERED_LOG = "access_log {directory}/access.log combined buffer=64k flush=1s;"

LUA = """
-- Lua's patterns know no zero byte.
local file = io.open("{requests}", "rb")
local all = file:read("*a")
file:close()
local requests = {{}}
for request in string.gmatch(all, "([^\\1]+)") do requests[#requests + 1] = request end
local n = 0
init = function(args) math.randomseed(os.time()) n = math.random(#requests) end
request = function() n = n % #requests + 1 return requests[n] end
"""


def write_requests(directory: Path, port: int) -> Path:
    """The wrk script that sends random slugs under all heads."""
    rng = random.Random(5)
    sections = header_sections(HEADS, f"127.0.0.1:{port}")
    requests = []
    for _ in range(REQUESTS):
        slug, _ = million.location(rng.randint(1, SLUGS))
        requests.append(f"GET /{slug} HTTP/1.1\r\n{rng.choice(sections)}")
    data = directory / f"requests{port}"
    data.write_bytes("\1".join(requests).encode())
    script = directory / f"requests{port}.lua"
    script.write_text(LUA.format(requests=data))
    return script


def drive(directory: Path, port: int, pids: list[int]) -> tuple[float, float]:
    """(redirects a second, CPU µs of a redirect)."""
    script = write_requests(directory, port)
    command = ["taskset", "-c", CLIENT_CORE] if len(os.sched_getaffinity(0)) > 1 else []
    command += ["wrk", "-t1", f"-c{CONNECTIONS}", "-s", str(script), f"http://127.0.0.1:{port}"]
    subprocess.run([*command, f"-d{WARM_UP_SECONDS}s"], capture_output=True, check=True)
    before = machine.cpu_seconds(pids)
    done = subprocess.run([*command, f"-d{SECONDS}s"], capture_output=True, text=True, check=True)
    cpu = machine.cpu_seconds(pids) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    found = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    assert found is not None, done.stdout
    count, seconds = int(found[1]), float(found[2])
    return count / seconds, cpu / count * 1e6


@contextmanager
def nginx(directory: Path, *, log: bool) -> Iterator[tuple[int, list[int]]]:
    """A running nginx with one worker; its port and the worker's process id."""
    (port,) = free_ports(1)
    pairs = (million.location(n) for n in range(1, SLUGS + 1))
    (directory / "map.conf").write_text("".join(f"/{slug} {location};\n" for slug, location in pairs))
    logging = BUFFERED_LOG.format(directory=directory) if log else "access_log off;"
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory, port=port, log=logging))
    process = subprocess.Popen(["nginx", "-p", str(directory), "-c", str(config)])
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (pids := [int(pid) for pid in children.read_text().split()]):
            time.sleep(0.05)
        time.sleep(1)  # until it listens
        os.sched_setaffinity(pids[0], SERVER_CORE)
        yield port, pids
    finally:
        process.terminate()
        process.wait()


@contextmanager
def worker(directory: Path, *, fast: bool) -> Iterator[tuple[int, list[int]]]:
    """A running redirect worker; its port and process id."""
    place = directory / f"redirects-{fast}"
    place.mkdir()
    product = Product(place, workers=1, command="server", FINGERPOST_SERVER__FAST_PATH=str(fast).lower())
    million.fill(product.data, SLUGS)
    product.start()
    try:
        pids = product.children("worker")
        os.sched_setaffinity(pids[0], SERVER_CORE)
        yield product.port, pids
    finally:
        product.stop()


def run(directory: Path) -> Table:
    """The table of this scenario."""
    contestants: list[tuple[str, Callable[[], object]]] = []
    missing = [tool for tool in ("nginx", "wrk") if shutil.which(tool) is None]
    if "wrk" in missing:
        return Table("Redirects", "Not measured: wrk is not installed (Debian: wrk).", [""], [])
    if "nginx" not in missing:
        contestants.append(("nginx map + return 301", lambda: nginx(directory, log=False)))
        contestants.append(("nginx with a buffered access log", lambda: nginx(directory, log=True)))
    contestants.append(("our worker", lambda: worker(directory, fast=True)))
    contestants.append(("our worker through aiohttp (fast_path = false)", lambda: worker(directory, fast=False)))
    rows: list[list[str]] = []
    reference = 0.0
    for name, start in contestants:
        with start() as (port, pids):  # type: ignore[attr-defined]
            rate, cpu = drive(directory, port, pids)
            memory = machine.pss_bytes(pids[0]) / 1e6
        reference = reference or cpu
        rows.append([name, f"{cpu:.2f}", f"{cpu / reference:.2f}", f"{rate:,.0f}", f"{memory:.0f}"])
    return Table(
        "Redirects",
        f"{SLUGS:,} slugs at random, {HEADS:,} distinct heads of browsers, curl and proxies; wrk, {CONNECTIONS} "
        "connections, closed loop. Visits are not recorded yet, so nginx without a log is the fair reference.",
        ["", "CPU µs a redirect", "ratio", "redirects/s", "MB"],
        rows,
        f"Left out, not installed: {', '.join(missing)}." if missing else "",
    )
