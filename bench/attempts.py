"""Guesses at the passwords of links, as a process of its own, which SIGTERM ends.

    python -m bench.attempts PORT API_PORT LINKS CLIENTS

Makes LINKS links that ask for a password, says so, and then has CLIENTS clients guess, each as a visitor of an address
of its own behind a trusted proxy, and each as soon as it has the answer to its last guess. When it has been ended, it
prints one line of JSON: how often each status was answered, and the seconds that took.
"""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from itertools import count
from typing import Any

from tests.flows.product import KEY, Client

FORM = b"password=not+this"
HEAD = (
    "POST /locked{link} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.{a}.{b}.{c}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
)


def request(number: int, links: int) -> bytes:
    """The guess of this number: another link and another address each time."""
    address = {"a": number >> 16 & 255, "b": number >> 8 & 255, "c": number & 255}
    return HEAD.format(link=number % links, length=len(FORM), **address).encode() + FORM


async def make(api_port: int, links: int) -> None:
    client = Client(api_port, KEY)
    for number in range(links):
        body = {"destinationUrl": "https://example.com/", "slashTag": f"locked{number}", "password": "x"}
        status, _, answer = await client.request("POST", "/api/v1/short-link", body)
        assert status == 201, answer
    client.close()


async def guess(port: int, links: int, numbers: "count[int]", statuses: "Counter[str]", begin: float) -> None:
    await asyncio.sleep(begin)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            writer.write(request(next(numbers), links))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            statuses[head[9:12].decode()] += 1
    finally:
        writer.close()


async def main(port: int, api_port: int, links: int, clients: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await make(api_port, links)
    numbers, statuses = count(), Counter[str]()
    # Not all in the same millisecond: no 500 strangers are.
    begins = [number / clients for number in range(clients)]
    guessing = [asyncio.ensure_future(guess(port, links, numbers, statuses, begin)) for begin in begins]
    began = time.monotonic()
    print("ready", flush=True)
    await ended.wait()
    seconds = time.monotonic() - began
    for task in guessing:
        task.cancel()
    outcomes = await asyncio.gather(*guessing, return_exceptions=True)
    broken = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    done: dict[str, Any] = {"statuses": statuses, "seconds": seconds, "broken": len(broken)}
    print(json.dumps(done), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
