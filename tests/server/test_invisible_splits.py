"""The fast path is invisible: requests in pieces, and requests that end with the client's half, without sockets.

Both roads are driven by hand (``tests/server/roads.py``) and must do the same with each case of the corpus, however it
is cut.
"""

import random
from collections.abc import Sequence

import pytest

from tests.server.corpus.reading import CASES, Case
from tests.server.roads import Roads, statuses

SHORT_BYTES = 200
"""Requests up to this length are cut at every byte, longer ones at some places."""

PLACES = 40
BATCH = 500
"""Connections that are open at a time."""

GROUPS = sorted({case.group for case in CASES})


def of(group: str) -> list[Case]:
    return [case for case in CASES if case.group == group]


def cuts(case: Case) -> Sequence[int]:
    """Where a case is cut in two. For a long one: near its ends, and at places drawn by its name."""
    length = len(case.data)
    if length <= SHORT_BYTES:
        return range(1, length)
    drawn = random.Random(case.id).sample(range(5, length - 5), PLACES - 8)
    return [1, 2, 3, 4, *sorted(drawn), length - 4, length - 3, length - 2, length - 1]


async def differences(feeds: dict[str, Sequence[bytes]]) -> dict[str, tuple[bytes, bytes]]:
    """Which of ``feeds`` come out differently on the two roads, and how."""
    roads, found = Roads(), {}
    names = list(feeds)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        both = await roads.outcomes([feeds[name] for name in batch])
        found |= {name: (fast, slow) for name, fast, slow in zip(batch, *both, strict=True) if fast != slow}
    return found


@pytest.mark.parametrize("group", GROUPS)
async def test_a_request_in_two_pieces(group: str) -> None:
    feeds: dict[str, Sequence[bytes]] = {
        f"{case.id} at {cut}": (case.data[:cut], case.data[cut:]) for case in of(group) for cut in cuts(case)
    }
    assert await differences(feeds) == {}


async def test_a_request_byte_by_byte() -> None:
    short = [case for case in CASES if len(case.data) <= SHORT_BYTES]
    feeds = {case.id: [bytes([byte]) for byte in case.data] for case in random.Random(1).sample(short, 150)}
    assert await differences(feeds) == {}


@pytest.mark.parametrize("group", GROUPS)
async def test_a_whole_request_and_what_the_corpus_says_of_it(group: str) -> None:
    cases = of(group)
    fast, slow = await Roads().outcomes([[case.data] for case in cases])
    for case, on_fast, on_slow in zip(cases, fast, slow, strict=True):
        assert on_fast == on_slow, case.id
        assert statuses(on_slow) == case.statuses, case.id
        assert on_slow.endswith(b"open" if case.fate == "waits" else b"closed"), case.id


async def test_what_is_plain_is_answered_fast() -> None:
    """All this would be true of a fast path that never answers, too."""
    plain = [case for case in CASES if case.group == "plain"]
    roads = Roads()
    await roads.outcomes([[case.data] for case in plain])
    assert roads.answered == 2 * len(plain)  # the request, and the plain one after it
    every = Roads()
    await every.outcomes([[case.data] for case in CASES])
    assert every.answered > len(CASES) // 2


@pytest.mark.parametrize("group", GROUPS)
async def test_a_client_that_half_closes_gets_its_answer_on_both_roads(group: str) -> None:
    """The request and the end of the client's half arrive together: the answer comes, then the server closes."""
    cases = of(group)
    fast, slow = await Roads().outcomes([[case.data] for case in cases], at_once=True, eof=True)
    outcomes = {case.id: (statuses(on_slow), on_slow[-6:]) for case, on_slow in zip(cases, slow, strict=True)}
    assert outcomes == {case.id: (case.first, b"closed") for case in cases}
    assert fast == slow
