"""``/qr/<slug>.svg`` and ``.png``: the image of a short link's QR code, for anybody, at the link's own host.

Nothing is drawn here: the admin is asked over its socket (``links.imaging``), a few questions at a time, and what it
answered is kept for a few seconds. However many images are asked for, redirects lose no more than that, and the admin
draws no more than it wants to. Whether there is such a link, and whether it may be followed, the table knows.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from links.imaging import FORMATS, Found, Picture, Wanted
from server.answer import Answer, Responder
from server.entry import Target
from server.fields import Fields
from server.lookup import domain_of, find
from server.pauses import Pauses
from server.refusals import BUSY
from server.table import Table
from server.target import BadTarget, host_key, parse_target

PREFIX = b"/qr/"

MOST_ASKED = 4
"""Questions to the admin at a time, a worker. An image takes it some 30 ms, most of which it waits itself."""

FRESH_S = 5.0
"""How long an image is answered without asking whether it is still the same."""

MOST_KEPT_BYTES = 4 * 1024 * 1024
MOST_IMAGE_BYTES = 512 * 1024
"""Of what is kept; a larger one is asked for each time."""

RETRY_S = 5
MAX_AGE_S = 300
"""How long browsers and proxies may keep an image. Its address stays when its look is changed."""

_TYPES = {"svg": b"image/svg+xml", "png": b"image/png"}
_READS = frozenset({b"GET", b"HEAD"})
_NOSNIFF = (b"X-Content-Type-Options", b"nosniff")
_NO_STORE = (b"Cache-Control", b"no-store")
_KEEP = (b"Cache-Control", b"public, max-age=%d" % MAX_AGE_S)
_POLICY = (b"Content-Security-Policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
_TAG = re.compile(rb'(?:W/)?"([0-9a-f]{32})"')

_TEXTS = {405: b"405 Method Not Allowed\n", BUSY: b"503 The image cannot be drawn at the moment\n"}

Ask = Callable[[Wanted], Awaitable[Picture | None]]
"""Asks the admin; ``None`` where it does not answer."""


class _Kept(NamedTuple):
    """An image, and until when (monotonic seconds) nobody needs to ask for it again."""

    etag: str
    body: bytes
    fresh_until: float


class Images:
    """Answers requests for images. ``clock_ms`` gives epoch milliseconds, ``monotonic`` seconds; ``pauses``: for
    whoever is sent away. ``moved``: whether anything has been committed that the table lacked; if so it has been
    applied."""

    def __init__(
        self,
        ask: Ask,
        table: Table,
        responder: Responder,
        moved: Callable[[], Awaitable[bool]],
        clock_ms: Callable[[], int],
        monotonic: Callable[[], float],
        pauses: Pauses,
    ) -> None:
        self._ask = ask
        self._table = table
        self._responder = responder
        self._moved = moved
        self._clock_ms = clock_ms
        self._monotonic = monotonic
        self._pauses = pauses
        self._asking: dict[tuple[int, str], asyncio.Task[Picture | None]] = {}
        self._kept: OrderedDict[tuple[int, str], _Kept] = OrderedDict()
        self._kept_bytes = 0

    async def answer(self, method: bytes, target: bytes, host: bytes | None, fields: Fields) -> Answer | None:
        """The answer to a request; ``None`` where it is for no image that there is."""
        if PREFIX not in target:
            return None
        try:
            asked = parse_target(target)
            name = host_key(host if asked.authority is None else asked.authority)
        except BadTarget:
            return None
        slug, _, ending = asked.path.removeprefix(PREFIX).rpartition(b".")
        format_ = ending.decode("ascii", "replace")
        if not asked.path.startswith(PREFIX) or format_ not in FORMATS or not slug:
            return None
        if method not in _READS:
            return _text(405, (b"Allow", b"GET, HEAD"))
        link = self._find(name, slug)
        if link is None and await self._moved():
            link = self._find(name, slug)
        if link is None:
            return None
        answer = await self._image(link, format_, b",".join(fields(b"if-none-match")))
        return answer._replace(body=b"") if answer and method == b"HEAD" else answer

    def _find(self, host: bytes, slug: bytes) -> int | None:
        """The number of the link that answers there now."""
        ours = host == self._responder.base_host or (host != b"" and host in self._table)
        if self._responder.strict_hosts and not ours:
            return None
        domain = domain_of(self._table, host)
        own = self._table.settings(domain)
        link = find(self._table, domain, b"/" + slug, ignores_case=own is not None and bool(own.ignores_case))
        return link.link_id if link is not None and self._is_live(link) else None

    def _is_live(self, link: Target) -> bool:
        if not link.enabled or link.is_page:
            return False
        now = self._clock_ms()
        return all(end is None or end > now for end in (link.until_ms, link.expires_ms))

    async def _image(self, link: int, format_: str, if_none_match: bytes) -> Answer | None:
        key = link, format_
        kept = self._kept.get(key)
        known = [tag.decode() for tag in _TAG.findall(if_none_match)]
        if kept is None or kept.fresh_until <= self._monotonic():
            etag = kept.etag if kept else (known or [""])[0]
            picture = await self._asked(Wanted(link, format_, etag))
            if picture is None or picture.found is Found.BUSY:
                await self._pauses.pause()
                return _text(BUSY, (b"Retry-After", b"%d" % RETRY_S))
            if picture.found is Found.NONE:  # deleted just now, or it cannot be drawn
                return None
            if picture.found is Found.IMAGE:
                kept = self._keep(key, picture)
            elif kept is None:
                return _not_modified(etag)
            else:
                kept = self._keep(key, Picture(Found.IMAGE, kept.etag, kept.body))
        return _not_modified(kept.etag) if kept.etag in known else _shown(kept, format_)

    async def _asked(self, wanted: Wanted) -> Picture | None:
        """What the admin says; whoever wants the same meanwhile hears the same."""
        key = wanted.link, wanted.format
        task = self._asking.get(key)
        if task is None:
            if len(self._asking) >= MOST_ASKED:
                return None
            task = self._asking[key] = asyncio.ensure_future(self._ask(wanted))
            task.add_done_callback(lambda _: self._asking.pop(key))
            return await asyncio.shield(task)
        picture = await asyncio.shield(task)
        if picture is not None and picture.found is Found.SAME and key not in self._kept:
            return await self._asked(wanted)  # the same as somebody else's: not ours
        return picture

    def _keep(self, key: tuple[int, str], picture: Picture) -> _Kept:
        old = self._kept.pop(key, None)
        self._kept_bytes -= len(old.body) if old else 0
        kept = _Kept(picture.etag, picture.body, self._monotonic() + FRESH_S)
        if len(kept.body) <= MOST_IMAGE_BYTES:
            self._kept[key] = kept
            self._kept_bytes += len(kept.body)
        while self._kept_bytes > MOST_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1].body)
        return kept


def _shown(kept: _Kept, format_: str) -> Answer:
    fields = (
        (b"Content-Type", _TYPES[format_]),
        (b"Content-Length", b"%d" % len(kept.body)),
        (b"ETag", _quoted(kept.etag)),
        _KEEP,
        _NOSNIFF,
    )
    return Answer(200, (*fields, _POLICY) if format_ == "svg" else fields, kept.body)


def _not_modified(etag: str) -> Answer:
    return Answer(304, ((b"ETag", _quoted(etag)), _KEEP), b"")


def _quoted(etag: str) -> bytes:
    return b'"%s"' % etag.encode("ascii")


def _text(status: int, *more: tuple[bytes, bytes]) -> Answer:
    body = _TEXTS[status]
    own = ((b"Content-Type", b"text/plain; charset=utf-8"), (b"Content-Length", b"%d" % len(body)))
    return Answer(status, (*own, _NOSNIFF, _NO_STORE, *more), body)
