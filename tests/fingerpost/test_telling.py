"""What is said once everything answers."""

import asyncio
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from admin.settings import FIRST_KEY_FILE
from fingerpost.config import Config
from fingerpost.telling import curl_line, is_loopback_only_base, tell
from tests.fingerpost.layouts import config

KEY = "fp_pk_0123abcd." + "k" * 64


@pytest.mark.parametrize(
    ("host", "base_url", "warns"),
    [
        (("0.0.0.0", "::"), "", True),
        ("0.0.0.0", "", True),
        ("192.0.2.1", "http://127.0.0.1:8080", True),
        (("127.0.0.1", "192.0.2.1"), "http://localhost", True),
        ("0.0.0.0", "http://[::1]:8080", True),
        ("0.0.0.0", "http://127.5.5.5", True),
        ("127.0.0.1", "", False),
        ("::1", "", False),
        (("127.0.0.1", "::1"), "http://[::1]", False),
        ("localhost", "", False),
        (("0.0.0.0", "::"), "https://go.example", False),
        (("0.0.0.0", "::"), "http://192.0.2.1:8080", False),
        (("0.0.0.0", "::"), "http://[2001:db8::1]", False),
        (("0.0.0.0", "::"), "http://localhost.example", False),
    ],
)
def test_when_strangers_can_come_but_short_links_lead_nowhere(host: Any, base_url: str, warns: bool) -> None:
    assert is_loopback_only_base(config(host=host, base_url=base_url)) is warns


def test_the_line_to_try_can_be_pasted() -> None:
    line = curl_line("http://127.0.0.1:8081", KEY)
    command, url, *options = shlex.split(line)
    assert (command, url) == ("curl", "http://127.0.0.1:8081/api/v1/links")
    assert options[::2] == ["-H", "-H", "-d"]
    assert options[1] == f"Authorization: Bearer {KEY}"
    assert options[3] == "Content-Type: application/json"
    assert json.loads(options[5]) == {"url": "https://example.com/"}


def printed(
    supervisor: Any, capsys: pytest.CaptureFixture[str], given: Config, key: str | None, *, with_admin: bool = True
) -> tuple[str, str]:
    asyncio.run(tell(supervisor, given, key, with_admin=with_admin))
    out, err = capsys.readouterr()
    return out, err


ADDRESSES = (
    "short links  https://go.example/\n"
    "API          http://127.0.0.1:8081/api/v1\n"
    "docs         http://127.0.0.1:8081/docs\n"
)


def at(data_dir: Path, **server: Any) -> Config:
    return config(data_dir, base_url="https://go.example", admin={"port": 8081}, **server)


def test_where_it_is(supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, err = printed(supervisor, capsys, at(tmp_path), None)
    assert (out, err) == (f"{ADDRESSES}data         {tmp_path}\n", "")


def test_where_workers_alone_are(supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / FIRST_KEY_FILE).write_text(KEY)
    out, _ = printed(supervisor, capsys, at(tmp_path), None, with_admin=False)
    assert out == f"short links  https://go.example/\ndata         {tmp_path}\n"


def test_the_first_key_is_shown_with_a_line_to_try(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out, _ = printed(supervisor, capsys, at(tmp_path), KEY)
    assert out.startswith(ADDRESSES)
    assert f"\n  {KEY}\n" in out
    assert curl_line("http://127.0.0.1:8081", KEY) in out


def test_a_key_in_a_file_is_told_by_its_path(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / FIRST_KEY_FILE).write_text(KEY)
    out, _ = printed(supervisor, capsys, at(tmp_path), None)
    assert out.endswith(f"first key    {tmp_path}/{FIRST_KEY_FILE} (removed at its first use)\n")
    assert KEY not in out


def test_a_loopback_address_for_strangers_is_warned_of(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, err = printed(supervisor, capsys, config(tmp_path, host="0.0.0.0", port=8080), None)
    assert err.startswith("warning: server.base_url is a loopback address while server.host is not")
    assert err.count("\n") == 1


def test_if_it_does_not_get_that_far_the_key_is_shown_all_the_same(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    supervisor.is_ready = False
    assert printed(supervisor, capsys, at(tmp_path), None) == ("", "")
    out, _ = printed(supervisor, capsys, at(tmp_path), KEY)
    assert f"\n  {KEY}\n" in out
    assert "short links" not in out
