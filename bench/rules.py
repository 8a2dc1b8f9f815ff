"""What routing rules cost: requests through the fast path of one process, without a network.

Each row is a link of its own kind; best of several rounds, in turn. The visitors' header sections are real ones. The
rules are tried in vain up to the last, which takes everybody: the dearest way through a program. Bias: everything is
hot, and user agents are known; the journal is not written.
"""

import random
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.choices import best_us
from bench.heads import header_sections
from bench.report import Table as Report
from clicks.country import Countries
from links.destination import Destinations
from links.rules import program_text
from server.answer import Responder
from server.entry import pack
from server.fastpath import FastPath
from server.peer import Networks, peer_bytes
from server.settings import ServerSettings
from server.table import Table
from server.visitor import Surroundings
from server.visits import Visits, nobody

HEADS = 1_200
REQUESTS = 5_000
TO = b"https://example.com/landing"
KEY = bytes(32)
ALWAYS: dict[str, Any] = {"destination": "https://example.com/rest"}
# Nobody comes from Antarctica by a ChromeOS tablet, and speaks Latin.
NOBODY = {
    "countries": {"countries": ["AQ"]},
    "devices": {"device_types": ["tablet"], "os": ["chromeos"]},
    "languages": {"languages": ["la"]},
    "hours": {"hours": {"start": 0, "end": 24, "timezone": "Europe/Berlin"}, "percentage": 0},
}


def rules(count: int) -> list[dict[str, Any]]:
    """``count`` rules of mixed kinds, the last of which takes everybody."""
    kinds = list(NOBODY.values())
    tried = [{**ALWAYS, "priority": n, "conditions": kinds[n % len(kinds)]} for n in range(count - 1)]
    return [*tried, {**ALWAYS, "priority": count}]


def links() -> dict[str, bytes]:
    """An entry of each kind, by what it is."""
    check = Destinations(("https",), frozenset()).check

    def routed(given: list[dict[str, Any]]) -> bytes:
        return pack(1, TO, program=(program_text(given, check) or "").encode())

    variants = [{"variants": [{**ALWAYS, "weight": weight} for weight in (50, 30, 20)]}]
    return {
        "no settings": pack(1, TO),
        "settings (302), no rules": pack(1, TO, status=302),
        **{f"1 rule: {name}": routed([{**ALWAYS, "conditions": given}]) for name, given in NOBODY.items()},
        "1 rule: 3 variants": routed(variants),
        **{f"rules: {count}, the last one answers": routed(rules(count)) for count in (1, 5, 20)},
    }


def measure() -> list[list[str]]:
    """Microseconds of a request for each kind of link."""
    countries = Countries.open()
    around = Surroundings(countries.country_of, Networks(("127.0.0.0/8",)), KEY, random.Random(1).random)
    responder = Responder(ServerSettings(base_url="https://s.test", redirect_status=302), "", around)
    table, entries = Table(), links()
    for number, entry in enumerate(entries.values()):
        table.put(b"", b"l%d" % number, entry)
    fast = FastPath(responder, table, lambda: True, lambda: 1_795_005_000_000, Visits(nobody, not_found=False), b"x")
    fast.set_date(b"Wed, 18 Nov 2026 12:30:00 GMT")
    rng = random.Random(2)
    peer = peer_bytes(("192.0.2.1", 0))
    heads = [section.encode() for section in header_sections(HEADS)]
    sections = [rng.choice(heads) for _ in range(REQUESTS)]

    def work(requests: list[bytes]) -> None:
        for request in requests:
            fast.respond(request, peer)

    works: list[Callable[[], object]] = []
    for number in range(len(entries)):
        requests = [b"GET /l%d HTTP/1.1\r\n" % number + section for section in sections]
        response = fast.respond(requests[0], peer)
        assert response is not None and response.startswith(b"HTTP/1.1 302")
        works.append(partial(work, requests))
    figures = best_us(works, REQUESTS)
    return [[name, f"{us:.2f}", f"{us - figures[1]:+.2f}"] for name, us in zip(entries, figures, strict=True)]


def run(directory: Path) -> list[Report]:
    """The table of this scenario, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.rules"], check=True, capture_output=True)
    rows: list[list[str]] = msgspec.json.decode(done.stdout)
    return [Report("Routing rules", (__doc__ or "").strip(), ["", "CPU µs a request", "beside settings alone"], rows)]


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(measure()))
