"""``fingerpost about``, and starts with a ``geoip.path`` that leads nowhere."""

import platform
import re
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.clicks.mmdb import write_mmdb
from tests.flows.commands import fingerpost, refused, tree, wait_for
from tests.flows.product import Product

CONFIGURATION = 78


def facts(out: str) -> dict[str, str]:
    """Value by name; a line without a name belongs to the one before."""
    found: dict[str, str] = {}
    last = ""
    for line in out.splitlines():
        name, value = line[:13].rstrip(), line[13:]
        last = name or last
        found[last] = f"{found[last]}; {value}" if last in found else value
    return found


def test_about_says_what_is_at_work_and_whose_data(tmp_path: Path) -> None:
    done = fingerpost("about", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = facts(done.stdout)
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["fingerpost"])
    assert found["Python"].startswith(f"{platform.python_version()} ")
    assert found["aiohttp"] == aiohttp.__version__
    assert {"SQLite", "maxminddb", "msgspec", "uvloop"} <= set(found)
    assert re.match(r"geo-whois-asn-country, \d{4}-\d\d-\d\d; .*nro\.net\), CC BY 4\.0", found["countries"])
    assert found["MaxMind DB"] == "none (geoip.path)"
    assert tree(tmp_path) == {}


def test_about_names_the_configuration_and_its_database(tmp_path: Path) -> None:
    write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "FR"}}})
    (tmp_path / "my.toml").write_text('[geoip]\npath = "x.mmdb"\n')
    found = facts(fingerpost("about", "--config", "my.toml", cwd=tmp_path).stdout)
    assert found["config"] == f"{tmp_path}/my.toml"
    assert found["MaxMind DB"] == f"{tmp_path}/x.mmdb (Test-City, 2026-11-01)"


@pytest.mark.parametrize("command", ["serve", "server", "about"])
@pytest.mark.parametrize("content", [None, "by mistake"])
def test_a_path_that_leads_to_no_database(tmp_path: Path, command: str, content: str | None) -> None:
    (tmp_path / "config.toml").write_text('[geoip]\npath = "x.mmdb"\n')
    if content is not None:
        (tmp_path / "x.mmdb").write_text(content)
    before = tree(tmp_path)
    said = refused(command, cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_SERVER__PORT": "0"})
    complaint = "there is no such file" if content is None else "not a MaxMind DB file"
    assert said == f"geoip.path: {tmp_path}/x.mmdb: {complaint}"
    assert tree(tmp_path) == before


def test_a_reload_with_such_a_path_changes_nothing(product_at: Callable[..., Product]) -> None:
    product = product_at(workers=1)
    file = write_mmdb(product.directory / "x.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "FR"}}})
    product.config.write_text(product.config.read_text() + '\n[geoip]\npath = "x.mmdb"\n')
    product.start()
    children = product.children()
    file.unlink()
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in product.stderr, "word of the reload")
    assert f"fingerpost: not reloaded: geoip.path: {file}: there is no such file\n" in product.stderr
    assert product.children() == children
    assert product.stop() == 0
