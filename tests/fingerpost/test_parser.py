"""A process that speaks HTTP does not start with aiohttp's pure-Python parser."""

import os
import subprocess
import sys
from pathlib import Path

from fingerpost import parser


def test_it_is_in_c_here() -> None:
    assert parser.is_in_c()


def test_the_admin_does_not_start_without_it(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-P", "-m", "fingerpost.cli", "admin"],
        cwd=tmp_path,
        env=os.environ | {"AIOHTTP_NO_EXTENSIONS": "1", "FINGERPOST_ADMIN__PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (78, f"fingerpost: {parser.COMPLAINT}\n")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_served_without_it(tmp_path: Path) -> None:
    environment = {"AIOHTTP_NO_EXTENSIONS": "1", "FINGERPOST_ADMIN__PORT": "0", "FINGERPOST_SERVER__PORT": "0"}
    result = subprocess.run(
        [sys.executable, "-P", "-m", "fingerpost.cli", "serve"],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 78
    assert f"fingerpost: {parser.COMPLAINT}\n" in result.stderr
