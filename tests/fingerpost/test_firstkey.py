import io
from pathlib import Path

import pytest

from admin.keys import KeyStore, key_id
from admin.settings import FIRST_KEY_FILE
from fingerpost import firstkey
from fingerpost.config import ConfigError
from fingerpost.wiring import now_ms
from links import database
from links.store import LinkStore
from tests.links.storing import make_database

GIVEN = "fp_pk_0123abcd." + "k" * 64


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    make_database(tmp_path / database.FILE_NAME)
    return tmp_path


async def scopes_of(data_dir: Path, key: str) -> frozenset[str]:
    """What the key may do, asked as the admin asks."""
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        return (await KeyStore(store, now_ms).authenticate(key)).scopes
    finally:
        await store.close()


async def count(data_dir: Path) -> int:
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, lambda _: None)
    try:
        return await KeyStore(store, now_ms).count()
    finally:
        await store.close()


async def test_at_a_terminal_it_is_to_be_printed_and_written_nowhere(data_dir: Path) -> None:
    key = await firstkey.make(data_dir, None, Terminal())
    assert key is not None
    assert await scopes_of(data_dir, key) == {"*"}
    assert not (data_dir / FIRST_KEY_FILE).exists()
    assert not any(key.encode() in file.read_bytes() for file in data_dir.glob("*") if file.is_file())


async def test_elsewhere_it_is_written_to_a_file_for_its_owner(data_dir: Path) -> None:
    out = io.StringIO()
    assert await firstkey.make(data_dir, None, out) is None
    assert out.getvalue() == ""
    file = data_dir / FIRST_KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text().removesuffix("\n")
    assert key_id(key)
    assert await scopes_of(data_dir, key) == {"*"}


async def test_it_is_made_once(data_dir: Path) -> None:
    await firstkey.make(data_dir, None, io.StringIO())
    text = (data_dir / FIRST_KEY_FILE).read_text()
    assert await firstkey.make(data_dir, None, Terminal()) is None
    assert await firstkey.make(data_dir, None, io.StringIO()) is None
    assert (data_dir / FIRST_KEY_FILE).read_text() == text
    assert await count(data_dir) == 1


async def test_a_revoked_key_was_one_too(data_dir: Path) -> None:
    key = await firstkey.make(data_dir, None, Terminal())
    assert key is not None
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, lambda _: None)
    await KeyStore(store, now_ms).revoke(key_id(key))
    await store.close()
    assert await firstkey.make(data_dir, None, Terminal()) is None


async def test_a_file_that_a_crash_left_is_replaced(data_dir: Path) -> None:
    (data_dir / FIRST_KEY_FILE).write_text("half a key")
    (data_dir / FIRST_KEY_FILE).chmod(0o644)
    await firstkey.make(data_dir, None, io.StringIO())
    assert key_id((data_dir / FIRST_KEY_FILE).read_text().strip())
    assert (data_dir / FIRST_KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("out", [Terminal(), io.StringIO()])
async def test_a_key_that_is_supplied_is_shown_nowhere(data_dir: Path, tmp_path: Path, out: io.StringIO) -> None:
    (tmp_path / "given").write_text(f"  {GIVEN}\n")
    assert await firstkey.make(data_dir, str(tmp_path / "given"), out) is None
    assert await scopes_of(data_dir, GIVEN) == {"*"}
    assert not (data_dir / FIRST_KEY_FILE).exists()
    assert out.getvalue() == ""


async def test_a_key_that_is_supplied_too_late_is_not_looked_at(data_dir: Path) -> None:
    await firstkey.make(data_dir, None, Terminal())
    assert await firstkey.make(data_dir, "/no/such/file", Terminal()) is None


@pytest.mark.parametrize("content", [b"", b"s3cret", GIVEN.encode()[:-1], b"\xff\xfe", (GIVEN + GIVEN).encode()])
async def test_a_file_without_a_key_is_refused_and_not_repeated(data_dir: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "given").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        await firstkey.make(data_dir, str(tmp_path / "given"), Terminal())
    assert str(caught.value) == (
        f"FINGERPOST_INITIAL_KEY_FILE: {tmp_path}/given holds no key "
        "(fp_pk_, 8 hex digits, a dot, 64 URL-safe characters)"
    )
    assert await count(data_dir) == 0


async def test_a_missing_file_is_named(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        await firstkey.make(data_dir, str(tmp_path / "given"), Terminal())
    assert str(caught.value) == (
        f"FINGERPOST_INITIAL_KEY_FILE: cannot read {tmp_path}/given: No such file or directory"
    )
