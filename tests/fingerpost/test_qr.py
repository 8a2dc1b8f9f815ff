"""``fingerpost qr``: what stands in the terminal and in files can be read."""

import asyncio
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from fingerpost.qr import half_blocks
from links import database
from links.domain_rules import Checked
from links.domains import DomainStore
from links.model import Link
from links.store import LinkStore
from tests.admin.qr_pictures import decoded, size_of
from tests.links.storing import NOW, make_database, prepared

BASE = "https://go.example"
HELD = f"{BASE}/summer24?qr=1"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration and a database with a few links."""
    (tmp_path / "config.toml").write_text(f'[server]\nbase_url = "{BASE}"\n')
    (tmp_path / "data").mkdir(mode=0o700)
    path = tmp_path / "data" / database.FILE_NAME
    make_database(path)
    asyncio.run(fill(path))
    return tmp_path


async def fill(path: Path) -> None:
    store = await LinkStore.open(path, lambda: NOW, lambda _: None)
    try:
        domains = DomainStore(store, lambda: NOW)
        await domains.add("shop.example", 1, Checked(True), spare=False)
        low = await domains.add("low.example", 1, Checked(True), spare=False)
        await domains.set(low.id, {"ignores_case": True})
        made = await store.create(
            [
                prepared("summer24"),
                prepared("😀"),
                prepared("bunt", extras={"color": "#800000", "text": "Scan me"}),
                prepared("blass", extras={"color": "#eeeeee"}),
                prepared("sale", domain="shop.example"),
                prepared("low", domain="low.example"),
            ],
            "test",
        )
        assert all(isinstance(link, Link) for link in made), made
    finally:
        await store.close()


def run(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "fingerpost.cli", "qr", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)


def read_blocks(lines: list[str], *, dark_is_filled: bool) -> str:
    """What a code of half blocks holds."""
    halves = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    filled, empty = (0, 255) if dark_is_filled else (255, 0)
    image = Image.new("L", (len(lines[0]), 2 * len(lines)))
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for below, on in enumerate(halves[character]):
                image.putpixel((x, 2 * y + below), filled if on else empty)
    (code,) = zxingcpp.read_barcodes(image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST))
    return str(code.text)


@pytest.mark.parametrize(
    ("arguments", "held"),
    [
        (("summer24",), HELD),
        (("😀",), f"{BASE}/%F0%9F%98%80?qr=1"),
        (("sale", "--domain", "shop.example"), "https://shop.example/sale?qr=1"),
        (("sale", "--domain", "Shop.Example"), "https://shop.example/sale?qr=1"),
        (("LOW", "--domain", "low.example"), "https://low.example/low?qr=1"),
        (("summer24", "--domain", "go.example"), HELD),
    ],
)
def test_the_code_stands_in_the_output(directory: Path, arguments: tuple[str, ...], held: str) -> None:
    done = run(directory, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_blocks(done.stdout.splitlines(), dark_is_filled=False) == held


def test_in_a_terminal_it_is_black_on_white(directory: Path) -> None:
    main, side = pty.openpty()
    command = [sys.executable, "-P", "-m", "fingerpost.cli", "qr", "summer24"]
    environment = os.environ | {"COLUMNS": "80"}
    with subprocess.Popen(command, cwd=directory, stdout=side, env=environment) as process:
        os.close(side)
        shown = b""
        while chunk := read(main):
            shown += chunk
    os.close(main)
    assert process.returncode == 0
    lines = re.findall("\x1b\\[38;5;16;48;5;231m([ ▄▀█]+)\x1b\\[0m", shown.decode())
    assert read_blocks(lines, dark_is_filled=True) == HELD


def read(fd: int) -> bytes:
    """What comes; nothing once the other end is closed, which a terminal tells as an error."""
    try:
        return os.read(fd, 65_536)
    except OSError:
        return b""


def test_a_terminal_that_is_too_narrow_is_told(directory: Path) -> None:
    main, side = pty.openpty()
    command = [sys.executable, "-P", "-m", "fingerpost.cli", "qr", "summer24"]
    done = subprocess.run(
        command,
        cwd=directory,
        stdout=side,
        stderr=subprocess.PIPE,
        env=os.environ | {"COLUMNS": "20"},
        text=True,
        timeout=60,
        check=False,
    )
    os.close(side)
    os.close(main)
    assert done.returncode == 1
    assert re.fullmatch(r"fingerpost: the terminal must be \d+ columns wide .*\n", done.stderr)


@pytest.mark.parametrize("name", ["code.svg", "code.PNG"])
def test_a_file_holds_the_code(directory: Path, name: str) -> None:
    done = run(directory, "bunt", "--output", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    body = (directory / name).read_bytes()
    assert decoded(body) == f"{BASE}/bunt?qr=1"
    assert [path.name for path in directory.iterdir() if path.name.startswith(".")] == []


def test_a_file_is_as_large_as_wanted(directory: Path) -> None:
    for size in ("3", "6"):
        assert run(directory, "summer24", "--output", f"{size}.png", "--size", size).returncode == 0
    small, large = [size_of((directory / name).read_bytes()) for name in ("3.png", "6.png")]
    assert large == (2 * small[0], 2 * small[1])


def test_a_pdf_is_one(directory: Path) -> None:
    assert run(directory, "summer24", "--output", "x.pdf").returncode == 0
    assert (directory / "x.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("none",), 1, "fingerpost: there is no link none\n"),
        (("summer24", "--domain", "shop.example"), 1, "fingerpost: there is no link summer24 on shop.example\n"),
        (("summer24", "--domain", "shop"), 1, "must have at least two labels"),
        (("a//b",), 1, 'must not contain "//"'),
        (("blass", "--output", "x.svg"), 1, "qrSettings.color: the contrast of #eeeeee"),
        (("summer24", "--output", "x.gif"), 2, "must end with .svg, .png, .pdf"),
        (("summer24", "--output", "x"), 2, "must end with"),
        (("summer24", "--size", "3"), 2, "--size is for a file"),
        (("summer24", "--output", "x.png", "--size", "51"), 2, "not in the range 1<=x<=50"),
        (("summer24", "--output", "nowhere/x.png"), 1, "No such file or directory"),
        ((), 2, "Missing argument"),
    ],
)
def test_what_goes_wrong_is_told(directory: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(directory, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == ""
    assert not list(directory.glob("x*"))


def test_without_a_data_directory_it_is_a_matter_of_configuration(tmp_path: Path) -> None:
    done = run(tmp_path, "summer24")
    assert done.returncode == 78
    assert str(tmp_path / "data") in done.stderr


def test_other_commands_load_none_of_it() -> None:
    program = "import sys, fingerpost.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert {"segno", "PIL", "resvg_py", "fpdf", "aiohttp"} & set(done.stdout.split()) == set()


def test_half_blocks() -> None:
    rows = [bytes(row) for row in ((1, 0, 1), (1, 1, 0), (0, 1, 0))]
    assert half_blocks(rows, dark_is_filled=True) == ["█▄▀", " ▀ "]
    assert half_blocks(rows, dark_is_filled=False) == [" ▀▄", "█▄█"]
