"""From what has piled up to rows: counted, workspaces and everybody summed up, caps kept. Decides what is written;
writes nothing.

Everything is sorted by its key, so that the same ones come one after the other; their numbers are the counts. Groups
(``clicks.aggregate``) have new numbers here, in the order of day and subject, and so has each workspace's part of a
day, and everybody's.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from clicks.aggregate import CLASS_SHIFT, HOUR_BITS, VALUE_BITS, Aggregate, Values, value_key
from clicks.calendar_days import DAY_HOURS, DAY_S, MS, month_of
from clicks.caps import Caps
from clicks.classes import CLASS_BITS, CLASS_MASK, Kind, Outcome, classes
from clicks.columns import Ints, distinct, each_once, starts_of
from clicks.dimensions import EVERYBODY, OTHER, Dimension, workspace_subject
from clicks.hyperloglog import ENTRY_BITS
from clicks.sketches import packed_all

Owners = Callable[[Collection[int]], Mapping[int, int]]
"""The workspaces of links and bio pages, by id; those that are not known are left out."""

NameId = Callable[[tuple[Dimension, str]], int]
"""The number that a text of a dimension has in the database."""

_ACTIVE = np.array(classes([Outcome.REDIRECT], [Kind.PERSON, Kind.TOOL]))
DAY_MS = DAY_S * MS
_HOUR_MASK = (1 << CLASS_SHIFT) - 1
_VALUE_MASK = (1 << VALUE_BITS) - 1
_NUMBER_BITS = VALUE_BITS - CLASS_BITS
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1
_NOBODYS = -1


class Rows(NamedTuple):
    """What is added to each table of clicks.db, its columns in the table's order, its rows mostly in that of the key.
    Of ``visitors`` the third is bytes."""

    hours: Ints
    days: Ints
    visitors: list[tuple[int, int, bytes]]
    totals: Ints
    activity: Ints

    def months(self, first: int) -> Ints:
        """What is added to the months of workspaces and everybody; to those from ``first`` on, as older ones have
        none."""
        many = self.days[self.days[:, 1] <= EVERYBODY]
        days, which = distinct(many[:, 0])
        months = np.array([month_of(day) for day in days], np.int64)[which]
        return np.column_stack((months, many[:, 1:]))[months >= first]

    def months_of_links(self) -> set[tuple[int, int]]:
        """The links and months to which days are added."""
        day, subject = self.days[:, 0], self.days[:, 1]
        is_first = np.append(True, (day[1:] != day[:-1]) | (subject[1:] != subject[:-1]))[: len(day)]
        months = {day: month_of(day) for day in distinct(day)[0]}
        return {(link, months[day]) for day, link in self.days[is_first, :2].tolist() if link > EVERYBODY}


class _Groups:
    """Groups of links, of workspaces and of everybody. ``day`` and ``subject``: of each group; ``of_link``: the new
    numbers of the aggregate's groups, ``_NOBODYS`` of those that were dropped; ``of_workspace`` and ``of_everybody``:
    which groups a group counts for as well, ``_NOBODYS`` where there is none."""

    def __init__(self, aggregate: Aggregate, owned: Mapping[int, int]) -> None:
        days, links = aggregate.group_days, aggregate.group_links
        subjects = [workspace_subject(owned[link]) if link in owned else None for link in links]
        keys = {*zip(days, links, strict=True)}
        keys |= {(day, subject) for day, subject in zip(days, subjects, strict=True) if subject is not None}
        keys |= {(day, EVERYBODY) for day in days}
        numbers = {key: number for number, key in enumerate(sorted(keys))}
        self.day = np.array([day for day, _ in numbers], np.int64)
        self.subject = np.array([subject for _, subject in numbers], np.int64)
        self.of_link = np.array([numbers[key] for key in zip(days, links, strict=True)], np.int64)
        self.of_link[list(aggregate.dropped)] = _NOBODYS
        self.of_everybody = np.array([numbers[day, EVERYBODY] for day, _ in numbers], np.int64)
        self.of_everybody[self.subject == EVERYBODY] = _NOBODYS
        self.of_workspace = np.full(len(numbers), _NOBODYS)
        for day, link, subject in zip(days, links, subjects, strict=True):
            if subject is not None:
                self.of_workspace[numbers[day, link]] = numbers[day, subject]

    def regrouped(self, keys: Ints, bits: int, groups: Ints) -> tuple[Ints, Ints]:
        """Keys with the groups' numbers, which stand above ``bits``, replaced by what ``groups`` has for them; of those
        for which it has none nothing is left. And which ones are."""
        found = groups[keys >> bits]
        left = np.flatnonzero(found != _NOBODYS)
        return found[left] << bits | keys[left] & (1 << bits) - 1, left

    def summed(self, keys: Ints, numbers: Ints, bits: int, add: np.ufunc = np.add) -> tuple[Ints, Ints]:
        """Keys of links, each once, and numbers of theirs, with what they sum up to for workspaces and everybody;
        sorted by key."""
        mine, which = self.regrouped(keys, bits, self.of_workspace)
        of_workspaces = summed(mine, numbers[which], add)
        nobodys = self.of_workspace[keys >> bits] == _NOBODYS
        some, numbers_of_some = _joined(of_workspaces, (keys[nobodys], numbers[nobodys]))
        mine, which = self.regrouped(some, bits, self.of_everybody)
        return summed(*_joined((keys, numbers), of_workspaces, (mine, numbers_of_some[which])), add)

    def united(self, keys: Ints, bits: int) -> Ints:
        """Keys of links, with those of workspaces and everybody: each once, sorted."""
        of_workspaces = each_once(self.regrouped(keys, bits, self.of_workspace)[0])
        some = np.concatenate((of_workspaces, keys[self.of_workspace[keys >> bits] == _NOBODYS]))
        return each_once(np.concatenate((keys, of_workspaces, self.regrouped(some, bits, self.of_everybody)[0])))


def rows_of(aggregate: Aggregate, owners: Owners, caps: Caps, name_id: NameId) -> Rows:
    """The rows of everything that has been counted."""
    links = set(aggregate.group_links)
    owned = owners(links - {EVERYBODY})
    groups = _Groups(aggregate, owned)
    hours, totals, activity = _hours_and_totals(aggregate, groups, owned)
    return Rows(hours, _days(aggregate, groups, caps, name_id), _visitors(aggregate, groups), totals, activity)


def counted(keys: Ints) -> tuple[Ints, Ints]:
    """The different keys, sorted, and how often each comes."""
    keys = np.sort(keys)
    starts = starts_of(keys)
    return keys[starts], np.diff(starts, append=len(keys))


def summed(keys: Ints, numbers: Ints, add: np.ufunc = np.add) -> tuple[Ints, Ints]:
    """The different keys, sorted, and what the ``numbers`` of each come to."""
    if not len(keys):
        return keys, numbers
    order = np.argsort(keys)
    keys = keys[order]
    starts = starts_of(keys)
    return keys[starts], add.reduceat(numbers[order], starts)


def _joined(*parts: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    keys, numbers = zip(*parts, strict=True)
    return np.concatenate(keys), np.concatenate(numbers)


def _hours_and_totals(aggregate: Aggregate, groups: _Groups, owned: Mapping[int, int]) -> tuple[Ints, Ints, Ints]:
    keys, which = groups.regrouped(aggregate.hours.all(), HOUR_BITS, groups.of_link)
    of_classes, last = summed(keys >> CLASS_SHIFT, aggregate.times.all()[which], np.maximum)
    hour_keys, counts = counted(keys)

    group = of_classes >> CLASS_BITS
    active = each_once(group[np.isin(of_classes & CLASS_MASK, _ACTIVE)])
    _, latest = summed(group, last, np.maximum)
    day_of = dict(zip(each_once(group).tolist(), (latest // DAY_MS).tolist(), strict=True))
    activity = [
        (link, owned[link], day_of[number])
        for number, link in zip(active.tolist(), groups.subject[active].tolist(), strict=True)
        if link in owned
    ]

    _, totals = groups.summed(*summed(hour_keys >> CLASS_SHIFT, counts), CLASS_BITS)
    of_classes, last = groups.summed(of_classes, last, CLASS_BITS, np.maximum)
    hour_keys, counts = groups.summed(hour_keys, counts, HOUR_BITS)
    hour = hour_keys & _HOUR_MASK
    subject, class_ = groups.subject[hour_keys >> HOUR_BITS], hour_keys >> CLASS_SHIFT & CLASS_MASK
    return (
        np.column_stack((hour // DAY_HOURS, subject, hour % DAY_HOURS, class_, counts)),
        np.column_stack((groups.subject[of_classes >> CLASS_BITS], of_classes & CLASS_MASK, totals, last)),
        np.array(activity, np.int64).reshape(-1, 3),
    )


def _days(aggregate: Aggregate, groups: _Groups, caps: Caps, name_id: NameId) -> Ints:
    values = aggregate.values
    keys, _ = groups.regrouped(aggregate.keys.all(), VALUE_BITS, groups.of_link)
    keys, counts = groups.summed(*counted(keys), VALUE_BITS)
    folded = _beyond(keys, groups, caps, values)
    if len(folded):
        keys, counts = summed(_folded(keys, folded, values), counts)
    group, number, class_ = keys >> VALUE_BITS, (keys & _VALUE_MASK) >> CLASS_BITS, keys & CLASS_MASK
    numbers, which = distinct(number)
    names = np.array([name_id(values.entry(number)) for number in numbers], np.int64)[which]
    dimensions = np.array(values.dimensions, np.int64)[number >> 1]
    return np.column_stack((groups.day[group], groups.subject[group], dimensions, names, class_, counts))


def _beyond(keys: Ints, groups: _Groups, caps: Caps, values: Values) -> Ints:
    """The values that are beyond the caps, each behind the number of its group."""
    pairs = keys >> CLASS_BITS
    pairs = pairs[starts_of(pairs)]
    pairs = pairs[pairs & 1 == 1]  # those of free dimensions
    group = pairs >> _NUMBER_BITS
    found: list[int] = []
    for start, end in pairwise([*starts_of(group).tolist(), len(pairs)]):
        number = int(group[start])
        day, subject = int(groups.day[number]), int(groups.subject[number])
        beyond = caps.beyond(day, subject, pairs[start:end] & _NUMBER_MASK, values)
        found += [number << _NUMBER_BITS | value for value in beyond]
    return np.array(found, np.int64)


def _folded(keys: Ints, folded: Ints, values: Values) -> Ints:
    """Keys with "other" in the place of values that are ``folded``."""
    keys = keys.copy()
    which = np.flatnonzero(np.isin(keys >> CLASS_BITS, folded))
    numbers, whose = distinct(keys[which] >> CLASS_BITS & _NUMBER_MASK)
    others = [values.number(values.entry(number)[0], OTHER) << CLASS_BITS for number in numbers]
    keys[which] = value_key(keys[which] >> VALUE_BITS, np.array(others, np.int64)[whose] | keys[which] & CLASS_MASK)
    return keys


def _visitors(aggregate: Aggregate, groups: _Groups) -> list[tuple[int, int, bytes]]:
    keys, _ = groups.regrouped(aggregate.visitors.all(), ENTRY_BITS, groups.of_link)
    found = packed_all(groups.united(each_once(keys), ENTRY_BITS))
    days, subjects = groups.day.tolist(), groups.subject.tolist()
    return [(days[group], subjects[group], kept) for group, kept in found]
