"""bench/contestants.py and bench/redirects.py: what is decided without starting anybody."""

from pathlib import Path

import pytest

from bench import contestants, redirects, tools
from bench.contestants import ALL, NGINX, Contestant
from bench.redirects import Turn, rotated, row, spread


def turn(cpu: float) -> Turn:
    return Turn(
        user=cpu / 4, system=cpu * 3 / 4, rate=50_000, busy=0.5, memory=42_000_000, at_rest=40_000_000, answer_bytes=370
    )


def test_a_machine_without_servers_still_has_contestants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find", lambda name: None)
    able, missing = contestants.present()
    assert able
    assert all(one.needs is None for one in able)
    for one in ALL:
        assert (one in able) != (f"{one.name} ({one.needs} is not installed)" in missing)


def test_nobody_missing_is_not_worth_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find", lambda name: f"/usr/bin/{name}")
    assert contestants.present() == (ALL, "")


def test_every_round_has_another_order() -> None:
    orders = [rotated(ALL, round_, 3) for round_ in range(3)]
    assert len(set(orders)) == 3
    assert orders[0] == ALL
    for order in orders:
        assert set(order) == set(ALL)


def test_a_map_has_a_line_for_each_link(tmp_path: Path) -> None:
    path = contestants.write_map(tmp_path / "map", 2, "/{slug} {location};\n")
    assert path.read_text() == "/m0000001 https://example.com/m/1;\n/m0000002 https://example.com/m/2;\n"


def test_a_spread_is_the_median_and_its_ends() -> None:
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00–3.00)"
    assert spread([2.0]) == "2.00"


def test_ratios_are_to_the_same_round() -> None:
    # The machine was three times slower in the second round, for both: the ratio must not see it.
    own, reference = [turn(9.0), turn(27.0), turn(10.0)], [turn(6.0), turn(18.0), turn(10.0)]
    cells = row(NGINX, own, reference, 300.4)
    assert cells == [
        NGINX.name,
        "10.00 (9.00–27.00)",
        "75%",
        "1.50 (1.00–1.50)",
        "50,000",
        "50%",
        "42.0",
        "300",
        "370",
    ]
    assert len(cells) == len(redirects.COLUMNS)


def test_without_nginx_there_is_no_ratio() -> None:
    assert row(NGINX, [turn(9.0)], [], None)[3] == ""


def test_the_plot_shows_everybody_and_the_ratio() -> None:
    other = Contestant("another", NGINX.start)
    svg = redirects.plot({NGINX: [turn(10.0), turn(20.0)], other: [turn(20.0), turn(40.0)]}).svg
    assert "15.0 µs · 1.00×" in svg
    assert "30.0 µs · 2.00×" in svg
    assert ">another<" in svg
