"""Making a domain ignore case: its slugs become lower-case, in one transaction.

Workers look a path up in lower case there, so a code that has capitals left would never be found.
"""

from typing import Any, NamedTuple

from links.allocation import SQL as LINKS
from links.allocation import take
from links.domain_rules import SQL
from links.errors import invalid
from links.rows import change_text, link_of, to_json
from links.slug import folded
from links.writer import Transaction

FIELD = "ignores_case"
WHO = "ignores case"
"""What the history says of who renamed the links."""

# Of codes that become the same the first stays: the link that answers, then the one that answers for a while.
_PRECEDENCE = {"live": 0, "grace": 1, "kept": 2}


class _Code(NamedTuple):
    id: int
    slug: str
    link: int
    state: str
    until: int | None


async def fold(tx: Transaction, host: str, now: int) -> int:
    """Rename the codes of ``host`` to lower case; the rev that is left for the domain's own row.

    It is the lowest: a worker ignores case before the first name changes, and gets new names before it loses the old
    ones. Raises :class:`LinkError` (``INVALID``, field ``ignores_case``) where two links have the same slug but for
    case, and then nothing has been written.
    """
    codes = [_Code(*row) for row in await tx.fetch(SQL["codes"], {"host": host})]
    kept, dropped = choose(codes)
    renamed = [code for code in kept if code.slug != folded(code.slug)]
    first = await take(tx, 1 + len(dropped) + 2 * len(renamed))
    news = first + 1 + len(dropped)
    olds = news + len(renamed)
    gone = [_gone(code, first + 1 + n) for n, code in enumerate(dropped)]
    gone += [_gone(code, olds + n) for n, code in enumerate(renamed)]
    await tx.many(LINKS["update_code"], gone)
    made = [(host, folded(code.slug), code.link, code.state, code.until, news + n) for n, code in enumerate(renamed)]
    await tx.many(LINKS["insert_code"], made)
    await _rename_links(tx, {row[2]: (row[1], row[5]) for row in made if row[3] == "live"}, now)
    return first


def choose(codes: list[_Code]) -> tuple[list[_Code], list[_Code]]:
    """Which codes stay, and which go because another one becomes the same. Raises :class:`LinkError` ``INVALID`` where
    both are links."""
    kept: dict[str, _Code] = {}
    dropped = []
    for code in sorted(codes, key=lambda code: (_PRECEDENCE[code.state], code.id)):
        first = kept.setdefault(folded(code.slug), code)
        if first is not code and code.state == "live":
            raise invalid(
                FIELD, f'cannot be switched on: the slugs "{first.slug}" and "{code.slug}" differ in case only'
            )
        if first is not code:
            dropped.append(code)
    return list(kept.values()), dropped


def _gone(code: _Code, rev: int) -> dict[str, Any]:
    return {"id": code.id, "state": "gone", "until": None, "rev": rev}


async def _rename_links(tx: Transaction, names: dict[int, tuple[str, int]], now: int) -> None:
    """``names``: slug and rev by link, or bio page."""
    rows = await tx.fetch(LINKS["links_by_id"], {"refs": to_json(list(names))})
    changes = [(names[link.id][1], link.id, now, WHO, "edit", change_text(link)) for link in map(link_of, rows)]
    await tx.many(LINKS["insert_change"], changes)
    renames = [{"id": id_, "slug": slug, "rev": rev, "now": now} for id_, (slug, rev) in names.items()]
    await tx.many(SQL["rename_link"], renames)
    await tx.many(SQL["rename_page"], renames)  # a number names one or the other
