"""``fingerpost links export``, and that what it writes makes the same links elsewhere."""

import json
import os
import shlex
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from links.columns import COLUMNS
from tests.flows.product import FINGERPOST, Product

HEADER = ",".join(COLUMNS)
FORMATS = ("csv", "jsonl")

Make = Callable[..., Product]


def export(product: Product, format_: str) -> bytes:
    done = product.run("links", "export", "-", "--format", format_, text=False)
    assert (done.returncode, done.stderr) == (0, b"")
    out: bytes = done.stdout
    return out


@pytest.fixture(scope="module")
def filled(product: Product) -> Product:
    """A product with links of every kind, and more than one page of them."""
    product.create("https://example.com/plain", custom_slug="plain")
    product.create("https://example.com/generated")
    product.create("https://example.com/past", custom_slug="past", expires_at="2020-02-29T12:00:00+02:00")
    product.create("https://bücher.example/ä ö?q=ü#ß", custom_slug="international")
    off = product.create("https://example.com/off", custom_slug="off", labels=["x"])
    product.api("PATCH", f"/api/v1/links/{off['id']}", {"enabled": False})
    renamed = product.create("https://example.com/renamed", custom_slug="old-name")
    product.api("PATCH", f"/api/v1/links/{renamed['id']}", {"custom_slug": "new-name"})
    deleted = product.create("https://example.com/deleted", custom_slug="deleted")
    product.api("DELETE", f"/api/v1/links/{deleted['id']}")
    labels = ['with "quotes"', "with, comma", "[bracket", "🚀", "true", " trimmed "]
    product.create("https://example.com/labels", custom_slug="labels", labels=labels)
    product.create("https://example.com/bracket", custom_slug="bracket", labels=["[not json"])
    product.create("https://example.com/commas", custom_slug="commas", labels=["a", "b", "c"])
    divsly = {
        "destinationUrl": "https://example.com/utm?a=1&utm_source=x#part",
        "slashTag": "🚀",
        "utm_source": "twitter & co",
        "expirationDate": "2999-01-01T00:00:00.123Z",
    }
    assert product.api("POST", "/api/v1/short-link", divsly)[0] == 201
    rows = "".join(json.dumps({"slug": f"p/{n}", "url": f"https://example.com/{n}"}) + "\n" for n in range(1_100))
    assert product.run("links", "import", "--format", "jsonl", "-", input=rows).returncode == 0
    return product


@pytest.fixture(scope="module")
def exported(filled: Product) -> dict[str, bytes]:
    """What the product of this module exports."""
    return {format_: export(filled, format_) for format_ in FORMATS}


def test_an_export_of_both_kinds(filled: Product, exported: dict[str, bytes]) -> None:
    lines = exported["jsonl"].decode().splitlines()
    rows = {row["slug"]: row for row in map(json.loads, lines)}
    assert len(lines) == len(rows) == 10 + 1_100
    assert tuple(rows["plain"]) == COLUMNS
    assert rows["past"]["expires_at"] == "2020-02-29T10:00:00Z"
    off = {"slug": "off", "url": "https://example.com/off", "labels": ["x"], "expires_at": None, "enabled": False}
    assert rows["off"].items() >= off.items()
    assert rows["labels"]["labels"] == ['with "quotes"', "with, comma", "[bracket", "🚀", "true", "trimmed"]
    assert rows["🚀"]["url"] == "https://example.com/utm?a=1&utm_source=x#part"
    assert rows["🚀"]["utm"] == {"source": "twitter & co"}
    assert rows["🚀"]["expires_at"] == "2999-01-01T00:00:00.123Z"
    assert {"new-name"} == {"old-name", "new-name", "deleted"} & rows.keys()
    table = exported["csv"].decode()
    assert table.startswith(f"{HEADER}\r\nplain,https://example.com/plain,,,true,,")
    assert '\r\ncommas,https://example.com/commas,"a,b,c",,true,' in table
    assert "\r\npast,https://example.com/past,,2020-02-29T10:00:00Z,true,," in table
    assert filled.run("links", "export").stdout == table.replace("\r\n", "\n")  # csv on stdout is the default


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_makes_the_same_links_elsewhere(
    filled: Product, exported: dict[str, bytes], product_at: Make, tmp_path: Path, format_: str
) -> None:
    file = tmp_path / f"links.{format_}"
    file.write_bytes(exported[format_])
    fresh = product_at(workers=1)
    fresh.start()
    done = fresh.run("links", "import", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "1110 created, 0 unchanged, 0 failed\n", "")
    assert export(fresh, "csv") == exported["csv"]
    assert export(fresh, "jsonl") == exported["jsonl"]
    for slug in ("plain", "international", "%F0%9F%9A%80", "off", "past", "p/1099"):
        assert fresh.follow(slug) == filled.follow(slug)
    assert fresh.stop() == 0
    again = filled.run("links", "import", str(file))
    assert (again.returncode, again.stdout) == (0, "0 created, 1110 unchanged, 0 failed\n")


def test_an_export_takes_the_place_of_a_file_at_its_end_or_not_at_all(product_at: Make, tmp_path: Path) -> None:
    product = product_at(workers=1)
    product.start()
    product.create("https://example.com/", custom_slug="first", labels=["a"])
    file = tmp_path / "out" / "links.csv"
    file.parent.mkdir()
    assert product.run("links", "export", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600  # links are nobody else's business
    file.chmod(0o640)
    assert product.run("links", "export", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = file.read_bytes()
    with closing(sqlite3.connect(product.data / "links.db", isolation_level=None)) as database:
        database.execute("UPDATE links SET labels = 'broken'")
    assert product.run("links", "export", str(file)).returncode == 1
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["links.csv"]
    assert product.stop() == 0


def test_an_export_to_a_pipe_leaves_the_pipe(filled: Product, exported: dict[str, bytes], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert filled.run("links", "export", str(pipe)).returncode == 0
        out, _ = reader.communicate(timeout=60)
    assert out == exported["csv"]
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe.csv"]


def test_an_export_whose_reader_has_seen_enough_ends_quietly(filled: Product) -> None:
    command = shlex.join([*FINGERPOST, "--config", str(filled.config), "links", "export"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -n 1"], capture_output=True, text=True, check=False, env=filled.environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{HEADER}\n", "")
