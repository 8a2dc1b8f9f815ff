"""SQL lives in .sql files and is read by name: ``-- name: x`` starts a statement, ``;`` at a line's end ends it.

aiosql does the same and would add a thread hop to each call; this is all that is needed of it.
"""

import re
from importlib.resources import files

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\s*$", re.MULTILINE | re.DOTALL)


def load(package: str, name: str) -> dict[str, str]:
    """The statements of ``<package>/sql/<name>.sql`` by name.

    Raises ``ValueError`` where a name stands twice or the file holds none.
    """
    text = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    statements: dict[str, str] = {}
    for match in _NAMED.finditer(text):
        key, body = match.groups()
        if key in statements:
            raise ValueError(f"{package}/sql/{name}.sql: {key} stands twice")
        statements[key] = body.strip()
    if not statements:
        raise ValueError(f"{package}/sql/{name}.sql holds no statement")
    return statements
