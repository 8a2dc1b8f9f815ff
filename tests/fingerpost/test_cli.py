"""The command line in this process; against a running product it is in the flow tests."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fingerpost import cli as cli_module
from fingerpost.cli import cli, main
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.errors import CommandError
from links import database
from links.columns import COLUMNS
from links.locks import COLLECTOR, DataLock
from tests.links.storing import make_database

HOUSE = Path(__file__).parents[2]


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command and group under ``group``."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


class Outcome:
    """The exit code of one call of the program, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Calls the program in an empty directory, without anything of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("FINGERPOST_"):
            monkeypatch.delenv(name)
    umask = os.umask(0o022)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["fingerpost", *arguments])
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0
        return Outcome(code, *capfd.readouterr())

    yield run
    os.umask(umask)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty database where the defaults look for it."""
    directory = tmp_path / "data"
    directory.mkdir()
    make_database(directory / database.FILE_NAME)
    return directory


# Help


@pytest.mark.parametrize("words", list(commands(cli)), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(words: tuple[str, ...], option: str) -> None:
    done = CliRunner().invoke(cli, [*words, option], prog_name="fingerpost")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: {' '.join(('fingerpost', *words))}")
    assert "--config" in done.output
    summary = done.output.split("\n\n")[1].strip()
    assert len(summary) > 8


def test_there_are_these_commands() -> None:
    assert {" ".join(words) for words in commands(cli) if words} == {
        "serve",
        "server",
        "admin",
        "about",
        "collector",
        "stats",
        "qr",
        "keys",
        "keys create",
        "keys list",
        "keys revoke",
        "workspaces",
        "workspaces list",
        "workspaces create",
        "workspaces set",
        "links",
        "links import",
        "links export",
        "clicks",
        "clicks tail",
        "clicks count",
        "clicks erase",
        "clicks reclassify",
    }


def test_help_loads_none_of_the_heavy_things() -> None:
    program = "import sys; sys.argv = ['fingerpost', '--help']\nfrom fingerpost.cli import main\n"
    program += "try: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Usage: ")
    assert {name.partition(".")[0] for name in done.stderr.split()} & {
        "aiohttp",
        "pydantic",
        "uvloop",
        "sqlite3",
    } == set()


def test_the_version(run: Run) -> None:
    done = run("--version")
    assert done.code == 0
    assert re.search(r"fingerpost, version \d+\.\d+\.\d+\n$", done.out)


# Exit codes


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("serve", "--nonsense"),
        ("serve", "too much"),
        ("--config",),
        ("keys",),
        ("links",),
        ("keys", "nonsense"),
        ("keys", "create"),
        ("keys", "create", "--name", "x"),
        ("keys", "create", "--scope", "*"),
        ("keys", "revoke"),
        ("links", "import"),
        ("links", "import", "nowhere.csv"),
        ("links", "import", "."),
        ("links", "export", "links.txt"),
        ("links", "export", "--format", "xml"),
    ],
)
def test_wrong_usage_is_2_and_is_explained(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(("Usage: ", "Error: "))
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("server",),
        ("admin",),
        ("collector",),
        ("keys", "list"),
        ("keys", "create", "--name", "x", "--scope", "*"),
        ("keys", "revoke", "x"),
        ("links", "export"),
    ],
)
def test_a_bad_configuration_is_78_and_one_line(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "config.toml").write_text("prot = 1")
    done = run(*arguments)
    assert (done.code, done.out) == (78, "")
    assert done.err.startswith(f"fingerpost: {tmp_path}/config.toml: unknown key prot")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("keys", "list"), ("links", "export"), ("server",)])
def test_a_missing_data_directory_is_78_and_named(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (78, "")
    assert done.err == f"fingerpost: data_dir: {tmp_path}/data does not exist; `fingerpost serve` makes it\n"
    assert list(tmp_path.iterdir()) == []


def test_a_second_collector_is_1(run: Run, data_dir: Path) -> None:
    with DataLock(data_dir) as lock:
        assert lock.take(COLLECTOR)
        done = run("collector")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"fingerpost: another collector (process {os.getpid()}) is at work in {data_dir}\n"


def test_an_interrupt_is_1_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_module, "load", interrupted)
    done = run("keys", "list")
    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_defect_has_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli_module, "load", broken)
    with pytest.raises(ZeroDivisionError):
        run("keys", "list")


def test_a_reader_that_went_away_is_no_defect() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "fingerpost.cli", "--help"],
        cwd=HOUSE,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_the_program_writes_is_for_its_owner_alone(run: Run, data_dir: Path) -> None:
    assert run("links", "export", "links.csv").code == 0
    assert (data_dir.parent / "links.csv").stat().st_mode & 0o777 == 0o600


# --config


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("collector",), None),
        (("--config", "a.toml", "collector"), "a.toml"),
        (("collector", "--config", "a.toml"), "a.toml"),
        (("--config=a.toml", "collector"), "a.toml"),
        (("--config", "a.toml", "collector", "--config", "b.toml"), "b.toml"),
        (("collector", "--config", "a.toml", "--config", "b.toml"), "b.toml"),
        (("--config", "a.toml", "keys", "list"), "a.toml"),
        (("keys", "--config", "a.toml", "list"), "a.toml"),
        (("keys", "list", "--config", "a.toml"), "a.toml"),
        (("links", "export", "--format", "csv", "--config", "a.toml", "-"), "a.toml"),
        (("--config", "", "collector"), ""),
    ],
)
def test_it_stands_before_or_after_the_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], file: str | None
) -> None:
    asked: list[str | None] = []

    def load(explicit: str | None, *_: object) -> None:
        asked.append(explicit)
        raise CommandError("stop here")

    monkeypatch.setattr(cli_module, "load", load)
    assert run(*arguments).code == 1
    assert asked == [file]


def test_two_calls_know_nothing_of_each_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def note(explicit: str | None, *_: object) -> Loaded:
        asked.append(explicit)
        raise ConfigError("not read")

    monkeypatch.setattr(cli_module, "load", note)
    run("--config", "a.toml", "collector")
    run("collector")
    assert asked == ["a.toml", None]


# What the commands do


def test_a_key_is_alone_on_stdout(run: Run, data_dir: Path) -> None:
    done = run("keys", "create", "--name", "shop", "--scope", "links:read", "--scope", "links:write")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("fp_pk_")
    assert len(done.out) == len("fp_pk_01234567.") + 64 + 1
    header, line = run("keys", "list").out.splitlines()
    assert header.split()[:2] == ["ID", "STATE"]
    assert line.startswith(f"{done.out.partition('.')[0]}  active  ")
    assert line.endswith("  links:read,links:write  shop")


def test_formats_are_told_by_the_name_or_the_option(run: Run, data_dir: Path) -> None:
    for name, start in (("a.csv", "slug,"), ("a.CSV", "slug,"), ("a.jsonl", ""), ("a.ndjson", "")):
        assert run("links", "export", name).code == 0
        assert (data_dir.parent / name).read_text().startswith(start)
    assert run("links", "export").out == ",".join(COLUMNS) + "\r\n"
    assert run("links", "export", "--format", "jsonl").out == ""
    assert run("links", "export", "a.csv", "--format", "jsonl").code == 0
    assert (data_dir.parent / "a.csv").read_text() == ""


def test_an_import_with_a_bad_row_is_1(run: Run, data_dir: Path) -> None:
    (data_dir.parent / "a.jsonl").write_text('{"url": "https://example.com/"}\n{}\n')
    done = run("links", "import", "a.jsonl")
    assert (done.code, done.out) == (1, "1 created, 0 unchanged, 1 failed\n")
    assert done.err == 'line 2: url: must be a URL, such as "https://example.com/"\n'
    (data_dir.parent / "a.jsonl").write_text('{"url": "https://example.com/"}\n')
    assert run("links", "import", "a.jsonl").code == 0


@pytest.mark.parametrize(("command", "with_admin"), [("serve", True), ("server", False)])
def test_serving(run: Run, monkeypatch: pytest.MonkeyPatch, command: str, with_admin: bool) -> None:
    calls: list[tuple[Loaded, bool]] = []

    def serve(load: Callable[[], Loaded], environ: object, *, with_admin: bool) -> int:
        assert environ is os.environ
        calls.append((load(), with_admin))
        return 3

    monkeypatch.setattr("fingerpost.serve.serve", serve)
    assert run(command).code == 3
    ((loaded, was_with_admin),) = calls
    assert was_with_admin is with_admin
    assert loaded.config == Config(data_dir=loaded.config.data_dir)


def test_the_admin_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fingerpost.alone.admin_alone", lambda loaded: 4 if isinstance(loaded, Loaded) else 5)
    assert run("admin").code == 4
