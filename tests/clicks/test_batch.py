"""What rows a batch becomes."""

from datetime import UTC

from clicks.aggregate import Aggregate, Bucket
from clicks.batch import rows_of, summed_up
from clicks.calendar_days import day_of
from clicks.caps import Caps, Stored
from clicks.dimensions import EVERYBODY, workspace_subject


def bucket(hour: int, visits: int) -> Bucket:
    made = Bucket()
    made.hours[hour << 7] = visits
    made.last[0] = hour
    made.visitors = {visits}
    return made


def test_workspaces_and_everybody_are_sums() -> None:
    links = {1: bucket(5, 2), 2: bucket(5, 3), 3: bucket(6, 4), 4: bucket(7, 5), EVERYBODY: bucket(8, 100)}
    sums = summed_up(links, {1: 7, 2: 7, 3: 0})
    assert {subject: sum(one.hours.values()) for subject, one in sums.items()} == {
        EVERYBODY: 14,
        workspace_subject(7): 5,
        workspace_subject(0): 4,
    }
    assert sums[EVERYBODY].visitors == {2, 3, 4, 5}
    assert sums[EVERYBODY].last == {0: 7}
    # What is summed up stays as it was.
    assert links[1].hours == {5 << 7: 2}


def test_an_empty_batch_has_no_rows() -> None:
    aggregate = Aggregate(day_of(UTC), lambda day: None, lambda link: False)
    caps = Caps(Stored(lambda day: [], lambda day, subject: []))
    assert [len(rows) for rows in rows_of(aggregate, lambda ids: {}, caps, lambda name: 1)] == [0] * 5


def test_rows_of_hours_are_of_utc_days() -> None:
    aggregate = Aggregate(day_of(UTC), lambda day: None, lambda link: False)
    aggregate.days[100] = {9: bucket(100 * 24 + 23, 2)}
    caps = Caps(Stored(lambda day: [], lambda day, subject: []))
    rows = rows_of(aggregate, lambda ids: {9: 1}, caps, lambda name: 1)
    assert rows.hours == [(100, subject, 23, 0, 2) for subject in (-2, 0, 9)]
    assert rows.totals == [(subject, 0, 2, 100 * 24 + 23) for subject in (0, -2, 9)]
    assert rows.activity == [(9, 1, 100)]
