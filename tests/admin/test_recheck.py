"""Rounds of checks, with a sleep that returns when the test says so."""

import asyncio
import logging
from typing import Any

import pytest

from admin.recheck import recheck
from links.errors import Code, LinkError
from tests.admin.domains import domain


class Ended(Exception):
    """No more rounds."""


class FakeService:
    """``outcomes``: for each host what the next checks end with, a status or an error."""

    def __init__(self, **outcomes: list[Any]) -> None:
        self.outcomes = outcomes
        self.asked: list[str] = []
        self.status = dict.fromkeys(outcomes, "active")

    def all(self) -> list[Any]:
        return [domain(n, host) for n, host in enumerate(self.outcomes)]

    async def check_again(self, host: str) -> Any:
        self.asked.append(host)
        outcome = self.outcomes[host].pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None:
            return None
        before, self.status[host] = self.status[host], outcome
        return domain(host=host, status=before), domain(host=host, status=outcome, found=("A 198.51.100.9",))


async def rounds(service: FakeService, count: int) -> list[float]:
    """Run so many rounds; how long each wait was."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        if len(waits) == count:
            raise Ended
        waits.append(seconds)
        await asyncio.sleep(0)

    with pytest.raises(Ended):
        await recheck(service, service, 100, iter([0.0, 0.5, 1.0, 0.0, 0.0]).__next__, sleep)  # type: ignore[arg-type]
    return waits


async def test_every_domain_is_checked_in_each_round_at_times_that_drift() -> None:
    service = FakeService(a=["active"] * 3, b=["active"] * 3)
    assert await rounds(service, 3) == [100, 90, 80]
    assert service.asked == ["a", "b"] * 3


async def test_a_change_of_status_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await rounds(FakeService(a=["active", "failed", "failed", "active"]), 4)
    assert caplog.messages == ["a does not point here any more: found A 198.51.100.9", "a points here"]


async def test_what_cannot_be_checked_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    service = FakeService(a=[LinkError(Code.UNAVAILABLE, "no disk")], b=[None], c=["active"])
    await rounds(service, 1)
    assert service.asked == ["a", "b", "c"]
    assert caplog.messages == ["a could not be checked: no disk"]
