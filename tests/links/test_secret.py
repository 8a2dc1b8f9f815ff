import stat
from pathlib import Path

import pytest

from links import secret
from links.errors import SchemaError


def test_it_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = secret.read_or_make(tmp_path)
    assert len(made) == 32
    assert secret.read_or_make(tmp_path) == secret.read(tmp_path) == made
    path = tmp_path / secret.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_two_installations_have_two(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert secret.read_or_make(tmp_path / "a") != secret.read_or_make(tmp_path / "b")


def test_who_comes_second_takes_what_is_there(tmp_path: Path) -> None:
    def slow(count: int) -> bytes:
        (tmp_path / secret.FILE_NAME).write_bytes(b"q" * count)  # somebody was quicker
        return b"s" * count

    assert secret.read_or_make(tmp_path, slow) == b"q" * 32
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_dead_process_left_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret.os, "getpid", lambda: 7)
    (tmp_path / "secret.7").write_bytes(b"half")
    assert len(secret.read_or_make(tmp_path)) == 32
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / secret.FILE_NAME).write_bytes(content)
    with pytest.raises(SchemaError, match=r"secret: not 32 bytes"):
        secret.read_or_make(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="secret: cannot be read"):
        secret.read(tmp_path)


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {secret.key_for(bytes(32), b"a"), secret.key_for(bytes(32), b"b"), secret.key_for(b"1" * 32, b"a")}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 3
