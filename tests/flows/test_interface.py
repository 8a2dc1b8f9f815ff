"""What scripts may rely on, as far as it is about a product that starts: where it finds its configuration, what it
says and answers, and what it leaves readable. Refused starts and keys have files of their own."""

import json
import re
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from links.columns import COLUMNS
from tests.flows.commands import clean_environment, fingerpost, refused, wait_for
from tests.flows.product import KEY, Product, free_ports

ENTRY_POINT = Path(sys.executable).with_name("fingerpost")
MISSING = 78

Make = Callable[..., Product]


def test_help_names_every_command(tmp_path: Path) -> None:
    done = fingerpost("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    commands = re.findall(r"^  (\w+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert commands == [
        *("about", "admin", "clicks", "collector", "keys", "links", "qr", "serve", "server", "stats", "workspaces")
    ]
    for command in ("serve", "keys create", "links import", "links export"):
        done = fingerpost(*command.split(), "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert "--config" in done.stdout


# Where the configuration is


@pytest.fixture
def three_files(tmp_path: Path) -> Path:
    """Three configurations that can be told apart by the data directory that they name, which is not there."""
    for name in ("first", "second", "config"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.toml").write_text(f'data_dir = "{name}-data"\n')
    (tmp_path / "config.toml").write_text('data_dir = "here-data"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "variable", "data_dir"),
    [
        (["--config", "first/c.toml", "keys", "list"], None, "first/first-data"),
        (["keys", "--config", "first/c.toml", "list"], None, "first/first-data"),
        (["keys", "list", "--config", "first/c.toml"], None, "first/first-data"),
        (["--config", "second/c.toml", "keys", "list", "--config=first/c.toml"], None, "first/first-data"),
        (["--config", "first/c.toml", "keys", "list"], "second/c.toml", "first/first-data"),
        (["keys", "list"], "second/c.toml", "second/second-data"),
        (["keys", "list"], None, "here-data"),
    ],
    ids=["before", "between", "after", "the last one", "before the variable", "variable", "working directory"],
)
def test_which_configuration_counts(
    three_files: Path, arguments: list[str], variable: str | None, data_dir: str
) -> None:
    environment = {"FINGERPOST_CONFIG": variable} if variable else {}
    said = refused(*arguments, cwd=three_files, code=MISSING, environment=environment)
    assert said == f"data_dir: {three_files}/{data_dir} does not exist; `fingerpost serve` makes it"


@pytest.mark.skipif(Path("/etc/fingerpost/config.toml").exists(), reason="this machine has a configuration of its own")
def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    said = refused("keys", "list", cwd=tmp_path, code=MISSING)
    assert said == f"data_dir: {tmp_path}/data does not exist; `fingerpost serve` makes it"


def test_the_environment_overrides_any_key(three_files: Path) -> None:
    said = refused("keys", "list", cwd=three_files, code=MISSING, environment={"FINGERPOST_DATA_DIR": "other/data"})
    assert said.startswith(f"data_dir: {three_files}/other/data does not exist")


def test_it_runs_from_anywhere_whatever_lies_there(product_at: Make, tmp_path: Path) -> None:
    """In a directory with packages of the rooms' names, and of names of the standard library, that must not be run."""
    trap = tmp_path / "trap"
    for room in ("links", "clicks", "qr", "bio", "server", "admin", "fingerpost", "asyncio"):
        (trap / room).mkdir(parents=True)
        (trap / room / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    product = product_at()
    with open(product.directory / "stderr", "ab") as err, open(product.directory / "stdout", "ab") as out:
        product.process = subprocess.Popen(
            [str(ENTRY_POINT), "serve", "--config", "../product0/config.toml"],
            cwd=trap,
            env=product.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    product.wait_healthy()
    assert product.data.is_dir()
    done = subprocess.run(
        [str(ENTRY_POINT), "links", "export", "--config", str(product.config)],
        cwd="/",
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, ",".join(COLUMNS) + "\n", "")
    assert product.stop() == 0
    assert "wrong package" not in product.stderr


# What a start says


def test_the_start_says_where_everything_is(product: Product) -> None:
    api = f"http://127.0.0.1:{product.api_port}"
    lines = (
        f"short links  http://localhost:{product.port}/\n"
        f"API          {api}/api/v1\ndocs         {api}/docs\ndata         {product.data}\n"
    )
    wait_for(lambda: product.stdout == lines, "the start lines and no more")
    assert "warning" not in product.stderr


def test_a_base_url_for_this_machine_alone_is_warned_of_where_others_can_come(product_at: Make) -> None:
    [port] = free_ports(1)
    product = product_at(workers=1, FINGERPOST_SERVER__HOST="0.0.0.0", FINGERPOST_SERVER__PORT=str(port))
    product.port = port
    product.start()
    wait_for(lambda: "data  " in product.stdout, "the start lines")
    assert f"short links  http://localhost:{port}/\n" in product.stdout
    warnings = [line for line in product.stderr.splitlines() if "warning" in line]
    assert warnings == [
        "warning: server.base_url is a loopback address while server.host is not: short links will only work on this "
        "machine; set server.base_url"
    ]
    # The port of the environment is that of the short links, too.
    link = product.create("https://example.com/", custom_slug="by-port")
    assert link["short_url"] == f"http://localhost:{port}/by-port"
    assert product.follow("by-port") == (301, "https://example.com/")
    assert product.stop() == 0


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_a_list_of_hosts_a_base_url_and_everything_through_aiohttp(product_at: Make) -> None:
    product = product_at(
        workers=1,
        FINGERPOST_SERVER__HOST="127.0.0.1,::1",
        FINGERPOST_SERVER__BASE_URL="https://sho.rt",
        FINGERPOST_SERVER__FAST_PATH="false",
    )
    product.start()
    assert product.create("https://example.com/", custom_slug="both")["short_url"] == "https://sho.rt/both"
    assert product.follow("both") == (301, "https://example.com/")
    if has_ipv6():
        with socket.create_connection(("::1", product.port)) as connection:
            connection.sendall(b"GET /both HTTP/1.0\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.0 301"
    assert product.stop() == 0
    assert "warning" not in product.stderr


# What it answers


def test_healthz_of_both_ports(product: Product) -> None:
    for port in (product.port, product.api_port):
        status, headers, body = product.get(port, "/healthz")
        assert (status, headers["content-type"].partition(";")[0]) == (200, "application/json")
        assert json.loads(body)["status"] == "ok"
    assert json.loads(product.get(product.api_port, "/healthz")[2])["workers"] == 2


def test_healthz_says_what_is_wrong(product: Product) -> None:
    with closing(sqlite3.connect(product.data / "links.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE counters RENAME TO mislaid")
        status, _, body = product.get(product.api_port, "/healthz")
        database.execute("ALTER TABLE mislaid RENAME TO counters")
    assert status == 503
    assert json.loads(body).items() >= {"status": "unavailable", "reason": "database: no such table: counters"}.items()
    assert product.get(product.api_port, "/healthz")[0] == 200


@pytest.mark.parametrize("path", ["/api/v1/links", "/api", "/v1/links", "/api/v1/short-link?x=1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_looks_for_the_api_among_the_short_links_is_told_where_it_is(
    product: Product, method: str, path: str
) -> None:
    status, headers, body = product.request(product.port, method, path, b"{}" if method == "POST" else b"")
    assert (status, headers["content-type"]) == (404, "application/json")
    answer = json.loads(body)
    assert answer["api_url"] == f"http://127.0.0.1:{product.api_port}"
    assert answer["api_url"] in answer["error"]["message"]


def test_the_api_answers_a_preflight_of_a_page_of_another_origin(product: Product) -> None:
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    status, answer, body = product.request(product.api_port, "OPTIONS", "/api/v1/links", headers=headers)
    assert (status, body) == (204, b"")
    assert answer["access-control-allow-origin"] == "*"
    assert "POST" in answer["access-control-allow-methods"].split(", ")
    assert answer["access-control-allow-headers"].lower() == "authorization,content-type"
    assert "access-control-allow-credentials" not in answer
    body = b'{"url": "https://example.com/"}'
    sent = {"Origin": "https://app.example", "Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    status, answer, _ = product.request(product.api_port, "POST", "/api/v1/links", body, sent)
    assert (status, answer["access-control-allow-origin"]) == (201, "*")


def test_the_api_describes_itself(product: Product) -> None:
    status, headers, body = product.get(product.api_port, "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    document = json.loads(body)
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()
    assert {"/api/v1/links", "/api/v1/short-link", "/healthz"} <= document["paths"].keys()
    status, headers, body = product.get(product.api_port, "/docs")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!doctype html>")
    assert b"/api/v1/shortlinks" in body


# The data directory


def test_nobody_else_can_read_the_data(product: Product) -> None:
    product.create()
    assert stat.S_IMODE(product.data.stat().st_mode) == 0o700
    files = [path for path in product.data.rglob("*") if not path.is_dir()]
    assert {"links.db", "fingerpost.sock", "lock"} <= {path.name for path in files}
    assert {path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077} == set()


def test_a_data_directory_whose_path_is_too_long_for_a_socket(product_at: Make, tmp_path: Path) -> None:
    data = tmp_path / ("d" * 100) / ("e" * 100)
    product = product_at(FINGERPOST_DATA_DIR=str(data))
    product.start()
    assert (data / "fingerpost.sock").is_socket()
    assert json.loads(product.get(product.api_port, "/healthz")[2])["workers"] == 2
    product.create("https://example.com/", custom_slug="far-away")
    assert [product.follow("far-away")[0] for _ in range(10)] == [301] * 10
    done = product.run("links", "import", "--format", "csv", "-", input="slug,url\nby-nudge,https://example.org/\n")
    assert (done.returncode, done.stdout) == (0, "1 created, 0 unchanged, 0 failed\n")
    assert [product.follow("by-nudge")[0] for _ in range(10)] == [301] * 10
    assert product.stop() == 0
    assert not (data / "fingerpost.sock").exists()


# Two commands on one data directory


@pytest.fixture
def two_commands(product_at: Make) -> Iterator[tuple[Product, Product]]:
    admin, server = product_at(command="admin"), product_at(command="server")
    server.config, server.port, server.api_port, server.data = admin.config, admin.port, admin.api_port, admin.data
    yield admin, server


def test_server_and_admin_each_alone(two_commands: tuple[Product, Product]) -> None:
    admin, server = two_commands
    admin.start()
    key = admin.run("keys", "create", "--name", "n", "--scope", "*").stdout.strip()

    def create(slug: str, url: str) -> str:
        body = {"custom_slug": slug, "url": url}
        status, answer = admin.api("POST", "/api/v1/links", body, key=key)
        assert status == 201, answer
        identity: str = answer["data"]["id"]
        return identity

    create("before", "https://example.com/before")
    server.start()
    assert server.follow("before") == (301, "https://example.com/before")
    assert create("meanwhile", "https://example.com/meanwhile")
    assert [server.follow("meanwhile")[0] for _ in range(20)] == [301] * 20
    # The admin stops and comes back: redirects go on, and what holds is answered by every worker again.
    assert admin.stop() == 0
    assert server.follow("meanwhile") == (301, "https://example.com/meanwhile")
    admin.start()
    wait_for(lambda: json.loads(admin.get(admin.api_port, "/healthz")[2])["workers"] == 2, "the workers' return")
    identity = create("after", "https://example.com/after")
    admin.api("PATCH", f"/api/v1/links/{identity}", {"url": "https://example.com/edited"}, key=key)
    assert [server.follow("after") for _ in range(20)] == [(301, "https://example.com/edited")] * 20
    assert (admin.stop(), server.stop()) == (0, 0)
    api = f"http://127.0.0.1:{admin.api_port}"
    assert admin.stdout == f"API          {api}/api/v1\ndocs         {api}/docs\ndata         {admin.data}\n" * 2
    assert server.stdout == f"short links  http://localhost:{admin.port}/\ndata         {admin.data}\n"
