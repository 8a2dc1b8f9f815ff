"""Visits as they come, as server-sent events (WHATWG HTML, section 9.2): one reader for all who listen.

The journal is read as long as somebody listens and a minute longer, so that who comes back finds what he missed.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from admin.insight import LinkIndex
from admin.live_source import Batch, Place, Seen, Source, place_of
from admin.stats_links import Named
from clicks.classes import Kind, Via, parts_of
from clicks.record import rule_of
from links.errors import Code, LinkError

log = logging.getLogger(__name__)

LOOK_S = 0.25
HEARTBEAT_S = 15.0
"""Between two comments where nothing comes: proxies end connections that are silent for a minute."""
LINGER_S = 60.0
MOST_LISTENERS = 64
MOST_WAITING = 1_000
"""Events that a listener is behind at most; what comes then is left out, and he is told."""
MOST_KEPT = 2_000
"""Visits that can be resumed after without reading the journal again: 2 MB."""
MOST_NAMED = 20_000
RENAME_S = 2.0
"""How long it is remembered what a link is called, and that its visits are counted."""

NS = 1_000_000_000


class Wanted(NamedTuple):
    """What somebody listens for. ``ids``: ``None`` for all links of the workspace; ``vias``: ``None`` for all ways."""

    workspace: int
    ids: frozenset[int] | None
    kinds: frozenset[Kind]
    vias: frozenset[Via] | None

    def has(self, seen: Seen, link: Named) -> bool:
        _, via, kind = parts_of(seen.visit.class_)
        return (
            link.workspace == self.workspace
            and link.track
            and (self.ids is None or seen.link in self.ids)
            and kind in self.kinds
            and (self.vias is None or via in self.vias)
        )


class Listener:
    """Somebody who listens. ``None`` in the queue: it is over."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.missed = False

    def put(self, event: bytes) -> None:
        if self.queue.qsize() >= MOST_WAITING:
            self.missed = True
            return
        if self.missed:
            self.missed = False
            self.queue.put_nowait(MISSED)
            if self.queue.qsize() >= MOST_WAITING:
                return
        self.queue.put_nowait(event)


MISSED = b"event: missed\ndata: {}\n\n"
"""Something has been left out."""


class Live:
    """``monotonic``: seconds."""

    def __init__(self, source: Callable[[], Source], index: LinkIndex, monotonic: Callable[[], float]) -> None:
        self._make = source
        self._index = index
        self._monotonic = monotonic
        self._listeners: set[Listener] = set()
        self._kept: deque[Seen] = deque(maxlen=MOST_KEPT)
        self._named: dict[int, Named] = {}
        self._named_at = 0.0
        self._left_at = 0.0
        self._stop = threading.Event()
        self._running: asyncio.Task[None] | None = None
        self._is_closed = False

    def wanted(
        self, workspace: int, ids: list[int] | None, kinds: frozenset[Kind], vias: frozenset[Via] | None
    ) -> Wanted:
        """Raises :class:`LinkError` ``UNAVAILABLE`` where too many listen."""
        if len(self._listeners) >= MOST_LISTENERS or self._is_closed:
            raise LinkError(Code.UNAVAILABLE, f"{MOST_LISTENERS} listen already. Try again later.")
        return Wanted(workspace, None if ids is None else frozenset(ids), kinds, vias)

    async def close(self, _: object = None) -> None:
        """Everybody's stream ends."""
        self._is_closed = True
        for listener in self._listeners:
            listener.queue.put_nowait(None)
        self._stop.set()
        if self._running is not None:
            await self._running

    async def listen(self, wanted: Wanted, last_id: str = "") -> AsyncGenerator[bytes, None]:
        """Events, and comments where there are none for a while. ``last_id``: the event to go on after."""
        listener = Listener(wanted)
        place = place_of(last_id)
        try:
            yield b": visits\n\n"
            if last_id and not await self._resume(listener, place):
                listener.put(MISSED)
            self._listeners.add(listener)
            self._start(place)
            while (event := await self._next(listener)) is not None:
                yield event
        finally:
            self._listeners.discard(listener)
            self._left_at = self._monotonic()

    async def _next(self, listener: Listener) -> bytes | None:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                return await listener.queue.get()
        except TimeoutError:
            return b": still here\n\n"

    async def _resume(self, listener: Listener, place: Place | None) -> bool:
        """Whether what came after ``place`` is known, or will be read: then it is on its way."""
        if place is None:
            return False
        if self._running is None:
            return True  # the reader begins there
        kept = list(self._kept)
        start = next((at for at, seen in enumerate(kept) if seen.place == place), None)
        if start is None:
            return False
        self._tell(kept[start + 1 :], await self._names(kept[start + 1 :]), {listener})
        return True

    def _start(self, place: Place | None) -> None:
        if self._running is None and not self._is_closed:
            self._running = asyncio.create_task(self._run(place), name="live visits")

    async def _run(self, place: Place | None) -> None:
        loop = asyncio.get_running_loop()

        def spread(batch: Batch) -> None:
            asyncio.run_coroutine_threadsafe(self._spread(batch), loop).result()

        try:
            await asyncio.to_thread(self._read, place, spread)
        except Exception:
            log.exception("live visits cannot be read")
            for listener in self._listeners:
                listener.queue.put_nowait(None)
        finally:
            self._running = None
            self._kept.clear()
        if self._listeners and not self._is_closed:  # somebody has come in the last moment
            self._start(None)

    def _read(self, place: Place | None, spread: Callable[[Batch], None]) -> None:
        """In the thread: until nobody has listened for a while."""
        source = self._make()
        try:
            if place is None:
                source.begin()
            else:
                spread(source.begin_after(place, lambda: self._stop.wait(LOOK_S)))
            while not self._stop.wait(LOOK_S):
                if not self._listeners and self._monotonic() - self._left_at > LINGER_S:
                    return
                batch = source.more()
                if batch.seen or batch.missed:
                    spread(batch)
        finally:
            source.close()

    async def _spread(self, batch: Batch) -> None:
        if self._is_closed:
            return
        named = await self._names(batch.seen)
        self._kept.extend(batch.seen)
        if batch.missed:
            for listener in self._listeners:
                listener.put(MISSED)
        self._tell(batch.seen, named, self._listeners)

    def _tell(self, batch: list[Seen], named: Mapping[int, Named], listeners: set[Listener]) -> None:
        for seen in batch:
            link = named.get(seen.link)
            to = [] if link is None else [one for one in listeners if one.wanted.has(seen, link)]
            if link is not None and to:
                event = event_of(seen, link)
                for listener in to:
                    listener.put(event)

    async def _names(self, batch: list[Seen]) -> Mapping[int, Named]:
        now = self._monotonic()
        if now - self._named_at > RENAME_S or len(self._named) > MOST_NAMED:
            self._named, self._named_at = {}, now
        known = self._named
        missing = {seen.link for seen in batch} - known.keys()
        if missing:
            known.update(await self._index.named(missing))
        return known


def event_of(seen: Seen, link: Named) -> bytes:
    """No address, and of visitors who ask not to be tracked no more than that there was a visit."""
    visit, facts = seen.visit, seen.visit.facts
    outcome, via, kind = parts_of(visit.class_)
    data: dict[str, Any] = {
        "time": _time(seen.time_ns),
        "link_id": link.uuid,
        "short_code": link.slug,
        "outcome": outcome.name.lower(),
        "via": via.name.lower(),
        "kind": kind.name.lower(),
    }
    if not facts.is_quiet:
        rule, variant = rule_of(visit.word)
        data |= {
            "country": visit.place.country or None,
            "city": visit.place.city or None,
            "device": facts.device or None,
            "browser": facts.browser,
            "os": facts.os,
            "language": facts.language or None,
            "referrer": facts.referrer or None,
            "rule_index": rule - 1 if rule else None,
            "variant_index": variant - 1 if variant else None,
        }
    return b"id: %b\nevent: visit\ndata: %b\n\n" % (str(seen.place).encode(), orjson.dumps(data))


def _time(ns: int) -> str:
    seconds, rest = divmod(ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03}Z"
