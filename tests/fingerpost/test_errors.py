import pytest

from fingerpost.config import ConfigError
from fingerpost.errors import CommandError, exit_code
from links.errors import Code, LinkError, SchemaError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("config.toml: unknown key"), 78),
        (SchemaError("links.db: made by a newer program"), 78),
        (CommandError("another server is at work"), 1),
        (LinkError(Code.UNAVAILABLE, "not now"), 1),
        (LinkError(Code.INVALID, "no", "slug"), 1),
        (FileNotFoundError("x"), 1),
        (PermissionError("x"), 1),
        (ConnectionResetError("x"), 1),
        (ValueError("a defect"), None),
        (KeyError("a defect"), None),
        (AssertionError("a defect"), None),
    ],
)
def test_exit_codes(error: Exception, code: int | None) -> None:
    assert exit_code(error) == code
