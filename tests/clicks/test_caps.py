"""At most so many values of a free dimension."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from clicks.aggregate import Values
from clicks.caps import Caps, Stored
from clicks.dimensions import MOST_VALUES, OTHER, Dimension, workspace_subject
from tests.clicks.counting import Writer, count_all, everything

DAY, LINK = 20_000, 7


class Database:
    """What was let through so far, as the collector's would say it."""

    def __init__(self) -> None:
        self.texts: dict[tuple[int, int], set[tuple[int, str]]] = {}
        self.asked = 0

    def counts(self, day: int) -> Iterable[tuple[int, int]]:
        return [(subject, len(texts)) for (on, subject), texts in self.texts.items() if on == day]

    def values(self, day: int, subject: int) -> Iterable[tuple[int, str]]:
        self.asked += 1
        return self.texts.get((day, subject), set())

    @property
    def stored(self) -> Stored:
        return Stored(self.counts, self.values)


def count(
    caps: Caps, database: Database, texts: Iterable[str], dimension: Dimension = Dimension.REFERRER
) -> list[tuple[Dimension, str]]:
    """One batch with each of the texts once: what each is counted as."""
    values = Values()
    numbers = np.array([values.number(dimension, text) for text in texts], np.int64)
    beyond = caps.beyond(DAY, LINK, numbers[numbers & 1 == 1], values)
    kept = [(dimension, OTHER) if number in beyond else values.entry(number) for number in numbers.tolist()]
    database.texts.setdefault((DAY, LINK), set()).update(kept)
    return kept


def test_up_to_the_cap_all_are_kept_and_nobody_is_asked() -> None:
    database = Database()
    caps = Caps(database.stored)
    count(caps, database, [f"{n}.example" for n in range(MOST_VALUES)])
    assert len(database.texts[DAY, LINK]) == MOST_VALUES
    assert database.asked == 0


@pytest.mark.parametrize("batches", [1, 7])
def test_what_is_beyond_becomes_other(batches: int) -> None:
    database = Database()
    caps = Caps(database.stored)
    for batch in range(batches):
        count(caps, database, [f"{n}.{batch}.example" for n in range(300)])
    assert len(database.texts[DAY, LINK]) == MOST_VALUES + 1
    assert (Dimension.REFERRER, OTHER) in database.texts[DAY, LINK]


def test_known_values_go_on_being_counted_by_their_names() -> None:
    database = Database()
    caps = Caps(database.stored)
    names = [f"{n}.example" for n in range(MOST_VALUES)]
    for _ in range(5):
        assert len(set(count(caps, database, names))) == MOST_VALUES
    assert database.asked == 1  # though the estimate says thousands


def test_the_cap_holds_across_restarts() -> None:
    database = Database()
    for run in range(4):
        count(Caps(database.stored), database, [f"{n}.{run}.example" for n in range(MOST_VALUES)])
    assert len(database.texts[DAY, LINK]) == MOST_VALUES + 1


def test_after_a_batch_that_was_not_stored_the_database_counts() -> None:
    database = Database()
    caps = Caps(database.stored)
    count(caps, Database(), [f"lost{n}.example" for n in range(MOST_VALUES)])
    caps.forget()
    count(caps, database, [f"{n}.example" for n in range(MOST_VALUES)])
    assert len(database.texts[DAY, LINK]) == MOST_VALUES


def test_each_dimension_has_a_cap_of_its_own_and_countries_have_none() -> None:
    database = Database()
    caps = Caps(database.stored)
    for dimension in (Dimension.REFERRER, Dimension.UTM_SOURCE):
        count(caps, database, [f"{n}" for n in range(MOST_VALUES)], dimension)
    count(caps, database, [f"{n}" for n in range(3 * MOST_VALUES)], Dimension.COUNTRY)
    assert len(database.texts[DAY, LINK]) == 5 * MOST_VALUES


def test_the_collector_keeps_to_it_and_counts_every_visit(tmp_path: Path) -> None:
    for run in range(2):
        writer = Writer(tmp_path / "journal", boot_ns=1 + run)
        for n in range(150):
            writer.visit(LINK, headers=[f"Referer: https://{run}-{n}.example/"])
        writer.close()
        count_all(tmp_path, raw=False)
    days = [row for row in everything(tmp_path)["days"] if row[2] == Dimension.REFERRER]
    of_link = {row[3]: row[-1] for row in days if row[1] == LINK}
    assert len(of_link) == MOST_VALUES + 1
    assert of_link[OTHER] == 100
    # A workspace has room for more.
    assert sum(row[-1] for row in days if row[1] == workspace_subject(1) and row[3] != OTHER) == 300
