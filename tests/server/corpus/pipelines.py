"""Pipelines: requests one after another on one connection, fast and slow ones mixed, and what has to come."""

import random
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

INNER = b"GET /s302 HTTP/1.1\r\nHost: s.test\r\n\r\n"


class Part(NamedTuple):
    """One request, the status of its answer, and whether the server closes after it."""

    data: bytes
    status: int
    closes: bool = False


FAST = (
    Part(b"GET /plain HTTP/1.1\r\nHost: s.test\r\n\r\n", 301),
    Part(b"GET /s308 HTTP/1.1\r\nHost: s.test\r\nConnection: keep-alive\r\n\r\n", 308),
    Part(b"HEAD /nothing HTTP/1.1\r\nHost: s.test\r\nAccept: */*\r\n\r\n", 404),
    Part(b"GET /disabled HTTP/1.1\r\nhost: s.test\r\n\r\n", 410),
    Part(b"GET /query?a=1 HTTP/1.1\r\nHost: s.test\r\n\r\n", 301),
)
SLOW = (
    Part(b"GET /robots.txt HTTP/1.1\r\nHost: s.test\r\nExpect: x\r\n\r\n", 200),
    Part(b"POST /s307 HTTP/1.1\r\nHost: s.test\r\nContent-Length: 5\r\n\r\nhello", 307),
    Part(b"POST /plain HTTP/1.1\r\nHost: s.test\r\nContent-Length: %d\r\n\r\n%s" % (len(INNER), INNER), 405),
    Part(b"POST /s307 HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 307),
    Part(
        b"PUT /s307 HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX: y\r\n\r\n"
        % (len(INNER), INNER),
        307,
    ),
    Part(b"GET /plain HTTP/1.1\r\nHost: s.test\r\nContent-Length: 0\r\n\r\n", 301),
    Part(b"GET /nothing HTTP/1.1\r\nHost: s.test\r\nCookie: a\r\nCookie: b\r\n\r\n", 404),
    Part(b"GET http://s.test/s302 HTTP/1.1\r\nHost: s.test\r\n\r\n", 302),
    Part(b"GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 301),
    Part(b"\r\nGET /plain HTTP/1.1\r\nHost: s.test\r\n\r\n", 301),
    Part(b"GET /s302 HTTP/1.1\r\nHost: s.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 302),
)
LAST = (
    Part(b"GET /plain HTTP/1.1\r\nHost: s.test\r\nConnection: close\r\n\r\n", 301, closes=True),
    Part(b"GET /plain HTTP/1.0\r\nHost: s.test\r\n\r\n", 301, closes=True),
)
PARTS = FAST + SLOW + LAST

Pipeline = Sequence[Part]


def pairs() -> list[Pipeline]:
    """Every part after every other."""
    return list(product(PARTS, repeat=2))


def longer(count: int, seed: int) -> list[Pipeline]:
    """``count`` of 3 to 6 parts, drawn by ``seed``; some end the connection with their last part."""
    rng = random.Random(seed)
    weights = [4] * len(FAST) + [2] * len(SLOW)
    return [[*rng.choices(FAST + SLOW, weights, k=rng.randint(2, 5)), rng.choice(PARTS)] for _ in range(count)]


def expected(pipeline: Pipeline) -> tuple[tuple[int, ...], bool] | None:
    """The statuses that a pipeline gets, and whether it ends the connection.

    ``None`` where something follows the part that ends it: then it matters how the bytes arrive. In one segment aiohttp
    refuses all of it, what was before included.
    """
    if any(part.closes for part in pipeline[:-1]):
        return None
    return tuple(part.status for part in pipeline), pipeline[-1].closes


def whole(pipeline: Pipeline) -> bytes:
    return b"".join(part.data for part in pipeline)


def cut(pipeline: Pipeline, rng: random.Random, most: int = 6) -> list[bytes]:
    """All of it in pieces, cut at places drawn from ``rng``."""
    data = whole(pipeline)
    places = sorted(rng.sample(range(1, len(data)), rng.randint(1, most)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
