from itertools import count

import pytest

from server.endings import ENTRIES_PER_LOOK, Endings
from server.entry import pack
from server.table import Table

NOW = 1_800_000_000_000
TO = b"https://example.com/"


def frozen() -> int:
    return 0


def ended(until_ms: int | None, present: bytes | None) -> Table:
    """A table after the sweep of ``old`` at ``NOW``, where ``present`` stands meanwhile."""
    table, endings = Table(), Endings()
    if until_ms is not None:
        endings.add(until_ms, b"", b"old")
    if present is not None:
        table.put(b"", b"old", present)
    assert endings.sweep(table, NOW, frozen, 1) is False
    return table


def test_what_is_due_leaves() -> None:
    assert len(ended(NOW, pack(1, TO, until_ms=NOW))) == 0


@pytest.mark.parametrize(
    ("until_ms", "present"),
    [
        (NOW + 1, pack(1, TO, until_ms=NOW + 1)),
        (NOW, pack(2, TO)),
        (NOW, pack(1, TO, until_ms=NOW + 1)),
        (NOW, pack(1, TO, expires_ms=NOW)),
    ],
    ids=["not due", "taken by another link", "prolonged", "expired, which is a 410"],
)
def test_what_is_not_due_stays(until_ms: int, present: bytes) -> None:
    assert ended(until_ms, present).get(b"", b"old") == present


def test_what_has_gone_already_is_no_error() -> None:
    assert len(ended(NOW, None)) == 0


def test_the_soonest_leave_first_and_domains_are_told_apart() -> None:
    table, endings = Table(), Endings()
    for until_ms, domain in ((NOW + 5, b""), (NOW - 5, b"own.test"), (NOW + 1, b"own.test")):
        endings.add(until_ms, domain, b"p%d" % until_ms)
        table.put(domain, b"p%d" % until_ms, pack(1, TO, until_ms=until_ms))
    endings.sweep(table, NOW + 1, frozen, 1)
    assert len(endings) == 1
    assert len(table) == 1
    assert table.get(b"", b"p%d" % (NOW + 5)) is not None


def test_a_sweep_keeps_to_its_budget() -> None:
    table, endings = Table(), Endings()
    many = 3 * ENTRIES_PER_LOOK
    for n in range(many):
        endings.add(NOW, b"", b"%d" % n)
        table.put(b"", b"%d" % n, pack(1, TO, until_ms=NOW))
    ticking = count(step=1_000)
    assert endings.sweep(table, NOW, lambda: next(ticking), 1) is True
    assert len(table) == many - ENTRIES_PER_LOOK
    while endings.sweep(table, NOW, lambda: next(ticking), 1):
        pass
    assert len(table) == 0
