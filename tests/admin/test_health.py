import sqlite3
from typing import Any

import pytest

from admin.health import Health


class FakeWriter:
    is_working = True


class FakeStore:
    def __init__(self) -> None:
        self.answer: int | Exception = 7
        self.writer = FakeWriter()

    async def rev(self) -> int:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeHub:
    """What a hub knows; ``absent`` are the slots of workers that are missed."""

    def __init__(self) -> None:
        self.workers = 2
        self.slowest = 6
        self.rev = 5
        self.absent: set[int] = set()
        self.warnings: list[str] = []

    def missing(self) -> set[int]:
        return self.absent


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


async def health(store: Any, hub: Any, expected: int = 2) -> tuple[int, dict[str, object]]:
    return await Health(store, hub, expected)()


GOOD = {"status": "ok", "rev": 7, "workers": 2, "slowest_worker_rev": 6}


async def test_with_the_database_and_every_worker_it_is_well(store: FakeStore, hub: FakeHub) -> None:
    assert await health(store, hub) == (200, GOOD)


@pytest.mark.parametrize("expected", [0, 1, 2])
async def test_more_workers_than_expected_are_fine(store: FakeStore, hub: FakeHub, expected: int) -> None:
    assert (await health(store, hub, expected))[0] == 200


async def test_what_the_workers_warn_of_is_told_though_all_is_well(store: FakeStore, hub: FakeHub) -> None:
    hub.warnings = ["all visitors look like 172.18.0.2"]
    assert await health(store, hub) == (200, GOOD | {"warnings": hub.warnings})


async def test_without_a_writer_it_is_not_well(store: FakeStore, hub: FakeHub) -> None:
    store.writer.is_working = False
    status, body = await health(store, hub)
    assert (status, body["reason"]) == (503, "database: changes cannot be written")


async def test_without_any_worker_where_others_run_them(store: FakeStore, hub: FakeHub) -> None:
    hub.workers = 0
    assert await health(store, hub, 0) == (200, GOOD | {"workers": 0})


async def test_a_worker_too_few(store: FakeStore, hub: FakeHub) -> None:
    status, body = await health(store, hub, 3)
    assert status == 503
    assert body == GOOD | {"status": "unavailable", "reason": "2 of 3 redirect workers follow"}


async def test_a_worker_that_answers_and_does_not_follow(store: FakeStore, hub: FakeHub) -> None:
    hub.absent = {64}
    status, body = await health(store, hub, 0)
    assert status == 503
    assert body == GOOD | {"status": "unavailable", "reason": "1 redirect workers are reconnecting"}


async def test_a_database_that_does_not_answer_is_the_first_reason(store: FakeStore, hub: FakeHub) -> None:
    store.answer = sqlite3.OperationalError("disk I/O error")
    hub.workers, hub.absent = 0, {64}
    status, body = await health(store, hub)
    assert status == 503
    assert body["reason"] == "database: disk I/O error"
    assert body["rev"] == 5  # as far as is known


async def test_a_defect_is_not_taken_for_ill_health(store: FakeStore, hub: FakeHub) -> None:
    store.answer = TypeError("a defect")
    with pytest.raises(TypeError):
        await health(store, hub)
