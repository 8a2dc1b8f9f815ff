"""A link's routing rules at work: from a program (``links.program``) and a visitor to an address. Pure.

What a condition means is decided here, and it follows one principle: what is not known of a visitor is in no list. So
an unknown country, system, language or referrer fails ``include`` and passes ``exclude``.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC as NO_OFFSET
from datetime import datetime, tzinfo
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec.json import Decoder

from links.program import CONDITIONS, UTC, VERSION
from server.visitor import Visitor

Condition = Callable[[Visitor, int], bool]
"""Whether it holds for a visitor at a time (epoch milliseconds)."""

_QUARTER_MS = 900_000
_QUARTER_S = 900
MOST_ZONES = 1_024  # there are some 600 names
KEPT_CONDITIONS = 2_048
"""Conditions that are remembered: thousands of rules ask for the same countries and devices, and share them."""
KEPT_PROGRAM_BYTES = 8_388_608
"""Programs whose routers are kept, in all: 13,000 links with five rules each. A router takes twice as much memory as
its program, and up to 16 times as much where no two rules share a condition; making it anew takes 5 µs a rule."""

_ALL = 100
_DIGEST_BYTES = 8
_DIGESTS = 1 << 8 * _DIGEST_BYTES


class Choice(NamedTuple):
    """Where a visitor is sent, by which rule (from 1, as they were sent) and which of its variants (0: it has none)."""

    location: bytes
    rule: int
    variant: int = 0


class Variants:
    """A rule's addresses with their weights."""

    __slots__ = ("_choices", "_ends", "_number")

    def __init__(self, number: int, variants: list[tuple[str, float]]) -> None:
        self._number = number
        self._choices = tuple(Choice(to.encode(), number, at) for at, (to, _) in enumerate(variants, 1))
        self._ends = tuple(accumulate(weight for _, weight in variants))

    def choose(self, link_id: int, visitor: Visitor) -> Choice:
        """Always the same for one visitor, link and rule; over all visitors, as often as its weight says.

        A keyed hash stands for the draw: nothing has to be remembered, by us or in a cookie, and without the key
        nobody can work out who gets what.
        """
        digest = blake2b(digest_size=_DIGEST_BYTES, key=visitor.surroundings.key)
        digest.update(b"%16x%8x" % (link_id, self._number) + visitor.address + visitor.user_agent)
        place = int.from_bytes(digest.digest()) / _DIGESTS * self._ends[-1]
        # The division rounds: the last of all digests comes out as 1.
        return self._choices[min(bisect_right(self._ends, place), len(self._choices) - 1)]


class Router:
    """A program, ready to decide. It holds no state: one router serves all links that have the same program."""

    __slots__ = ("_rules",)

    def __init__(self, rules: tuple[tuple[tuple[Condition, ...], Choice | Variants], ...]) -> None:
        self._rules = rules

    def choose(self, link_id: int, visitor: Visitor, now_ms: int) -> Choice | None:
        """What the first rule that matches says; ``None`` where none does. ``now_ms``: epoch milliseconds."""
        for conditions, target in self._rules:
            for holds in conditions:
                if not holds(visitor, now_ms):
                    break
            else:
                return target if isinstance(target, Choice) else target.choose(link_id, visitor)
        return None


def compile_program(program: bytes) -> Router:
    """The router of a program. What this version does not understand never matches: see ``links.program``.

    Raises ``msgspec.DecodeError`` for what is no JSON array.
    """
    version, *rules = _read_program(program)
    if bytes(version) != b"%d" % VERSION:
        return Router(())
    return Router(tuple(rule for rule in map(_rule, rules) if rule is not None))


class Routers:
    """Routers by their programs, made when they are first needed. Not when links are loaded: for a million links that
    would be 20 seconds and a gigabyte in each worker, and few of them are asked for at a time."""

    def __init__(self, most_bytes: int = KEPT_PROGRAM_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._made: dict[bytes, Router] = {}

    def __len__(self) -> int:
        """The routers that are kept."""
        return len(self._made)

    def get(self, program: bytes) -> Router:
        """The router of ``program``."""
        router = self._made.get(program)
        if router is None:
            router = compile_program(program)
            if self._bytes + len(program) > self._most_bytes:
                self._made.clear()
                self._bytes = 0
            self._made[program] = router
            self._bytes += len(program)
        return router


def _rule(raw: msgspec.Raw) -> tuple[tuple[Condition, ...], Choice | Variants] | None:
    try:
        number, target, given = _read_rule(raw)
        if not given.keys() <= _MAKERS.keys():
            return None
        conditions = tuple(_condition(name, bytes(given[name])) for name in CONDITIONS if name in given)
    except (msgspec.DecodeError, ZoneInfoNotFoundError):
        return None  # of a newer version, or a zone that neither this system nor the package tzdata knows
    return conditions, Choice(target.encode(), number) if isinstance(target, str) else Variants(number, target)


# Conditions


def _from(start: int) -> Condition:
    return lambda _, now_ms: now_ms >= start


def _until(end: int) -> Condition:
    return lambda _, now_ms: now_ms < end


def _hours(window: tuple[int, int, str]) -> Condition:
    """Half-open, by the clock on the wall: an hour that is skipped in spring does not come, the one that is repeated in
    autumn counts twice."""
    start, end, name = window
    zone = zone_of(name)
    if start < end:
        return lambda _, now_ms: start <= zone.at(now_ms)[0] < end
    return lambda _, now_ms: not end <= zone.at(now_ms)[0] < start


def _days(asked: tuple[list[int], str]) -> Condition:
    """The day is that of the moment, also in the part of a window of hours that lies after midnight."""
    days, zone = frozenset(asked[0]), zone_of(asked[1])
    return lambda _, now_ms: zone.at(now_ms)[1] in days


def _percentage(share: float) -> Condition:
    return lambda visitor, _: visitor.surroundings.draw() * _ALL < share


def _query(asked: dict[str, str | None]) -> Condition:
    wanted = tuple(asked.items())

    def holds(visitor: Visitor, _: int) -> bool:
        sent = visitor.parameters
        return all(name in sent and (value is None or value in sent[name]) for name, value in wanted)

    return holds


_Listed = tuple[int, list[str]]


def _one_of(known: Callable[[Visitor], str]) -> Callable[[_Listed], Condition]:
    def make(listed: _Listed) -> Condition:
        members = frozenset(listed[1])
        if listed[0]:
            return lambda visitor, _: known(visitor) not in members
        return lambda visitor, _: known(visitor) in members

    return make


def _any_of(known: Callable[[Visitor], frozenset[str]]) -> Callable[[_Listed], Condition]:
    def make(listed: _Listed) -> Condition:
        members = frozenset(listed[1])
        if listed[0]:
            return lambda visitor, _: members.isdisjoint(known(visitor))
        return lambda visitor, _: not members.isdisjoint(known(visitor))

    return make


def _maker(kind: Any, make: Callable[[Any], Condition]) -> Callable[[bytes], Condition]:
    read = Decoder(kind).decode
    return lambda text: make(read(text))


_MAKERS: Mapping[str, Callable[[bytes], Condition]] = {
    "from": _maker(int, _from),
    "until": _maker(int, _until),
    "hours": _maker(tuple[int, int, str], _hours),
    "days": _maker(tuple[list[int], str], _days),
    "devices": _maker(_Listed, _one_of(lambda visitor: visitor.agent.device)),
    "os": _maker(_Listed, _one_of(lambda visitor: visitor.agent.os)),
    "browsers": _maker(_Listed, _one_of(lambda visitor: visitor.agent.browser)),
    "languages": _maker(_Listed, _any_of(lambda visitor: visitor.languages)),
    "referrers": _maker(_Listed, _any_of(lambda visitor: visitor.referrers)),
    "query": _maker(dict[str, str | None], _query),
    "countries": _maker(_Listed, _one_of(lambda visitor: visitor.country)),
    "percentage": _maker(float, _percentage),
}
_read_program = Decoder(list[msgspec.Raw]).decode
_read_rule = Decoder(tuple[int, str | list[tuple[str, float]], dict[str, msgspec.Raw]]).decode


@lru_cache(KEPT_CONDITIONS)
def _condition(name: str, text: bytes) -> Condition:
    """The condition of a name, out of its JSON. Raises ``msgspec.DecodeError`` and ``ZoneInfoNotFoundError``."""
    return _MAKERS[name](text)


# Time


class Zone:
    """Hour and day on the wall in one time zone. Clocks are changed at full quarters of an hour of UTC, so the answer
    is kept for a quarter."""

    __slots__ = ("_known", "_quarter", "_zone")

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._quarter = -1
        self._known = (0, 0)

    def at(self, now_ms: int) -> tuple[int, int]:
        """(hour, day of the week from Monday, 0) at ``now_ms``, epoch milliseconds."""
        quarter = now_ms // _QUARTER_MS
        if quarter != self._quarter:
            moment = datetime.fromtimestamp(quarter * _QUARTER_S, self._zone)
            self._quarter, self._known = quarter, (moment.hour, moment.weekday())
        return self._known


@lru_cache(MOST_ZONES)
def zone_of(name: str) -> Zone:
    """The zone of an IANA name, its file read once. Raises ``ZoneInfoNotFoundError`` for an unknown one."""
    if name == UTC:  # what is meant where no zone is named: no file to read
        return Zone(NO_OFFSET)
    try:
        return Zone(ZoneInfo(name))
    except (ValueError, OSError) as error:  # a name that is no file's, or a directory's
        raise ZoneInfoNotFoundError(name) from error
