"""Countries and cities from MaxMind DB files, and files that are none."""

from pathlib import Path
from typing import Any

import pytest

from clicks.country import Countries, CountryFileError, knows_cities
from clicks.maxmind import Maxmind
from server.peer import peer_bytes
from tests.clicks.mmdb import Uint, write_mmdb

BERLIN = {"city": {"names": {"de": "Berlin", "en": "Berlin"}}, "country": {"iso_code": "DE"}}
TOKYO = {"city": {"names": {"en": "Tokyo", "ja": "東京"}}, "country": {"iso_code": "jp"}}


def packed(host: str) -> bytes:
    return peer_bytes((host, 0))


def asked(file: Path, host: str) -> tuple[str, str]:
    countries = Countries.open(file)
    try:
        return countries.country_of(packed(host)), countries.city_of(packed(host))
    finally:
        countries.close()


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("192.0.2.7", ("DE", "Berlin")),
        ("::ffff:192.0.2.7", ("DE", "Berlin")),
        ("192.0.3.7", ("", "")),
        ("2001:db8::1", ("JP", "Tokyo")),
        ("2001:db9::1", ("", "")),
        ("::1", ("", "")),
    ],
)
def test_addresses(tmp_path: Path, host: str, found: tuple[str, str]) -> None:
    assert asked(write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN, "2001:db8::/32": TOKYO}), host) == found


def test_a_file_for_ipv4_alone(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN}, ip_version=4)
    assert asked(file, "192.0.2.7") == ("DE", "Berlin")
    assert asked(file, "2001:db8::1") == ("", "")


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"country": {"iso_code": "FR"}}, ("FR", "")),
        ({"city": {"names": {"fr": "Lyon"}}}, ("", "")),
        ({"country": "France", "city": "Lyon"}, ("", "")),
        ({"country": {"iso_code": "FRA"}}, ("", "")),
        ({"country": {"iso_code": "É1"}}, ("", "")),
        ({"country": {"iso_code": Uint(33, 6)}, "city": {"names": ["Lyon"]}}, ("", "")),
        ("France", ("", "")),
    ],
)
def test_records_of_other_makers(tmp_path: Path, record: Any, found: tuple[str, str]) -> None:
    assert asked(write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": record}), "192.0.2.7") == found


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    countries = Maxmind(write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN}, kind="Test-City"))
    assert (countries.kind, countries.date) == ("Test-City", "2026-11-01")
    countries.close()


def test_a_file_that_is_replaced_goes_on_answering(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN})
    countries = Maxmind(file)
    write_mmdb(tmp_path / "new.mmdb", {"192.0.2.0/24": TOKYO}).replace(file)
    assert countries.city_of(packed("192.0.2.7")) == "Berlin"
    countries.close()
    assert asked(file, "192.0.2.7") == ("JP", "Tokyo")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "diary").write_text("by mistake " * 100)
    (tmp_path / "directory").mkdir()
    complaints = {
        "missing": "there is no such file",
        "directory": "not a file",
        "diary/inside": "there is no such file",
        "empty": "not a MaxMind DB file",
        "diary": "not a MaxMind DB file",
    }
    for name, complaint in complaints.items():
        with pytest.raises(CountryFileError) as caught:
            Countries.open(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {complaint}"


def test_a_file_that_is_damaged_inside(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN})
    content = file.read_bytes()
    at = content.index(b"\x47country") if b"\x47country" in content else content.index(b"country")
    file.write_bytes(content[:at] + b"\xff" * 12 + content[at + 12 :])
    countries = Maxmind(file)
    with pytest.raises(CountryFileError) as caught:
        countries.country_of(packed("192.0.2.7"))
    countries.close()
    assert str(caught.value) == f"{file}: damaged"


@pytest.mark.parametrize(
    ("kind", "knows"),
    [("GeoLite2-City", True), ("DBIP-City-Lite", True), ("GeoIP2-Enterprise", True), ("x-Country", False)],
)
def test_whether_there_are_cities_in_it(tmp_path: Path, kind: str, knows: bool) -> None:
    assert knows_cities(write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": BERLIN}, kind=kind)) is knows


def test_without_a_file_that_can_be_used_there_are_no_cities(tmp_path: Path) -> None:
    assert not knows_cities(None)
    assert not knows_cities(tmp_path / "none.mmdb")
