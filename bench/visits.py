"""A journal as redirect workers leave it after a busy hour, made without them.

Links are visited after Zipf's law (exponent 1): the busiest of 10,000 has a tenth of all visits. Header sections are
4,000 real ones with 2,000 user agents, of which some are much more common than others; addresses are 100,000, most of
them IPv4; more than half have a referrer, an eighth each came by a QR code and with UTM parameters.
"""

import random
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

from bench.heads import header_sections
from clicks.journal import Journal
from clicks.record import REDIRECT, Section
from clicks.segment import Name, Segment

AGENTS = 2_000
SECTIONS = 4_000
ADDRESSES = 100_000
IPV4_SHARE = 0.7
QUERIES = (b"",) * 6 + (b"?qr=1", b"?utm_source=mail&utm_medium=email&utm_campaign=autumn")
BEGIN_NS = 1_795_005_000 * 10**9
SEGMENT_BYTES = 16 << 20
SEED = 3
PID = 4_000_000
AGENTS_FILE = Path(__file__).parents[1] / "tests" / "clicks" / "agents.txt"


def zipf(items: Sequence[int], exponent: float, rng: random.Random) -> Callable[[], int]:
    """Draws from ``items``, the first the most often."""
    sums = list(accumulate(rank**-exponent for rank in range(1, len(items) + 1)))
    last = sums[-1]
    return lambda: items[bisect(sums, rng.random() * last)]


def user_agents() -> list[str]:
    """Distinct ones, the common ones first."""
    lines = AGENTS_FILE.read_text("utf-8").splitlines()
    seen = [line.partition("\t")[2] for line in lines if not line.startswith("#") and "\t" in line]
    versions = [
        f"Mozilla/5.0 (Linux; Android 10; K) Chrome/{120 + n // 50}.0.{n}.0 Mobile Safari/537.36" for n in range(AGENTS)
    ]
    return list(dict.fromkeys([agent for agent in seen if agent] + versions))[:AGENTS]


def sections() -> list[bytes]:
    """Header sections as a journal has them: of bench/heads.py, most of them with one of the user agents above."""
    agents = user_agents()
    found = []
    for n, section in enumerate(header_sections(SECTIONS)):
        lines = section.split("\r\n")
        if n % 4:
            lines = [f"User-Agent: {agents[n % AGENTS]}" if line.startswith("User-Agent:") else line for line in lines]
        found.append(("\r\n" + "\r\n".join(lines)).encode())
    return found


def write(directory: Path, visits: int, links: int, per_second: int = 5_000, begin_ns: int = BEGIN_NS) -> None:
    """``visits`` visits of ``links`` links, ``per_second`` from ``begin_ns`` on (epoch nanoseconds), in segments whose
    writer has ended."""
    rng = random.Random(SEED)
    directory.mkdir(mode=0o700)
    now = begin_ns
    journal = Journal(lambda: now)
    all_sections = [Section(text) for text in sections()]
    rng.shuffle(all_sections)
    link = zipf(range(1, links + 1), 1.0, rng)
    section = zipf(range(SECTIONS), 0.8, rng)
    address = zipf(range(ADDRESSES), 0.5, rng)
    addresses = [
        bytes(10) + b"\xff\xff" + rng.randbytes(4) if rng.random() < IPV4_SHARE else b"\x2a\x02" + rng.randbytes(14)
        for _ in range(ADDRESSES)
    ]
    made = 0
    for n in range(visits):
        if not journal.ready:
            journal.ready.append(Segment(directory, Name(BEGIN_NS, PID, made), SEGMENT_BYTES))
            made += 1
        now = begin_ns + n * 10**9 // per_second
        number = link()
        request = b"GET /m%07d" % number + QUERIES[int(rng.random() * len(QUERIES))]
        peer = addresses[address()]
        journal.visit(REDIRECT, number.to_bytes(8, "little"), peer, all_sections[section()], request)
        while journal.retired:
            _put_away(journal.retired.popleft())
    journal.close()
    while journal.retired:
        _put_away(journal.retired.popleft())


def _put_away(segment: Segment) -> None:
    segment.unmap()
    segment.close()
