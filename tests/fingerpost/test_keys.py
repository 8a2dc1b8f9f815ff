import re
from pathlib import Path

import pytest

from fingerpost import keys
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.errors import CommandError
from links import database
from links.errors import SchemaError
from tests.links.storing import make_database

NOW = 1_800_000_000_000


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    make_database(tmp_path / database.FILE_NAME)
    monkeypatch.setattr(keys, "now_ms", lambda: NOW)
    return Loaded(Config(data_dir=str(tmp_path)), None)


def test_a_key_is_made_listed_and_revoked(loaded: Loaded) -> None:
    key = keys.create(loaded, "shop", ("*",), "2030-01-01")
    id_ = key.partition(".")[0]
    assert keys.lines(loaded) == [
        "ID              STATE   CREATED               EXPIRES               LAST USED  WORKSPACE  SCOPES  NAME",
        f"{id_}  active  2027-01-15T08:00:00Z  2030-01-01T00:00:00Z  -          1          *       shop",
    ]
    keys.revoke(loaded, id_)
    assert keys.lines(loaded)[1].split()[:2] == [id_, "revoked"]
    with pytest.raises(CommandError, match=f"there is no key {id_} that is not revoked already"):
        keys.revoke(loaded, id_)


def test_a_key_whose_time_is_over_is_expired(loaded: Loaded) -> None:
    keys.create(loaded, "old", ("*",), "2020-01-01")
    assert keys.lines(loaded)[1].split()[1] == "expired"


def test_the_secret_is_in_no_line(loaded: Loaded) -> None:
    secret = keys.create(loaded, "x", ("*",), None).partition(".")[2]
    assert not any(secret in line for line in keys.lines(loaded))


@pytest.mark.parametrize(
    ("scopes", "expires_at", "message"),
    [
        (("links",), None, "--scope: unknown scope 'links'"),
        (("*",), "soon", "--expires-at: must be an ISO 8601 date or time"),
    ],
)
def test_what_is_wrong_is_named_by_its_option(
    loaded: Loaded, scopes: tuple[str, ...], expires_at: str | None, message: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(message)):
        keys.create(loaded, "x", scopes, expires_at)
    assert len(keys.lines(loaded)) == 1


def test_without_a_data_directory_or_a_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        keys.lines(Loaded(Config(data_dir=str(tmp_path / "data")), None))
    with pytest.raises(SchemaError, match="no database there"):
        keys.lines(Loaded(Config(data_dir=str(tmp_path)), None))
    assert list(tmp_path.iterdir()) == []
