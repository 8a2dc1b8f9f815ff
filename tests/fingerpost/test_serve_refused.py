"""What keeps `serve` from starting, and the first key."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.settings import FIRST_KEY_FILE
from fingerpost import serve as serve_module
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.errors import CommandError
from fingerpost.serve import first_key, serve
from links import database
from links.errors import SchemaError
from links.locks import ADMIN, SERVE, DataLock
from tests.fingerpost.layouts import config, port_of


def loading(one: Config) -> Callable[[], Loaded]:
    return lambda: Loaded(one, None)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing gets as far as starting processes."""

    async def supervise(*_: Any, **__: Any) -> int:
        raise AssertionError("it would have started")

    monkeypatch.setattr(serve_module, "supervise", supervise)


@pytest.mark.usefixtures("never")
def test_a_second_server_on_a_data_directory_is_refused(tmp_path: Path) -> None:
    with DataLock(tmp_path) as lock:
        lock.take(SERVE)
        with pytest.raises(CommandError, match=rf"another server \(process \d+\) is at work in {tmp_path}"):
            serve(loading(config(tmp_path)), {}, with_admin=True)
    assert not (tmp_path / database.FILE_NAME).exists()


@pytest.mark.usefixtures("never")
def test_a_second_admin_on_a_data_directory_is_refused(tmp_path: Path) -> None:
    with DataLock(tmp_path) as lock:
        lock.take(ADMIN)
        with pytest.raises(CommandError, match=rf"another admin \(process \d+\) is at work in {tmp_path}"):
            serve(loading(config(tmp_path)), {}, with_admin=True)


@pytest.mark.usefixtures("never")
def test_workers_alone_need_a_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        serve(loading(config(tmp_path / "data")), {}, with_admin=False)
    with pytest.raises(SchemaError, match="no database there"):
        serve(loading(config(tmp_path)), {}, with_admin=False)


@pytest.mark.usefixtures("never")
def test_a_port_in_use_comes_before_the_first_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        for one in (config(tmp_path, port=port_of(sock)), config(tmp_path, admin={"port": port_of(sock)})):
            with pytest.raises(CommandError, match="Address already in use"):
                serve(loading(one), {}, with_admin=True)
    assert not (tmp_path / database.FILE_NAME).exists()


def test_the_first_key_is_made_under_the_admins_lock_and_no_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with DataLock(tmp_path) as lock, DataLock(tmp_path) as other:
        assert first_key(tmp_path, lock, {}) is None  # the tests' stdout is no terminal
        assert other.take(ADMIN)
    assert (tmp_path / FIRST_KEY_FILE).exists()
    database.check_schema(tmp_path / database.FILE_NAME)
    assert capsys.readouterr().out == ""


def test_a_bad_key_file_frees_the_lock(tmp_path: Path) -> None:
    environ = {"FINGERPOST_INITIAL_KEY_FILE": str(tmp_path / "nothing")}
    with DataLock(tmp_path) as lock, DataLock(tmp_path) as other:
        with pytest.raises(ConfigError, match="FINGERPOST_INITIAL_KEY_FILE: cannot read"):
            first_key(tmp_path, lock, environ)
        assert other.take(ADMIN)


def test_an_empty_variable_names_no_key_file(tmp_path: Path) -> None:
    with DataLock(tmp_path) as lock:
        first_key(tmp_path, lock, {"FINGERPOST_INITIAL_KEY_FILE": ""})
    assert (tmp_path / FIRST_KEY_FILE).exists()
