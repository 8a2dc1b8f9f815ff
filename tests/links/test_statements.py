from importlib.resources import files
from pathlib import Path

import pytest

from links import statements
from links.statements import load


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes rooms/sql/x.sql and loads it."""
    monkeypatch.setattr(statements, "files", lambda package: tmp_path / package)
    (tmp_path / "room" / "sql").mkdir(parents=True)

    def written(text: str) -> dict[str, str]:
        (tmp_path / "room" / "sql" / "x.sql").write_text(text, encoding="utf-8")
        return load("room", "x")

    return written


def test_statements_are_found_by_name(written) -> None:
    text = (
        "-- About the file.\n\n-- name: one\nSELECT 1;\n\n"
        "-- name: two\n-- Why.\nSELECT ';' AS semicolon,\n       'ü';\n-- after\n"
    )
    assert written(text) == {"one": "SELECT 1", "two": "-- Why.\nSELECT ';' AS semicolon,\n       'ü'"}


def test_a_statement_ends_only_at_the_end_of_a_line(written) -> None:
    assert written("-- name: a\nSELECT 1; -- no end\n+ 1;  \n") == {"a": "SELECT 1; -- no end\n+ 1"}


def test_a_name_that_stands_twice_is_an_error(written) -> None:
    with pytest.raises(ValueError, match=r"room/sql/x\.sql: a stands twice"):
        written("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n")


@pytest.mark.parametrize("text", ["", "SELECT 1;\n", "-- name: a\nSELECT 1\n"])
def test_a_file_without_a_statement_is_an_error(written, text: str) -> None:
    with pytest.raises(ValueError, match="holds no statement"):
        written(text)


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load("links", "no_such_file")


@pytest.mark.parametrize(("package", "name"), [("links", "links"), ("admin", "keys")])
def test_every_statement_of_the_program_is_loaded(package: str, name: str) -> None:
    text = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    assert list(load(package, name)) == [
        line.removeprefix("-- name: ") for line in text.splitlines() if line.startswith("-- name: ")
    ]
