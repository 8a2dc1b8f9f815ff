"""The fast path is invisible: several requests on one connection, in one segment or cut anywhere, without sockets."""

import random
import re
from collections.abc import Callable, Sequence

import pytest

from tests.server.corpus.pipelines import Pipeline, cut, expected, longer, pairs, whole
from tests.server.roads import Roads, statuses

SEED = 20261121
PIPELINES = [*pairs(), *longer(400, SEED)]

Way = Callable[[Pipeline], list[bytes]]
WAYS: dict[str, Way] = {
    "in one segment": lambda pipeline: [whole(pipeline)],
    "a segment each": lambda pipeline: [part.data for part in pipeline],
    "cut after each blank line": lambda pipeline: re.findall(rb".*?\r\n\r\n|.+", whole(pipeline), re.DOTALL),
    "cut anywhere": lambda pipeline: cut(pipeline, random.Random(whole(pipeline))),
    "all but the end first": lambda pipeline: [whole(pipeline)[:-1], whole(pipeline)[-1:]],
}


async def check(pipelines: Sequence[Pipeline], feeds: Sequence[Sequence[bytes]], *, at_once: bool) -> int:
    """Both roads give what is expected, byte for byte the same; how many requests were answered fast."""
    roads = Roads()
    fast, slow = await roads.outcomes(feeds, at_once=at_once)
    for pipeline, feed, on_fast, on_slow in zip(pipelines, feeds, fast, slow, strict=True):
        assert on_fast == on_slow, feed
        assert on_slow.endswith(b"closed"), feed
        wanted = expected(pipeline)
        if wanted is not None:
            assert statuses(on_slow) == wanted[0] + (() if wanted[1] else (301, 301)), feed
    return roads.answered


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at_once", [True, False])
async def test_pipelines(way: str, at_once: bool) -> None:
    """Cut after each blank line, a body that is a request arrives as one by itself.

    ``at_once``: each segment arrives before anything that came before it has been worked off.
    """
    await check(PIPELINES, [WAYS[way](pipeline) for pipeline in PIPELINES], at_once=at_once)


async def test_after_what_is_slow_a_plain_request_is_fast_again() -> None:
    """What makes the tests above worth something: connections do change hands, in both directions."""
    mixed = longer(200, SEED + 1)
    answered = await check(mixed, [[part.data for part in pipeline] for pipeline in mixed], at_once=False)
    assert answered > 2 * len(mixed)
