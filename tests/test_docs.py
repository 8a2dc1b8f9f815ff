"""Holds README.md, docs/ and the program together: commands and files that they name exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fingerpost.cli import cli

HOUSE = Path(__file__).parents[1]
PAGES = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md"), *HOUSE.glob("bench/**/*.md")])

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```\w*\n(.*?)^```|``(.+?)``|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
# The program's name as a command: after a space, a path or a quotation mark, and before its first word.
CALL = re.compile(r"(?:^|[\s/\"'(])fingerpost((?: +[^\s`#|&;>]+)+)", re.MULTILINE)
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(HOUSE))


def calls(text: str) -> Iterator[list[str]]:
    """The words after ``fingerpost`` of every call of it in the code of a page."""
    for found in CODE.finditer(text):
        code = next(group for group in found.groups() if group is not None).replace("\\\n", " ")
        yield from (call.split() for call in CALL.findall(code))


def complaint(words: list[str]) -> str | None:
    """What is wrong with a call, ``None`` where the program would understand its words and options."""
    command: click.Command = cli
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            option, _, value = word.partition("=")
            known = {name: one for one in command.params for name in one.opts}
            if option in ("--help", "-h"):
                return None
            if option not in known:
                return f"{command.name} has no option {option}"
            if not value and isinstance(one := known[option], click.Option) and not one.is_flag:
                next(rest, None)
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return f"{command.name} has no command {word}"
            command = command.commands[word]
    return None


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    text = FENCED.sub("", page.read_text("utf-8"))
    plain = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(text)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


def broken_links(page: Path) -> list[str]:
    text = CODE.sub("", page.read_text("utf-8"))
    wrong = []
    for link in LINK.findall(text) + REFERENCE.findall(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        leads_out = not target.exists() or not target.is_relative_to(HOUSE)
        if leads_out or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_are_named_exist(page: Path) -> None:
    assert [wrong for words in calls(page.read_text("utf-8")) if (wrong := complaint(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_the_readme_is_read() -> None:
    named = {" ".join(words[:2]) for words in calls((HOUSE / "README.md").read_text("utf-8"))}
    assert {"keys create", "links import"} <= named
    assert "serve" in {words.split()[0] for words in named}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Start `fingerpost serve` now", [["serve"]]),
        ("`.venv/bin/fingerpost keys list`", [["keys", "list"]]),
        (
            "```sh\n$ fingerpost --config x.toml links import a.csv  # twice\n```\n",
            [["--config", "x.toml", "links", "import", "a.csv"]],
        ),
        (
            "```\nfingerpost keys create \\\n    --name x --scope '*'\n```\n",
            [["keys", "create", "--name", "x", "--scope", "'*'"]],
        ),
        ("```\nfingerpost links export | head\n```\n", [["links", "export"]]),
        ("fingerpost serves no tea; `data/fingerpost.sock`, `pip install fingerpost`", []),
        ("``fingerpost admin``", [["admin"]]),
    ],
)
def test_what_counts_as_a_call(text: str, words: list[list[str]]) -> None:
    assert list(calls(text)) == words


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ("serve", None),
        ("--config x serve", None),
        ("keys create --name=shop --scope links:read", None),
        ("links import links.csv --format csv", None),
        ("keys --help", None),
        ("start", "cli has no command start"),
        ("keys make", "keys has no command make"),
        ("keys create --label x", "create has no option --label"),
        ("serve --port 80", "serve has no option --port"),
    ],
)
def test_what_is_wrong_with_a_call(call: str, wrong: str | None) -> None:
    assert complaint(call.split()) == wrong


def test_a_broken_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "HOUSE", tmp_path)
    (tmp_path / "other.md").write_text("# A `Title` — *and* more\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](other.md) [b](other.md#a-title--and-more) [c](#here) [d](https://example.com/x) ![e](none.svg)\n"
        "[f](other.md#nothing) [g](/etc/passwd) [h](../..) `[i](no-link)` [j]\n\n[j]: gone.md\n"
    )
    assert broken_links(page) == ["none.svg", "other.md#nothing", "/etc/passwd", "../..", "gone.md"]
