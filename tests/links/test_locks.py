import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path

import pytest

from links.locks import ADMIN, COLLECTOR, FILE_NAME, SERVE, WORKERS, DataLock

HOLD = """
import sys
from pathlib import Path
from links.locks import DataLock
lock = DataLock(Path(sys.argv[1]))
print(*[lock.take(int(byte)) for byte in sys.argv[2:]], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[DataLock]:
    with DataLock(tmp_path) as lock:
        yield lock


@pytest.fixture
def other(tmp_path: Path) -> Iterator[DataLock]:
    """Another open of the file: for the kernel the same as another process."""
    with DataLock(tmp_path) as other:
        yield other


def test_a_byte_is_held_once(lock: DataLock, other: DataLock) -> None:
    assert lock.take(ADMIN)
    assert not other.take(ADMIN)
    assert lock.take(ADMIN)  # by whom it is held already
    assert other.is_held_by_other(ADMIN)
    assert not lock.is_held_by_other(ADMIN)


def test_bytes_are_independent(lock: DataLock, other: DataLock) -> None:
    assert lock.take(SERVE)
    assert other.take(ADMIN)
    assert other.take(COLLECTOR)
    assert lock.held_by_others(range(0, 400)) == {ADMIN, COLLECTOR}
    assert other.held_by_others(range(0, 400)) == {SERVE}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_holder_is_found_whoever_came_first(tmp_path: Path, lock: DataLock, order: tuple[int, ...]) -> None:
    with ExitStack() as stack:
        for n in order:
            assert stack.enter_context(DataLock(tmp_path)).take(WORKERS[n])
        assert lock.held_by_others(WORKERS) == set(WORKERS[:4])


def test_a_released_byte_is_free_and_the_others_are_not(lock: DataLock, other: DataLock) -> None:
    lock.take(SERVE)
    lock.take(ADMIN)
    lock.release(SERVE)
    assert other.take(SERVE)
    assert not other.take(ADMIN)


def test_closing_frees_everything(tmp_path: Path, other: DataLock) -> None:
    with DataLock(tmp_path) as lock:
        lock.take(SERVE)
        lock.take(WORKERS.start)
        assert other.held_by_others(range(0, 400)) == {SERVE, WORKERS.start}
    assert other.held_by_others(range(0, 400)) == set()


def test_another_descriptor_that_is_closed_takes_nothing_along(tmp_path: Path, lock: DataLock, other: DataLock) -> None:
    lock.take(ADMIN)
    (tmp_path / FILE_NAME).read_bytes()  # opens and closes the file: POSIX locks would be gone now
    DataLock(tmp_path).close()
    assert not other.take(ADMIN)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_kernel_frees_what_a_dead_process_held(tmp_path: Path, lock: DataLock, end: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), str(ADMIN), str(WORKERS.start)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"True True\n"
        assert not lock.take(ADMIN)
        assert lock.holder(ADMIN) == str(child.pid)
        assert lock.held_by_others(range(0, 400)) == {ADMIN, WORKERS.start}
    finally:
        child.send_signal(end)
        child.communicate(timeout=30)
    assert lock.held_by_others(range(0, 400)) == set()
    assert lock.take(ADMIN)


def test_the_first_free_byte_of_a_range(lock: DataLock, other: DataLock) -> None:
    assert lock.take_any(range(64, 67)) == 64
    assert other.take_any(range(64, 67)) == 65
    assert other.take_any(range(64, 67)) == 65  # its own is free to it
    third = range(64, 66)
    assert lock.take(66)
    lock.release(64)
    other.take(64)
    assert lock.take_any(third) is None


def test_ranges_are_cut_to_what_was_asked(lock: DataLock, other: DataLock) -> None:
    for byte in (63, 64, 65, 70, 71):  # neighbours are one lock for the kernel
        lock.take(byte)
    assert other.held_by_others(range(64, 71)) == {64, 65, 70}
    assert other.held_by_others(range(66, 70)) == set()
    assert other.held_by_others(range(71, 71)) == set()


def test_somebody_who_locks_the_whole_file_holds_every_byte(tmp_path: Path, lock: DataLock) -> None:
    program = (
        "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / FILE_NAME)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        assert lock.held_by_others(range(64, 70)) == set(range(64, 70))
        assert not lock.take(ADMIN)
    finally:
        child.communicate(b"\n", timeout=30)


def test_a_range_without_holders(lock: DataLock) -> None:
    assert lock.held_by_others(WORKERS) == set()
    lock.take(WORKERS.start)
    assert lock.held_by_others(WORKERS) == set()  # one's own do not count


def test_the_holder_is_named(lock: DataLock, other: DataLock) -> None:
    assert other.holder(ADMIN) == "unknown"
    lock.take(ADMIN)
    assert other.holder(ADMIN).isdecimal()
    assert other.holder(SERVE) == "unknown"


def test_the_file_is_for_its_owner_alone(tmp_path: Path, lock: DataLock) -> None:
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


def test_the_directory_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DataLock(tmp_path / "nowhere")
