"""How the fuzz target makes new requests of old ones: by lines and words of HTTP, besides libFuzzer's bytes."""

import random

WORDS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b"\0",
        b"\x7f",
        b"\x80",
        b"\xc3\xa9",
        b"\r\n\r\n",
        b"\r\n ",
        b"#",
        b"?",
    ),
    *(b"GET ", b"HEAD ", b"POST ", b"/plain", b"/nothing", b"http://own.test/plain", b" HTTP/1.1", b" HTTP/1.0"),
    *(
        b"keep-alive",
        b"close",
        b"chunked",
        b"100-continue",
        b"websocket",
        b"own.test",
        b"s.test",
        b"[::1]",
        b":80",
        b".",
    ),
)
LINES = (
    *(b"Host: s.test", b"host: own.test", b"Host:", b"Connection: keep-alive", b"Connection: close", b"Accept: */*"),
    *(b"Connection: Upgrade", b"Upgrade: websocket", b"Upgrade: h2c", b"HTTP2-Settings: x", b"Expect: 100-continue"),
    *(b"Content-Length: 0", b"content-length: 5", b"Transfer-Encoding: chunked", b"Proxy-Connection: close"),
    *(
        b"Content-Type: a",
        b"Cookie: a",
        b"User-Agent: a",
        b"X:",
        b" folded",
        b"TE: trailers",
        b"Content-Encoding: gzip",
    ),
)


def mutate(data: bytes, seed: int, most: int) -> bytes:
    """``data`` with one to four changes, ``most`` bytes at most; the same for the same ``seed``."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        data = _changed(data, rng)
    return data[:most]


def _changed(data: bytes, rng: random.Random) -> bytes:
    at, length = rng.randrange(len(data) + 1), rng.randint(1, 24)
    lines = data.split(b"\r\n")
    number = rng.randrange(len(lines))
    match rng.randrange(7):
        case 0:
            return data[:at] + rng.choice(WORDS) + data[at:]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        case 3:
            return data[:at] + data[at : at + length] + data[at:]
        case 4:
            lines.insert(min(number + 1, max(len(lines) - 2, 0)), rng.choice(LINES))
        case 5:
            lines.insert(number, lines[rng.randrange(len(lines))])
        case _:
            lines[number] = lines[number].swapcase()
    return b"\r\n".join(lines)
