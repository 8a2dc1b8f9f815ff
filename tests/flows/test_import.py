"""``fingerpost links import``: what goes in, what is reported, and that a running product answers it at once."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.product import FINGERPOST, Product
from tests.flows.terminal import Terminal

Make = Callable[..., Product]
Outcome = tuple[int, str, str]


def import_text(product: Product, text: str | bytes, format_: str = "csv") -> Outcome:
    """(exit code, stdout, stderr) of an import from stdin."""
    data = text if isinstance(text, bytes) else text.encode()
    done = product.run("links", "import", "--format", format_, "-", input=data, text=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def import_file(product: Product, file: Path, *options: str) -> Outcome:
    done = product.run("links", "import", str(file), *options)
    return done.returncode, done.stdout, done.stderr


def counts(created: int, unchanged: int, failed: int) -> str:
    return f"{created} created, {unchanged} unchanged, {failed} failed\n"


def link(product: Product, slug: str) -> dict[str, Any]:
    """The link as the API shows it."""
    _, answer = product.api("GET", f"/api/v1/links?limit=200&q={slug}")
    [found] = [each for each in answer["data"] if each["short_code"] == slug]
    return dict(found)


def test_a_file_with_every_column(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text(
        "slug,url,labels,expires_at,enabled\n"
        'full,https://example.com/full,"campaign, summer",2999-09-30T23:59:59Z,true\n'
        "bare,https://example.com/bare,,,\n"
        "past,https://example.com/past,,2020-01-01,TRUE\n"
        "off,https://example.com/off,,,false\n"
        ",https://example.com/drawn,,,\n"
    )
    assert import_file(product, file) == (0, counts(5, 0, 0), "")
    full = link(product, "full")
    assert full["labels"] == ["campaign", "summer"]
    assert (full["expires_at"], full["enabled"]) == ("2999-09-30T23:59:59Z", True)
    assert product.follow("full") == (301, "https://example.com/full")
    assert product.follow("bare") == (301, "https://example.com/bare")
    assert product.follow("past")[0] == 410
    assert product.follow("off")[0] == 410
    [drawn] = product.api("GET", "/api/v1/links?q=drawn")[1]["data"]
    assert len(drawn["short_code"]) == 7
    assert product.follow(drawn["short_code"]) == (301, "https://example.com/drawn")


def test_the_same_as_json_lines_with_columns_in_any_order(product: Product, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"url": "https://example.com/", "slug": "j-full", "labels": ["a, b", "[c]"], "enabled": True},
        {"url": "https://example.com/", "slug": "j-off", "enabled": False, "expires_at": None, "labels": []},
        {"slug": "j-past", "expires_at": "2020-01-01T00:00:00Z", "url": "https://example.com/"},
    ]
    file = tmp_path / "links.ndjson"
    file.write_text("".join(json.dumps(row) + "\n\n" for row in rows))
    assert import_file(product, file) == (0, counts(3, 0, 0), "")
    assert link(product, "j-full")["labels"] == ["a, b", "[c]"]
    assert [product.follow(slug)[0] for slug in ("j-full", "j-off", "j-past")] == [301, 410, 410]


def test_bad_rows_are_reported_by_line_and_the_others_go_in(product: Product) -> None:
    product.create("https://example.com/mine", custom_slug="mine")
    text = (
        "url,slug,labels,expires_at,enabled\n"
        "https://example.com/1,row-1,,,\n"
        "javascript:alert(1),row-2,,,\n"
        "https://example.com/3,row 3,,,\n"
        "https://example.com/4,row-4,,soon,\n"
        "\n"
        'https://example.com/6,row-6,"a,\n\nb",,\n'
        "https://example.com/7,row-7,,,perhaps\n"
        "https://example.com/8,row-8\n"
        "https://example.com/9,mine,,,\n"
        f"http://localhost:{product.port}/mine,row-10,,,\n"
        f"https://example.com/11,row-11,{'x' * 65},,\n"
        "https://example.com/12,row-12,[1],,\n"
        ",row-13,,,\n"
        "https://example.com/1,row-1,,,\n"
        "https://example.com/else,row-1,,,\n"
        "https://example.com/16,row-16,,,\n"
    )
    code, out, err = import_text(product, text)
    assert (code, out) == (1, counts(3, 1, 11))
    reports = dict(line.split(": ", 1) for line in err.splitlines())
    begins = {
        3: 'url: must have one of the schemes http, https, not "javascript"',
        4: 'slug: must not contain " "',
        5: "expires_at: must be an ISO 8601 date or time",
        10: "enabled: must be true or false",
        11: "has 2 columns, the header has 5",
        12: "slug: mine already leads elsewhere",
        13: "url: must not lead to this server",
        14: "labels: a label has 1 to 64 characters",
        15: "labels: must be a list of texts",
        16: "url: must be a URL",
        18: "slug: row-1 already leads elsewhere",
    }
    assert reports.keys() == {f"line {line}" for line in begins}
    for line, begin in begins.items():
        assert reports[f"line {line}"].startswith(begin)
    assert link(product, "row-6")["labels"] == ["a", "b"]
    for slug in ("row-1", "row-6", "row-16"):
        assert product.follow(slug) == (301, f"https://example.com/{slug[4:]}")
    assert product.follow("mine") == (301, "https://example.com/mine")


def test_bad_json_lines_are_reported_by_line_and_the_others_go_in(product: Product) -> None:
    good = '{"slug": "line-%d", "url": "https://example.com/"}'
    lines = [
        good % 1,
        "{",
        "[]",
        '{"url": "https://example.com/", "note": ""}',
        '{"url": 5}',
        '{"url": "https://example.com/", "labels": [5]}',
        '{"url": "https://example.com/", "enabled": 0}',
        '{"url": "https://example.com/", "expires_at": 1790812799}',
        "",
        '{"slug": "line-10"}',
        good % 11,
        '{"url": "https://example.com/", "labels": ["a\\nb"]}',
    ]
    code, out, err = import_text(product, "\n".join(lines), "jsonl")
    assert (code, out) == (1, counts(2, 0, 9))
    begins = [
        "line 2: not JSON: ",
        "line 3: not a JSON object",
        "line 4: unknown key 'note'",
        "line 5: url: must be text",
        "line 6: labels: must be a list of texts",
        "line 7: enabled: must be true or false",
        "line 8: expires_at: must be text",
        "line 10: url: must be a URL",
        "line 12: labels: a label has no control characters",
    ]
    for line, begin in zip(err.splitlines(), begins, strict=True):
        assert line.startswith(begin)
    assert product.follow("line-1")[0] == product.follow("line-11")[0] == 301


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_a_byte_order_mark_and_windows_lines(product: Product, format_: str) -> None:
    lines = {
        "csv": ["slug,url,labels", 'bom-csv,https://example.com/,"one,\r\ntwo"', "last-csv,https://example.com/,"],
        "jsonl": ['{"slug": "bom-jsonl", "url": "https://example.com/", "labels": ["one", "two"]}']
        + ['{"slug": "last-jsonl", "url": "https://example.com/"}'],
    }[format_]
    data = b"\xef\xbb\xbf" + "\r\n".join(lines).encode()
    assert import_text(product, data, format_) == (0, counts(2, 0, 0), "")
    assert link(product, f"bom-{format_}")["labels"] == ["one", "two"]
    assert product.follow(f"last-{format_}")[0] == 301


def test_what_is_not_utf_8_is_a_bad_row(product: Product) -> None:
    data = (
        b"slug,url,labels\nlatin-1,https://example.com/caf\xe9,\ncaf\xe9,https://example.com/,\n"
        b"latin-3,https://example.com/,caf\xe9\nutf-8,https://example.com/,caf\xc3\xa9\n"
    )
    code, out, err = import_text(product, data)
    assert (code, out) == (1, counts(1, 0, 3))
    assert err == "line 2: url: is not UTF-8\nline 3: slug: is not UTF-8\nline 4: labels: is not UTF-8\n"
    assert link(product, "utf-8")["labels"] == ["café"]
    code, out, err = import_text(product, b'{"url": "https://example.com/caf\xe9"}\n', "jsonl")
    assert (code, out, err.startswith("line 1: not JSON: ")) == (1, counts(0, 0, 1), True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("slug,url,colour\na,https://example.com/,red\n", "unknown column 'colour'; the columns are slug, url, labels"),
        ("slug,labels\na,b\n", "there is no column 'url'"),
        ("url,slug,url\n", "column 'url' stands twice"),
        ("", "the file is empty"),
        ("https://example.com/\nhttps://example.org/\n", "unknown column 'https://example.com/'"),
        ("slug;url\na;https://example.com/\n", "unknown column 'slug;url'"),
        ("slug,url\n".encode("utf-16"), "unknown column "),
    ],
)
def test_a_file_that_is_none_is_one_line(product: Product, text: str | bytes, says: str) -> None:
    total = product.api("GET", "/api/v1/links")[1]["meta"]["total"]
    code, out, err = import_text(product, text)
    assert (code, out, err.count("\n")) == (1, "", 1), err
    assert err.startswith(f"fingerpost: {says}")
    assert product.api("GET", "/api/v1/links")[1]["meta"]["total"] == total


def test_running_it_again_changes_nothing(product: Product) -> None:
    text = (
        "slug,url\nagain-1,https://example.com/again?b=1\nagain-2,HTTPS://EXAMPLE.com\n"
        ",https://example.com/again/drawn\n,https://example.com/again/drawn-2\n,https://example.com/again/drawn\n"
    )
    assert import_text(product, text) == (0, counts(4, 1, 0), "")
    before = product.run("links", "export", "-").stdout
    for _ in range(2):
        assert import_text(product, text) == (0, counts(0, 5, 0), "")
    assert product.run("links", "export", "-").stdout == before


def test_every_worker_answers_when_the_command_returns(product: Product) -> None:
    rows = [{"slug": f"many/{number}", "url": f"https://example.com/{number}"} for number in range(3_000)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert import_text(product, text, "jsonl") == (0, counts(3_000, 0, 0), "")
    # Before anything is asked for that a worker might not know: where each of them is.
    states = [json.loads(product.get(product.port, "/healthz")[2]) for _ in range(30)]
    admin = json.loads(product.get(product.api_port, "/healthz")[2])
    assert {state["rev"] for state in states} == {admin["rev"]} == {admin["slowest_worker_rev"]}
    for number in (0, 1, 1_499, 2_999):
        answers = [product.follow(f"many/{number}") for _ in range(10)]
        assert answers == [(301, f"https://example.com/{number}")] * 10


def test_the_command_returns_only_when_no_worker_is_left_behind(product: Product) -> None:
    """A worker that hangs is waited for until it is killed; then there is nobody left who does not answer the link."""
    [hanging, _] = product.children("worker")
    os.kill(hanging, signal.SIGSTOP)
    assert import_text(product, "slug,url\nwaited-for,https://example.com/\n") == (0, counts(1, 0, 0), "")
    assert hanging not in product.children("worker")
    product.wait_healthy()
    assert [product.follow("waited-for")[0] for _ in range(10)] == [301] * 10


def test_an_import_needs_no_running_server(product_at: Make) -> None:
    product = product_at(workers=1)
    product.start()
    assert product.stop() == 0
    assert import_text(product, "slug,url\nalone,https://example.com/alone\n") == (0, counts(1, 0, 0), "")
    product.start()
    assert product.follow("alone") == (301, "https://example.com/alone")
    assert product.stop() == 0


def test_a_person_sees_a_bar_and_a_log_does_not(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("slug,url\nbar,https://example.com/\nbad row\n")
    terminal = Terminal()
    process = subprocess.Popen(
        [*FINGERPOST, "--config", str(product.config), "links", "import", str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal.end,
        env=product.environment,
        text=True,
    )
    terminal.hand_over()
    shown = terminal.read_all()
    terminal.close()
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, counts(1, 0, 1))
    assert "importing" in shown
    assert "100%" in shown
    assert "line 3: has 1 columns, the header has 2" in shown
    assert import_file(product, file) == (1, counts(0, 1, 1), "line 3: has 1 columns, the header has 2\n")
