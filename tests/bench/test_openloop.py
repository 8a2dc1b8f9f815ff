"""bench/openloop.c against a small server: what it sends, what it counts, that it ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import openloop, traffic
from bench.openloop import Outcome

FILE_SLUGS = 7
MOVED = b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://example.com/\r\nContent-Length: 2\r\n\r\nok"
MISSING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"

Respond = Callable[[int, asyncio.StreamWriter], Awaitable[None]]
"""Answers the nth request that the server gets, from 0."""

Client = Callable[..., Awaitable[dict[str, Any]]]


async def moved(n: int, writer: asyncio.StreamWriter) -> None:
    writer.write(MOVED)


@asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[tuple[int, list[str]]]:
    """(port, the slugs that were asked for, in order)."""
    asked: list[str] = []
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked.append(head.split(b" ")[1].decode())
                await respond(len(asked) - 1, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has ended
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        await asyncio.gather(*handlers)


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    heads = [b"GET /%d HTTP/1.1\r\nHost: example.com\r\n\r\n" % n for n in range(FILE_SLUGS)]
    return traffic.write(tmp_path / "requests", heads)


@pytest.fixture
def client(compiled: Callable[[str], Path], requests: Path) -> Client:
    program = compiled("openloop.c")

    async def run(port: int, *, rate: int, connections: int = 4, ms: int = 300, warm_up: int = 0) -> dict[str, Any]:
        options = {"-p": port, "-f": requests, "-r": rate, "-c": connections, "-d": ms, "-w": warm_up}
        words = [str(word) for option in options.items() for word in option]
        process = await asyncio.create_subprocess_exec(program, *words, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        assert process.returncode == 0
        printed: dict[str, Any] = json.loads(out)
        return printed

    return run


def in_turn(count: int) -> list[str]:
    return [f"/{n % FILE_SLUGS}" for n in range(count)]


async def test_everything_that_is_scheduled_is_sent_and_counted(client: Client) -> None:
    async with serving(moved) as (port, asked):
        printed = await client(port, rate=1_000)
    outcome = Outcome.parse(printed)
    assert printed["sent"] == printed["answered"] == len(asked) == outcome.latency.count == outcome.late.count
    # A Poisson process of 300 on average, always the same one: six standard deviations are 104.
    assert 200 < len(asked) < 400
    assert not outcome.errors
    assert printed["reconnects"] == 0


async def test_the_same_seed_is_the_same_schedule(client: Client) -> None:
    async with serving(moved) as (port, asked):
        first = await client(port, rate=1_000)
        second = await client(port, rate=1_000)
    assert first["sent"] == second["sent"]
    assert len(asked) == 2 * first["sent"]


async def test_requests_leave_in_the_order_of_the_file(client: Client) -> None:
    async with serving(moved) as (port, asked):
        await client(port, rate=1_000, connections=1)
    assert asked == in_turn(len(asked))
    assert len(asked) > FILE_SLUGS


async def test_a_closed_loop_asks_as_soon_as_it_was_answered(client: Client) -> None:
    async with serving(moved) as (port, asked):
        printed = await client(port, rate=0, connections=1)
    assert asked == in_turn(len(asked))
    assert printed["answered"] == len(asked) == printed["latency"]["count"] > 0
    assert printed["wanted_rate"] == 0


async def test_what_is_due_while_all_connections_are_busy_waits_and_its_waiting_counts(client: Client) -> None:
    released = asyncio.Event()
    held = 0

    async def first_waits(n: int, writer: asyncio.StreamWriter) -> None:
        nonlocal held
        if n == 0:
            asyncio.get_running_loop().call_later(0.5, released.set)  # later than the last one is due
            await released.wait()
            held = n + 1
        writer.write(MOVED)

    async with serving(first_waits) as (port, asked):
        printed = await client(port, rate=1_000, connections=1)
    outcome = Outcome.parse(printed)
    assert held == 1
    assert asked == in_turn(outcome.latency.count)
    # None was answered before the half second was over, and the last was due at 300 ms.
    assert outcome.latency.quantile(0) >= 190_000_000
    # That was not the client's own lateness: it had no free connection.
    assert outcome.late.quantile(0.5) < outcome.latency.quantile(0)


async def test_a_wrong_status_is_an_error_and_no_latency(client: Client) -> None:
    async def sometimes_missing(n: int, writer: asyncio.StreamWriter) -> None:
        writer.write(MISSING if n % 10 == 0 else MOVED)

    async with serving(sometimes_missing) as (port, asked):
        printed = await client(port, rate=1_000)
    wrong = len(range(0, len(asked), 10))
    assert (printed["wrong_status"], printed["answered"]) == (wrong, len(asked) - wrong)
    assert printed["latency"]["count"] == len(asked) - wrong
    assert Outcome.parse(printed).errors == {"wrong_status": wrong}


async def test_an_answer_in_pieces_is_one_answer(client: Client) -> None:
    async def in_pieces(n: int, writer: asyncio.StreamWriter) -> None:
        for piece in (MOVED[:30], MOVED[30:-3], MOVED[-3:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)

    async with serving(in_pieces) as (port, asked):
        printed = await client(port, rate=100)
    assert printed["answered"] == len(asked) > 0
    assert not Outcome.parse(printed).errors


async def test_a_connection_that_breaks_is_an_error_and_made_anew(client: Client) -> None:
    async def third_breaks(n: int, writer: asyncio.StreamWriter) -> None:
        if n == 2:
            raise ConnectionResetError
        writer.write(MOVED)

    async with serving(third_breaks) as (port, asked):
        printed = await client(port, rate=1_000)
    assert (printed["broken"], printed["reconnects"]) == (1, 1)
    assert printed["answered"] == len(asked) - 1
    assert printed["sent"] == len(asked)


@pytest.mark.parametrize("odd", [MOVED.replace(b"Content-Length", b"X-Length"), MOVED + b"more", MOVED + MOVED])
async def test_an_answer_whose_end_is_not_said_is_an_error(client: Client, odd: bytes) -> None:
    async def first_odd(n: int, writer: asyncio.StreamWriter) -> None:
        writer.write(odd if n == 0 else MOVED)

    async with serving(first_odd) as (port, asked):
        printed = await client(port, rate=1_000)
    assert printed["unframed"] == 1
    assert printed["answered"] == len(asked) - 1


async def test_it_ends_by_itself_and_counts_what_was_never_answered(client: Client) -> None:
    async def silence(n: int, writer: asyncio.StreamWriter) -> None:
        pass

    async with serving(silence) as (port, asked):
        printed = await client(port, rate=1_000)
    outcome = Outcome.parse(printed)
    assert len(asked) == 4  # one a connection
    assert outcome.errors == {"unanswered": outcome.latency.count}
    assert outcome.latency.count > 200
    assert printed["answered"] == 0
    assert outcome.latency.quantile(0) >= 2_000_000_000  # at least as long as it waited for the last answers


async def test_the_warm_up_is_not_measured(client: Client) -> None:
    async with serving(moved) as (port, asked):
        printed = await client(port, rate=1_000, ms=200, warm_up=100)
    assert 0 < printed["sent"] == printed["latency"]["count"] == printed["answered"] < len(asked)


async def test_buckets_have_three_digits(client: Client) -> None:
    async with serving(moved) as (port, _):
        printed = await client(port, rate=1_000)
    for name in ("latency", "late"):
        buckets = printed[name]["buckets"]
        for low, high, count in buckets:
            assert count > 0
            assert high == low if low < 2_048 else high - low < low / 1_000
        assert buckets[-1][0] <= printed[name]["max"] <= buckets[-1][1]


async def test_the_wrapper_asks_as_the_benches_do(compiled: Callable[[str], Path], requests: Path) -> None:
    program = compiled("openloop.c")
    async with serving(moved) as (port, _):
        for naps in (True, False):
            outcome = await asyncio.to_thread(openloop.ask, program, port, requests, 500, 0.2, naps=naps)
            assert not outcome.errors
            assert outcome.latency.count > 50
            assert max(outcome.slots) == outcome.latency.max


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no requests"),
        (b"5\nGET", "ends within a request"),
        (b"GET / HTTP/1.1\r\n\r\n", "holds no requests"),
        (b"3 GET", "not a length in bytes"),
    ],
)
async def test_a_file_that_holds_no_requests_is_refused(
    compiled: Callable[[str], Path], tmp_path: Path, content: bytes, complaint: str
) -> None:
    file = tmp_path / "odd"
    file.write_bytes(content)
    assert complaint in await _refusal(compiled("openloop.c"), "-p", "1", "-f", file)


async def test_nobody_listening_is_said(compiled: Callable[[str], Path], requests: Path) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    complaint = await _refusal(compiled("openloop.c"), "-p", str(port), "-f", requests)
    assert f"cannot connect to 127.0.0.1:{port}: Connection refused" in complaint


async def _refusal(program: Path, *arguments: object) -> str:
    process = await asyncio.create_subprocess_exec(program, *map(str, arguments), stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    assert process.returncode == 2
    return complaint.decode()
