import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from fingerpost import transfer as transfer_module
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.errors import CommandError
from fingerpost.transfer import _text_lines, export_file, import_file
from links import database
from links.columns import COLUMNS, WITHHELD
from links.errors import LinkError, SchemaError
from tests.links.storing import make_database

HEADER = ",".join(COLUMNS) + "\r\n"
NOTHING_MORE = "," * 10 + "true,1,"
"""Of a line of CSV: what follows ``enabled`` for a plain link, up to the time of its making."""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    make_database(data_dir / database.FILE_NAME)
    return Loaded(Config(data_dir=str(data_dir)), None)


def file(tmp_path: Path, content: bytes, name: str = "links.csv") -> str:
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


def exported(loaded: Loaded, tmp_path: Path, format_: str = "csv") -> str:
    export_file(loaded, str(tmp_path / "exported"), format_)
    return (tmp_path / "exported").read_bytes().decode()


def rows_of(text: str) -> list[str]:
    """The lines of an exported CSV file, without their times, which end them."""
    header, *lines = text.splitlines(keepends=True)
    assert header == HEADER
    return [line[: line.rindex(",") + 1] for line in lines]


# Import


def test_a_file_goes_in_and_comes_out(loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = file(tmp_path, "slug,url,labels\na,https://example.com/,x\nü,https://example.org/,\n".encode())
    assert import_file(loaded, name, "csv") is True
    assert capsys.readouterr() == ("2 created, 0 unchanged, 0 failed\n", "")
    first, second = rows_of(exported(loaded, tmp_path))
    assert first == f"a,https://example.com/,x,,true{NOTHING_MORE}"
    assert second == f"ü,https://example.org/,,,true{NOTHING_MORE}"
    assert import_file(loaded, str(tmp_path / "exported"), "csv") is True
    assert capsys.readouterr().out == "0 created, 2 unchanged, 0 failed\n"


def test_json_lines_too(loaded: Loaded, tmp_path: Path) -> None:
    row = {"slug": "a", "url": "https://example.com/", "labels": ["x, y"], "enabled": False, "status": 308}
    row |= {"utm": {"source": "x"}, "created_at": "2020-02-29T12:00:00.001Z"}
    assert import_file(loaded, file(tmp_path, json.dumps(row).encode()), "jsonl") is True
    assert json.loads(exported(loaded, tmp_path, "jsonl")).items() >= row.items()


def test_bad_rows_are_told_with_their_lines(loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = b"slug,url\na,https://example.com/\nb,nowhere\ncaf\xe9,https://example.com/\nd,https://example.com/\n"
    assert import_file(loaded, file(tmp_path, content), "csv") is False
    out, err = capsys.readouterr()
    assert out == "2 created, 0 unchanged, 2 failed\n"
    first, second = sorted(err.splitlines())
    assert first.startswith("line 3: url: must be an absolute URL")
    assert second == "line 4: slug: is not UTF-8"


def test_a_label_in_another_encoding_is_a_bad_row(
    loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = b"url,labels\nhttps://example.com/,caf\xe9\nhttps://example.org/,x\n"
    assert import_file(loaded, file(tmp_path, content), "csv") is False
    assert capsys.readouterr() == ("1 created, 0 unchanged, 1 failed\n", "line 2: labels: is not UTF-8\n")


def test_a_byte_order_mark_is_no_part_of_the_first_column(loaded: Loaded, tmp_path: Path) -> None:
    assert import_file(loaded, file(tmp_path, b"\xef\xbb\xbfurl\nhttps://example.com/\n"), "csv") is True


def test_standard_input(loaded: Loaded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"url\nhttps://example.com/\n")))
    assert import_file(loaded, "-", "csv") is True
    assert capsys.readouterr().out == "1 created, 0 unchanged, 0 failed\n"


def test_what_is_no_such_file_at_all_is_an_error(loaded: Loaded, tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="there is no column 'url'"):
        import_file(loaded, file(tmp_path, b"slug\na\n"), "csv")


def test_links_to_this_server_are_refused(loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_file(loaded, file(tmp_path, b"url\nhttp://localhost:8080/x\n"), "csv") is False
    assert "must not lead to this server" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["go.example", "💩.example"])
def test_a_domain_that_is_not_here_is_named(
    loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert import_file(loaded, file(tmp_path, f"url,domain\nhttps://example.com/,{value}\n".encode()), "csv") is False
    assert capsys.readouterr().err == f"line 2: domain: {value} is not registered for workspace 1\n"


def test_rules_and_workspaces_are_checked(loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"rules": [{"destination": "https://example.com/", "priority": 1.5, "conditions": {"days": ["noday"]}}]},
        {"rules": ["no object"]},
        {"rules": [{"destination": "http://localhost:8080/x"}]},
        {"workspace": 7},
        {"rules": [{"destination": "https://example.com/"}], "workspace": 1},
    ]
    lines = [json.dumps({"slug": f"s{n}", "url": "https://example.com/"} | row) for n, row in enumerate(rows)]
    assert import_file(loaded, file(tmp_path, "\n".join(lines).encode()), "jsonl") is False
    out, err = capsys.readouterr()
    assert out == "1 created, 0 unchanged, 4 failed\n"
    first, second, third, fourth = err.splitlines()
    assert first.startswith(
        "line 1: rules[0].priority: must be an integer; rules[0].conditions.days[0]: must be one of"
    )
    assert second == "line 2: rules[0]: must be an object"
    assert third.startswith("line 3: rules[0].destination: must not lead to this server")
    assert fourth == "line 4: workspace: there is no workspace 7"


def test_lines_are_cut_at_line_feeds_alone_and_counted_in_bytes() -> None:
    counted: list[int] = []
    source = io.BytesIO("\ufeffa\r\nb\u2028c\x0bd\n\xe9".encode() + b"\xff")
    assert list(_text_lines(source, counted.append)) == ["a\r\n", "b\u2028c\x0bd\n", "\xe9\udcff"]
    assert sum(counted) == len(source.getvalue())


@pytest.mark.parametrize("use", [import_file, export_file])
def test_without_a_data_directory_or_a_database(tmp_path: Path, use: Any) -> None:
    name = file(tmp_path, b"url\n")
    with pytest.raises(ConfigError, match=f"data_dir: {tmp_path}/data does not exist"):
        use(Loaded(Config(data_dir=f"{tmp_path}/data"), None), name, "csv")
    with pytest.raises(SchemaError, match="no database there"):
        use(Loaded(Config(data_dir=str(tmp_path)), None), name, "csv")
    assert (tmp_path / "links.csv").read_bytes() == b"url\n"


# Export


def test_an_empty_export_has_a_header_alone(loaded: Loaded, tmp_path: Path) -> None:
    assert exported(loaded, tmp_path) == HEADER
    assert exported(loaded, tmp_path, "jsonl") == ""


def test_more_links_than_a_page(loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"s{n},https://example.com/{n}\n" for n in range(7))
    import_file(loaded, file(tmp_path, f"slug,url\n{rows}".encode()), "csv")
    monkeypatch.setattr(transfer_module, "EXPORT_PAGE", 3)
    lines = exported(loaded, tmp_path).splitlines()
    assert [line.split(",")[0] for line in lines] == ["slug", *(f"s{n}" for n in range(7))]


def test_passwords_are_exported_only_where_that_is_asked_for(
    loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hash_ = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$QWxhZGRpbjpvcGVuIHNlc2FtZQ"
    rows = f'slug,url,password\na,https://example.com/,"{hash_}"\nb,https://example.com/b,\n'
    assert import_file(loaded, file(tmp_path, rows.encode()), "csv") is True
    capsys.readouterr()
    text = exported(loaded, tmp_path)
    assert (hash_ in text, WITHHELD in text) == (False, True)
    assert capsys.readouterr().err.startswith("1 link asks for a password, which was not exported")
    export_file(loaded, str(tmp_path / "exported"), "csv", with_passwords=True)
    text = (tmp_path / "exported").read_text()
    assert (hash_ in text, WITHHELD in text) == (True, False)
    assert capsys.readouterr().err == ""


def test_standard_output(loaded: Loaded, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    import_file(loaded, file(tmp_path, "slug,url\nü,https://example.com/\n".encode()), "csv")
    capsysbinary.readouterr()
    export_file(loaded, "-", "csv")
    out = capsysbinary.readouterr().out.decode()
    assert rows_of(out) == [f"ü,https://example.com/,,,true{NOTHING_MORE}"]


def test_an_export_that_fails_leaves_the_old_file(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(loaded, file(tmp_path, b"url\nhttps://example.com/\n"), "csv")
    target = tmp_path / "backup.csv"
    target.write_text("the old one")

    def failing(_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(transfer_module.WRITERS, "csv", failing)
    with pytest.raises(OSError, match="No space left"):
        export_file(loaded, str(target), "csv")
    assert target.read_text() == "the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.csv", "data", "links.csv"]


def test_a_file_that_is_replaced_keeps_its_mode_and_its_link(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("real.csv")
    export_file(loaded, str(tmp_path / "link.csv"), "csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes().decode() == HEADER
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o640


def test_a_pipe_is_written_to_not_replaced(loaded: Loaded, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        export_file(loaded, str(tmp_path / "pipe"), "csv")
        assert os.read(reader, 1_000) == HEADER.encode()
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_directory_that_cannot_be_written_to(loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="nowhere/x.csv: nothing can be written to that directory"):
        export_file(loaded, str(tmp_path / "nowhere" / "x.csv"), "csv")
