"""A machine that lacks programs: what cannot be measured is said, and why."""

from pathlib import Path

import pytest

from bench import bio, latency, redirects, tools


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names put in here are not installed."""
    gone: list[str] = []
    monkeypatch.setattr(tools, "find", lambda name: None if name in gone else f"/usr/bin/{name}")
    return gone


def test_redirects_need_wrk(without: list[str], tmp_path: Path) -> None:
    without.append("wrk")
    (table,) = redirects.run(tmp_path)
    assert table.what == "Not measured: wrk is not installed (Debian: wrk)."
    assert list(tmp_path.iterdir()) == []


def test_bio_pages_need_wrk(without: list[str], tmp_path: Path) -> None:
    without.append("wrk")
    assert bio.run(tmp_path).what == "Not measured: wrk is not installed (Debian: wrk)."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("names", [["gcc"], ["nginx"], ["gcc", "nginx"]])
def test_latency_needs_a_compiler_and_nginx(without: list[str], names: list[str], tmp_path: Path) -> None:
    without.extend(names)
    (table,) = latency.run(tmp_path)
    for name in ("gcc", "nginx"):
        assert (f"{name} is not installed" in table.what) == (name in names)
    assert table.rows == []


def test_nothing_missing_is_nothing_to_say(without: list[str]) -> None:
    assert latency.not_measured() is None
