"""What a worker says of its answers: the counts of the two roads and of refusals, put together once a second. Pure."""

from collections.abc import Mapping
from typing import Protocol

from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, REDIRECT
from links.counts import ANSWERS, Counts

_OF_VISIT = {GONE: "410", NOT_FOUND: "404", LOCKED: "password", PAGE: "page"}
_OF_STATUS = {404: "404", 400: "refused"}


class Quick(Protocol):
    """``server.fastpath.FastPath``: ``redirects``, how many it has answered by its short cut, all of ``status``."""

    redirects: int
    status: int


class Answered(Protocol):
    """``server.visits.Visits``: how many other answers there were, by visit and status."""

    @property
    def answered(self) -> Mapping[tuple[int, int], int]: ...


class Refusing(Protocol):
    """``server.connections.Connections``: how many requests and connections got a refusal."""

    refused: int


class Lossy(Protocol):
    """``server.recording.Recording``."""

    @property
    def lost(self) -> int: ...

    @property
    def shortened(self) -> int: ...


def kind_of(visit: int, status: int) -> str:
    """Which of ``links.counts.ANSWERS`` an answer is: a redirect that a setting puts in the place of a 404 is a 404."""
    if visit == REDIRECT and str(status) in ANSWERS:
        return str(status)
    return _OF_VISIT.get(visit) or _OF_STATUS.get(status, "other")


def counts_of(
    quick: Quick, answered: Answered, refusing: Refusing, recording: Lossy, *, links: int, slow: int, proxy: str
) -> Counts:
    """Everything since the worker began. ``links``, ``slow``, ``proxy``: see :class:`links.counts.Counts`."""
    kinds = dict.fromkeys(ANSWERS, 0)
    for (visit, status), count in answered.answered.items():
        kinds[kind_of(visit, status)] += count
    kinds[str(quick.status)] += quick.redirects
    kinds["refused"] += refusing.refused
    return Counts(tuple(kinds[name] for name in ANSWERS), recording.lost, recording.shortened, links, slow, proxy)
