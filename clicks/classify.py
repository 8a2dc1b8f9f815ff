"""What a visit is: who or what made it, from where, with what, by what way. Out of what the journal holds of it.

What a header section says (:class:`Facts`) is worked out once a section: the journal has each of them once a segment.
Everything comes from strangers: nothing here raises for what a request says.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from clicks.addresses import Networks
from clicks.agents import MOST_BYTES
from clicks.classes import OUTCOMES, Kind, Outcome, Via, class_of, parts_of
from clicks.families import OTHER, family_of
from clicks.fields import value_of, values_of
from clicks.forwarded import client_address, told
from clicks.marks import NO_MARKS, Marks, marks_of, printable
from clicks.reader import Visit
from clicks.record import rule_of

REMEMBERED_KINDS = 16_384
"""User agents."""
MOST_REFERRER = 2_048
"""Bytes of a whole Referer that are kept: browsers cut theirs at 4,096, and what is longer says nothing to anybody."""
REMEMBERED_SECTIONS = 16_384
"""Header sections: the same ones stand in each segment of the journal. 20 MB."""
MOST_HOST = 253
"""Characters of a host name (RFC 1035 section 2.3.4)."""

# The host of an absolute reference; apps send android-app://com.example.app.
_REFERRER = re.compile(rb"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d*)?(?:[/?#]|$)").match
# The first basic language range (RFC 4647 section 2.1) that has a language in it.
_LANGUAGE = re.compile(rb"[ \t,]*([A-Za-z]{2,3})(?:[-_;,]|[ \t]*$)").match
_HEAD = b"HEAD "
_KIND_HEAD = int(Kind.HEAD)

_CLASSES = {
    record: [[class_of(outcome, via, kind) for kind in Kind] for via in Via] for record, outcome in OUTCOMES.items()
}
"""By the kind of a record, way and kind of visit."""


class Facts(NamedTuple):
    """What a header section says.

    ``kind``: that of the user agent, or ``PREFETCH``; ``device``: ``mobile``, ``tablet``, ``desktop``, "" where nothing
    is known; ``language``: of two or three letters, lower case; ``referrer``: a host, "" where there is none.
    ``is_quiet``: nothing but totals may be kept of it (Sec-GPC, DNT, or nothing is known). ``user_agent``: its first
    512 bytes. ``forwarded``: the values of the field in which proxies tell the address. ``referrer_url``: the whole
    Referer, where it is to be kept; "" otherwise.
    """

    kind: Kind
    device: str
    browser: str
    os: str
    language: str
    referrer: str
    is_quiet: bool
    user_agent: bytes
    forwarded: tuple[bytes, ...]
    referrer_url: str = ""


NOTHING_KNOWN = Facts(Kind.PERSON, "", OTHER, OTHER, "", "", True, b"", ())
"""Of a visit that was recorded in short: a person, as everything is that does not say otherwise."""


class Place(NamedTuple):
    """``country``: ISO 3166-1 alpha-2 code, ``city``: its English name; "" where they are not known."""

    country: str
    city: str


NOWHERE = Place("", "")


class Classified(NamedTuple):
    """A visit, understood. ``class_``: see ``clicks.classes``. ``address``: the visitor's, 16 bytes, behind trusted
    proxies; empty where it is not known. ``word``: which of the link's routing rules answered (``clicks.record``)."""

    class_: int
    marks: Marks
    facts: Facts
    place: Place
    address: bytes
    word: int

    @property
    def outcome(self) -> Outcome:
        return parts_of(self.class_)[0]

    @property
    def via(self) -> Via:
        return self.marks.via

    @property
    def kind(self) -> Kind:
        return parts_of(self.class_)[2]

    @property
    def rule(self) -> tuple[int, int]:
        """Rule, from 1, and variant; 0 where there is none."""
        return rule_of(self.word)


class Classifier:
    """``kind_of``: see ``clicks.agent_kinds``; ``place_of``: country and city of 16 bytes of address; ``trusted``: the
    proxies that are believed, ``header``: the field in which they tell the address (``clicks.forwarded.HEADERS``).
    ``respects_privacy``: whether Sec-GPC and DNT are heard; ``keeps_referrers``: whether facts have whole ones."""

    def __init__(
        self,
        kind_of: Callable[[str], Kind],
        place_of: Callable[[bytes], tuple[str, str]],
        trusted: Networks,
        header: str,
        *,
        respects_privacy: bool = True,
        keeps_referrers: bool = False,
    ) -> None:
        self._kind_of = lru_cache(REMEMBERED_KINDS)(lambda agent: kind_of(agent.decode("latin-1")))
        self._place_of = place_of
        self._trusted = trusted
        self._header = header
        self._header_name = header.lower().encode()
        self._respects_privacy = respects_privacy
        self._keeps_referrers = keeps_referrers
        self.facts_of = lru_cache(REMEMBERED_SECTIONS)(self._facts_of)
        """What a header section says, as the journal has it."""

    def _facts_of(self, section: bytes) -> Facts:
        if not section:
            return NOTHING_KNOWN
        agent = value_of(section, b"user-agent")[:MOST_BYTES]
        kind = self._kind_of(agent)
        if kind in (Kind.PERSON, Kind.TOOL) and is_prefetch(section):
            kind = Kind.PREFETCH
        family = family_of(agent)
        referrer = value_of(section, b"referer")
        return Facts(
            kind,
            family.device,
            family.browser,
            family.os,
            language_of(value_of(section, b"accept-language")),
            referrer_of(referrer),
            self._respects_privacy and is_private(section),
            agent,
            values_of(section, self._header_name),
            referrer_url_of(referrer) if self._keeps_referrers else "",
        )

    def of_record(self, kind: int, word: int, peer: bytes, text: bytes, facts: Facts) -> Classified:
        """A visit out of the parts of its record (``clicks.record``); ``facts``: of its header section."""
        line, _, own = text.partition(b"\r\n")
        marks = marks_in(line)
        class_ = _CLASSES[kind][marks.via][_KIND_HEAD if line.startswith(_HEAD) else facts.kind]
        place = self.place_of_peer(peer)
        if place is not None:
            return Classified(class_, marks, facts, place, peer, word)
        address, place = self.client_of(peer, self.forwarded(own, facts))
        return Classified(class_, marks, facts, place, address, word)

    def place_of_peer(self, peer: bytes) -> Place | None:
        """Where an address is, ``None`` for a trusted proxy's."""
        if not peer:
            return NOWHERE
        return None if peer in self._trusted else Place(*self._place_of(peer))

    def forwarded(self, own: bytes, facts: Facts) -> tuple[bytes, ...]:
        """What proxies told of whom they speak for. ``own``: the fields that only this request had."""
        return values_of(b"\r\n" + own, self._header_name) + facts.forwarded if own else facts.forwarded

    def client_of(self, proxy: bytes, forwarded: tuple[bytes, ...]) -> tuple[bytes, Place]:
        """Whose request a trusted proxy has passed on, and where that is."""
        address = client_address(proxy, told(lambda _: forwarded, self._header), self._trusted)
        return address, self.place_of_peer(address) or Place(*self._place_of(address))

    def classified(self, visit: Visit) -> Classified:
        """A visit, which must not be a note of lost ones."""
        text = visit.request + b"\r\n"
        return self.of_record(visit.kind, visit.rule, visit.peer, text, self.facts_of(visit.section))


def marks_in(text: bytes) -> Marks:
    """What the query in a visit's first line says."""
    line = text.partition(b"\r\n")[0]
    mark = line.find(b"?")
    return NO_MARKS if mark < 0 else marks_of(line[mark + 1 :])


def is_prefetch(section: bytes) -> bool:
    """Whether a browser asked for it before anybody wanted to see it (Fetch standard, ``Sec-Purpose``; and older)."""
    lower = section.lower()
    if b"purpose:" not in lower and b"\nx-moz:" not in lower:
        return False
    said = b" ".join(value_of(lower, name) for name in (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"))
    return b"prefetch" in said or b"preview" in said or b"prerender" in said or b"instant" in said


def is_private(section: bytes) -> bool:
    """Whether the visitor asks not to be tracked (Global Privacy Control; Do Not Track)."""
    return value_of(section, b"sec-gpc") == b"1" or value_of(section, b"dnt") == b"1"


def referrer_of(value: bytes) -> str:
    """The host, in lower case, that a Referer names; "" for none, and for what has no host."""
    found = _REFERRER(value.lower())
    return "" if found is None else found[1].decode("ascii")[:MOST_HOST].rstrip(".")


def referrer_url_of(value: bytes) -> str:
    """The address that a Referer gives, at most 2,048 characters of it, without what must not be in one (RFC 9110
    section 10.1.3): a user's name and password, and a fragment. "" where it names no host."""
    if _REFERRER(value.lower()) is None:
        return ""
    scheme, _, rest = value.partition(b"#")[0].partition(b"://")
    end = next((at for at, byte in enumerate(rest) if byte in b"/?"), len(rest))
    text = b"%b://%b%b" % (scheme, rest[:end].rpartition(b"@")[2], rest[end:])
    return printable(text[:MOST_REFERRER].decode("utf-8", "replace"))


def language_of(value: bytes) -> str:
    """The language that an Accept-Language names first, without its region; "" where it names none."""
    found = _LANGUAGE(value)
    return "" if found is None else found[1].decode("ascii").lower()
