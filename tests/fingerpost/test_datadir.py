import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fingerpost import datadir
from fingerpost.config import ConfigError


def refusal(use: Callable[[Path], None], path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        use(path)
    return str(caught.value)


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Pretends that the machine has one more mount."""
    mountinfo = tmp_path / "mountinfo"
    monkeypatch.setattr(datadir, "MOUNTS", mountinfo)

    def mounted(line: bytes) -> None:
        mountinfo.write_bytes(b"22 1 259:2 / / rw - ext4 /dev/root rw\n" + line)

    return mounted


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lib" / "data"
    datadir.prepare(path)
    assert path.stat().st_mode & 0o777 == 0o700
    datadir.prepare(path)
    datadir.require(path)


def test_other_commands_do_not_make_it(tmp_path: Path) -> None:
    path = tmp_path / "data"
    assert refusal(datadir.require, path) == f"data_dir: {path} does not exist; `fingerpost serve` makes it"
    assert not path.exists()


def test_a_file_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("")
    assert refusal(datadir.prepare, path) == f"data_dir: cannot make {path}: File exists"
    assert refusal(datadir.prepare, path / "sub") == f"data_dir: cannot make {path}/sub: Not a directory"
    assert "does not exist" in refusal(datadir.require, path)


def test_a_loop_of_links(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.symlink_to(path)
    assert refusal(datadir.prepare, path).startswith(f"data_dir: cannot make {path}: ")


def test_it_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def access(path: Path, mode: int) -> bool:
        asked.append(mode)
        return False

    monkeypatch.setattr(datadir.os, "access", access)  # who runs the tests may be allowed everything
    assert refusal(datadir.require, tmp_path) == f"data_dir: {tmp_path} cannot be written to by this user"
    assert asked == [os.R_OK | os.W_OK | os.X_OK]


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p"])
def test_a_network_file_system_is_refused(tmp_path: Path, mounted: Callable[[bytes], None], kind: str) -> None:
    path = tmp_path / "data"
    mounted(f"90 22 0:40 / {tmp_path} rw - {kind} server:/export rw\n".encode())
    expected = f"data_dir: {path} is on a network file system ({kind}); SQLite needs a local one"
    assert refusal(datadir.prepare, path) == expected


def test_links_are_followed(tmp_path: Path, mounted: Callable[[bytes], None]) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "far")
    mounted(f"90 22 0:40 / {tmp_path}/far rw - nfs server:/export rw\n".encode())
    assert "(nfs)" in refusal(datadir.require, tmp_path / "data")


def test_mounts_whose_names_are_no_text_are_no_obstacle(tmp_path: Path, mounted: Callable[[bytes], None]) -> None:
    (tmp_path / "data").mkdir()
    mounted(b"90 22 0:40 / /mnt/caf\xe9 rw - nfs server:/export rw\n")
    datadir.require(tmp_path / "data")
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(odd)
    mounted(b"90 22 0:40 / " + odd + b" rw - nfs server:/export rw\n")
    assert "(nfs)" in refusal(datadir.require, Path(os.fsdecode(odd)))


def test_the_machine_itself_is_asked(tmp_path: Path) -> None:
    assert datadir.MOUNTS.exists()
    datadir.require(tmp_path)
