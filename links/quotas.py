"""How much of each thing a workspace may have, counted in the very transaction that makes or removes one.

So no number of clients at once gets one too many. A quota that is not set is none.
"""

from collections.abc import Iterable, Mapping

from links import statements
from links.errors import Code, LinkError
from links.model import NOBODY, Link
from links.rows import to_json
from links.writer import Transaction

SQL = statements.load("links", "workspaces")

THINGS = {
    "links": "links",
    "edits": "link edits",
    "qr_codes": "QR codes",
    "bio_pages": "bio pages",
    "domains": "domains",
}
"""What is counted, and how it is said. Edits are counted for ever; the others come back when one is removed."""

QR_EXTRA = "isQrGenerated"
"""The extra of a link that has a QR code: it counts as a link and as a QR code."""


def over(thing: str) -> LinkError:
    """The refusal of one more of ``thing``, which is its ``field``."""
    return LinkError(Code.LIMIT, f"the workspace has as many {THINGS[thing]} as it may have", thing)


async def charge(tx: Transaction, workspace: int, thing: str, count: int = 1) -> None:
    """Count ``count`` more of ``thing``. Raises :class:`LinkError` ``LIMIT``, and then nothing has been written.

    Nothing is counted of workspace 0, which is nobody's.
    """
    if workspace != NOBODY and not await tx.fetch(SQL[f"charge_{thing}"], {"workspace": workspace, "count": count}):
        raise over(thing)


async def charge_all(tx: Transaction, workspace: int, counts: Mapping[str, int]) -> None:
    """Count several things. Raises :class:`LinkError` ``LIMIT`` for the first there is no room for, and then none has
    been counted."""
    charged: list[str] = []
    for thing, count in counts.items():
        try:
            await charge(tx, workspace, thing, count)
        except LinkError:
            for undone in charged:
                await refund(tx, workspace, undone, counts[undone])
            raise
        charged.append(thing)


async def refund(tx: Transaction, workspace: int, thing: str, count: int = 1) -> None:
    """Count ``count`` less of ``thing``."""
    await charge(tx, workspace, thing, -count)


def has_qr_code(link: Link) -> bool:
    """Whether a link counts as a QR code too."""
    return bool(link.extras.get(QR_EXTRA))


def costs(link: Link) -> tuple[str, ...]:
    """What a link counts as."""
    return ("links", "qr_codes") if has_qr_code(link) else ("links",)


class Room:
    """What the workspaces of some creates may still have, inside their transaction; first come, first served."""

    def __init__(self, left: dict[int, dict[str, int | None]]) -> None:
        self._left = left
        self._used: dict[int, dict[str, int]] = {}

    @classmethod
    async def of(cls, tx: Transaction, links: Iterable[Link]) -> "Room":
        """The room of the workspaces of ``links``."""
        ids = sorted({link.workspace for link in links} - {NOBODY})
        rows = await tx.fetch(SQL["room"], {"ids": to_json(ids)}) if ids else []
        return cls({id_: {"links": links_, "qr_codes": qr_codes} for id_, links_, qr_codes in rows})

    def lacks(self, link: Link) -> str | None:
        """The thing that there is no room for; ``None`` where ``link`` may be made."""
        if link.workspace == NOBODY:
            return None
        left, used = self._left.get(link.workspace, {"links": 0}), self._used.get(link.workspace, {})
        for thing in costs(link):
            most = left[thing]
            if most is not None and used.get(thing, 0) >= most:
                return thing
        return None

    def take(self, link: Link) -> None:
        """Count ``link`` as made."""
        if link.workspace != NOBODY:
            used = self._used.setdefault(link.workspace, {"links": 0, "qr_codes": 0})
            for thing in costs(link):
                used[thing] += 1

    async def write(self, tx: Transaction) -> None:
        """Write what was counted."""
        await tx.many(SQL["use"], [{"id": id_, **used} for id_, used in self._used.items()])
