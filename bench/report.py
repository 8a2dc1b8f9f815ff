"""A scenario's rows, and the tables that they become in bench/results/ and bench/README.md."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import machine

HERE = Path(__file__).parent
RESULTS = HERE / "results"
README = HERE / "README.md"
BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


class Table(msgspec.Struct):
    """One scenario: what was done, its columns and rows, and remarks."""

    name: str
    what: str
    columns: list[str]
    rows: list[list[str]]
    remarks: str = ""

    def markdown(self) -> str:
        lines = [f"### {self.name}", "", self.what, ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|" + "---|" * len(self.columns))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        if self.remarks:
            lines += ["", self.remarks]
        return "\n".join(lines) + "\n"


def write(tables: list[Table], day: datetime | None = None) -> Path:
    """Write the tables to bench/results/ (Markdown and JSON) and into bench/README.md; the Markdown file."""
    day = day or datetime.now(UTC)
    head = f"Measured {day:%Y-%m-%d} on: {machine.describe()}\n"
    body = head + "\n" + "\n".join(table.markdown() for table in tables)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{day:%Y-%m-%d}-links.md"
    path.write_text(f"# Links: creating, loading, propagation, memory\n\n{body}")
    path.with_suffix(".json").write_text(json.dumps([msgspec.to_builtins(table) for table in tables], indent=1) + "\n")
    readme = README.read_text()
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}")
    return path
