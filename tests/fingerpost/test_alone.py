"""One process without a supervisor: what keeps it from starting. That it runs is in the flow tests."""

from pathlib import Path

import pytest

from fingerpost.alone import admin_alone, collector_alone
from fingerpost.config import ConfigError, Loaded
from fingerpost.errors import CommandError
from links.locks import ADMIN, DataLock
from tests.fingerpost.layouts import config


def test_a_second_admin_on_a_data_directory_is_refused(tmp_path: Path) -> None:
    with DataLock(tmp_path) as lock:
        lock.take(ADMIN)
        with pytest.raises(CommandError, match=rf"another admin \(process \d+\) is at work in {tmp_path}"):
            admin_alone(Loaded(config(tmp_path), None))


def test_a_collector_makes_no_data_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        collector_alone(Loaded(config(tmp_path / "data"), None))
    assert not (tmp_path / "data").exists()
