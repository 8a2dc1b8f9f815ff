"""`fingerpost workspaces` on a database of its own."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fingerpost import keys, quotas, workspaces
from fingerpost.cli import cli
from fingerpost.config import Config, Loaded
from fingerpost.errors import CommandError
from links import database
from links.quotas import THINGS
from tests.links.storing import NOW, make_database


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    make_database(tmp_path / database.FILE_NAME)
    monkeypatch.setattr(workspaces, "now_ms", lambda: NOW)
    return Loaded(Config(data_dir=str(tmp_path)), None)


def row(loaded: Loaded, number: int) -> list[str]:
    return next(line.split() for line in workspaces.lines(loaded)[1:] if line.split()[0] == str(number))


def run(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setenv("FINGERPOST_DATA_DIR", str(loaded.data_dir))
    monkeypatch.chdir(loaded.data_dir)
    return CliRunner().invoke(cli, ["workspaces", *arguments])


def test_the_options_are_the_quotas() -> None:
    assert quotas.THINGS == THINGS


def test_workspaces_are_made_listed_and_changed(loaded: Loaded) -> None:
    assert workspaces.create(loaded, "shop", {"links": 5, "domains": 0}) == 2
    assert workspaces.lines(loaded)[0].split("  ")[0] == "ID"
    assert row(loaded, 1)[:6] == ["1", "0/none", "0/none", "0/none", "0/none", "0/none"]
    assert row(loaded, 2) == ["2", "0/5", "0/none", "0/none", "0/none", "0/0", "2027-01-15T08:00:00Z", "shop"]
    workspaces.change(loaded, 2, None, {"links": None, "edits": 7})
    assert row(loaded, 2)[1:7] == ["0/none", "0/7", "0/none", "0/none", "0/0", "2027-01-15T08:00:00Z"]
    workspaces.change(loaded, 2, "bar", {})
    assert (row(loaded, 2)[2], row(loaded, 2)[-1]) == ("0/7", "bar")


def test_what_is_not_there_is_not_changed(loaded: Loaded) -> None:
    with pytest.raises(CommandError, match="there is no workspace 9"):
        workspaces.change(loaded, 9, "x", {})
    with pytest.raises(CommandError, match="there is no workspace 9"):
        keys.create(loaded, "x", ("*",), None, 9)
    assert keys.lines(loaded)[1:] == []


def test_a_key_is_for_its_workspace(loaded: Loaded) -> None:
    keys.create(loaded, "x", ("*",), None, workspaces.create(loaded, "shop", {}))
    assert keys.lines(loaded)[1].split()[5] == "2"


def test_only_what_is_given_changes(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(loaded, monkeypatch, "create", "--name", "shop", "--links", "3", "--qr-codes", "0", "--edits", "none")
    assert (made.exit_code, made.output) == (0, "2\n")
    assert run(loaded, monkeypatch, "set", "2", "--links", "none", "--bio-pages", "9").exit_code == 0
    assert row(loaded, 2)[1:6] == ["0/none", "0/none", "0/0", "0/9", "0/none"]
    assert "shop" in run(loaded, monkeypatch, "list").output


@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "None", "9" * 19, "٣"])
def test_what_is_no_quota(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    refused = run(loaded, monkeypatch, "set", "1", f"--links={value}")
    assert refused.exit_code == 2
    assert "must be a whole number from 0, or none" in refused.output
