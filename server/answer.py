"""The decision: what a request for a short link is answered.

Everything that does not depend on a link is made when the worker starts. The order of the rules is that of
``Responder._decide``. Pure: the table and the time are passed in; who asks, and how bytes get out, is not known here.
"""

import re
from typing import NamedTuple

from clicks.record import GONE, LOCKED, NO_RULE, NOT_FOUND, PAGE, REDIRECT, rule_word
from links.slug import RESERVED
from server import pages, password_page
from server.bio_page import BioPage, Headers
from server.domains import DomainSettings
from server.entry import Target
from server.fields import Fields, no_fields
from server.forward import forward
from server.lookup import domain_of, find, key_of
from server.peer import NO_PEER
from server.rules import Routers
from server.settings import ServerSettings
from server.table import Table
from server.target import BadTarget, RequestTarget, host_key, parse_target
from server.visitor import NOWHERE, Surroundings, Visitor

REDIRECT_STATUSES = frozenset({301, 302, 307, 308})
FOUND = 302
# The redirects that repeat the request's method (RFC 9110 §15.4.8, §15.4.9): these alone are for every method.
_KEEP_METHOD = frozenset({307, 308})
_READS = frozenset({b"GET", b"HEAD"})
_API_SEGMENTS = frozenset({b"api", b"v1", b"v2", b"v3", b"rest"})
_RESERVED = frozenset(name.encode() for name in RESERVED)

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
_NO_STORE = (b"Cache-Control", b"no-store")
_PRIVATE_NO_STORE = (b"Cache-Control", b"private, no-store")
_DAY = (b"Cache-Control", b"public, max-age=86400")
_EMPTY = (b"Content-Length", b"0")
_NOSNIFF = (b"X-Content-Type-Options", b"nosniff")
_ALLOW = (b"Allow", b"GET, HEAD")
_ALLOW_LOCKED = (b"Allow", b"GET, HEAD, POST")


class Answer(NamedTuple):
    """What to send, but for Date and Server. ``headers`` hold Content-Length, but for a 304; ``body`` is empty for
    HEAD.

    ``link_id``: the link or bio page that was visited, 0 where there is none. ``visit``: the kind of record that is
    made of it (``clicks.record``), 0 where none is: a 410 is a visit of its kind, a 405 is none.
    ``miss``: this is a 404 (or what a setting puts in its place) only because the table has no such slug. Before it
    is sent the feed has to be asked whether anything newer was committed, and if so this again.
    ``rule``: which routing rule and variant answered (``clicks.record.rule_word``).
    ``lines``: ``headers`` as they are written, where that has been done beforehand.
    ``locked``: the link, where it asks for a password; this is the page that does so. Whoever was let in (by
    ``server.passwords``) is to be answered anew.
    """

    status: int
    headers: Headers
    body: bytes
    link_id: int = 0
    miss: bool = False
    visit: int = 0
    rule: int = NO_RULE
    locked: Target | None = None
    lines: bytes = b""


class Responder:
    """Answers for short links out of a table.

    ``settings.base_url`` must be resolved (not empty). ``api_url`` is where the API is, for those who look for it here.
    ``surroundings``: what routing rules go by.
    Raises ``ValueError``, with the key's name first, for settings that cannot be served.
    """

    def __init__(self, settings: ServerSettings, api_url: str, surroundings: Surroundings = NOWHERE) -> None:
        if settings.redirect_status not in REDIRECT_STATUSES:
            raise ValueError(f"server.redirect_status: {settings.redirect_status} is none of 301, 302, 307, 308")
        self.status = self._status = settings.redirect_status
        self._cache_seconds = settings.cache_seconds
        self._forward_query = settings.forward_query
        self.strict_hosts = settings.strict_hosts
        self.base_host = _host_of(settings.base_url)
        self._surroundings = surroundings
        self._routers = Routers()

        # A redirect in the place of a page is for those who read; another method gets the plain status.
        self._not_found = _page(404, pages.NOT_FOUND)
        self._not_found_read = _elsewhere("not_found_redirect", settings.not_found_redirect) or self._not_found
        self._gone = _page(410, pages.GONE)
        self._gone_read = _elsewhere("gone_redirect", settings.gone_redirect) or self._gone
        self._not_allowed = _text(405, pages.METHOD_NOT_ALLOWED, _ALLOW)
        self._bad_request = _text(400, pages.BAD_REQUEST)
        self._api = _fixed(404, b"application/json", pages.api_not_found(api_url), _NO_STORE)
        self._root = _elsewhere("root_redirect", settings.root_redirect) or _page(200, pages.ROOT)
        self._page = self._root if not settings.root_redirect else _page(200, pages.ROOT)
        self._robots = {
            "allow": _fixed(200, b"text/plain; charset=utf-8", pages.ROBOTS, _DAY),
            "disallow": _fixed(200, b"text/plain; charset=utf-8", pages.NO_ROBOTS, _DAY),
        }
        self._favicon = _fixed(200, b"image/svg+xml", pages.FAVICON, _DAY)
        self._password = Answer(200, password_page.fields(password_page.ASK), password_page.ASK, visit=LOCKED)
        self._not_allowed_locked = _text(405, pages.METHOD_NOT_ALLOWED, _ALLOW_LOCKED)

    def answer(
        self,
        table: Table,
        method: bytes,
        target: bytes,
        host: bytes | None,
        now_ms: int,
        *,
        admitted: bool = False,
        peer: bytes = NO_PEER,
        fields: Fields = no_fields,
    ) -> Answer:
        """The answer to one request.

        ``method`` and ``target`` as they stand in the request line, ``host`` the Host header's value (``None``
        where there is none), ``now_ms`` epoch milliseconds. ``admitted``: whoever asks has given the password.
        ``peer``, ``fields``: the address at the other end and the header fields, for links with routing rules.
        """
        decided = self._decide(table, method, target, host, now_ms, admitted, peer, fields)
        # RFC 9110 §9.3.2: the header fields as GET would have them, and no content.
        return decided._replace(body=b"") if method == b"HEAD" and decided.body else decided

    def _decide(
        self,
        table: Table,
        method: bytes,
        target: bytes,
        host: bytes | None,
        now_ms: int,
        admitted: bool,
        peer: bytes,
        fields: Fields,
    ) -> Answer:
        if target == b"*":  # OPTIONS for the server as a whole (RFC 9112 §3.2.4)
            return self._not_allowed
        try:
            asked = parse_target(target)
            name = host_key(host)
            if asked.authority is not None:  # stands above Host: RFC 9112 §3.2.2
                name = host_key(asked.authority)
        except BadTarget:
            return self._bad_request
        if self.strict_hosts and not self._is_ours(table, name):
            # 404 and not 421: a 421 invites the client to try again over another connection (RFC 9110 §15.5.20),
            # and there is none that would do better. A new domain's first link may be on its way: a miss.
            return _missed(self._not_found) if key_of(asked.path) is not None else self._not_found
        domain = domain_of(table, name)
        own = table.settings(domain)
        at_root = table.root(domain) if asked.path == b"/" else None
        if at_root is not None:
            return self._bio_page(at_root, method, fields)
        link = find(table, domain, asked.path, ignores_case=own is not None and bool(own.ignores_case))
        if link is None or _has_passed(link.until_ms, now_ms):
            return self._absent(domain, own, method, asked.path)
        if link.is_page:
            page = table.page(link.link_id)  # published, or as good as none
            return self._bio_page(page, method, fields) if page else self._absent(domain, own, method, asked.path)
        if not link.enabled or _has_passed(link.expires_ms, now_ms):
            gone = self._gone_read if method in _READS else self._gone
            return gone._replace(link_id=link.link_id, visit=GONE)
        if link.password and not admitted:
            return self._locked(link, method)
        if link.program:
            return self._routed(link, method, asked, now_ms, Visitor(peer, fields, asked.query, self._surroundings))
        return self._redirect(link, own, method, asked, now_ms)

    def _redirect(
        self, link: Target, own: DomainSettings | None, method: bytes, asked: RequestTarget, now_ms: int
    ) -> Answer:
        status = FOUND if link.password else link.status or (own and own.redirect_status) or self._status
        if method not in _READS and status not in _KEEP_METHOD:
            return self._not_allowed
        location = self._forwarded(link, link.location, asked)
        headers = ((b"Location", location), self._cache_control(link, now_ms), _EMPTY)
        return Answer(status, headers, b"", link.link_id, visit=REDIRECT)

    def _bio_page(self, page: BioPage, method: bytes, fields: Fields) -> Answer:
        """A view of the page, where the client has a copy too: it asks at each view whether that is still good."""
        if method not in _READS:
            return self._not_allowed
        sent = page.choose(fields)
        return Answer(sent.status, sent.headers, sent.body, page.id, visit=PAGE, lines=sent.lines)

    def _routed(self, link: Target, method: bytes, asked: RequestTarget, now_ms: int, visitor: Visitor) -> Answer:
        """The redirect of a link with routing rules, also where none matches: the next visitor, or this one an hour
        later, is sent elsewhere, so nobody may keep it."""
        if method not in _READS:
            return self._not_allowed
        choice = self._routers.get(link.program).choose(link.link_id, visitor, now_ms)
        location = self._forwarded(link, link.location if choice is None else choice.location, asked)
        rule = NO_RULE if choice is None else rule_word(choice.rule, choice.variant)
        headers = ((b"Location", location), _PRIVATE_NO_STORE, _EMPTY)
        return Answer(FOUND, headers, b"", link.link_id, visit=REDIRECT, rule=rule)

    def _forwarded(self, link: Target, location: bytes, asked: RequestTarget) -> bytes:
        """``location`` with the query, where the link has that."""
        if asked.query and (self._forward_query if link.forward_query is None else link.forward_query):
            return forward(location, asked.query)
        return location

    def _locked(self, link: Target, method: bytes) -> Answer:
        """The page that asks for the password; a form of it is sent by POST."""
        if method not in _READS and method != b"POST":
            return self._not_allowed_locked
        return self._password._replace(link_id=link.link_id, locked=link)

    def _cache_control(self, link: Target, now_ms: int) -> tuple[bytes, bytes]:
        """How long a redirect may be kept: never longer than the link lives.

        ``private`` also where caching is wanted: a browser that remembers hides its own repeated visits, a shared
        cache would hide all visits of everyone behind it.
        """
        if link.password:  # a browser may be another person's tomorrow
            return _PRIVATE_NO_STORE
        seconds = self._cache_seconds if link.cache_seconds is None else link.cache_seconds
        for end in (link.expires_ms, link.until_ms):
            if end is not None:
                seconds = min(seconds, (end - now_ms) // 1000)
        return (b"Cache-Control", b"private, max-age=%d" % seconds) if seconds > 0 else _PRIVATE_NO_STORE

    def _absent(self, domain: bytes, own: DomainSettings | None, method: bytes, path: bytes) -> Answer:
        """The answer for a path of ``domain`` that is no link's."""
        key = key_of(path)
        first = (path[1:] if key is None else key).partition(b"/")[0].lower()
        if first in _API_SEGMENTS:
            return self._api
        fixed = self._fixed(domain, own, path, key)
        if fixed is not None:
            return fixed if method in _READS else self._not_allowed
        if first in _RESERVED:
            return self._not_found
        not_found = self._not_found
        if method in _READS:
            not_found = _to(own.not_found_redirect) if own and own.not_found_redirect else self._not_found_read
        # A trailing "+" is reserved; where there is no key no slug is meant: nothing that is committed changes that.
        return not_found if key is None or path.endswith(b"+") else _missed(not_found)

    def _fixed(self, domain: bytes, own: DomainSettings | None, path: bytes, key: bytes | None) -> Answer | None:
        """What stands at an address that is never a link's."""
        if path == b"/":
            if own is not None:
                return _to(own.root_redirect) if own.root_redirect else self._page
            return self._root if not domain else None
        if key == b"robots.txt":
            return self._robots["allow" if own is None else own.robots]
        return self._favicon if key == b"favicon.ico" else None

    def _is_ours(self, table: Table, name: bytes) -> bool:
        # b"" is the default domain in the table, but as a host it is an empty or missing Host: nobody's.
        return name == self.base_host or (name != b"" and name in table)


def _missed(not_found: Answer) -> Answer:
    return not_found._replace(miss=True, visit=NOT_FOUND)


def _has_passed(time_ms: int | None, now_ms: int) -> bool:
    return time_ms is not None and time_ms <= now_ms


def _fixed(status: int, content_type: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    own = ((b"Content-Type", content_type), (b"Content-Length", b"%d" % len(body)), _NOSNIFF)
    return Answer(status, (*own, *headers), body)


def _page(status: int, body: bytes) -> Answer:
    return _fixed(status, b"text/html; charset=utf-8", body, _NO_STORE, (b"Referrer-Policy", b"no-referrer"))


def _text(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    return _fixed(status, b"text/plain; charset=utf-8", body, _NO_STORE, *headers)


def _elsewhere(key: str, address: str) -> Answer | None:
    """The redirect that a setting asks for instead of a page; ``None`` where it is empty."""
    if not address:
        return None
    if not _HEADER_SAFE.fullmatch(address):
        raise ValueError(f"server.{key}: not an address in ASCII without spaces: {address!r}")
    return _to(address)


def _to(address: str) -> Answer:
    return Answer(FOUND, ((b"Location", address.encode()), _NO_STORE, _EMPTY), b"")


def _host_of(base_url: str) -> bytes:
    try:
        authority = parse_target(base_url.encode()).authority
        if authority is None:
            raise BadTarget("a path, not an address")
        return host_key(authority)
    except BadTarget as error:
        raise ValueError(f"server.base_url: {error}: {base_url!r}") from error
