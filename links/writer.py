"""The one writer of a process: changes that wait together share a transaction and its commit.

A commit costs one fdatasync, several hundred times a statement; with 64 clients some 60 creates share it.
While a batch commits, the next one gathers.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

import aiosqlite

from links.errors import Code, LinkError

log = logging.getLogger(__name__)

BATCH = 1_000
"""Links after which a transaction takes in no more requests: some 20 ms, which bounds how long the first of a batch
waits for the last, and how long another process waits for the lock."""

LOCK_POLL_S = 0.001
LOCK_WAIT_S = 10.0
"""Another process's transaction (an import) lasts some 20 ms. SQLite's own wait backs off to 100 ms between looks
and would starve beside a process that writes in a row; we look every millisecond, and the import pauses longer."""

Rows = list[tuple[Any, ...]]
Operation = Callable[["Transaction"], Awaitable[Any]]
Group = Callable[["Transaction", Sequence[Any]], Awaitable[Sequence[Any]]]
"""Carries out several like requests with the same statements; an outcome for each, :class:`LinkError` among them."""


class Transaction:
    """What an operation sees of its transaction. ``rev`` is the last change number taken in it, 0 if none."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self.rev = 0

    async def fetch(self, sql: str, parameters: dict[str, Any] | tuple[Any, ...] = ()) -> Rows:
        """Run one statement; its rows."""
        return list(await self._connection.execute_fetchall(sql, parameters))  # type: ignore[arg-type]

    async def many(self, sql: str, rows: Rows | list[dict[str, Any]]) -> None:
        """Run one statement for each row of parameters."""
        if rows:
            await self._connection.executemany(sql, rows)


class _Waiting:
    def __init__(self, group: Group, item: Any, weight: int, future: "asyncio.Future[Any]") -> None:
        self.group = group
        self.item = item
        self.weight = weight
        self.future = future


class Writer:
    """Runs operations in order, in shared transactions.

    An operation decides before it writes: one that raises :class:`LinkError` must not have written anything,
    because its neighbours' transaction commits all the same. Any other exception rolls the batch back; its
    operations are then tried one by one, so that one cannot fail the others.
    ``committed`` is called with the last rev of each commit, before the operations' callers wake. ``waited_s`` is how
    long the last transaction waited for another process's, in seconds.
    """

    def __init__(self, connection: aiosqlite.Connection, committed: Callable[[int], None]) -> None:
        self._connection = connection
        self._committed = committed
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.waited_s = 0.0

    async def start(self) -> None:
        # From here on locks are waited for by `_begin`, not inside SQLite.
        await self._connection.execute("PRAGMA busy_timeout = 0")
        self._task = asyncio.create_task(self._run(), name="links writer")

    async def close(self) -> None:
        """Finish what is queued, then stop. Raises what ended the writer before, if anything did: a defect."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            (outcome,) = await asyncio.gather(self._task, return_exceptions=True)
            if isinstance(outcome, Exception):
                raise outcome

    @property
    def is_working(self) -> bool:
        """Whether changes can be submitted."""
        return self._task is not None and not self._task.done()

    async def submit(self, operation: Operation, weight: int = 1) -> Any:
        """Run ``operation``, which changes ``weight`` links, in a transaction; its result once that has been committed.

        Raises what the operation raises, or :class:`LinkError` ``UNAVAILABLE`` where the database cannot be
        written (locked for 10 s, disk full).
        """

        async def alone(transaction: Transaction, _: Sequence[Any]) -> list[Any]:
            return [await operation(transaction)]

        return await self.submit_grouped(alone, None, weight)

    async def submit_grouped(self, group: Group, item: Any, weight: int = 1) -> Any:
        """As :meth:`submit`, for requests that neighbours with the same ``group`` are carried out with.

        ``weight`` is how many links the item changes.
        """
        if not self.is_working:
            raise LinkError(Code.UNAVAILABLE, "the database is not being written to")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(group, item, weight, future))
        return await future

    async def _run(self) -> None:
        try:
            while True:
                batch = [await self._queue.get()]
                weight = batch[0].weight
                while weight < BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                    weight += batch[-1].weight
                try:
                    await self._commit_or_split(batch)
                finally:
                    for _ in batch:
                        self._queue.task_done()
        except Exception:
            log.exception("a defect has ended the writer: nothing can be stored any more")
            raise
        finally:  # closed, or a defect: nobody waits for a writer that is gone
            while not self._queue.empty():
                _settle(self._queue.get_nowait().future, _unwritable())
                self._queue.task_done()

    async def _commit_or_split(self, batch: list[_Waiting]) -> None:
        try:
            await self._begin()
        except Exception as error:  # noqa: BLE001 - it is nobody's fault; one by one each would wait as long again
            log.error("the database cannot be written: %s", error)
            for waiting in batch:
                _settle(waiting.future, _unwritable())
            return
        try:
            rev = await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - handed to the callers, whose transaction it is
            if len(batch) > 1:
                for waiting in batch:
                    await self._commit_or_split([waiting])
                return
            if isinstance(error, sqlite3.Error):
                log.error("the database cannot be written: %s", error)
                error = _unwritable()
            _settle(batch[0].future, error)
        else:  # not inside the `try`: what is committed must never be carried out again
            if rev:
                self._committed(rev)

    async def _commit(self, batch: list[_Waiting]) -> int:
        """Carry out and commit what was begun; the last rev that was taken, 0 if none."""
        outcomes: list[Any] = []
        transaction = Transaction(self._connection)
        try:
            for group, members in groupby(batch, key=lambda waiting: waiting.group):
                items = [waiting.item for waiting in members]
                try:
                    outcomes.extend(await group(transaction, items))
                except LinkError as error:
                    outcomes.extend([error] * len(items))
            settled = list(zip(batch, outcomes, strict=True))
            await self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                await self._connection.execute("ROLLBACK")
            raise
        for waiting, outcome in settled:
            _settle(waiting.future, outcome)  # its caller wakes when the event loop turns, after `committed`
        return transaction.rev

    async def _begin(self) -> None:
        # IMMEDIATE: a deferred BEGIN followed by a write gives SQLITE_BUSY at once, whatever the timeout.
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                self.waited_s = loop.time() - began
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or loop.time() - began > LOCK_WAIT_S:
                    raise
            await asyncio.sleep(LOCK_POLL_S)


def _unwritable() -> LinkError:
    return LinkError(Code.UNAVAILABLE, "the database cannot be written at the moment")


def _settle(future: "asyncio.Future[Any]", outcome: Any) -> None:
    if future.done():  # the caller went away; what it asked for is committed all the same
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
