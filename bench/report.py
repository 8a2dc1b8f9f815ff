"""A scenario's rows, and what becomes of them: a file in bench/results/ and a section of bench/README.md.

Each scenario has a file and a section of its own, so one may be measured again without the others.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import machine

HERE = Path(__file__).parent
RESULTS = "results"
README = "README.md"


class Plot(msgspec.Struct):
    """A picture of a table; ``svg`` is its source."""

    title: str
    svg: str


class Table(msgspec.Struct):
    """One table: what was done, its columns and rows, and remarks. Without columns: why nothing was measured."""

    name: str
    what: str
    columns: list[str] = []
    rows: list[list[str]] = []
    remarks: str = ""
    plot: Plot | None = None

    def markdown(self, picture: str = "") -> str:
        """``picture``: where the plot is, as seen from the page."""
        lines = [f"### {self.name}", "", self.what]
        if self.columns:
            lines += ["", "| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
            lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        if self.remarks:
            lines += ["", self.remarks]
        if self.plot is not None and picture:
            lines += ["", f"![{self.plot.title}]({picture})"]
        return "\n".join(lines) + "\n"


def markers(scenario: str) -> tuple[str, str]:
    """What stands before and after a scenario's section of the README."""
    return f"<!-- measured {scenario}: begin -->", f"<!-- measured {scenario}: end -->"


def replaced(page: str, scenario: str, section: str) -> str:
    """The page with another section for the scenario. Raises ``ValueError`` where it has no place for it."""
    begin, end = markers(scenario)
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the page has no place for {scenario}")
    return f"{before}{begin}\n{section}\n{end}{after}"


def _body(tables: list[Table], day: datetime, picture: str) -> str:
    head = f"Measured {day:%Y-%m-%d} on: {machine.describe()}\n"
    return head + "\n" + "\n".join(table.markdown(picture) for table in tables)


def write(scenario: str, tables: list[Table], day: datetime | None = None, here: Path = HERE) -> Path:
    """Write a scenario's tables to ``results/`` (Markdown, JSON, the plot) and into the README; the Markdown file.

    At most one of the tables has a plot.
    """
    day = day or datetime.now(UTC)
    results = here / RESULTS
    results.mkdir(exist_ok=True)
    path = results / f"{day:%Y-%m-%d}-{scenario}.md"
    picture = path.with_suffix(".svg")
    for table in tables:
        if table.plot is not None:
            picture.write_text(table.plot.svg)
    path.write_text(f"# {scenario.capitalize()}\n\n{_body(tables, day, picture.name)}")
    records = [
        {field: value for field, value in msgspec.to_builtins(table).items() if field != "plot"} for table in tables
    ]
    machine_and_tables = {"measured": f"{day:%Y-%m-%d}", "machine": machine.describe(), "tables": records}
    path.with_suffix(".json").write_text(json.dumps(machine_and_tables, indent=1, ensure_ascii=False) + "\n")
    readme = here / README
    section = _body(tables, day, f"{RESULTS}/{picture.name}")
    readme.write_text(replaced(readme.read_text(), scenario, section))
    return path
