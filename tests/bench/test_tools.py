"""bench/tools.py"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import tools


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("nginx version: nginx/1.22.1", "1.22.1"),
        ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", "2.6.12-1+deb12u4"),
        ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer", "4.1.0-3+b2"),
        ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright", "12.2.0-14+deb12u1"),
        ("", "of unknown version"),
    ],
)
def test_versions_are_found(text: str, version: str) -> None:
    assert tools.version_in(text) == version


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "SYSTEM_DIRECTORIES", ())
    assert tools.versions() == "no nginx, no haproxy, no wrk, no gcc"
    with pytest.raises(FileNotFoundError, match="gcc is not installed"):
        tools.build("floor.c", tmp_path)


@pytest.mark.parametrize("source", ["floor.c", "openloop.c"])
def test_the_sources_compile_without_a_warning(
    source: str, compiled: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled(source)  # skips where nothing can be
    monkeypatch.setattr(tools, "FLAGS", (*tools.FLAGS, "-Werror"))
    assert tools.build(source, tmp_path).exists()
