"""How many different ones: HyperLogLog (Flajolet et al. 2007) with 4,096 registers, sparse while there are few.

What is counted are 64-bit hashes. The standard error is 1.6 %, less for a few hundred. An entry is a register's number
and what is to stand in it; a set of entries is what is collected, bytes are what is kept: three bytes an entry while
there are few, else a byte a register. Pure.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from math import inf, log, sqrt
from struct import pack, unpack

PRECISION = 12
REGISTERS = 1 << PRECISION
RANK_BITS = 6
ENTRY_BITS = PRECISION + RANK_BITS
_RANK_MASK = (1 << RANK_BITS) - 1
INDEX_MASK = REGISTERS - 1
_REST_BITS = 64 - PRECISION
HIGHEST_RANK = _REST_BITS + 1
_ENTRY_BYTES = 3
MOST_SPARSE = REGISTERS // _ENTRY_BYTES
"""Entries from which the registers themselves are shorter."""

_FEW = 16
"""Entries are put into so many times as many one by one: what a batch brings to a link that has many already."""

_LIMIT = 1 / (2 * log(2))


def entry_of(number: int) -> int:
    """The entry of a 64-bit hash."""
    return (number & INDEX_MASK) << RANK_BITS | (HIGHEST_RANK - (number >> PRECISION).bit_length())


def packed(entries: Collection[int]) -> bytes:
    """A set of entries as it is kept."""
    if len(entries) == 1:
        (entry,) = entries
        return entry.to_bytes(_ENTRY_BYTES)
    # The highest of a register comes last.
    highest = {entry >> RANK_BITS: entry for entry in sorted(entries)}
    if len(highest) > MOST_SPARSE:
        registers = bytearray(REGISTERS)
        for index, entry in highest.items():
            registers[index] = entry & _RANK_MASK
        return bytes(registers)
    # Three bytes of each four, all at once.
    wide = pack(f"<{len(highest)}I", *highest.values())
    kept = bytearray(len(highest) * _ENTRY_BYTES)
    kept[0::3], kept[1::3], kept[2::3] = wide[2::4], wide[1::4], wide[0::4]
    return bytes(kept)


def entries_of(kept: bytes) -> list[int]:
    """What :func:`packed` was made of, the highest entry of each register."""
    if len(kept) == REGISTERS:
        return [index << RANK_BITS | rank for index, rank in enumerate(kept) if rank]
    many = len(kept) // _ENTRY_BYTES
    wide = bytearray(many * 4)
    wide[2::4], wide[1::4], wide[0::4] = kept[0::3], kept[1::3], kept[2::3]
    return list(unpack(f"<{many}I", wide))


def merged(one: bytes, other: bytes) -> bytes:
    """Both together."""
    if one == other:
        return one
    if len(one) == REGISTERS == len(other):
        return bytes(map(max, one, other))
    if len(one) == REGISTERS:
        one, other = other, one
    if len(other) != REGISTERS:
        few, many = sorted((one, other), key=len)
        if len(few) * _FEW > len(many):
            return packed({*entries_of(few), *entries_of(many)})
        return _put_into(many, entries_of(few))
    registers = bytearray(other)
    for entry in entries_of(one):
        rank = entry & _RANK_MASK
        if rank > registers[entry >> RANK_BITS]:
            registers[entry >> RANK_BITS] = rank
    return bytes(registers)


def _put_into(kept: bytes, entries: Iterable[int]) -> bytes:
    """Both together, where ``kept`` has an entry for each register that is not empty and most of it stays as it is."""
    found = bytearray(kept)

    def register(number: int) -> int:
        return int.from_bytes(found[number * _ENTRY_BYTES : (number + 1) * _ENTRY_BYTES]) >> RANK_BITS

    for entry in entries:
        number = bisect_left(range(len(found) // _ENTRY_BYTES), entry >> RANK_BITS, key=register)
        at, end = number * _ENTRY_BYTES, (number + 1) * _ENTRY_BYTES
        if end <= len(found) and register(number) == entry >> RANK_BITS:
            found[at:end] = max(bytes(found[at:end]), entry.to_bytes(_ENTRY_BYTES))
        else:
            found[at:at] = entry.to_bytes(_ENTRY_BYTES)
    return bytes(found) if len(found) <= MOST_SPARSE * _ENTRY_BYTES else packed(entries_of(bytes(found)))


def count(kept: bytes) -> int:
    """About how many different ones there were: the estimator of Ertl 2017 (arXiv 1702.01284, algorithm 6), which needs
    no correction anywhere between one and billions."""
    if len(kept) == REGISTERS:
        ranks = [kept.count(rank) for rank in range(_REST_BITS + 2)]
    else:
        ranks = [0] * (_REST_BITS + 2)
        for entry in entries_of(kept):
            ranks[entry & _RANK_MASK] += 1
        ranks[0] = REGISTERS - sum(ranks)
    total = REGISTERS * _tau(1 - ranks[-1] / REGISTERS)
    for rank in range(_REST_BITS, 0, -1):
        total = (total + ranks[rank]) / 2
    total += REGISTERS * _sigma(ranks[0] / REGISTERS)
    return round(_LIMIT * REGISTERS * REGISTERS / total)


def _sigma(x: float) -> float:
    """Of the share of empty registers."""
    if x == 1:
        return inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        before = z
        x *= x
        z += x * y
        y += y
    return z


def _tau(x: float) -> float:
    """Of the share of registers that are not full."""
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        before = z
        x = sqrt(x)
        y /= 2
        z -= (1 - x) ** 2 * y
    return z / 3
