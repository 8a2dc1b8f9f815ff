"""What a person is told who got the configuration wrong: always one line, never the value."""

import re
from pathlib import Path

import pytest

from fingerpost.config import ConfigError, load


def complaint(directory: Path, text: str = "", **environ: str) -> str:
    """The error's line on ``text`` as ./config.toml, without the directory."""
    (directory / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(None, environ, directory)
    line = str(caught.value)
    assert "\n" not in line
    return re.sub(r"^/\S*/(?=config\.toml)", "", line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[server]\nprot = 1", "config.toml: unknown key server.prot; did you mean server.port?"),
        ('[server]\ndata_dir = "x"', "config.toml: unknown key server.data_dir; did you mean data_dir?"),
        ("port = 1", "config.toml: unknown key port; did you mean server.port or admin.port?"),
        ("[sever]\nport = 1", "config.toml: unknown key sever; did you mean server?"),
        ("[collector]", "config.toml: unknown key collector; did you mean stats.collect?"),
        ("[weather]", "config.toml: unknown key weather"),
        ('"server.port" = 1', 'config.toml: unknown key "server.port"; did you mean server.port?'),
        ('"a\\nb" = 1', "config.toml: unknown key 'a\\nb'"),
        ("server = 1", "config.toml: server: expected a table, [server]"),
        ("[[server]]\nport = 1", "config.toml: server: expected a table, [server]"),
        ('[server]\nport = "1"', "config.toml: server.port: expected a whole number"),
        ("[server]\nport = 1.5", "config.toml: server.port: expected a whole number"),
        ("[server]\nport = true", "config.toml: server.port: expected a whole number"),
        ("[server]\nfast_path = 1", "config.toml: server.fast_path: expected true or false"),
        ("[server]\nbase_url = 1", "config.toml: server.base_url: expected a string"),
        ("[server]\nbase_url = 2026-01-01", "config.toml: server.base_url: expected a string"),
        ("[server]\nhost = 1", "config.toml: server.host: expected a string or a list of strings"),
        ('[admin]\ncors_origins = ["*", 1]', "config.toml: admin.cors_origins: expected a list of strings"),
        ('[links]\nschemes = "https"', "config.toml: links.schemes: expected a list of strings"),
        ("[server.port]", "config.toml: server.port: expected a whole number"),
        ("[server\n", "config.toml: not valid TOML: Expected ']' at the end of a table declaration"),
        ("[server]\nport 1", "config.toml: not valid TOML: Expected '=' after a key in a key/value pair"),
        ("[server]\nport = 1\nport = 2", "config.toml: not valid TOML: Cannot overwrite a value"),
        (f"[server]\nport = {'1' * 5000}", "config.toml: not valid TOML: Exceeds the limit"),
    ],
)
def test_a_fault_in_the_file_is_one_line_that_names_it(tmp_path: Path, text: str, line: str) -> None:
    told = complaint(tmp_path, text)
    assert told.startswith(line) if "TOML" in line else told == line


def test_a_syntax_error_says_where(tmp_path: Path) -> None:
    assert complaint(tmp_path, "[server]\nport 1").endswith("(at line 2, column 6)")


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("FINGERPOST_SERVER__PROT", "1", "unknown key in the environment; did you mean FINGERPOST_SERVER__PORT?"),
        ("FINGERPOST_SERVER_PORT", "1", "unknown key in the environment; did you mean FINGERPOST_SERVER__PORT?"),
        (
            "FINGERPOST_PORT",
            "1",
            "unknown key in the environment; did you mean FINGERPOST_SERVER__PORT or FINGERPOST_ADMIN__PORT?",
        ),
        ("FINGERPOST_Server__Port", "1", "unknown key in the environment; did you mean FINGERPOST_SERVER__PORT?"),
        ("FINGERPOST_SERVER.PORT", "1", "unknown key in the environment; did you mean FINGERPOST_SERVER__PORT?"),
        ("FINGERPOST_SERVER__SERVICE_HOST", "1", "unknown key in the environment"),
        ("FINGERPOST_SERVER", "1", "unknown key in the environment"),
        ("FINGERPOST_", "1", "unknown key in the environment"),
        ("FINGERPOST_SERVER__PORT", "nine", "expected a whole number"),
        ("FINGERPOST_SERVER__PORT", "", "expected a whole number"),
        ("FINGERPOST_SERVER__PORT", "1\nadmin = 2", "expected a whole number"),
        ("FINGERPOST_SERVER__FAST_PATH", "no", "expected true or false"),
        ("FINGERPOST_SERVER__FAST_PATH", "0", "expected true or false"),
        ("FINGERPOST_LINKS__SCHEMES", '["https", 1]', "expected a list of strings"),
        ("FINGERPOST_SERVER__PORT", "70000", "must be from 0 to 65_535"),
    ],
)
def test_a_fault_in_the_environment_is_one_line_that_names_it(
    tmp_path: Path, variable: str, value: str, line: str
) -> None:
    told = complaint(tmp_path, **{variable: value})
    assert told.startswith(f"{variable}: {line}")
    assert told.endswith(line) or "did you mean" not in line


def test_a_value_is_never_repeated(tmp_path: Path) -> None:
    for told in (
        complaint(tmp_path, '[server]\nbase_url = "https://user:hunter2@go.example"'),
        complaint(tmp_path, '[server]\nport = "hunter2"'),
        complaint(tmp_path, FINGERPOST_SERVER__PORT="hunter2"),
        complaint(tmp_path, FINGERPOST_HUNTER__PASSWORD="hunter2"),
    ):
        assert "hunter2" not in told


def test_limits_hold_for_files_and_environment_alike(tmp_path: Path) -> None:
    limit = "must be from 0 to 64"
    assert complaint(tmp_path, "[server]\nworkers = 65") == f"config.toml: server.workers: {limit}"
    assert complaint(tmp_path, FINGERPOST_SERVER__WORKERS="65") == f"FINGERPOST_SERVER__WORKERS: {limit}"
