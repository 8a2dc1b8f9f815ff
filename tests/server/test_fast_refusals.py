"""Nothing is answered fast that aiohttp would refuse: heads with random faults, sent down both roads."""

import random

import pytest

from tests.server.test_fastpath import make, status
from tests.server.test_head import CHROME, CURL
from tests.server.test_protocol import Both, both, get

__all__ = ["both"]

HEADS = 4_000
PATHS = (b"/plain", b"/nothing", b"/disabled", b"/plain?qr=1", b"/")
SECTIONS = (CURL, CHROME, b"\r\nHost: s.test\r\n\r\n")
PIECES = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b'"', b"@", b"_", b"(", b"%", b"?", b"#", b"/"),
    *(b"\x00", b"\x7f", b"\x80", b"\xc3\xa9", b"[::1]", b"GET ", b"HEAD ", b"HTTP/1.1", b"HTTP/1.0", b"\r\n\r\n"),
    *(b"Host: a\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Content-Length: 3\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Upgrade: x\r\n", b"Expect: 100-continue\r\n", b"X Y: z\r\n"),
)


def spoilt(rng: random.Random, head: bytes) -> bytes:
    """``head`` with one to three faults: something inserted, left out, changed or said twice."""
    data = bytearray(head)
    for _ in range(rng.randint(1, 3)):
        at, length = rng.randrange(len(data) + 1), rng.randint(1, 30)
        match rng.randrange(4):
            case 0:
                data[at:at] = rng.choice(PIECES)
            case 1:
                del data[at : at + length // 8]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case _:
                data[at:at] = data[at : at + length]
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_answered_fast_is_answered_by_aiohttp_alike(both: Both, seed: int) -> None:  # noqa: F811
    rng, fast = random.Random(seed), make()
    answered = 0
    for _ in range(HEADS):
        data = spoilt(rng, get(rng.choice(PATHS), rng.choice(SECTIONS)))
        response = fast.respond(data)
        if response is None:
            continue
        answered += 1
        client = await both.slow.connect()
        client.send(data)
        reply = await client.reply(head_only=data.startswith(b"HEAD"))
        assert reply.status == status(response), data
        await client.close()
    assert answered > HEADS // 20
