"""Who asks: what routing rules want to know of a visitor, each found out when it is first asked for. Pure.

Everything comes out of the request: header fields can say anything, so all is bounded, and nothing raises.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from clicks.agents import Agent, agent_of
from links.program import DIRECT
from server.fields import Fields
from server.forwarded import HEADERS, client_address, told
from server.peer import Networks

MOST_LANGUAGES = 32
"""Ranges of Accept-Language that are looked at; browsers send up to ten."""

# RFC 9110 section 12.5.4, with a basic language range of RFC 4647 section 2.1. "*" says nothing of a language.
_RANGE = re.compile(rb"[ \t]*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)[ \t]*(?:;[ \t]*[Qq]=([01](?:\.[0-9]{0,3})?)[ \t]*)?")
_NO_QUALITY = b"0."
_MOST_HOST_BYTES = 253  # RFC 1035 section 2.3.4
_REFERRER = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([A-Za-z0-9_.-]{1,%d}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]*)?(?:[/?#]|\Z)"
    % _MOST_HOST_BYTES
)
_NO_REFERRER = frozenset({b"", b"about:blank"})  # RFC 9110 section 10.1.3


def _unknown(address: bytes) -> str:
    return ""


def _never() -> float:
    return 1.0


class Surroundings(NamedTuple):
    """What all visitors of a worker have in common.

    ``country_of``: as ``clicks.country.Countries.country_of``. ``trusted``: proxies whose word counts; ``header``: the
    field in which they say it (``server.forwarded.HEADERS``). ``key``: secret bytes, at most 64, the same in all
    workers and after a restart: what a visitor's variant is derived with. ``draw``: a random number from 0 to 1, 1
    excluded (by default nobody is among any percentage).
    """

    country_of: Callable[[bytes], str] = _unknown
    trusted: Networks = Networks(())
    key: bytes = b""
    draw: Callable[[], float] = _never
    header: str = HEADERS[0]


NOWHERE = Surroundings()


class Visitor:
    """One request's visitor. ``peer``: the other end of the connection; ``query``: the query as sent, without ``?``.

    Not with ``functools.cached_property``, whose lock costs more than most of what is remembered.
    """

    __slots__ = ("_address", "_agent", "_country", "_fields", "_languages", "_parameters", "_peer", "_query",
                 "_referrers", "_user_agent", "surroundings")  # fmt: skip

    def __init__(self, peer: bytes, fields: Fields, query: bytes | None, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._peer = peer
        self._fields = fields
        self._query = query
        self._address: bytes | None = None
        self._country: str | None = None
        self._user_agent: bytes | None = None
        self._agent: Agent | None = None
        self._languages: frozenset[str] | None = None
        self._referrers: frozenset[str] | None = None
        self._parameters: Mapping[str, list[str]] | None = None

    @property
    def address(self) -> bytes:
        """The visitor's own address behind trusted proxies, 16 bytes as in ``server.peer``."""
        if self._address is None:
            self._address = self._peer
            if self._peer in self.surroundings.trusted:
                self._address = client_address(
                    self._peer, told(self._fields, self.surroundings.header), self.surroundings.trusted
                )
        return self._address

    @property
    def country(self) -> str:
        """Two letters in upper case; "" where it is not known."""
        if self._country is None:
            self._country = self.surroundings.country_of(self.address)
        return self._country

    @property
    def user_agent(self) -> bytes:
        """As it was sent; empty where there is none."""
        if self._user_agent is None:
            values = self._fields(b"user-agent")
            self._user_agent = values[0] if values else b""
        return self._user_agent

    @property
    def agent(self) -> Agent:
        """Device, system and browser."""
        if self._agent is None:
            self._agent = agent_of(self.user_agent)
        return self._agent

    @property
    def languages(self) -> frozenset[str]:
        """The languages that are accepted, in lower case, with all that they are kinds of: ``pt`` too for ``pt-BR``."""
        if self._languages is None:
            self._languages = _languages(b",".join(self._fields(b"accept-language")))
        return self._languages

    @property
    def referrers(self) -> frozenset[str]:
        """The host of the Referer, in lower case, and all hosts that it is below; ``{"direct"}`` where there is no
        Referer; empty where it names no host."""
        if self._referrers is None:
            values = self._fields(b"referer")
            self._referrers = _referrers(values[0] if values else b"")
        return self._referrers

    @property
    def parameters(self) -> Mapping[str, list[str]]:
        """The values of each parameter of the query, decoded as a form's (WHATWG URL section 5.1)."""
        if self._parameters is None:
            self._parameters = _parameters(self._query or b"")
        return self._parameters


def _languages(value: bytes) -> frozenset[str]:
    found = set()
    for member in value.split(b",", MOST_LANGUAGES)[:MOST_LANGUAGES]:
        match = _RANGE.fullmatch(member)
        if match is None or (match[2] is not None and not match[2].strip(_NO_QUALITY)):
            continue
        tag = match[1].decode("ascii").lower()
        while tag:
            found.add(tag)
            tag = tag.rpartition("-")[0]
    return frozenset(found)


def _referrers(value: bytes) -> frozenset[str]:
    if value in _NO_REFERRER:
        return frozenset((DIRECT,))
    match = _REFERRER.match(value)
    if match is None:
        return frozenset()
    host = match[1].decode("ascii").lower().removesuffix(".")
    found = set()
    while host:
        found.add(host)
        host = host.partition(".")[2]
    return frozenset(found - {DIRECT})  # a host of that name is not the lack of one


def _parameters(query: bytes) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in query.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.setdefault(_decoded(name), []).append(_decoded(value))
    return found


def _decoded(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8", "replace")
