"""bench/report.py"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import report
from bench.__main__ import SCENARIOS
from bench.report import Plot, Table, markers, replaced, write

DAY = datetime(2026, 11, 21, tzinfo=UTC)
PAGE = "# Top\n" + "".join("{}\nold {}\n{}\n".format(*(markers(name)[0], name, markers(name)[1])) for name in "ab")


def test_a_table_in_markdown() -> None:
    table = Table("Name", "What was done.", ["", "µs"], [["x", "1"], ["y", "2"]], "A remark.")
    assert table.markdown() == (
        "### Name\n\nWhat was done.\n\n|  | µs |\n|---|---|\n| x | 1 |\n| y | 2 |\n\nA remark.\n"
    )


def test_what_was_not_measured_has_no_table() -> None:
    assert Table("Name", "Not measured: no gcc.").markdown() == "### Name\n\nNot measured: no gcc.\n"


def test_only_the_scenario_s_own_section_is_replaced() -> None:
    page = replaced(PAGE, "b", "new")
    assert page == PAGE.replace("old b", "new")
    assert replaced(page, "b", "old b") == PAGE


def test_a_page_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for c"):
        replaced(PAGE, "c", "new")


def test_a_scenario_is_recorded_in_files_of_its_own_and_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(PAGE)
    table = Table("Name", "What.", ["", "µs"], [["x", "1"]], plot=Plot("A picture", "<svg/>"))
    path = write("a", [table], DAY, tmp_path)
    assert path == tmp_path / "results" / "2026-11-21-a.md"
    assert path.with_suffix(".svg").read_text() == "<svg/>"
    assert "![A picture](2026-11-21-a.svg)" in path.read_text()
    recorded = json.loads(path.with_suffix(".json").read_text())
    assert recorded["measured"] == "2026-11-21"
    assert recorded["tables"] == [
        {"name": "Name", "what": "What.", "columns": ["", "µs"], "rows": [["x", "1"]], "remarks": ""}
    ]
    page = (tmp_path / "README.md").read_text()
    assert "![A picture](results/2026-11-21-a.svg)" in page
    assert "old a" not in page
    assert "old b" in page


def test_the_page_has_a_place_for_every_scenario() -> None:
    page = (report.HERE / report.README).read_text()
    for scenario in SCENARIOS:
        assert replaced(page, scenario, "new") != page
