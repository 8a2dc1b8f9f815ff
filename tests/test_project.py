"""Holds pyproject.toml, the locks and NOTICE together."""

import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LOCKS = ["run.lock", "dev.lock"]


def text_of(lock: str) -> str:
    return (PROJECT / "requirements" / lock).read_text("utf-8")


def pins(lock: str) -> dict[str, str]:
    """Version by package."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text_of(lock), flags=re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.fixture(scope="module")
def pyproject() -> dict[str, object]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert re.findall(r"https?://|index-url|find-links", text_of(lock)) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    hashed = re.findall(r"^[a-z0-9._-]+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text_of(lock), flags=re.MULTILINE)
    assert len(hashed) == len(pins(lock)) > 0


def test_what_is_tested_is_what_runs() -> None:
    assert pins("run.lock").items() <= pins("dev.lock").items()


def test_the_locks_hold_everything_that_is_asked_for(pyproject: dict) -> None:
    project = pyproject["project"]
    run = names(project["dependencies"] + pyproject["dependency-groups"]["build"])
    dev = names(project["optional-dependencies"]["test"])
    assert run <= set(pins("run.lock"))
    assert dev <= set(pins("dev.lock"))


def test_the_notice_names_everything_that_comes_along() -> None:
    noticed = set(re.findall(r"^  ([a-z0-9-]+)  ", (PROJECT / "NOTICE").read_text("utf-8"), flags=re.MULTILINE))
    assert noticed - {"asyncpg"} == set(pins("run.lock"))
