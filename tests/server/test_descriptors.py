import logging
import resource
from collections.abc import Iterator

import pytest

from server import descriptors
from server.descriptors import RESERVED, fitting


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """(soft, hard) of a process that is not this one."""
    limits = [1_024, 4_096]
    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda which: tuple(limits))
    monkeypatch.setattr(descriptors.resource, "setrlimit", lambda which, both: limits.__setitem__(slice(2), both))
    yield limits


@pytest.mark.parametrize(
    ("before", "wanted", "room", "after"),
    [
        ((1_024, 4_096), 500, 500, [1_024, 4_096]),
        ((1_024, 4_096), 2_000, 2_000, [2_000 + RESERVED, 4_096]),
        ((1_024, 4_096), 9_000, 4_096 - RESERVED, [4_096, 4_096]),
        ((1_024, resource.RLIM_INFINITY), 9_000, 9_000, [9_000 + RESERVED, resource.RLIM_INFINITY]),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 9_000, 9_000, [resource.RLIM_INFINITY] * 2),
        ((64, 64), 9_000, 32, [64, 64]),
    ],
)
def test_as_many_as_wanted_or_as_there_may_be(
    limits: list[int], before: tuple[int, int], wanted: int, room: int, after: list[int]
) -> None:
    limits[:] = before
    assert fitting(wanted) == room
    assert limits == after


def test_less_than_wanted_is_told(limits: list[int], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        fitting(500)
        assert caplog.messages == []
        fitting(9_000)
    assert caplog.messages == ["server.max_connections is 9000, and 4096 files may be open: taking 3968"]
