"""Look-ups in the table that comes along, and files that are none."""

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clicks.build_countries import Range, build
from clicks.country import CODES, HEADER, MAGIC, SHIPPED, VERSION, Countries, CountryFileError, Table
from server.peer import peer_bytes

HOUSE = Path(__file__).parents[2]


def packed(host: str) -> bytes:
    return peer_bytes((host, 0))


@pytest.fixture(scope="module")
def shipped() -> Iterator[Countries]:
    countries = Countries.open()
    yield countries
    countries.close()


# Networks of institutions that have not moved for decades.
WELL_KNOWN = [
    ("18.7.22.69", "US"),  # MIT
    ("129.132.19.216", "CH"),  # ETH Zürich
    ("130.149.7.201", "DE"),  # TU Berlin
    ("133.11.114.194", "JP"),  # University of Tokyo
    ("143.107.254.11", "BR"),  # University of São Paulo
    ("2001:620:8::1", "CH"),  # SWITCH
    ("2001:638:809::1", "DE"),  # DFN
    ("2001:200:0:8000::42", "JP"),  # WIDE
]


@pytest.mark.parametrize(("host", "country"), WELL_KNOWN)
def test_well_known_addresses(shipped: Countries, host: str, country: str) -> None:
    assert shipped.country_of(packed(host)) == country
    assert shipped.city_of(packed(host)) == ""


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.2.7",
        "192.168.0.0",
        "192.168.255.255",
        "198.51.100.1",
        "203.0.113.255",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "1fff::",
        "2001:db8::1",
        "4000::",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ],
)
def test_nobodys_addresses_are_in_no_country(shipped: Countries, host: str) -> None:
    assert shipped.country_of(packed(host)) == ""


def test_what_the_shipped_table_says_of_itself(shipped: Countries) -> None:
    magic, version, v6, v4, date = HEADER.unpack(SHIPPED.read_bytes()[: HEADER.size])
    assert (magic, version, date.decode()) == (MAGIC, VERSION, shipped.date)
    assert min(v4, v6) > 100_000
    assert shipped.kind == "geo-whois-asn-country"
    assert f"{shipped.kind} 2.3.{shipped.date.replace('-', '')}" in (HOUSE / "NOTICE").read_text("utf-8")


def test_the_table_is_part_of_the_package() -> None:
    """Whatever lies in a room is packaged, unless git ignores it."""
    assert SHIPPED.is_relative_to(HOUSE / "clicks")
    ignored = subprocess.run(["git", "check-ignore", "--quiet", SHIPPED], cwd=HOUSE, check=False)
    assert ignored.returncode != 0


def test_no_library_is_loaded_for_it() -> None:
    program = "import sys; from clicks.country import Countries; Countries.open(); print('maxminddb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


# Files


GOOD = build([Range(0x01000000, 0x010000FF, "AU")], [Range(0x2001 << 112, (0x2002 << 112) - 1, "DE")], [], "2026-01-02")


def test_the_edges_of_a_range(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(GOOD)
    table = Table(tmp_path / "good")
    hosts = ["0.255.255.255", "1.0.0.0", "1.0.0.255", "1.0.1.0"]
    assert [table.country_of(packed(host)) for host in hosts] == ["", "AU", "AU", ""]
    hosts = ["2000:ffff::", "2001:1000::", "2001:ffff:ffff:ffff:ffff::", "2002::"]
    assert [table.country_of(packed(host)) for host in hosts] == ["", "DE", "DE", ""]
    assert table.date == "2026-01-02"
    table.close()
    with pytest.raises(ValueError, match="released memoryview"):
        table.country_of(packed("1.0.0.0"))


def test_a_table_may_be_closed_twice(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(GOOD)
    table = Table(tmp_path / "good")
    table.close()
    table.close()
    with pytest.raises(ValueError, match="released memoryview"):
        table.country_of(packed("1.0.0.0"))


def changed(at: int, to: bytes) -> bytes:
    return GOOD[:at] + to + GOOD[at + len(to) :]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a table of countries: it is empty"),
        (b"x", "not a table of countries"),
        (b"a diary, by mistake " * 100, "not a table of countries"),
        (MAGIC, "not a table of countries"),
        (changed(0, b"X"), "not a table of countries"),
        (changed(len(MAGIC), struct.pack("=I", 2)), "version 2 of the table of countries, not 1"),
        (changed(len(MAGIC), struct.pack(">I", 1)), "version 16777216 of the table of countries, not 1"),
        (GOOD[:-1], f"a damaged table of countries: {len(GOOD) - 1} bytes"),
        (GOOD + b"\0", f"a damaged table of countries: {len(GOOD) + 1} bytes"),
        (GOOD[: HEADER.size], f"a damaged table of countries: {HEADER.size} bytes"),
        (
            HEADER.pack(MAGIC, VERSION, 0, 0, b"2026-01-02") + bytes(2 * CODES),
            f"a damaged table of countries: {HEADER.size + 2 * CODES} bytes",
        ),
        (changed(HEADER.size + 2 * CODES, b"\1"), "a damaged table of countries: it does not begin at 0"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "countries.bin"
    file.write_bytes(content)
    with pytest.raises(CountryFileError) as caught:
        Table(file)
    assert str(caught.value) == f"{file}: {complaint}"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CountryFileError) as caught:
        Table(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path}/none: cannot be read: No such file or directory"
