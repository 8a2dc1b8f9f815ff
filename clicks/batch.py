"""From buckets to rows: workspaces and everybody summed up, caps kept. Decides what is written; writes nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from clicks.aggregate import Aggregate, Bucket, Values
from clicks.calendar_days import DAY_HOURS
from clicks.caps import Caps
from clicks.classes import CLASS_BITS, CLASS_MASK, Kind, Outcome, classes
from clicks.dimensions import EVERYBODY, Dimension, workspace_subject
from clicks.hyperloglog import packed

Owners = Callable[[Collection[int]], Mapping[int, int]]
"""The workspaces of links and bio pages, by id; those that are not known are left out."""

NameId = Callable[[tuple[Dimension, str]], int]
"""The number that a text of a dimension has in the database."""

Key = tuple[int, int]
"""Day and subject."""

_ACTIVE = frozenset(classes([Outcome.REDIRECT], [Kind.PERSON, Kind.TOOL]))


class Rows(NamedTuple):
    """What is added to each table of clicks.db, in the order of its columns and mostly of its key."""

    hours: list[tuple[int, int, int, int, int]]
    days: list[tuple[int, int, int, int, int, int]]
    visitors: list[tuple[int, int, bytes]]
    totals: list[tuple[int, int, int, int]]
    activity: list[tuple[int, int, int]]


def rows_of(aggregate: Aggregate, owners: Owners, caps: Caps, name_id: NameId) -> Rows:
    """The rows of everything that has been counted."""
    owned = owners({link for links in aggregate.days.values() for link in links if link != EVERYBODY})
    buckets: list[tuple[Key, Bucket]] = []
    for day, links in sorted(aggregate.days.items()):
        buckets += [((day, subject), bucket) for subject, bucket in summed_up(links, owned).items()]
        buckets += [((day, link), bucket) for link, bucket in sorted(links.items())]
    for (day, subject), bucket in buckets:
        bucket.add_up()
        if bucket.values:
            caps.apply(day, subject, bucket, aggregate.values)
    names, dimensions = _Names(aggregate.values, name_id), aggregate.values.dimensions
    return Rows(
        sorted(_hours(buckets)),
        [
            (day, subject, dimensions[key >> CLASS_BITS + 1], names[key >> CLASS_BITS], key & CLASS_MASK, count)
            for (day, subject), bucket in buckets
            for key, count in bucket.values.items()
        ],
        [(day, subject, packed(bucket.visitors)) for (day, subject), bucket in buckets if bucket.visitors],
        list(_totals(buckets)),
        [
            (link, owned[link], (max(bucket.hours) >> CLASS_BITS) // DAY_HOURS)
            for (_, link), bucket in buckets
            if link in owned and not _ACTIVE.isdisjoint(bucket.last)
        ],
    )


def summed_up(links: Mapping[int, Bucket], owned: Mapping[int, int]) -> dict[int, Bucket]:
    """The buckets of everybody and of workspaces. Links that are nobody's, and 404s, are everybody's only."""
    everybody = Bucket()
    sums: dict[int, Bucket] = {}
    for link, bucket in links.items():
        if link == EVERYBODY:
            continue
        workspace = owned.get(link)
        if workspace is None:
            everybody.add(bucket)
            continue
        subject = workspace_subject(workspace)
        if subject not in sums:
            sums[subject] = Bucket()
        sums[subject].add(bucket)
    for bucket in sums.values():
        everybody.add(bucket)
    return {EVERYBODY: everybody} | sums


class _Names(dict[int, int]):
    """The numbers of texts in the database, of values by their number in memory."""

    def __init__(self, values: Values, name_id: NameId) -> None:
        super().__init__()
        self._values = values
        self._name_id = name_id

    def __missing__(self, number: int) -> int:
        found = self[number] = self._name_id(self._values.entry(number))
        return found


def _hours(buckets: Iterable[tuple[Key, Bucket]]) -> Iterator[tuple[int, int, int, int, int]]:
    for (_, subject), bucket in buckets:
        for key, count in bucket.hours.items():
            hour = key >> CLASS_BITS
            yield hour // DAY_HOURS, subject, hour % DAY_HOURS, key & CLASS_MASK, count


def _totals(buckets: Iterable[tuple[Key, Bucket]]) -> Iterator[tuple[int, int, int, int]]:
    for (_, subject), bucket in buckets:
        if len(bucket.hours) == 1:
            ((key, count),) = bucket.hours.items()
            yield subject, key & CLASS_MASK, count, bucket.last.get(key & CLASS_MASK, 0)
            continue
        counts: dict[int, int] = {}
        for key, count in bucket.hours.items():
            counts[key & CLASS_MASK] = counts.get(key & CLASS_MASK, 0) + count
        for class_, count in counts.items():
            yield subject, class_, count, bucket.last.get(class_, 0)
