import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fingerpost.child import ADOPT, BEAT, READY, RELEASE, Control, settings_from

PATIENCE = 20.0


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the supervisor's end, the child's end)."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    yield ours, theirs
    ours.close()
    theirs.close()


class Told:
    """What a child was told to do."""

    def __init__(self, end: socket.socket | None) -> None:
        self.slots: list[tuple[str, int]] = []
        self.control = Control(end)
        self.running = asyncio.ensure_future(
            self.control.until_stopped(
                lambda slot: self.slots.append(("adopt", slot)), lambda slot: self.slots.append(("release", slot))
            )
        )

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.slots) < count:
                await asyncio.sleep(0.001)

    async def stopped(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.running


def test_ready_and_heartbeats_are_bytes(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    control = Control(theirs)
    control.beat()
    control.say_ready()
    control.beat()
    assert ours.recv(10) == BEAT + READY + BEAT


def test_without_a_supervisor_nothing_is_told() -> None:
    control = Control(None)
    control.say_ready()
    control.beat()
    assert control._end is None


def test_a_supervisor_that_is_gone_or_busy_does_not_matter(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.setblocking(False)
    control = Control(theirs)
    sent = 0
    while True:  # nobody reads: at some time nothing more fits
        try:
            sent += theirs.send(b"." * 4_096)
        except BlockingIOError:
            break
    control.beat()
    assert len(ours.recv(10)) == 10
    ours.close()
    control.beat()
    control.say_ready()


async def test_it_does_what_it_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    told = Told(theirs)
    ours.sendall(bytes((ADOPT, 3, RELEASE, 3, ADOPT, 255)))
    await told.until(3)
    assert told.slots == [("adopt", 3), ("release", 3), ("adopt", 255)]
    assert not told.running.done()
    ours.close()
    await told.stopped()


async def test_messages_that_come_in_pieces(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    told = Told(theirs)
    message = bytes((ADOPT, ADOPT, RELEASE, ADOPT))  # slot 65 twice
    for n, byte in enumerate(message):
        ours.sendall(bytes((byte,)))
        await told.until((n + 1) // 2)
    assert told.slots == [("adopt", 65), ("release", 65)]
    ours.sendall(bytes((ADOPT, 1)) * 500)
    await told.until(502)
    ours.close()
    await told.stopped()


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_it_ends_with_the_supervisor(pair: tuple[socket.socket, socket.socket], how: str) -> None:
    ours, theirs = pair
    told = Told(theirs)
    await asyncio.sleep(0)
    if how == "reset":
        told.control.beat()  # unread when it dies: ECONNRESET
    ours.close()
    await told.stopped()
    assert told.slots == []


async def test_a_word_that_is_unknown_is_a_defect(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    told = Told(theirs)
    ours.sendall(b"?\x01")
    with pytest.raises(KeyError):
        await told.stopped()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("alone", [False, True])
async def test_it_ends_at_a_signal(
    pair: tuple[socket.socket, socket.socket], number: signal.Signals, alone: bool
) -> None:
    told = Told(None if alone else pair[1])
    await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    await told.stopped()
    loop = asyncio.get_running_loop()
    assert loop.remove_signal_handler(number)


# The settings


def test_the_settings_come_first(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    ours.sendall((5).to_bytes(4, "big") + b'{"a":' + bytes((ADOPT, 1)))
    assert settings_from(theirs) == b'{"a":'
    assert theirs.recv(10) == bytes((ADOPT, 1))


def test_settings_may_be_long_and_come_in_pieces(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    settings = bytes(range(256)) * 2_000
    message = len(settings).to_bytes(4, "big") + settings

    def send() -> None:
        for start in range(0, len(message), 9_999):
            ours.sendall(message[start : start + 9_999])

    thread = threading.Thread(target=send)
    thread.start()
    assert settings_from(theirs) == settings
    thread.join(PATIENCE)


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\5abc"])
def test_a_supervisor_that_dies_before_it_has_said_them(pair: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    ours, theirs = pair
    ours.sendall(sent)
    ours.close()
    with pytest.raises(EOFError):
        settings_from(theirs)


def test_a_child_leaves_alone_what_its_kind_does_not_need() -> None:
    program = "import sys, fingerpost.child; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True
    )
    assert set(done.stdout.split()) & {"server", "admin", "links", "aiohttp", "click", "pydantic", "uvloop"} == set()
