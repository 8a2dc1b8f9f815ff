"""Holds the house together: who may import whom, what stays pure, what a redirect worker must never load."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]

MAY_IMPORT = {
    "links": set(),
    "clicks": set(),
    "qr": set(),
    "bio": set(),
    "server": {"links", "clicks"},
    "admin": {"links", "clicks", "qr", "bio"},
    "fingerpost": {"links", "clicks", "qr", "server", "admin"},
}

PURE = [
    "admin/attempts.py",
    "admin/bio_render.py",
    "admin/bio_slugs.py",
    "bio/checks.py",
    "bio/colour.py",
    "bio/icons.py",
    "bio/page.py",
    "bio/render.py",
    "bio/style.py",
    "bio/themes.py",
    "clicks/agent_kinds.py",
    "clicks/agents.py",
    "clicks/aggregate.py",
    "clicks/answers.py",
    "clicks/batch.py",
    "clicks/calendar_days.py",
    "clicks/caps.py",
    "clicks/classes.py",
    "clicks/classify.py",
    "clicks/columns.py",
    "clicks/dimensions.py",
    "clicks/families.py",
    "clicks/fields.py",
    "clicks/forwarded.py",
    "clicks/hyperloglog.py",
    "clicks/marks.py",
    "clicks/numbering.py",
    "clicks/periods.py",
    "clicks/record.py",
    "clicks/redact.py",
    "clicks/sketches.py",
    "clicks/tally.py",
    "links/bio_model.py",
    "links/bio_rows.py",
    "links/counts.py",
    "links/characters.py",
    "links/errors.py",
    "links/hosts.py",
    "links/ids.py",
    "links/model.py",
    "links/program.py",
    "links/rows.py",
    "links/rules.py",
    "links/slug.py",
    "links/destination.py",
    "links/utm.py",
    "links/times.py",
    "links/transfer.py",
    "qr/check.py",
    "qr/codewords.py",
    "qr/color.py",
    "qr/compose.py",
    "qr/design.py",
    "qr/errors.py",
    "qr/finders.py",
    "qr/frame.py",
    "qr/glyphs.py",
    "qr/gradients.py",
    "qr/layout.py",
    "qr/logo.py",
    "qr/masks.py",
    "qr/matrix.py",
    "qr/module_path.py",
    "qr/outline.py",
    "qr/path_data.py",
    "qr/png.py",
    "qr/raster.py",
    "qr/render.py",
    "qr/scene.py",
    "qr/to_pdf.py",
    "qr/to_png.py",
    "qr/to_svg.py",
    "server/apply.py",
    "server/bio_page.py",
    "server/forward.py",
    "server/forwarded.py",
    "server/target.py",
    "server/endings.py",
    "server/entry.py",
    "server/table.py",
    "server/tally.py",
    "server/tickets.py",
    "server/lookup.py",
    "server/answer.py",
    "server/fastpath.py",
    "server/head.py",
    "server/meter.py",
    "server/pages.py",
    "server/password_page.py",
    "server/proxy_watch.py",
    "server/refusals.py",
    "server/rules.py",
    "server/visitor.py",
    "server/visits.py",
]
IMPURE = {"asyncio", "socket", "os", "time"}

# Megabytes in every worker, for nothing that a redirect needs.
TOO_HEAVY = {
    "prometheus_client",
    "pydantic",
    "click",
    "jinja2",
    "rich",
    "argon2",
    "ua_parser",
    "crawleruseragents",
    "PIL",
    "segno",
    "fpdf",
    "fontTools",
    "numpy",
}

SQL = re.compile(
    r"\A\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|CREATE|ALTER|DROP|VALUES)\s"
    r"|SELECT\s.*\sFROM\s|INSERT\s(OR\s\w+\s)?INTO\s|DELETE\sFROM\s|UPDATE\s\w+\sSET\s"
    r"|\A\s*(select\s.*\sfrom|insert\s+into|delete\s+from|update\s+\w+\s+set|create\s+table|drop\s+table)\s",
    re.DOTALL,
)


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (HOUSE / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """The top-level name of every module that a file imports, wherever in the file it does."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively"
            yield (node.module or "").partition(".")[0]


def literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every string that is not a docstring, parts of f-strings among them."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_only_as_the_arrows_do(room: str) -> None:
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[room] - {room}
    assert sources(room), "an empty room"
    wrong = {name_of(path): names for path in sources(room) if (names := forbidden & set(imported(path)))}
    assert wrong == {}


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_know_no_loop_socket_system_or_clock(name: str) -> None:
    assert set(imported(HOUSE / name)) & IMPURE == set()


def test_a_redirect_worker_stays_lean() -> None:
    program = "import json, sys, server.app, server.main; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, check=True, capture_output=True, text=True)
    loaded = {module.partition(".")[0] for module in json.loads(done.stdout)}
    assert "aiohttp" in loaded
    assert loaded & (TOO_HEAVY | {"admin", "fingerpost"}) == set()


@pytest.mark.parametrize("module", ["admin.main", "fingerpost.cli", "fingerpost.serve"])
def test_only_the_collector_loads_numpy(module: str) -> None:
    program = f"import sys, {module}; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    names = {*MAY_IMPORT, *(path.stem for path in sources(*MAY_IMPORT))}
    assert names & sys.stdlib_module_names == set()


def test_sql_stands_only_in_sql_files() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources(*MAY_IMPORT)
        for node in literals(parse(path))
        if SQL.search(str(node.value))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("SELECT 1", True),
        ("\n  select id from links where id = ?", True),
        ("INSERT OR IGNORE INTO links ", True),
        ("; DELETE FROM links ", True),
        ("update links set title = ?", True),
        ("CREATE TABLE x (y)", True),
        ("PRAGMA data_version", False),
        ("BEGIN IMMEDIATE", False),
        ("Select a label from the list", False),
        ("Updated links settle at once", False),
    ],
)
def test_what_counts_as_sql(text: str, is_sql: bool) -> None:
    assert bool(SQL.search(text)) is is_sql


def test_nothing_in_the_server_is_hidden_from_the_type_checker() -> None:
    hidden = [
        f"{name_of(path)}:{token.start[0]}"
        for path in sources("server")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        if token.type == tokenize.COMMENT and re.match(r"#\s*type:\s*ignore", token.string)
    ]
    assert hidden == []
