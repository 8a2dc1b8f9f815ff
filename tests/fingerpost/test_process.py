"""A child process of the supervisor's, played by a script that does what its settings say."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fingerpost import process as process_module
from fingerpost.process import Process

PATIENCE = 20.0

CHILD = f"""#!{sys.executable} -IS
import os, signal, socket, sys, time
*options, kind, fd = sys.argv[1:]
assert options == ["-P", "-m", "fingerpost.child"], options
end = socket.socket(fileno=int(fd))
size = int.from_bytes(end.recv(4), "big")
settings = b""
while len(settings) < size:
    settings += end.recv(size - len(settings))
exec(settings)
"""

HEAR = "end.recv(1)\n"
"""Ends with the supervisor's end of the pair."""


class Child:
    """A process whose script is ``code``, how often it said that it is ready, and the clock it is measured by."""

    def __init__(self, code: str, fds: tuple[int, ...] = ()) -> None:
        self.now = 100.0
        self.changes = 0
        self.process = Process("worker 0", "worker", code.encode(), fds, self._changed, lambda: self.now)
        self.running = asyncio.ensure_future(self.process.run())

    def _changed(self) -> None:
        assert self.process.ready.is_set()
        self.changes += 1

    async def code(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.running

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.process.ready.wait()

    async def close(self) -> None:
        if not self.running.done():
            while self.process._child is None:
                await asyncio.sleep(0.001)
            self.process.kill()
            await self.code()


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[type[Child]]:
    script = tmp_path / "python"
    script.write_text(CHILD)
    script.chmod(0o755)
    monkeypatch.setattr(process_module.sys, "executable", str(script))
    children: list[Child] = []

    class Started(Child):
        def __init__(self, code: str, fds: tuple[int, ...] = ()) -> None:
            super().__init__(code, fds)
            children.append(self)

    yield Started
    for child in children:
        await child.close()


async def test_the_settings_arrive_whole_and_the_exit_code_comes_back(start: type[Child]) -> None:
    padding = "#" * 300_000  # more than a socket holds
    child = start(f"assert kind == 'worker'\nsys.exit(len(settings) % 100)\n{padding}")
    assert await child.code() == len(f"assert kind == 'worker'\nsys.exit(len(settings) % 100)\n{padding}") % 100


@pytest.mark.parametrize(("code", "exit_code"), [("", 0), ("sys.exit(78)", 78), ("os.kill(os.getpid(), 9)", -9)])
async def test_how_it_ended_is_told(start: type[Child], code: str, exit_code: int) -> None:
    assert await start(code).code() == exit_code


async def test_ready_is_ready_until_it_ends(start: type[Child]) -> None:
    child = start("end.send(b'R')\n" + HEAR)
    assert not child.process.ready.is_set()
    await child.ready()
    assert child.changes == 1
    assert child.process.has_answered
    child.process.kill()
    assert await child.code() == -signal.SIGKILL
    assert not child.process.ready.is_set()
    assert child.process.has_answered


async def test_one_that_never_answered(start: type[Child]) -> None:
    child = start("end.send(b'.')")
    await child.code()
    assert not child.process.has_answered
    assert child.changes == 0


async def test_silence_is_counted_from_the_last_heartbeat(start: type[Child]) -> None:
    child = start(f"end.send(b'R')\n{HEAR}end.recv(1)\nend.send(b'.')\nend.recv(1)\n")
    await child.ready()
    child.now += 50
    assert child.process.silent_for() == 0  # it has sent none yet; some kinds never do
    child.process.forgive()
    assert child.process.last_beat is None
    child.process.adopt(0)
    async with asyncio.timeout(PATIENCE):
        while child.process.last_beat is None:
            await asyncio.sleep(0.001)
    child.now += 3
    assert child.process.silent_for() == 3
    child.process.forgive()
    assert child.process.silent_for() == 0


async def test_slots_are_told_in_two_bytes(start: type[Child]) -> None:
    code = "end.send(b'R')\nheard = b''\nwhile len(heard) < 4: heard += end.recv(4)\nsys.exit(heard != b'A\\x03X\\x03')"
    child = start(code)
    await child.ready()
    child.process.adopt(3)
    child.process.release(3)
    assert await child.code() == 0


async def test_what_is_said_to_one_that_is_not_there_is_lost(start: type[Child]) -> None:
    child = start("")
    child.process.adopt(1)
    await child.code()
    child.process.release(1)
    child.process.terminate()
    child.process.kill()
    assert await child.code() == 0


async def test_one_that_listens_no_more_does_not_hold_the_supervisor_up(
    start: type[Child], caplog: pytest.LogCaptureFixture
) -> None:
    child = start("end.send(b'R')\ntime.sleep(60)")
    await child.ready()
    for slot in range(100_000):
        child.process.adopt(slot % 256)
        if caplog.records:
            break
    assert "worker 0 cannot be told anything" in caplog.text


async def test_it_is_told_to_end(start: type[Child]) -> None:
    child = start(f"signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nend.send(b'R')\n{HEAR}")
    await child.ready()
    child.process.terminate()
    assert await child.code() == 5


async def test_one_that_is_told_to_end_while_it_starts_ends_too(start: type[Child]) -> None:
    child = start("time.sleep(60)")
    await asyncio.sleep(0)
    assert child.process._child is None
    child.process.terminate()
    assert await child.code() == -signal.SIGTERM


async def test_it_inherits_its_sockets_and_nothing_else(start: type[Child]) -> None:
    read, write = os.pipe()
    try:
        os.set_inheritable(write, True)  # even so: only what was named
        child = start(
            f"open_ = set()\nfor n in range(3, 200):\n try: os.fstat(n); open_.add(n)\n except OSError: pass\n"
            f"sys.exit(open_ != {{{read}, int(fd)}})",
            (read,),
        )
        assert await child.code() == 0
    finally:
        os.close(read)
        os.close(write)


async def test_the_supervisors_end_closes_with_it(start: type[Child]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    child = start("")
    await child.code()
    await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= before


async def test_a_program_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module.sys, "executable", str(tmp_path / "nothing"))
    process = Process("worker 0", "worker", b"", (), lambda: None, lambda: 0.0)
    with pytest.raises(FileNotFoundError):
        await process.run()
