"""bench/freshness.py"""

from pathlib import Path

import pytest

from bench import freshness, tools


def test_without_a_compiler_there_are_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "find", lambda name: None)
    monkeypatch.setattr(freshness, "_measured", lambda directory, rate: [str(rate)])
    table = freshness.run(tmp_path)
    assert table.rows == [["0"]]
    assert "Not measured beside others: gcc is not installed." in table.remarks
    assert list(tmp_path.iterdir()) == []


def test_a_row_for_each_rate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "find", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(freshness, "_measured", lambda directory, rate: [str(rate)])
    table = freshness.run(tmp_path)
    assert table.rows == [[str(rate)] for rate in freshness.RATES]
    assert "Not measured" not in table.remarks
