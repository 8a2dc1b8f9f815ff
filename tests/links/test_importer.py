import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import msgspec
import pytest

from links import importer
from links.changing import Change
from links.errors import Code, LinkError
from links.importer import LEAST_ROWS, MOST_ROWS, TRANSACTION_S, WHO, Counts, Teller
from links.model import Link
from links.transfer import BadRow, GoodRow
from tests.links.importing import OTHER, URL, Importing, row
from tests.links.storing import prepared, turns


async def test_rows_become_links(importing: Importing) -> None:
    counts = await importing.run(
        row(2, "a", labels=("x", "x"), enabled=False, expires_at=5), row(3, "ü/😀", OTHER), row(4, None, OTHER + "1")
    )
    assert counts == Counts(created=3)
    assert importing.failures() == []
    assert await importing.links() == {"a": URL, "ü/😀": OTHER, "1000": OTHER + "1"}
    made = (await importing.opened.store.by_slugs("", ["a"]))["a"]
    assert (made.labels, made.enabled, made.expires_at) == (("x",), False, 5)
    assert (await importing.opened.store.history(made.id))[0][2:4] == (WHO, "create")


async def test_an_empty_file_is_fine(importing: Importing) -> None:
    assert await importing.run() == Counts()
    assert importing.batches == []


async def test_bad_rows_are_told_and_the_others_go_in(importing: Importing) -> None:
    counts = await importing.run(
        BadRow(2, "not CSV: oops"),
        row(3, "a"),
        row(4, "b", "ftp://example.com/"),
        row(5, "api"),
        row(6, "c", labels=("x" * 65,)),
        row(7, "d", "http://go.example/x"),
        row(8, "b"),
    )
    assert counts == Counts(created=2, failed=5)
    assert [line for line, _ in importing.failures()] == [2, 4, 5, 6, 7]
    assert [reason.split(":")[0] for _, reason in importing.failures()] == ["not CSV", "url", "slug", "labels", "url"]
    assert set(await importing.links()) == {"a", "b"}


# Again, and twice


async def test_a_second_run_changes_nothing(importing: Importing) -> None:
    rows = [row(2, "a"), row(3, "b", OTHER), row(4, None, OTHER + "1"), row(5, None, OTHER + "2")]
    assert await importing.run(*rows) == Counts(created=4)
    before, rev = await importing.links(), await importing.opened.store.rev()
    assert await importing.run(*rows) == Counts(unchanged=4)
    assert (await importing.links(), await importing.opened.store.rev()) == (before, rev)
    assert importing.failures() == []


async def test_the_same_destination_is_the_same_however_it_is_written(importing: Importing) -> None:
    await importing.run(row(2, "a"), row(3, None, OTHER))
    counts = await importing.run(row(2, "a", "HTTPS://EXAMPLE.COM:443"), row(3, None, "https://EXAMPLE.org"))
    assert counts == Counts(unchanged=2)


async def test_a_destination_that_has_a_link_needs_no_other(importing: Importing) -> None:
    await importing.opened.make("mine", destination=URL)
    # The store's own helper hashes as it likes; the importer looks for the real hash.
    await importing.run(row(2, "abc", OTHER))
    counts = await importing.run(row(3, None, OTHER), row(4, "def", OTHER))
    assert counts == Counts(created=1, unchanged=1)
    assert set(await importing.links()) == {"mine", "abc", "def"}


async def test_a_slug_that_leads_elsewhere_is_a_bad_row(importing: Importing) -> None:
    await importing.run(row(2, "a"))
    assert await importing.run(row(2, "a", OTHER), row(3, "b")) == Counts(created=1, failed=1)
    assert importing.failures() == [(2, "slug: a already leads elsewhere")]
    assert (await importing.links())["a"] == URL


async def test_the_same_row_twice_is_one_link(importing: Importing) -> None:
    counts = await importing.run(row(2, "a"), row(3, "a"), row(4, "a", OTHER), row(5, None, OTHER), row(6, None, OTHER))
    assert counts == Counts(created=2, unchanged=2, failed=1)
    assert importing.failures() == [(4, "slug: a already leads elsewhere")]


@pytest.mark.parametrize("how", ["grace", "kept"])
async def test_a_slug_that_is_taken_without_a_link_is_a_bad_row(importing: Importing, how: str) -> None:
    made = await importing.opened.make("old")
    if how == "grace":
        await importing.opened.store.edit(
            made.uuid, lambda old: Change(msgspec.structs.replace(old, slug="new"), None), "t", 1_000
        )
    else:
        await importing.opened.store.delete(made.uuid, "t", keep_code=True)
    assert await importing.run(row(2, "old"), row(3, "b")) == Counts(created=1, failed=1)
    assert importing.failures() == [(2, "slug: is already in use")]


async def test_a_slug_that_somebody_takes_meanwhile_is_a_bad_row(importing: Importing) -> None:
    by_slugs = importing.opened.store.by_slugs

    async def racing(domain: str, slugs: list[str]) -> dict[str, Link]:
        found = await by_slugs(domain, slugs)
        await importing._create([prepared("a")], "somebody")
        return found

    importing.opened.store.by_slugs = racing  # type: ignore[method-assign]
    assert await importing.run(row(2, "a"), row(3, "b")) == Counts(created=1, failed=1)
    assert importing.failures() == [(2, "slug: is already in use")]


async def test_a_database_that_cannot_be_written_ends_the_run(importing: Importing) -> None:
    await importing.opened.store.writer.close()
    with pytest.raises(LinkError) as caught:
        await importing.run(row(2, "a"))
    assert caught.value.code is Code.UNAVAILABLE


# Batches


def rows(number: int) -> Iterator[GoodRow]:
    return (row(n, f"s{n}", f"{URL}{n}") for n in range(number))


async def test_the_first_batch_is_small_and_none_is_large(importing: Importing) -> None:
    assert await importing.run(*rows(3_000)) == Counts(created=3_000)
    assert importing.batches == [LEAST_ROWS, MOST_ROWS, MOST_ROWS, 3_000 - LEAST_ROWS - 2 * MOST_ROWS]
    assert importing.opened.committed[-1] == 3_000


async def test_batches_shrink_until_they_take_their_time(importing: Importing) -> None:
    importing.seconds = lambda batch: 0.0 if len(importing.batches) == 1 else batch * TRANSACTION_S / 400
    await importing.run(*rows(LEAST_ROWS + MOST_ROWS + 800))
    first, second, third, rest = importing.batches
    assert (first, second) == (LEAST_ROWS, MOST_ROWS)
    assert 400 <= third < 500  # not to a row: what it waited for the lock, some microseconds, does not count
    assert third + rest == 800


async def test_batches_do_not_get_smaller_than_is_worth_it(importing: Importing) -> None:
    importing.seconds = lambda _: 100 * TRANSACTION_S
    await importing.run(*rows(2 * LEAST_ROWS))
    assert importing.batches == [LEAST_ROWS, LEAST_ROWS]


async def test_rows_that_are_there_already_do_not_count_for_the_size(importing: Importing) -> None:
    await importing.run(*rows(LEAST_ROWS))
    importing.batches.clear()
    await importing.run(*rows(LEAST_ROWS + 1))
    assert importing.batches == [1]


async def test_others_write_between_the_batches(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "PAUSE_S", 0.001)
    created: list[str] = []

    async def other() -> None:
        made = await importing._create([prepared("other")], "somebody")
        assert isinstance(made[0], Link)
        created.append(made[0].slug)

    task = asyncio.ensure_future(other())
    await importing.run(*rows(LEAST_ROWS + 1))
    await task
    assert created == ["other"]
    assert len(await importing.links()) == LEAST_ROWS + 2


async def test_reading_the_next_rows_is_part_of_the_pause(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    def slowly() -> Iterator[GoodRow]:
        for number, one in enumerate(rows(LEAST_ROWS + MOST_ROWS + 1)):
            importing.now += {LEAST_ROWS: 0.25, LEAST_ROWS + MOST_ROWS: 0.5}.get(number, 0.0)
            yield one

    monkeypatch.setattr(importer, "PAUSE_S", 0.5)
    monkeypatch.setattr(importer, "asyncio", SimpleNamespace(sleep=sleep))
    await importing.importer().run(slowly())
    assert slept == [0.25]


# Telling a running admin


class Told:
    """What was told; ``gate`` holds the answers back."""

    def __init__(self) -> None:
        self.revs: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, rev: int) -> None:
        self.revs.append(rev)
        await self.gate.wait()
        if self.error is not None:
            raise self.error


async def test_what_is_committed_is_told_meanwhile_and_at_the_end() -> None:
    told = Told()
    teller = Teller(told)
    async with teller.running():
        teller.committed(5)
        await turns()
        assert told.revs == [5]
        teller.committed(9)
    assert told.revs[-1] == 9


async def test_telling_holds_nothing_up_and_the_last_is_what_counts() -> None:
    told = Told()
    told.gate.clear()
    teller = Teller(told)
    async with teller.running():
        for rev in (1, 2, 3):
            teller.committed(rev)
            await turns()
        assert told.revs == [1]
        told.gate.set()
        await turns()
        assert told.revs == [1, 3]
    assert told.revs == [1, 3, 3]


async def test_where_nothing_was_committed_nothing_is_told() -> None:
    told = Told()
    async with Teller(told).running():
        pass
    assert told.revs == []


async def test_a_worker_that_is_late_at_the_end_is_an_error() -> None:
    told = Told()
    told.error = LinkError(Code.UNAVAILABLE, "late")
    teller = Teller(told)
    with pytest.raises(LinkError, match="late"):
        async with teller.running():
            teller.committed(5)
            await turns()


async def test_an_import_that_fails_fails_with_its_own_error() -> None:
    told = Told()
    teller = Teller(told)
    with pytest.raises(RuntimeError, match="the import"):
        async with teller.running():
            teller.committed(5)
            raise RuntimeError("the import")
    assert told.revs == []
