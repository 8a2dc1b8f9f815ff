"""bench/__main__.py"""

from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.report import Table


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Two scenarios that do nothing; what was recorded."""
    recorded: list[str] = []

    def record(name: str, tables: list[Table]) -> Path:
        recorded.append(name)
        return tmp_path / name

    monkeypatch.setattr(bench, "SCENARIOS", {name: lambda _: Table("T", "Nothing.") for name in ("one", "two")})
    monkeypatch.setattr(bench, "HERE", tmp_path)
    monkeypatch.setattr(bench, "write", record)
    return recorded


@pytest.mark.parametrize(
    ("arguments", "recorded"),
    [([], ["one", "two"]), (["two"], []), (["--write", "two"], ["two"]), (["one", "two"], [])],
)
def test_what_is_recorded(arguments: list[str], recorded: list[str], written: list[str], tmp_path: Path) -> None:
    assert bench.main(arguments) == 0
    assert written == recorded
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_unknown_scenario_is_refused(written: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        bench.main(["three"])
    assert refused.value.code == 2
    assert "no scenario three; there are: one, two" in capsys.readouterr().err
