"""``python -m tests.server.corpus.renewing``: rewrites the first column of ``requests.txt``.

To be run where aiohttp, or what stands around it, has come to treat a request otherwise; the difference is to be read
before it is kept.
"""

import asyncio

from tests.server.corpus.links import LAST as LAST_LOCATION
from tests.server.corpus.links import NEXT as NEXT_LOCATION
from tests.server.corpus.reading import FILE, decoded
from tests.server.roads import LAST, NEXT, Roads, Wire, statuses, turn


async def expected(roads: Roads, data: bytes) -> str:
    """What the slow road does with ``data``, in the words of ``reading``."""
    wire, counts = Wire(roads.factories[1]), []
    await turn()
    closed_first = False
    for number, segment in enumerate((data, NEXT, LAST)):
        wire.feed(segment)
        await turn()
        counts.append(len(statuses(bytes(wire.received))))
        closed_first = wire.closed if number == 0 else closed_first
    received = bytes(wire.received)
    every, closed = statuses(received), wire.closed
    wire.close()
    await turn()
    first, later = every[: counts[0]], every[counts[0] :]
    if closed_first:
        words = [*first, "closed"]
    elif later == (301, 301) and NEXT_LOCATION in received and LAST_LOCATION in received:
        words = [*first, "kept"]
    else:
        words = [*first, "pending", *later, "closed" if closed else "waits"]
    return " ".join(map(str, words))


async def renewed(text: str) -> str:
    roads = Roads()
    lines = []
    for line in text.splitlines():
        if line and line[0] not in "#[":
            _, name, request = line.split(" | ", 2)
            line = f"{await expected(roads, decoded(request))} | {name} | {request}"
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(asyncio.run(renewed(FILE.read_text("ascii"))), "ascii")
