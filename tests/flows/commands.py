"""Command lines of the program that end by themselves, and what they leave behind."""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.flows.product import FINGERPOST

END_S = 60
WAIT_S = 30.0
POLL_S = 0.01


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without any setting of Fingerpost's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FINGERPOST_")}
    return own | more


def fingerpost(*arguments: str, cwd: Path | str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A command that does its work and ends."""
    options = {"env": clean_environment(), "stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    return subprocess.run(
        [*FINGERPOST, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=END_S, **options
    )


def refused(
    *arguments: str,
    cwd: Path | str,
    code: int,
    before: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> str:
    """Run a command that must not get going: it ends with ``code``, has printed one line on stderr and nothing else,
    and none of its processes is left. The line, without what it begins with."""
    process = subprocess.Popen(
        [*before, *FINGERPOST, *arguments],
        cwd=cwd,
        env=clean_environment(**(environment or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=END_S)
    finally:
        process.kill()
    assert process.returncode == code, err
    assert out == ""
    assert err.startswith("fingerpost: ")
    assert (err.count("\n"), err[-1]) == (1, "\n"), err
    assert session(process.pid) == []
    return err.removeprefix("fingerpost: ").rstrip("\n")


def session(leader: int) -> list[int]:
    """The living processes of a session (proc(5): the sixth field of stat; the name before may hold anything)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended
            if int(of) == leader and state not in "ZX":
                found.append(int(entry.name))
    return found


def tree(directory: Path) -> dict[str, tuple[int, str]]:
    """Mode and hash of everything below ``directory``, by relative path."""
    found = {}
    for path in sorted(directory.rglob("*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(directory))] = (path.lstat().st_mode, digest)
    return found


def wait_for(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(POLL_S)
