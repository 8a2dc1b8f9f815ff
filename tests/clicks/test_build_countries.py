"""How ranges become the table: against a search that looks at every range."""

import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicks.build_countries import Range, build, corrected, date_of, main, nowhere, of_networks, pack, ranges, starts
from clicks.country import CODES, Table

HOUSE = Path(__file__).parents[2]
SIZE = 4
"""Bits of the small address space in which ranges are tried."""

COUNTRIES = st.sampled_from(["AU", "DE", "FR"])


def covering(found: list[Range], address: int) -> str:
    """The country of an address by looking at every range."""
    holding = [one for one in found if one.first <= address <= one.last]
    if not holding:
        return ""
    return min(holding, key=lambda one: (one.country != "", one.last - one.first, -one.first, one.country)).country


@st.composite
def some_ranges(draw: st.DrawFn, bits: int, countries: st.SearchStrategy[str] = COUNTRIES) -> list[Range]:
    address = st.integers(0, (1 << bits) - 1)
    pairs = draw(st.lists(st.tuples(address, address, countries), max_size=12))
    return [Range(min(one, other), max(one, other), country) for one, other, country in pairs]


@given(some_ranges(SIZE, COUNTRIES | st.just("")))
def test_every_address_of_a_small_space(found: list[Range]) -> None:
    made = starts(found, SIZE)
    for address in range(1 << SIZE):
        last = [country for start, country in made if start <= address][-1]
        assert last == covering(found, address)


@given(some_ranges(SIZE))
def test_starts_are_as_few_as_they_can_be(found: list[Range]) -> None:
    made = starts(found, SIZE)
    assert made[0][0] == 0
    assert [start for start, _ in made] == sorted({start for start, _ in made})
    assert all(one[1] != other[1] for one, other in zip(made, made[1:], strict=False))


def test_adjacent_ranges_of_a_country_are_one() -> None:
    found = [Range(1, 2, "DE"), Range(3, 5, "DE"), Range(6, 7, "FR"), Range(9, 9, "FR")]
    assert starts(found, SIZE) == [(0, ""), (1, "DE"), (6, "FR"), (8, ""), (9, "FR"), (10, "")]


def test_a_range_within_another_holds() -> None:
    found = [Range(0, 15, "DE"), Range(4, 5, "FR"), Range(5, 5, "")]
    assert starts(found, SIZE) == [(0, "DE"), (4, "FR"), (5, ""), (6, "DE")]


@given(some_ranges(SIZE), some_ranges(SIZE))
def test_australia_is_corrected(found: list[Range], by: list[Range]) -> None:
    made = corrected(starts(found, SIZE), starts(by, SIZE))
    for address in range(1 << SIZE):
        last = [country for start, country in made if start <= address][-1]
        here, there = covering(found, address), covering(by, address)
        assert last == (there or "AU" if here == "AU" else here)
    assert all(one[1] != other[1] for one, other in zip(made, made[1:], strict=False))


def test_nothing_is_one_start() -> None:
    assert starts([], SIZE) == [(0, "")]


def test_a_network_is_where_its_first_address_is() -> None:
    net = 1 << 64
    found = [(0, ""), (2 * net, "DE"), (3 * net + 1, "FR"), (3 * net + 2, "DE"), (5 * net - 1, "AU"), (6 * net, "")]
    assert of_networks(found) == [(0, ""), (2, "DE"), (5, "AU"), (6, "")]
    assert of_networks([(0, "DE"), ((1 << 128) - 1, "FR")]) == [(0, "DE")]


EDGES = [0, 1, 0x0A000000, 0x7F000000, 0xC0A80000, 0xFFFFFFFF]


@given(
    some_ranges(32),
    some_ranges(128),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=5),
    st.lists(st.integers(0, (1 << 128) - 1), max_size=5),
)
def test_the_table_says_what_a_search_of_all_ranges_says(
    tmp_path_factory: pytest.TempPathFactory, v4: list[Range], v6: list[Range], some_v4: list[int], some_v6: list[int]
) -> None:
    file = tmp_path_factory.mktemp("table") / "countries.bin"
    file.write_bytes(build(v4, v6, [], "2026-01-02"))
    table = Table(file)
    v4, v6 = [*v4, *nowhere(32)], [*v6, *nowhere(128)]
    near = [one.first + step for one in v4 for step in (-1, 0)] + [one.last + step for one in v4 for step in (0, 1)]
    for address in [*some_v4, *EDGES, *near]:
        if 0 <= address < 1 << 32:
            found = table.country_of(bytes(10) + b"\xff\xff" + address.to_bytes(4))
            assert found == covering(v4, address)
    near = [one.first + step for one in v6 for step in (-1, 0)] + [one.last + step for one in v6 for step in (0, 1)]
    for address in [*some_v6, *near]:
        if 0 <= address < 1 << 128 and address >> 32 != 0xFFFF:
            assert table.country_of(address.to_bytes(16)) == covering(v6, address >> 64 << 64)
    assert table.date == "2026-01-02"
    table.close()
    file.unlink()


def test_a_table_has_room_for_255_countries() -> None:
    codes = [chr(65 + number // 26) + chr(65 + number % 26) for number in range(CODES)]
    most = [(0, ""), *enumerate(codes[:-1], 1)]
    assert len(pack(most, most, "2026-01-02")) > len(pack(most[:-1], most[:-1], "2026-01-02"))
    with pytest.raises(ValueError, match="at most 255"):
        pack([*most, (CODES, codes[-1])], most, "2026-01-02")
    with pytest.raises(ValueError, match="two letters"):
        pack([(0, "DEU")], most, "2026-01-02")


# Files


def test_lines_become_ranges() -> None:
    assert list(ranges(["1,2,DE\n", "3,3,FR\n"], SIZE)) == [Range(1, 2, "DE"), Range(3, 3, "FR")]


@pytest.mark.parametrize("line", ["2,1,DE", "-1,1,DE", "1,16,DE", "1,2,de", "1,2,", "1,2,DEU"])
def test_a_line_that_holds_no_range(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 holds no range"):
        list(ranges(["1,2,DE", line], SIZE))


def test_the_date_is_in_the_version() -> None:
    assert date_of("2.3.2026061719") == "2026-06-17"
    with pytest.raises(ValueError, match=r"version 2\.3\.1 ends in no date"):
        date_of("2.3.1")


def test_a_package_becomes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "package.json").write_text(json.dumps({"version": "2.3.2026061719"}))
    (tmp_path / "geo-whois-asn-country-ipv4-num.csv").write_text("16777216,16777471,AU\n")
    first = int.from_bytes(socket.inet_pton(socket.AF_INET6, "2a00::"))
    (tmp_path / "geo-whois-asn-country-ipv6-num.csv").write_text(f"{first},{first + (1 << 96)},AU\n")
    (tmp_path / "registry" / "asn-country-ipv6-num.csv").write_text(f"{first},{first + (1 << 80) - 1},ID\n")
    file = tmp_path / "made.bin"
    main([str(tmp_path), str(tmp_path / "registry"), str(file)])
    assert capsys.readouterr().out == f"{file}: {file.stat().st_size} bytes, data of 2026-06-17\n"
    table = Table(file)
    assert table.country_of(bytes(10) + b"\xff\xff\1\0\0\7") == "AU"
    assert table.country_of(socket.inet_pton(socket.AF_INET6, "2a00::7")) == "ID"
    assert table.country_of(socket.inet_pton(socket.AF_INET6, "2a00::1:0:0:7")) == "ID"
    assert table.country_of(socket.inet_pton(socket.AF_INET6, "2a00:0:0:ffff::7")) == "ID"
    assert table.country_of(socket.inet_pton(socket.AF_INET6, "2a00:0:1::7")) == "AU"
    table.close()
    main([str(tmp_path), str(tmp_path / "registry"), str(tmp_path / "again.bin")])
    assert (tmp_path / "again.bin").read_bytes() == file.read_bytes()


def test_nothing_in_the_product_imports_it() -> None:
    rooms = ("links", "clicks", "server", "admin", "fingerpost")
    naming = {
        path.name
        for room in rooms
        for path in (HOUSE / room).rglob("*.py")
        if "import build_countries" in (text := path.read_text("utf-8")) or "from clicks.build_countries" in text
    }
    assert naming == set()
