"""Writes small MaxMind DB files (MaxMind DB File Format Specification 2.0), record size 24."""

import struct
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

# 2026-11-01 00:00:00 UTC.
BUILT = 1_793_491_200
MARKER = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)
V4_IN_V6 = 96

MAP, TEXT, UINT16, UINT32, UINT64, ARRAY = 7, 2, 5, 6, 9, 11
INLINE_SIZE = 29


class Uint(int):
    """A number with its type in the file."""

    def __new__(cls, value: int, kind: int) -> "Uint":
        number = super().__new__(cls, value)
        number.kind = kind
        return number

    kind: int


def encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        return _control(MAP, len(value)) + b"".join(encoded(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return _control(ARRAY, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, Uint):
        data = value.to_bytes((value.bit_length() + 7) // 8)
        return _control(value.kind, len(data)) + data
    data = value.encode()
    return _control(TEXT, len(data)) + data


def _control(kind: int, size: int) -> bytes:
    more = b""
    if size >= INLINE_SIZE:
        size, more = INLINE_SIZE, bytes([size - INLINE_SIZE])
    head = bytes([kind << 5 | size]) if kind <= MAP else bytes([size, kind - MAP])
    return head + more


def write_mmdb(file: Path, networks: dict[str, Any], ip_version: int = 6, kind: str = "Test-City") -> Path:
    """A file with a record for each network; IPv4 ones are at ::/96 where the tree is for IPv6, as is usual."""
    nodes: list[list[tuple[str, int] | None]] = [[None, None]]
    data = b""
    for text, record in networks.items():
        network = ip_network(text)
        is_v4 = isinstance(network, IPv4Network)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        at = 0
        path = "0" * V4_IN_V6 + bits if is_v4 and ip_version == 6 else bits
        for bit in map(int, path[:-1]):
            found = nodes[at][bit]
            if found is None:
                nodes.append([None, None])
                found = nodes[at][bit] = ("node", len(nodes) - 1)
            at = found[1]
        nodes[at][int(path[-1])] = ("data", len(data))
        data += encoded(record)
    tree = b"".join(_record(one, len(nodes)) for node in nodes for one in node)
    about = {
        "binary_format_major_version": Uint(2, UINT16),
        "binary_format_minor_version": Uint(0, UINT16),
        "build_epoch": Uint(BUILT, UINT64),
        "database_type": kind,
        "description": {"en": "made for a test"},
        "ip_version": Uint(ip_version, UINT16),
        "languages": ["en"],
        "node_count": Uint(len(nodes), UINT32),
        "record_size": Uint(24, UINT16),
    }
    file.write_bytes(tree + SEPARATOR + data + MARKER + encoded(about))
    return file


def _record(one: tuple[str, int] | None, nodes: int) -> bytes:
    kind, at = one or ("node", nodes)
    return struct.pack(">I", at if kind == "node" else nodes + len(SEPARATOR) + at)[1:]
