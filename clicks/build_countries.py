"""Makes ``clicks/data/countries.bin``: ``python -m clicks.build_countries WHOIS_DIR REGISTRY_DIR [TABLE]``.

They are the unpacked packages ``@ip-location-db/geo-whois-asn-country`` and ``asn-country``. Not part of the product:
nothing in it imports this. The layout of the table is told in :mod:`clicks.country`.
"""

import csv
import heapq
import json
import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

from clicks.country import CODE, CODES, HEADER, MAGIC, SHIPPED, UNKNOWN, VERSION

WHOIS, REGISTRY = "geo-whois-asn-country", "asn-country"
COUNTRY = re.compile(r"[A-Z]{2}")
# The package's version ends in year, month, day and hour.
DATED = re.compile(r"\d+\.\d+\.(\d{4})(\d\d)(\d\d)\d\d")
# What Whois has of IPv6 networks all over Asia: where their registry is. The registry's own statistics know better.
DOUBTED = "AU"

V4_BITS, V6_BITS = 32, 128
NETWORK_BITS = 64

# Nobody's addresses, or everybody's (RFC 6890 and the registries that it began; RFC 4291 section 2.4: what is outside
# 2000::/3 is not global unicast). The data has some of them in Australia.
NOWHERE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/3",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:db8::/32",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
)


class Range(NamedTuple):
    """The addresses from ``first`` to ``last``, both included, and their country: "" for nowhere."""

    first: int
    last: int
    country: str


Start = tuple[int, str]
"""From this address on, up to the next start, the country is this ("" if it is not known)."""


def starts(ranges: Iterable[Range], bits: int) -> list[Start]:
    """The ranges as starts of which no two neighbours are alike; the first is at 0.

    Where ranges overlap, "" holds before all others, then the narrowest, since it is the most specific; of equally
    wide ones the one that begins last, then the first country of the alphabet.
    """
    waiting = sorted(ranges)
    bounds = sorted({0, *(one.first for one in waiting), *(one.last + 1 for one in waiting)} - {1 << bits})
    found: list[Start] = []
    open_: list[tuple[bool, int, int, str, int]] = []
    taken = 0
    for bound in bounds:
        while taken < len(waiting) and waiting[taken].first == bound:
            first, last, country = waiting[taken]
            heapq.heappush(open_, (country != "", last - first, -first, country, last))
            taken += 1
        while open_ and open_[0][-1] < bound:
            heapq.heappop(open_)
        found.append((bound, open_[0][-2] if open_ else ""))
    return list(_without_repeats(found))


def corrected(found: list[Start], by: list[Start]) -> list[Start]:
    """The starts ``found``; where they say ``DOUBTED`` and ``by`` says a country, that of ``by``."""
    merged, here, there = [], "", ""
    first, second = dict(found), dict(by)
    for start in sorted(first.keys() | second.keys()):
        here, there = first.get(start, here), second.get(start, there)
        merged.append((start, there if here == DOUBTED and there else here))
    return list(_without_repeats(merged))


def of_networks(found: list[Start]) -> list[Start]:
    """IPv6 starts as those of /64 networks (the upper half of an address): a network is where its first address is."""
    first: dict[int, str] = {}
    for start, country in found:
        first[-(-start >> NETWORK_BITS)] = country  # rounded up: the first network that begins there or later
    return list(_without_repeats((start, country) for start, country in first.items() if start < 1 << NETWORK_BITS))


def _without_repeats(found: Iterable[Start]) -> Iterator[Start]:
    last = None
    for start, country in found:
        if country != last:
            yield start, country
        last = country


def pack(v4: list[Start], v6: list[Start], date: str) -> bytes:
    """The table of these starts (IPv6: of networks). Raises ``ValueError`` for what it cannot hold."""
    codes = ["", *sorted({country for _, country in v4 + v6} - {""})]
    if len(codes) > CODES or not all(map(COUNTRY.fullmatch, codes[1:])):
        raise ValueError(f"countries must be at most {CODES - 1}, of two letters each")
    index = {code: at for at, code in enumerate(codes)}
    names = b"".join(CODE.pack(code.encode()) for code in codes)
    return b"".join(
        (
            HEADER.pack(MAGIC, VERSION, len(v6), len(v4), date.encode()),
            names + UNKNOWN * (CODES - len(codes)),
            array("Q", (start for start, _ in v6)).tobytes(),
            array("I", (start for start, _ in v4)).tobytes(),
            bytes(index[country] for _, country in v6),
            bytes(index[country] for _, country in v4),
        )
    )


def build(v4: Iterable[Range], v6: Iterable[Range], registry_v6: Iterable[Range], date: str) -> bytes:
    """The table of these ranges without ``NOWHERE``; ``date`` is that of the data, YYYY-MM-DD.

    ``registry_v6`` are what IPv6 ranges in the ``DOUBTED`` country are corrected by.
    """
    v4, v6 = [*v4, *nowhere(V4_BITS)], [*v6, *nowhere(V6_BITS)]
    starts_v6 = corrected(starts(v6, V6_BITS), starts(registry_v6, V6_BITS))
    return pack(starts(v4, V4_BITS), of_networks(starts_v6), date)


def nowhere(bits: int) -> Iterator[Range]:
    """Those of ``NOWHERE`` whose addresses have so many bits."""
    for network in map(ip_network, NOWHERE):
        if network.max_prefixlen == bits:
            yield Range(int(network.network_address), int(network.broadcast_address), "")


def ranges(lines: Iterable[str], bits: int) -> Iterator[Range]:
    """The ranges of a CSV file: first address, last address (decimal numbers), country. Raises ``ValueError``."""
    for number, (first, last, country) in enumerate(csv.reader(lines), 1):
        one = Range(int(first), int(last), country)
        if not 0 <= one.first <= one.last < 1 << bits or not COUNTRY.fullmatch(country):
            raise ValueError(f"line {number} holds no range")
        yield one


def date_of(version: str) -> str:
    """The day, YYYY-MM-DD, that a version of the package is of. Raises ``ValueError``."""
    dated = DATED.fullmatch(version)
    if dated is None:
        raise ValueError(f"version {version} ends in no date")
    return "-".join(dated.groups())


def ranges_in(package: Path, name: str, bits: int) -> list[Range]:
    """The ranges of the package's file for addresses of so many bits. Raises ``OSError`` and ``ValueError``."""
    kind = "ipv4" if bits == V4_BITS else "ipv6"
    with (package / f"{name}-{kind}-num.csv").open(encoding="ascii", newline="") as lines:
        return list(ranges(lines, bits))


def main(arguments: list[str]) -> None:
    whois, registry = map(Path, arguments[:2])
    table = Path(arguments[2]) if arguments[2:] else SHIPPED
    date = date_of(json.loads((whois / "package.json").read_text("utf-8"))["version"])
    v4, v6 = ranges_in(whois, WHOIS, V4_BITS), ranges_in(whois, WHOIS, V6_BITS)
    made = build(v4, v6, ranges_in(registry, REGISTRY, V6_BITS), date)
    # Renamed into place: processes that have mapped the old table keep it.
    new = table.with_suffix(".new")
    new.write_bytes(made)
    new.replace(table)
    print(f"{table}: {len(made)} bytes, data of {date}")


if __name__ == "__main__":
    main(sys.argv[1:])
