import os
import socket
from pathlib import Path

import pytest

from links.socketpath import FILE_NAME, short

MOST_BYTES = 107


def padded(tmp_path: Path, size: int) -> Path:
    """A socket's path of ``size`` bytes, whose directory exists."""
    directory = tmp_path / ("x" * (size - len(os.fsencode(tmp_path / FILE_NAME)) - 1))
    directory.mkdir()
    return directory / FILE_NAME


def test_a_short_path_stays_as_it_is(tmp_path: Path) -> None:
    path = padded(tmp_path, MOST_BYTES)
    assert len(os.fsencode(path)) == MOST_BYTES
    with short(path) as spelled:
        assert spelled == str(path)


@pytest.mark.parametrize("size", [MOST_BYTES, MOST_BYTES + 1, 250])
def test_a_socket_is_bound_and_found_under_a_path_of_any_length(tmp_path: Path, size: int) -> None:
    path = padded(tmp_path, size)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with short(path) as spelled:
            assert len(os.fsencode(spelled)) <= MOST_BYTES
            server.bind(spelled)
        server.listen()
        assert path.is_socket()
        with short(path) as spelled:
            client.connect(spelled)
        accepted, _ = server.accept()
        accepted.close()
    path.unlink()


def test_bytes_count_not_characters(tmp_path: Path) -> None:
    directory = tmp_path / ("ü" * 60)
    directory.mkdir()
    assert len(str(directory / FILE_NAME)) < len(os.fsencode(directory / FILE_NAME))
    with short(directory / FILE_NAME) as spelled:
        assert spelled.startswith("/proc/self/fd/")


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    path = padded(tmp_path, 200)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(RuntimeError), short(path):
        raise RuntimeError
    assert os.listdir("/proc/self/fd") == before


def test_a_long_path_into_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), short(tmp_path / ("x" * 200) / FILE_NAME):
        raise AssertionError
