"""The C programs of the benches, compiled once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import tools


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compiles a source of bench/; skips the test where there is no compiler."""
    directory = tmp_path_factory.mktemp("compiled")

    def compile_(source: str) -> Path:
        if tools.find(tools.COMPILER) is None:
            pytest.skip(f"{tools.COMPILER} is not installed (Debian: gcc libc6-dev)")
        return tools.build(source, directory)

    return compile_
