"""From a host and a path to the link they name.

Knows where a link may be found; not what is answered for it, nor what a reserved path answers.
"""

import re

from links.slug import canonical_path
from server.entry import Target, unpack
from server.table import Table

# Paths that have no other spelling: what is not in the table under such a path is not there at all.
_one_spelling = re.compile(rb"/[0-9A-Za-z-]+").fullmatch


def find(table: Table, domain: bytes, path: bytes, *, ignores_case: bool = False) -> Target | None:
    """The link of ``path`` (as sent, with its leading ``/``) on ``domain`` (from :func:`domain_of`).

    The path is looked up as it stands, and only then under its one canonical form.
    """
    entry = table.get(domain, path[1:])
    if entry is None:
        key = canonical_path(path[1:], lower=True) if ignores_case else key_of(path)
        if key is not None and key != path[1:]:
            entry = table.get(domain, key)
    return None if entry is None else unpack(entry)


def domain_of(table: Table, host: bytes) -> bytes:
    """The domain that ``host`` is answered as: itself, or ``b""``, the default, where it has no table of its own."""
    return host if host in table else b""


def key_of(path: bytes) -> bytes | None:
    """The key that a link of ``path`` would have in the table; ``None`` where no slug can be meant."""
    return path[1:] if _one_spelling(path) else canonical_path(path[1:])
