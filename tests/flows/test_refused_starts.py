"""Starts that must not happen: the exit code, one line that says why, and neither a process nor a half-made state."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from links.database import migrations
from tests.flows.commands import fingerpost, refused, tree
from tests.flows.product import Product

USAGE, CONFIGURATION, OTHER = 2, 78, 1

STARTS = [("serve",), ("server",), ("admin",)]
WITHOUT_START = [
    ("server",),
    ("keys", "create", "--name", "n", "--scope", "*"),
    ("keys", "list"),
    ("keys", "revoke", "fp_pk_0123abcd"),
    ("links", "import", "--format", "csv", "-"),
    ("links", "export"),
]

Make = Callable[..., Product]


def named(commands: list[tuple[str, ...]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("command", commands, ids=[" ".join(words[:2]) for words in commands])


def nothing_half_made(data: Path) -> bool:
    """A data directory holds the lock file and a complete database at most: no key, no socket, no journal."""
    if not data.exists():
        return True
    names = {path.name for path in data.iterdir()}
    if "links.db" in names:
        with closing(sqlite3.connect(f"file:{data}/links.db?mode=ro", uri=True)) as database:
            [(version,)] = database.execute("PRAGMA user_version").fetchall()
            [(keys,)] = database.execute("SELECT COUNT(*) FROM api_keys").fetchall()
            if (version, keys) != (len(migrations()), 0):
                return False
    return names <= {"lock", "links.db"}


@named([("serve",), ("keys", "list")])
def test_an_unknown_key_of_the_file(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "config.toml").write_text("[server]\nprot = 8080\n")
    before = tree(tmp_path)
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION)
    assert said == f"{tmp_path}/config.toml: unknown key server.prot; did you mean server.port?"
    assert tree(tmp_path) == before


@named(STARTS)
def test_an_unknown_key_of_the_environment(tmp_path: Path, command: tuple[str, ...]) -> None:
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_SERVER__PROT": "8080"})
    assert said == "FINGERPOST_SERVER__PROT: unknown key in the environment; did you mean FINGERPOST_SERVER__PORT?"
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nport = 'secret'\n", "server.port: expected a whole number"),
        ("[server]\nport = 65536\n", "server.port: must be from 0 to 65_535"),
        ("server = 1\n", "server: expected a table, [server]"),
        ("[server\n", "not valid TOML: "),
        ("[server]\nport = 1\nport = 2\n", "not valid TOML: "),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    said = refused("serve", cwd=tmp_path, code=CONFIGURATION)
    assert said.startswith(f"{tmp_path}/config.toml: ")
    assert says in said
    assert "secret" not in said
    assert list(tree(tmp_path)) == ["config.toml"]


def test_a_file_that_is_named_and_not_there(tmp_path: Path) -> None:
    said = refused("--config", "no.toml", "serve", cwd=tmp_path, code=CONFIGURATION)
    assert said == f"{tmp_path}/no.toml: there is no such file (named by --config)"
    said = refused("serve", cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_CONFIG": "no.toml"})
    assert said == f"{tmp_path}/no.toml: there is no such file (named by FINGERPOST_CONFIG)"


@named(STARTS[::2])
@pytest.mark.parametrize("data_dir", ["file", "file/data"])
def test_a_data_directory_that_cannot_be_made(tmp_path: Path, command: tuple[str, ...], data_dir: str) -> None:
    (tmp_path / "file").write_text("")
    before = tree(tmp_path)
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_DATA_DIR": data_dir})
    assert said.startswith(f"data_dir: cannot make {tmp_path}/{data_dir}: ")
    assert tree(tmp_path) == before


@named(STARTS[::2])
def test_a_data_directory_that_cannot_be_written(tmp_path: Path, command: tuple[str, ...]) -> None:
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:  # who may write everywhere unless that is taken away
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("NOT TESTED: root without setpriv can write anywhere")
        before = (setpriv, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    (tmp_path / "data").mkdir(mode=0o500)
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION, before=before)
    assert said == f"data_dir: {tmp_path}/data cannot be written to by this user"
    assert list(tree(tmp_path)) == ["data"]


@named(WITHOUT_START)
def test_only_serve_and_admin_make_a_data_directory(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "config.toml").write_text('data_dir = "../var/data"\n')
    said = refused("--config", "etc/config.toml", *command, cwd=tmp_path, code=CONFIGURATION)
    assert said == f"data_dir: {tmp_path}/var/data does not exist; `fingerpost serve` makes it"
    assert list(tree(tmp_path)) == ["etc", "etc/config.toml"]


@named([*STARTS, ("keys", "list"), ("links", "import", "--format", "csv", "-")])
def test_a_database_of_a_newer_program(tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "links.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE to_come (a)")
        database.execute("PRAGMA user_version = 999")
    before = tree(data)
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_SERVER__PORT": "0"})
    assert said == f"{data}/links.db: made by a newer program (schema 999, this program knows {len(migrations())})"
    assert {name: found for name, found in tree(data).items() if name != "lock"} == before


@named([("serve",), ("keys", "list")])
def test_a_file_that_is_no_database(tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "links.db").write_text("a diary, by mistake " * 10)
    before = tree(data)
    said = refused(*command, cwd=tmp_path, code=CONFIGURATION, environment={"FINGERPOST_SERVER__PORT": "0"})
    assert said == f"{data}/links.db: file is not a database"
    assert {name: found for name, found in tree(data).items() if name != "lock"} == before


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "data" / "links.db").mkdir(parents=True)
    said = refused("keys", "list", cwd=tmp_path, code=CONFIGURATION)
    assert said == f"{tmp_path}/data/links.db: unable to open database file"


@contextmanager
def somebody_on(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_a_port_in_use(product_at: Make) -> None:
    product = product_at(workers=1)
    starts = {"server.port": (product.port, ["serve", "server"]), "admin.port": (product.api_port, ["serve", "admin"])}
    for key, (port, commands) in starts.items():
        for command in commands:
            with somebody_on(port):
                said = refused("--config", str(product.config), command, cwd="/", code=OTHER)
            assert said == f"{key}: cannot listen on 127.0.0.1 port {port}: Address already in use"
            assert nothing_half_made(product.data)
    product.start()
    assert product.stop() == 0


def test_the_ports_of_another_product_are_in_use(product: Product, tmp_path: Path) -> None:
    """Its sockets have SO_REUSEPORT: with it a second server would get every other visitor."""
    for command, key, port in [("serve", "server.port", product.port), ("admin", "admin.port", product.api_port)]:
        own = {"FINGERPOST_DATA_DIR": str(tmp_path / "own")}
        said = refused("--config", str(product.config), command, cwd="/", code=OTHER, environment=own)
        assert said.startswith(f"{key}: cannot listen on 127.0.0.1 port {port}: ")
    assert product.create()


@named(STARTS)
def test_a_second_one_on_the_same_data_directory(product: Product, command: tuple[str, ...]) -> None:
    socket_file = (product.data / "fingerpost.sock").stat().st_ino
    kind = {"serve": "server", "server": "server", "admin": "admin"}[command[0]]
    free = {"FINGERPOST_SERVER__PORT": "0", "FINGERPOST_ADMIN__PORT": "0"}
    said = refused("--config", str(product.config), *command, cwd="/", code=OTHER, environment=free)
    assert product.process is not None
    holder = product.process.pid if kind == "server" else product.children("admin")[0]
    assert said == f"another {kind} (process {holder}) is at work in {product.data}"
    assert (product.data / "fingerpost.sock").stat().st_ino == socket_file
    link = product.create("https://example.com/still-here")
    assert product.follow(link["short_code"]) == (301, "https://example.com/still-here")


@pytest.mark.parametrize(
    "content",
    [b"", b"hunter2-of-the-operator\n", b"fp_pk_0123abcd." + b"k" * 63, b"xqr_pk_0123abcd." + b"k" * 64, b"fp_pk_\xff"],
)
def test_an_initial_key_file_that_holds_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    environment = {
        "FINGERPOST_INITIAL_KEY_FILE": "key",
        "FINGERPOST_SERVER__PORT": "0",
        "FINGERPOST_ADMIN__PORT": "0",
    }
    said = refused("serve", cwd=tmp_path, code=CONFIGURATION, environment=environment)
    assert said == (
        "FINGERPOST_INITIAL_KEY_FILE: key holds no key (fp_pk_, 8 hex digits, a dot, 64 URL-safe characters)"
    )
    assert nothing_half_made(tmp_path / "data")


def test_an_initial_key_file_that_is_not_there_and_then_is(product_at: Make) -> None:
    product = product_at(workers=1)
    key = product.key_file.read_text()
    product.key_file.unlink()
    environment = {"FINGERPOST_INITIAL_KEY_FILE": str(product.key_file)}
    said = refused("--config", str(product.config), "serve", cwd="/", code=CONFIGURATION, environment=environment)
    assert said == f"FINGERPOST_INITIAL_KEY_FILE: cannot read {product.key_file}: No such file or directory"
    assert nothing_half_made(product.data)
    product.key_file.write_text(key)
    product.start()
    assert product.create()
    assert product.stop() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sevre",),
        ("serve", "--fast"),
        ("serve", "now"),
        ("keys", "create"),
        ("keys", "create", "--name", "n"),
        ("keys", "revoke"),
        ("links", "import"),
        ("links", "import", "no-such-file.csv"),
        ("links", "import", "-"),
        ("links", "export", "links.txt"),
        ("serve", "--config"),
    ],
)
def test_a_wrong_command_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = fingerpost(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr.startswith(("Usage: ", "Error: "))
    assert "Traceback" not in done.stderr
    assert tree(tmp_path) == {}


def test_other_mistakes_are_one_line_and_exit_code_1(product: Product, tmp_path: Path) -> None:
    config = ("--config", str(product.config))
    expected = {
        ("keys", "create", "--name", "n", "--scope", "links:wirte"): "--scope: unknown scope 'links:wirte'",
        ("keys", "create", "--name", "n", "--scope", "*", "--expires-at", "soon"): "--expires-at: must be an ISO 8601",
        ("keys", "revoke", "fp_pk_ffffffff"): "there is no key fp_pk_ffffffff that is not revoked already",
        ("links", "export", "no/such/directory.csv"): "no/such/directory.csv: nothing can be written to that directory",
    }
    for command, begins in expected.items():
        assert refused(*config, *command, cwd=tmp_path, code=OTHER).startswith(begins)
    assert tree(tmp_path) == {}
