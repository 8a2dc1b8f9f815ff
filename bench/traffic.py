"""The requests that every contestant gets: the same bytes in the same order, in one file.

A file of requests is, for each, its length in decimal, a line feed, its bytes. Both clients read it: wrk through the
script below, and ``bench/openloop.c``.
"""

import random
from collections.abc import Iterable
from pathlib import Path

from bench.heads import HOST, header_sections, numbered, once_each
from tests.flows.million import location

SLUGS = 100_000
HEADS = 1_200
SEED = 5

WRK_SCRIPT = """
local requests = {{}}
local file = io.open("{requests}", "rb")
while true do
  local length = file:read("*n")
  if not length then break end
  file:read(1)
  requests[#requests + 1] = file:read(length)
end
file:close()
local n = 0
request = function()
  n = n == #requests and {first} + 1 or n + 1
  return requests[n]
end
"""


def usual(count: int = SLUGS) -> list[bytes]:
    """``count`` requests for slugs at random, each under one of the usual heads at random."""
    rng = random.Random(SEED)
    sections = header_sections(HEADS)
    return [_request(rng.randint(1, SLUGS), rng.choice(sections)) for _ in range(count)]


def heads_once(count: int = SLUGS) -> list[bytes]:
    """As :func:`usual`, but no head is ever sent a second time (until the file begins anew)."""
    rng = random.Random(SEED)
    return [_request(rng.randint(1, SLUGS), section) for section in once_each(count)]


def proxied(count: int = SLUGS) -> list[bytes]:
    """As :func:`usual`, each with the address and the id that a proxy adds for its client: no head twice either."""
    rng = random.Random(SEED)
    return [_request(rng.randint(1, SLUGS), section) for section in numbered(count)]


SLOW_FIRST = 500
"""How many of :func:`slow_first` come before the usual ones: several for each connection."""


def slow_first(count: int = SLUGS) -> list[bytes]:
    """As :func:`usual`, after some that only aiohttp answers: their target is in absolute form (RFC 9112 section
    3.2.2)."""
    requests = usual(count)
    begin = f"GET http://{HOST}/".encode()
    return [begin + request.removeprefix(b"GET /") for request in requests[:SLOW_FIRST]] + requests


def all_heads() -> list[tuple[bytes, str]]:
    """Each of the usual heads once, with the Location that its answer must have."""
    return [(_request(n, section), location(n)[1]) for n, section in enumerate(header_sections(HEADS), 1)]


def _request(n: int, section: str) -> bytes:
    return f"GET /{location(n)[0]} HTTP/1.1\r\n{section}".encode()


def write(path: Path, requests: Iterable[bytes]) -> Path:
    """Write a file of requests; ``path``."""
    with open(path, "wb") as file:
        for request in requests:
            file.write(b"%d\n%b" % (len(request), request))
    return path


def write_wrk_script(path: Path, requests: Path, first: int = 0) -> Path:
    """Write the script that makes wrk send the requests of a file, the ``first`` of them only once; ``path``."""
    path.write_text(WRK_SCRIPT.format(requests=requests, first=first))
    return path
