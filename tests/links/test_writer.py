import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from links import database, writer
from links.errors import Code, LinkError
from links.writer import BATCH, Operation, Transaction, Writer
from tests.links.storing import turns


class Written:
    """A writer on a table of its own, what its connection was told to do, and the revs that were committed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.committed: list[int] = []
        self.statements: list[str] = []
        self.connection: aiosqlite.Connection
        self.writer: Writer

    async def open(self) -> None:
        self.connection = await database.connect(self.path)
        await self.connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        self.writer = Writer(self.connection, self.committed.append)
        await self.writer.start()
        await self.connection.set_trace_callback(self.statements.append)

    def put(self, n: int, *, rev: int = 0) -> Operation:
        """An operation that stores ``n`` and returns it."""

        async def operation(transaction: Transaction) -> int:
            await transaction.many("INSERT INTO t VALUES (?)", [(n,)])
            transaction.rev = rev or transaction.rev
            return n

        return operation

    def count(self, statement: str) -> int:
        return self.statements.count(statement)

    def stored(self) -> list[int]:
        """What another connection sees."""
        connection = sqlite3.connect(self.path)
        try:
            return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY rowid")]
        finally:
            connection.close()

    def lock(self) -> sqlite3.Connection:
        """Another program's write transaction."""
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other


@pytest.fixture
async def written(tmp_path: Path) -> AsyncIterator[Written]:
    written = Written(tmp_path / "test.db")
    await written.open()
    yield written
    await written.writer.close()
    await written.connection.close()


def failing(error: Exception) -> Operation:
    async def operation(_: Transaction) -> None:
        raise error

    return operation


async def outcomes(*awaitables: Any) -> list[Any]:
    return list(await asyncio.gather(*awaitables, return_exceptions=True))


async def test_an_operation_is_committed_when_its_caller_wakes(written: Written) -> None:
    assert await written.writer.submit(written.put(1, rev=5)) == 1
    assert written.stored() == [1]
    assert written.committed == [5]
    assert written.count("COMMIT") == 1


async def test_changes_that_wait_together_share_a_commit(written: Written) -> None:
    results = await asyncio.gather(*(written.writer.submit(written.put(n, rev=n)) for n in range(1, 51)))
    assert results == list(range(1, 51))
    assert written.stored() == results
    assert written.count("COMMIT") == 1
    assert written.committed == [50]


async def test_what_comes_during_a_batch_is_the_next_one(written: Written) -> None:
    late: list[asyncio.Task[Any]] = []

    async def first(transaction: Transaction) -> None:
        late.extend(asyncio.ensure_future(written.writer.submit(written.put(n))) for n in (2, 3))
        await turns()
        assert not any(task.done() for task in late)
        await transaction.many("INSERT INTO t VALUES (?)", [(1,)])

    await written.writer.submit(first)
    assert await asyncio.gather(*late) == [2, 3]
    assert written.count("COMMIT") == 2


async def test_operations_run_in_order_one_at_a_time(written: Written) -> None:
    ran: list[str] = []

    def noting(n: int) -> Operation:
        async def operation(_: Transaction) -> None:
            ran.append(f"{n} begins")
            await turns()
            ran.append(f"{n} ends")

        return operation

    await asyncio.gather(*(written.writer.submit(noting(n)) for n in range(3)))
    assert ran == [f"{n} {what}" for n in range(3) for what in ("begins", "ends")]


async def test_neighbours_of_one_group_are_carried_out_together(written: Written) -> None:
    calls: list[list[Any]] = []

    async def group(_: Transaction, items: Sequence[Any]) -> list[Any]:
        calls.append(list(items))
        return [item * 10 for item in items]

    submit = written.writer.submit_grouped
    results = await asyncio.gather(
        submit(group, 1), submit(group, 2), written.writer.submit(written.put(9)), submit(group, 3)
    )
    assert results == [10, 20, 9, 30]
    assert calls == [[1, 2], [3]]
    assert written.count("COMMIT") == 1


async def test_a_full_transaction_takes_in_no_more(written: Written) -> None:
    async def group(_: Transaction, items: Sequence[Any]) -> Sequence[Any]:
        return items

    weights = (BATCH - 1, 1, 1, BATCH, 1)
    await asyncio.gather(*(written.writer.submit_grouped(group, n, weight) for n, weight in enumerate(weights)))
    # [BATCH - 1, 1], [1, BATCH], [1]
    assert written.count("COMMIT") == 3


async def test_a_transaction_without_a_rev_tells_nobody(written: Written) -> None:
    await written.writer.submit(written.put(1))
    assert written.stored() == [1]
    assert written.committed == []


async def test_callers_wake_after_committed_was_called(written: Written) -> None:
    seen: list[list[int]] = []

    async def caller(n: int) -> None:
        await written.writer.submit(written.put(n, rev=n))
        seen.append(list(written.committed))

    await asyncio.gather(caller(1), caller(2))
    assert seen == [[2], [2]]


# Errors


async def test_a_link_error_does_not_touch_the_neighbours(written: Written) -> None:
    refused = LinkError(Code.SLUG_TAKEN, "is already in use", "slug")
    results = await outcomes(
        written.writer.submit(written.put(1)),
        written.writer.submit(failing(refused)),
        written.writer.submit(written.put(2)),
    )
    assert results == [1, refused, 2]
    assert written.stored() == [1, 2]
    assert (written.count("COMMIT"), written.count("ROLLBACK")) == (1, 0)


async def test_any_other_error_rolls_back_and_the_others_are_tried_alone(written: Written) -> None:
    defect = ValueError("a defect")
    results = await outcomes(
        written.writer.submit(written.put(1, rev=1)),
        written.writer.submit(failing(defect)),
        written.writer.submit(written.put(2, rev=2)),
    )
    assert results == [1, defect, 2]
    assert written.stored() == [1, 2]
    assert written.committed == [1, 2]
    # Together, and then alone the one that fails: two roll-backs. The others: a commit each.
    assert (written.count("ROLLBACK"), written.count("COMMIT")) == (2, 2)


async def test_what_a_failing_operation_wrote_is_gone(written: Written) -> None:
    async def half(transaction: Transaction) -> None:
        await transaction.many("INSERT INTO t VALUES (?)", [(1,)])
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        await written.writer.submit(half)
    assert written.stored() == []
    assert await written.writer.submit(written.put(2)) == 2


async def test_an_error_of_the_database_is_told_as_unavailable(
    written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    await written.writer.submit(written.put(1))
    with pytest.raises(LinkError) as caught:
        await written.writer.submit(written.put(1))
    assert caught.value.code is Code.UNAVAILABLE
    assert "UNIQUE" not in caught.value.message
    assert "UNIQUE constraint failed" in caplog.text


async def test_outcomes_that_do_not_fit_are_noticed_before_the_commit(written: Written) -> None:
    async def group(transaction: Transaction, _: Sequence[Any]) -> list[Any]:
        await transaction.many("INSERT INTO t VALUES (?)", [(1,)])
        return []

    with pytest.raises(ValueError, match="zip"):
        await written.writer.submit_grouped(group, None)
    assert written.stored() == []


async def test_what_was_committed_is_not_done_again_when_telling_fails(
    written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> None:
        raise RuntimeError("nobody to tell")

    told = Writer(written.connection, broken)
    await told.start()
    assert await asyncio.gather(told.submit(written.put(1, rev=1)), told.submit(written.put(2, rev=2))) == [1, 2]
    assert written.stored() == [1, 2]
    assert written.count("COMMIT") == 1
    # The defect ends the writer: nobody waits for it, and its owner learns of it.
    await turns()
    with pytest.raises(LinkError, match="not being written to"):
        await told.submit(written.put(3))
    assert "a defect has ended the writer" in caplog.text
    with pytest.raises(RuntimeError, match="nobody to tell"):
        await told.close()


# Another program's lock


async def test_a_lock_of_another_program_is_waited_for(written: Written) -> None:
    other = written.lock()
    waiting = asyncio.ensure_future(written.writer.submit(written.put(1)))
    while written.count("BEGIN IMMEDIATE") < 3:  # it looks again and again
        await asyncio.sleep(0.001)
    assert not waiting.done()
    other.execute("INSERT INTO t VALUES (7)")
    other.execute("COMMIT")
    other.close()
    assert await waiting == 1
    assert written.stored() == [1, 7]


async def test_a_lock_that_stays_fails_everybody_at_once(
    written: Written, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "LOCK_WAIT_S", -1.0)
    other = written.lock()
    results = await outcomes(*(written.writer.submit(written.put(n)) for n in range(5)))
    assert [error.code for error in results] == [Code.UNAVAILABLE] * 5
    assert len({id(error) for error in results}) == 5
    assert written.count("BEGIN IMMEDIATE") == 1
    assert caplog.text.count("database is locked") == 1
    other.execute("ROLLBACK")
    other.close()
    assert await written.writer.submit(written.put(1)) == 1


# Callers that go away, and the end


async def test_a_caller_that_goes_away_does_not_take_its_change_along(written: Written) -> None:
    going = asyncio.ensure_future(written.writer.submit(written.put(1)))
    staying = asyncio.ensure_future(written.writer.submit(written.put(2)))
    await asyncio.sleep(0)
    going.cancel()
    assert await staying == 2
    assert going.cancelled()
    assert written.stored() == [1, 2]


async def test_closing_finishes_what_is_queued(written: Written) -> None:
    async def slow(_: Transaction) -> str:
        await turns()
        return "slow"

    tasks = [
        asyncio.ensure_future(written.writer.submit(operation)) for operation in (slow, written.put(1), written.put(2))
    ]
    await asyncio.sleep(0)
    await written.writer.close()
    assert [task.done() for task in tasks] == [True] * 3
    assert [task.result() for task in tasks] == ["slow", 1, 2]


async def test_nothing_is_taken_in_before_the_start_or_after_the_end(written: Written) -> None:
    never = Writer(written.connection, written.committed.append)
    await written.writer.close()
    for one in (never, written.writer):
        with pytest.raises(LinkError) as caught:
            await one.submit(written.put(1))
        assert caught.value.code is Code.UNAVAILABLE
    await never.close()


async def test_what_comes_while_it_closes_is_refused_not_forgotten(written: Written) -> None:
    closing = asyncio.ensure_future(written.writer.close())
    await asyncio.sleep(0)  # the queue is empty: the writer has been told to end, but has not ended
    with pytest.raises(LinkError) as caught:
        async with asyncio.timeout(10):
            await written.writer.submit(written.put(1))
    assert caught.value.code is Code.UNAVAILABLE
    await closing
    assert written.stored() == []


async def test_a_transaction_gives_rows(written: Written) -> None:
    async def operation(transaction: Transaction) -> list[tuple[Any, ...]]:
        await transaction.many("INSERT INTO t VALUES (:n)", [{"n": 1}, {"n": 2}])
        await transaction.many("INSERT INTO t VALUES (?)", [])
        return await transaction.fetch("SELECT n FROM t WHERE n > :n", {"n": 1})

    assert [tuple(row) for row in await written.writer.submit(operation)] == [(2,)]
