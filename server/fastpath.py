"""Answers to plain requests, bytes to bytes, without aiohttp.

It may only ever decline: a head that is not surely plain (``server.head``), ``/healthz``, images, a link that
asks for a password, and a miss after which something has been committed are aiohttp's. Everything else is decided by
the same :class:`Responder`; the plain redirect, which nearly every request is, takes a short cut whose bytes are made
out of the responder's own answer.

Pure: no asyncio, no sockets; the clock, and whether anything has been committed, are asked of what is passed in.
"""

from collections.abc import Callable
from http import HTTPStatus

from clicks.record import REDIRECT
from server.answer import Answer, Responder
from server.bio_page import lines_of
from server.entry import HEAD_BYTES, pack
from server.fields import written
from server.head import MOST_BYTES, VERSION, VISIBLE, PlainSection, Sections
from server.proxy_watch import ProxyWatch
from server.table import SHARD_MASK, Table
from server.visits import Visits

_STATUS_LINES = {status.value: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_SAMPLE = b"https://location.example/"
_GET = b"GET /"
_HEAD = b"HEAD /"
_GET_PATH = len(_GET)
_HEAD_PATH = len(_HEAD)
_VERSION_BYTES = len(VERSION)
_LAYOUT_BYTE = HEAD_BYTES - 1
"""Where an entry says that it has settings: see ``server.entry``."""

_HEALTHZ = b"healthz"
_IMAGES = b"qr/"


class FastPath:
    """Responds to plain requests, and records the visits that they are.

    ``is_current`` says whether the table holds everything that has been committed; ``clock_ms`` gives epoch
    milliseconds. :meth:`set_date` must be called before the first request and then each second. ``watch`` is shown
    requests that proxies have passed on. ``redirects``: how many of ``status`` took the short cut.
    """

    def __init__(
        self,
        responder: Responder,
        table: Table,
        is_current: Callable[[], bool],
        clock_ms: Callable[[], int],
        visits: Visits,
        server_name: bytes,
        watch: ProxyWatch | None = None,
    ) -> None:
        self.redirects = 0
        self.status = responder.status
        self._responder = responder
        self._table = table
        self._default = table.shards(b"")
        self._domains = table.quick()
        self._is_current = is_current
        self._clock_ms = clock_ms
        self._server = b"Server: " + server_name + b"\r\n"
        self._visits = visits
        self._visit = visits.visit
        self._watch = watch
        self._judged = frozenset() if watch is None else watch.judged
        self._sections = Sections()
        self._plain = self._sections.known
        self._is_short = not responder.strict_hosts  # which hosts are ours, only the responder knows
        self._common = b""
        self._redirect = b""
        self._redirect_rest = b""

    def set_date(self, date: bytes) -> None:
        """``date``: the current time as an IMF-fixdate (RFC 9110 section 5.6.7); every response carries it (6.6.1)."""
        self._common = self._server + b"Date: " + date + b"\r\n"
        sample = Table()
        sample.put(b"", b"x", pack(1, _SAMPLE))
        answer = self._responder.answer(sample, b"GET", b"/x", self._responder.base_host, 0)
        self._redirect, _, self._redirect_rest = self._render(answer).partition(_SAMPLE)

    def respond(self, data: bytes, peer: bytes) -> bytes | None:
        """The response to ``data`` if that is exactly one complete plain request; ``None`` declines.

        ``peer``: the client's address (``server.peer``).
        """
        line, _, fields = data.partition(b"\r\n")
        if line[:_GET_PATH] == _GET:
            start = _GET_PATH
        elif line[:_HEAD_PATH] == _HEAD:
            start = _HEAD_PATH
        else:
            return None
        if line[-_VERSION_BYTES:] != VERSION:
            return None
        section = self._plain.get(fields)
        passing = b""
        if section is None:
            if len(data) > MOST_BYTES:
                return None
            section, passing = self._sections.look(fields)
            if section is None:
                return None
            if passing and peer not in self._judged and self._watch is not None:
                self._watch.look(peer, written(fields))
        path = line[start:-_VERSION_BYTES]
        # A path that is in the table needs no check: it is spelled as keys are.
        entry = self._domains.get(section.host, self._default)[hash(path) & SHARD_MASK].get(path)
        if entry is not None and not entry[_LAYOUT_BYTE] and self._is_short:
            self._visit(REDIRECT, entry[:HEAD_BYTES], peer, section, line[:-_VERSION_BYTES] + passing)
            self.redirects += 1  # 0.01 to 0.04 µs
            return self._redirect + entry[HEAD_BYTES:] + self._redirect_rest
        if len(data) > MOST_BYTES:
            return None
        return self._decide(line[: start - 2], line[start - 1 : -_VERSION_BYTES], section, passing, peer, fields)

    def _decide(
        self, method: bytes, target: bytes, section: PlainSection, passing: bytes, peer: bytes, fields: bytes
    ) -> bytes | None:
        """The response to everything but the plain redirect. ``fields``: this request's own, where ``section`` is what
        it has in common with others."""
        if not VISIBLE(target) or target[1:].startswith((_HEALTHZ, _IMAGES)) or b"#" in target:
            return None
        answer = self._responder.answer(
            self._table, method, target, section.host, self._clock_ms(), peer=peer, fields=written(fields)
        )
        if answer.locked is not None or (answer.miss and not self._is_current()):
            return None
        self._visits.record(answer, peer, section, method, target + passing)
        return self._render(answer)

    def _render(self, answer: Answer) -> bytes:
        fields = answer.lines or lines_of(answer.headers)
        return _STATUS_LINES[answer.status] + fields + self._common + b"\r\n" + answer.body
