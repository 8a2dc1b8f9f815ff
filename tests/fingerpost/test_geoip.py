"""Where ``geoip.path`` leads, and what is said where it leads nowhere."""

from pathlib import Path

import pytest

from clicks import country
from clicks.settings import GeoipSettings
from fingerpost.config import ConfigError, load
from fingerpost.errors import CommandError
from fingerpost.geoip import open_countries, require
from server.peer import peer_bytes
from tests.clicks.mmdb import write_mmdb

FRANCE = {"country": {"iso_code": "FR"}}


def test_a_relative_path_starts_from_the_file_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "fingerpost.toml").write_text('[geoip]\npath = "x.mmdb"')
    assert load("etc/fingerpost.toml", {}, tmp_path).config.geoip.path == str(tmp_path / "etc" / "x.mmdb")
    given = load("etc/fingerpost.toml", {"FINGERPOST_GEOIP__PATH": "x.mmdb"}, tmp_path)
    assert given.config.geoip.path == str(tmp_path / "x.mmdb")
    given = load("etc/fingerpost.toml", {"FINGERPOST_GEOIP__PATH": "/srv/x.mmdb"}, tmp_path)
    assert given.config.geoip.path == "/srv/x.mmdb"


def test_none_stays_none(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[geoip]\npath = ""')
    assert load("config.toml", {}, tmp_path).config.geoip == GeoipSettings()
    assert load("config.toml", {"FINGERPOST_GEOIP__PATH": ""}, tmp_path).config.geoip == GeoipSettings()


def test_a_link_is_followed_only_when_the_file_is_opened(tmp_path: Path) -> None:
    write_mmdb(tmp_path / "november.mmdb", {"192.0.2.0/24": FRANCE})
    (tmp_path / "current.mmdb").symlink_to("november.mmdb")
    config = load(None, {"FINGERPOST_GEOIP__PATH": "current.mmdb"}, tmp_path, tmp_path / "none").config
    assert config.geoip.path == str(tmp_path / "current.mmdb")
    require(config.geoip)


def test_which_countries_are_opened(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "x.mmdb", {"18.0.0.0/8": FRANCE})
    for path, expected in (("", "US"), (str(file), "FR")):
        countries = open_countries(GeoipSettings(path=path))
        assert countries.country_of(peer_bytes(("18.7.22.69", 0))) == expected
        countries.close()


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        require(GeoipSettings(path=f"{tmp_path}/x.mmdb"))
    assert str(caught.value) == f"geoip.path: {tmp_path}/x.mmdb: there is no such file"


def test_the_table_that_comes_along_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(country, "SHIPPED", tmp_path / "none")
    with pytest.raises(CommandError) as caught:
        require(GeoipSettings())
    assert str(caught.value) == f"{tmp_path}/none: cannot be read: No such file or directory"
